"""Headers that every answer carries, whichever way its request came in.

The express lane writes them as bytes and the app adds them to its responses, so they have one home.
Names are lower-case and values are final. Headers that depend on the request (CORS of the reading side) are not here.
"""

from __future__ import annotations

from typing import Final, TypeAlias

HeaderPairs: TypeAlias = tuple[tuple[bytes, bytes], ...]

SECURITY_HEADERS: Final[HeaderPairs] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # An API answer loads nothing and is framed by nobody. A page replaces this with its own, looser policy.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""On each answer of the server."""

BROWSER_HEADERS: Final[HeaderPairs] = (
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    # Neither a window that another site has opened nor an element of its pages gets hold of an answer.
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""On each answer but those of ingest, which pages of any origin call and no browser shows."""

ONLY_HTTPS: Final[tuple[bytes, bytes]] = (b"strict-transport-security", b"max-age=31536000")
"""On the same answers where the pages of the server are opened by https: a browser then never asks for them without.
Other names of the domain are none of our business."""

NO_STORE: Final[tuple[bytes, bytes]] = (b"cache-control", b"no-store")
"""On each answer that holds data of a project."""

JSON_CONTENT_TYPE: Final[tuple[bytes, bytes]] = (b"content-type", b"application/json")
"""On each answer with a JSON body."""

INGEST_HEADERS: Final[HeaderPairs] = (
    JSON_CONTENT_TYPE,
    NO_STORE,
    # Events come from pages of any origin and carry no cookie: the signature is the credential.
    (b"access-control-allow-origin", b"*"),
    *SECURITY_HEADERS,
)
"""On each answer of the ingest routes, in the order in which the express lane writes them."""
