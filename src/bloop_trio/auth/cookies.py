"""The cookies of signed-in browsers and of ceremonies, as `Set-Cookie` takes them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from bloop_trio.auth.challenges import TTL_SECS, Kind
from bloop_trio.http.guard import SESSION_COOKIES

if TYPE_CHECKING:
    from collections.abc import Mapping

_THIS_HOST: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@attrs.frozen(kw_only=True)
class Cookies:
    """Writes and reads cookies."""

    is_secure: bool
    """Whether browsers may send them over TLS alone."""
    session_ttl_secs: int

    @classmethod
    def for_origin(cls, origin: str, session_ttl_secs: int) -> Cookies:
        """Return the cookies of pages at `origin`: secure ones, unless it is this host."""
        return cls(is_secure=urlsplit(origin).hostname not in _THIS_HOST, session_ttl_secs=session_ttl_secs)

    def session(self, value: str) -> str:
        """Return the cookie that signs a browser in."""
        return self._cookie(SESSION_COOKIES[0], value, "/", "Lax", self.session_ttl_secs)

    def no_session(self) -> str:
        """Return what makes a browser forget its session."""
        return self._cookie(SESSION_COOKIES[0], "", "/", "Lax", 0)

    def challenge(self, kind: Kind, value: str) -> str:
        """Return the cookie of a ceremony; one of each kind at a time."""
        path = "/v1/me/passkeys" if kind is Kind.PASSKEY else "/auth"
        return self._cookie(_challenge_name(kind), value, path, "Strict", TTL_SECS)

    def _cookie(self, name: str, value: str, path: str, same_site: str, max_age_secs: int) -> str:
        end = "; Secure" if self.is_secure else ""
        return f"{name}={value}; HttpOnly; SameSite={same_site}; Path={path}; Max-Age={max_age_secs}{end}"


def read_challenges(cookies: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a request brings of ceremonies, of all kinds."""
    return tuple(cookies[name] for name in map(_challenge_name, Kind) if name in cookies)


def _challenge_name(kind: Kind) -> str:
    return f"bloop_challenge_{kind}"
