"""The outermost layer of the app: paths as clients mean them, and the headers that every answer carries.

An ASGI wrapper, so that it also covers the answers that the framework makes up by itself. Three things happen here:
repeated slashes in a path become one, CORS preflights are answered, and each answer gets the security headers, the
CORS headers of its path, and `no-store` unless it says otherwise. A 304 loses what the framework says of its body.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import attrs

from bloop_trio.http.headers import BROWSER_HEADERS, NO_STORE, ONLY_HTTPS, SECURITY_HEADERS, HeaderPairs

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

_PREFLIGHT_SECS: Final = b"86400"

_ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_OPEN_PREFLIGHT: Final[HeaderPairs] = (
    _ANY_ORIGIN,
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"content-type, x-signature, x-bloop-signature, x-project-key, idempotency-key, authorization",
    ),
    (b"access-control-max-age", _PREFLIGHT_SECS),
)
_DASHBOARD_PREFLIGHT: Final[HeaderPairs] = (
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"content-type, cookie, authorization, if-none-match, last-event-id"),
    (b"access-control-max-age", _PREFLIGHT_SECS),
)
_VARY: Final = (b"vary", b"Origin")
# What scripts of another origin may read beside the handful of headers that every browser shows them.
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"content-disposition, etag, link, retry-after, x-request-id, x-search-capped, x-total-capped, x-total-count",
)
# A cache puts the headers of a 304 in place of those that it has stored.
_OF_A_BODY: Final = frozenset({b"content-length", b"content-type"})

_SLASHES: Final = re.compile(r"/{2,}")
_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_KEPT_ESCAPES: Final = re.compile(r"%(2[Ff]|25)")
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")


@attrs.frozen
class Edge:
    """Wraps an ASGI app.

    The paths in `open_paths` are called from pages of any origin, without credentials. Everything else may be read by
    pages of `origin` alone, with their cookies.
    """

    _app: AsgiApp
    _origin: str
    _open_paths: frozenset[str]
    _browser_headers: HeaderPairs = attrs.field(init=False)

    @_browser_headers.default
    def _headers_for_browsers(self) -> HeaderPairs:
        return (*BROWSER_HEADERS, ONLY_HTTPS) if self._origin.startswith("https:") else BROWSER_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection as ASGI defines it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = readable_path(scope.get("raw_path") or scope["path"].encode())
        # Over HTTP/2 a query may come with any bytes, and the framework decodes it as UTF-8.
        query = _NOT_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), scope.get("query_string", b""))
        scope = {**scope, "path": path, "query_string": query}
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = {name.lower(): value for name, value in scope["headers"]}
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            await self._answer_preflight(path, asked, send)
            return
        added = (*self._security(path), NO_STORE, *self._cors(path, asked))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = _completed(message.get("headers", ()), added)
                if message["status"] == HTTPStatus.NOT_MODIFIED:
                    headers = [(name, value) for name, value in headers if name not in _OF_A_BODY]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    async def _answer_preflight(self, path: str, asked: dict[bytes, bytes], send: Send) -> None:
        allowed = _OPEN_PREFLIGHT if path in self._open_paths else (*self._cors(path, asked), *_DASHBOARD_PREFLIGHT)
        headers = [*allowed, *self._security(path), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _security(self, path: str) -> HeaderPairs:
        return SECURITY_HEADERS if path in self._open_paths else (*SECURITY_HEADERS, *self._browser_headers)

    def _cors(self, path: str, asked: dict[bytes, bytes]) -> HeaderPairs:
        if path in self._open_paths:
            return (_ANY_ORIGIN,)
        if asked.get(b"origin") == self._origin.encode():
            return (
                (b"access-control-allow-origin", self._origin.encode()),
                (b"access-control-allow-credentials", b"true"),
                _EXPOSED,
                _VARY,
            )
        return (_VARY,)


def readable_path(raw: bytes) -> str:
    """Return the path of a request target with its escapes decoded and repeated slashes as one.

    Escaped slashes and per cent signs stay escaped: whoever cuts the path into segments decodes them afterwards, so
    that a segment can hold a slash.
    """
    text = raw.partition(b"?")[0].decode("utf-8", "replace")
    if not text.startswith("/"):
        text = _AUTHORITY.sub("", text, count=1)
    text = _SLASHES.sub("/", text) or "/"
    return unquote(_KEPT_ESCAPES.sub(r"%25\1", text)) if "%" in text else text


def _completed(headers: Any, added: HeaderPairs) -> list[tuple[bytes, bytes]]:
    """Add headers that are not there yet; an answer that sets one itself knows better."""
    present = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in present}
    return present + [pair for pair in added if pair[0] not in names]
