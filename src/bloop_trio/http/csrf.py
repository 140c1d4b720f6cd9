"""Telling requests of our own pages from those that other sites make a browser send with its cookies. Pure."""

from __future__ import annotations

from typing import Final

from bloop_trio.exceptions import ForbiddenError

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_REFUSAL: Final = "cross-site request refused"


def check_origin(method: str, own_origin: str, *, origin: str | None, sec_fetch_site: str | None) -> None:
    """Let a request with a cookie pass if it changes nothing, or was not made by a page of another origin.

    Browsers send `Sec-Fetch-Site`, or at least `Origin`, with every request that changes something, and no page can
    forge either; a request without both is not from a browser, and its cookie was put there on purpose.

    Raises:
        ForbiddenError: another site made the browser send it.
    """
    if method in SAFE_METHODS:
        return
    if sec_fetch_site is not None:
        if sec_fetch_site.lower() not in _OWN_SITES:
            raise ForbiddenError(_REFUSAL)
    elif origin is not None and origin.lower() != own_origin.lower():
        raise ForbiddenError(_REFUSAL)
