"""Whoever was let in, as routes see them. Pure."""

from __future__ import annotations

from typing import Final

import attrs

from bloop_trio.exceptions import AuthenticationError, ForbiddenError, NotFoundError

NOT_SIGNED_IN: Final = "authentication required"


@attrs.frozen(kw_only=True)
class SignedIn:
    """A user, by one of their sessions."""

    user_id: str
    username: str
    is_admin: bool
    session_id: str


@attrs.frozen(kw_only=True)
class Caller:
    """Whoever was let in, and what it may see."""

    actor: str
    """Who history and audit log name: ``token:`` and a token's id, or a user's id."""
    name: str
    """The same for people to read: a token's name, or a username."""
    address: str | None = None
    """Where the request came from, as far as trusted proxies tell; None if nothing is known."""
    scopes: frozenset[str] = frozenset()
    """Of a token; somebody who is signed in needs none."""
    project_no: int | None = None
    """The one project of a token; None if somebody is signed in, who sees all."""
    project_id: str | None = None
    """The same project as the wire calls it."""
    user: SignedIn | None = None
    """Who is signed in; None for a token."""

    def signed_in(self) -> SignedIn:
        """Return who is signed in.

        Raises:
            AuthenticationError: a token has no user.
        """
        if self.user is None:
            raise AuthenticationError(NOT_SIGNED_IN)
        return self.user

    def require_owner(self, created_by: str | None) -> None:
        """Let administrators pass, and the user who created the project in question.

        Raises:
            AuthenticationError: nobody is signed in.
            ForbiddenError: it is another user.
        """
        user = self.signed_in()
        if not user.is_admin and user.user_id != created_by:
            raise ForbiddenError("you do not have access to this project")

    def require_project(self, project_no: int) -> None:
        """Let a token of the project pass.

        Raises:
            NotFoundError: it is a token of another one, which learns no more than of a project that does not exist.
        """
        if self.project_no != project_no:
            raise NotFoundError("project not found")


async def look_again() -> None:
    """Have the guard look once more at who sent the request, since credentials can be lost while a body is on its way.

    Raises:
        RequestError: as the guard does.
    """
    from quart import g  # noqa: PLC0415 - as in `caller`

    g.caller = await g.readmit()


def caller() -> Caller:
    """Return who sent the request that is being answered; the guard has let it in."""
    from quart import g  # noqa: PLC0415 - commands use the shapes above, and load no framework for it

    admitted: Caller = g.caller
    return admitted
