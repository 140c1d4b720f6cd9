"""Deciding who may use a route. Pure: resolving a token is injected.

Each route is declared with an `Access`; the guard knows what each kind of access demands and is asked before the route
runs. Nothing else in the server decides who may do what over HTTP.
"""

from __future__ import annotations

import enum
import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.exceptions import AuthenticationError, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection


class Who(enum.Enum):
    """Who a route is for."""

    ANYONE = "anyone"
    """No credential."""
    SENDER = "sender"
    """Whoever signs the body with a project's key; the route checks that, since it needs the body."""
    OPERATOR = "operator"
    """This host itself, or whoever knows `server.metrics_token`."""
    TOKEN = "token"  # noqa: S105 - the name of a kind of caller
    """A bearer token with the route's scope; it sees its own project alone."""


@attrs.frozen
class Access:
    """What a route demands."""

    who: Who
    scope: str | None = None
    """The scope that a token needs."""


ANYONE: Final = Access(Who.ANYONE)
SENDER: Final = Access(Who.SENDER)
OPERATOR: Final = Access(Who.OPERATOR)


def token_with(scope: str) -> Access:
    """Return the access of a route for bearer tokens with `scope`."""
    return Access(Who.TOKEN, scope)


@attrs.frozen(kw_only=True)
class Caller:
    """Whoever was let in, and what it may see."""

    project_no: int
    project_id: str
    """The project's id on the wire."""
    scopes: frozenset[str]
    actor: str
    """Who the history of an issue names: ``token:`` and a token's id, or a user's id."""


@attrs.frozen(kw_only=True)
class Credentials:
    """What a request shows of its sender."""

    authorization: str | None
    """The `Authorization` header."""
    peer: str | None
    """The address at the other end of the socket."""
    is_forwarded: bool
    """Whether a proxy says that it speaks for somebody else."""


@attrs.frozen(kw_only=True)
class Guard:
    """Lets requests in, or raises what they are refused with."""

    resolve: Callable[[str], Awaitable[Caller]]
    """Finds the caller of a bearer token, or raises AuthenticationError."""
    allows: Callable[[Collection[str], str], bool]
    """Whether granted scopes open a route that needs the second argument."""
    metrics_token: str | None = attrs.field(default=None, repr=False)

    async def admit(self, access: Access, credentials: Credentials) -> Caller | None:
        """Return the caller of a route for tokens, None of any other route.

        Raises:
            AuthenticationError: no token, or an invalid one.
            ForbiddenError: the token lacks the scope; or the route is for operators and this is none.
        """
        if access.who is Who.TOKEN:
            return await self._admit_token(access, credentials)
        if access.who is Who.OPERATOR:
            self._admit_operator(credentials)
        return None

    async def _admit_token(self, access: Access, credentials: Credentials) -> Caller:
        token = bearer_token(credentials.authorization)
        if token is None:
            raise AuthenticationError("authentication required")
        caller = await self.resolve(token)
        if access.scope is None or not self.allows(caller.scopes, access.scope):
            raise ForbiddenError(f"token lacks required scope: {access.scope}")
        return caller

    def _admit_operator(self, credentials: Credentials) -> None:
        token = bearer_token(credentials.authorization)
        if token is not None and self.metrics_token is not None:
            if hmac.compare_digest(token.encode(), self.metrics_token.encode()):
                return
            raise ForbiddenError("invalid metrics token")
        if not credentials.is_forwarded and _is_loopback(credentials.peer):
            return
        raise ForbiddenError("open to this host alone, or with server.metrics_token as bearer token")


def bearer_token(authorization: str | None) -> str | None:
    """Return the token in an `Authorization` header, or None if it holds none."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _is_loopback(peer: str | None) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
