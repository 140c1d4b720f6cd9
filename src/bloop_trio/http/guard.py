"""Deciding who may use a route. Pure: finding out who a credential belongs to is injected.

Each route is declared with an `Access`; the guard knows what each kind of access demands and is asked before the route
runs. Nothing else in the server decides who may do what over HTTP, but for routes that learn from their body which
project they are about: these ask `Caller.require_owner`.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.exceptions import AuthenticationError, ForbiddenError
from bloop_trio.http.access import ProjectFrom, Who
from bloop_trio.http.bodies import check_content_type
from bloop_trio.http.caller import NOT_SIGNED_IN, Caller
from bloop_trio.http.csrf import SAFE_METHODS, check_origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from bloop_trio.http.access import Access
    from bloop_trio.http.caller import SignedIn

SESSION_COOKIES: Final = ("bloop_session", "session")
"""The cookie of a session, and another name that it may come under."""
_CHECKED_BY_NOBODY_HERE: Final = frozenset({Who.SENDER, Who.FILE})
"""The route of a sender checks the signature of the body; files are the same for everybody."""


@attrs.frozen(kw_only=True)
class Credentials:
    """What a request shows of its sender."""

    authorization: str | None = None
    """The `Authorization` header."""
    session: str | None = attrs.field(default=None, repr=False)
    """The value of the session cookie."""
    peer: str | None = None
    """The address at the other end of the socket."""
    is_forwarded: bool = False
    """Whether a proxy says that it speaks for somebody else."""
    address: str | None = None
    """The client's address, as far as trusted proxies tell."""
    method: str = "GET"
    origin: str | None = None
    """The `Origin` header."""
    sec_fetch_site: str | None = None
    """The `Sec-Fetch-Site` header."""
    has_body: bool = False
    content_type: str | None = None
    """The `Content-Type` header."""


@attrs.frozen(kw_only=True)
class Guard:
    """Lets requests in, or raises what they are refused with."""

    resolve_token: Callable[[str], Awaitable[Caller]]
    """Finds the caller of a bearer token, or raises AuthenticationError."""
    resolve_session: Callable[[str], Awaitable[SignedIn | None]]
    """Finds who is signed in with the value of a cookie; None if nobody is."""
    find_creator: Callable[[str], Awaitable[str | None]]
    """Finds who created the project with a slug or id, None if the server did; raises NotFoundError without one."""
    find_no: Callable[[str], Awaitable[int]]
    """Finds the number of the project with a slug or id; raises NotFoundError without one."""
    allows: Callable[[Collection[str], str], bool]
    """Whether granted scopes open a route that needs the second argument."""
    origin: str
    """Of the server's own pages."""
    metrics_token: str | None = attrs.field(default=None, repr=False)

    async def admit(self, access: Access, credentials: Credentials, project: str | None = None) -> Caller | None:
        """Return the caller of a route that has one, None of any other route.

        `project` is the slug or id in the path, of a route that says so.

        Raises:
            AuthenticationError: no credential, or an invalid one.
            ForbiddenError: the credential is not good enough for this; or another site made the browser send it.
            NotFoundError: there is no such project.
            UnsupportedMediaTypeError: a body that a cookie speaks for is not JSON.
        """
        if access.who is Who.OPERATOR:
            self._admit_operator(credentials)
        elif access.who is Who.ANYONE:
            self._check_origin(credentials)
        elif access.takes_tokens and bearer_token(credentials.authorization) is not None:
            return await self._admit_token(access, credentials, project)
        elif access.who is Who.PAGE:
            return await self._find_user(credentials)
        elif access.who not in _CHECKED_BY_NOBODY_HERE:
            return await self._admit_user(access, credentials, project)
        return None

    async def _admit_token(self, access: Access, credentials: Credentials, project: str | None) -> Caller:
        token = bearer_token(credentials.authorization) or ""
        caller = await self.resolve_token(token)
        if access.scope is None or not self.allows(caller.scopes, access.scope):
            raise ForbiddenError(f"token lacks required scope: {access.scope}")
        if access.project is ProjectFrom.PATH:
            caller.require_project(await self.find_no(project or ""))
        return attrs.evolve(caller, address=credentials.address)

    async def _admit_user(self, access: Access, credentials: Credentials, project: str | None) -> Caller:
        caller = await self._find_user(credentials)
        if caller is None:
            raise AuthenticationError(NOT_SIGNED_IN)
        self._check_origin(credentials, access.takes)
        if access.who is Who.ADMIN and not caller.signed_in().is_admin:
            raise ForbiddenError("admin access required")
        if access.project is ProjectFrom.PATH and access.who is Who.OWNER:
            caller.require_owner(await self.find_creator(project or ""))
        return caller

    async def _find_user(self, credentials: Credentials) -> Caller | None:
        user = None if credentials.session is None else await self.resolve_session(credentials.session)
        if user is None:
            return None
        return Caller(actor=user.user_id, name=user.username, address=credentials.address, user=user)

    def _check_origin(self, credentials: Credentials, takes: str | None = None) -> None:
        """Refuse what another site makes a browser send: a page can set no JSON content type without asking first.

        A route that takes forms has their origin alone to go by.
        """
        if credentials.method in SAFE_METHODS:
            return
        check_origin(
            credentials.method, self.origin, origin=credentials.origin, sec_fetch_site=credentials.sec_fetch_site
        )
        if credentials.has_body and not _is_of_type(credentials.content_type, takes):
            check_content_type(credentials.content_type)

    def _admit_operator(self, credentials: Credentials) -> None:
        token = bearer_token(credentials.authorization)
        if token is not None and self.metrics_token is not None:
            if hmac.compare_digest(token.encode(), self.metrics_token.encode()):
                return
            raise ForbiddenError("invalid metrics token")
        # A page whose name was turned to this host's address fetches as the host itself; scrapers send no such header.
        is_fetched_by_a_page = credentials.sec_fetch_site not in {None, "none"}
        if not credentials.is_forwarded and not is_fetched_by_a_page and _is_loopback(credentials.peer):
            return
        raise ForbiddenError("open to this host alone, or with server.metrics_token as bearer token")


def bearer_token(authorization: str | None) -> str | None:
    """Return the token in an `Authorization` header, or None if it holds none."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _is_of_type(content_type: str | None, wanted: str | None) -> bool:
    return wanted is not None and (content_type or "").partition(";")[0].strip().lower() == wanted


def _is_loopback(peer: str | None) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
