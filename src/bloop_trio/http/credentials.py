"""What a request shows of its sender, gathered from its headers and its socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.http.client_address import client_address, whole_address
from bloop_trio.http.guard import SESSION_COOKIES, Credentials

if TYPE_CHECKING:
    from quart import Request

    from bloop_trio.http.client_address import TrustedProxies

_FORWARDING: Final = ("x-forwarded-for", "x-real-ip", "forwarded")


def limited_address(request: Request, trusted: TrustedProxies) -> str | None:
    """Return the address that a rate limit knows the sender of `request` by; None for one that is not limited."""
    return client_address(peer_of(request), trusted, *_forwarding(request).values())


def read_credentials(request: Request, trusted: TrustedProxies) -> Credentials:
    """Return what `request` shows; forwarding headers count as far as `trusted` goes."""
    headers = request.headers
    peer, forwarding = peer_of(request), _forwarding(request)
    return Credentials(
        authorization=headers.get("authorization"),
        session=_session(request),
        peer=peer,
        is_forwarded=any(forwarding.values()),
        address=whole_address(peer, trusted, *forwarding.values()),
        method=request.method,
        origin=headers.get("origin"),
        sec_fetch_site=headers.get("sec-fetch-site"),
        has_body=_has_body(request),
        content_type=headers.get("content-type"),
    )


def _session(request: Request) -> str | None:
    """Return the value of the session cookie.

    Browsers send cookies for longer paths first, so of several with one name ours, which is for all paths, is the last:
    those before it were set for a part of this site, by a page of the same host at another port for one.
    """
    values = (value for name in SESSION_COOKIES for value in reversed(request.cookies.getlist(name)))
    return next(filter(None, values), None)


def _has_body(request: Request) -> bool:
    """Whether a body comes with the request, as far as its head tells."""
    if request.content_length is not None:
        return request.content_length > 0
    # Over HTTP/2 a body may come without its length; a browser says what is in it.
    return "transfer-encoding" in request.headers or "content-type" in request.headers


def peer_of(request: Request) -> str | None:
    """Return the address that the connection comes from; None if there is none to tell."""
    client = request.scope.get("client")
    return None if client is None else client[0]


def _forwarding(request: Request) -> dict[str, bytes]:
    """Return what proxies say of the client, in the order in which it counts."""
    return {name: ",".join(request.headers.getlist(name)).encode("latin-1", "replace") for name in _FORWARDING}
