"""From credentials to callers, as the guard asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.exceptions import AuthenticationError, NotFoundError
from bloop_trio.flow.bounded_cache import BoundedCache
from bloop_trio.http.caller import Caller
from bloop_trio.projects.store import get_project, get_project_by_no

if TYPE_CHECKING:
    from bloop_trio.auth.bearer import BearerTokens
    from bloop_trio.auth.sessions import Sessions
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.http.caller import SignedIn

_REMEMBERED_TOKENS: Final = 1000


class Callers:
    """Finds who tokens and cookies belong to, and whose a project is."""

    def __init__(self, bearer: BearerTokens, sessions: Sessions, readers: Readers) -> None:
        self._bearer = bearer
        self._sessions = sessions
        self._readers = readers
        # A token knows the number of its project, the wire wants the id.
        self._ids: BoundedCache[str, str] = BoundedCache(_REMEMBERED_TOKENS)

    async def resolve_token(self, plaintext: str) -> Caller:
        """Return the caller of a bearer token.

        Raises:
            AuthenticationError: there is no such token, or it is not valid any more.
        """
        token = await self._bearer.resolve(plaintext)
        project_id = self._ids.get(token.id)
        if project_id is None:
            project_id = await self._read_id(token.project_no)
            self._ids.put(token.id, project_id)
        return Caller(
            actor=f"token:{token.id}",
            name=token.name,
            scopes=frozenset(token.scopes),
            project_no=token.project_no,
            project_id=project_id,
        )

    async def resolve_session(self, value: str) -> SignedIn | None:
        """Return who is signed in with a cookie of this value, None if nobody is."""
        return await self._sessions.resolve(value)

    async def find_creator(self, id_or_slug: str) -> str | None:
        """Return who created a project, None if the server or a command did.

        Raises:
            NotFoundError: there is no such project.
        """

        def read(conn: Connection) -> str | None:
            return get_project(conn, id_or_slug).created_by

        return await self._readers.run(read)

    async def find_no(self, id_or_slug: str) -> int:
        """Return the number of a project.

        Raises:
            NotFoundError: there is no such project.
        """

        def read(conn: Connection) -> int:
            return get_project(conn, id_or_slug).no

        return await self._readers.run(read)

    async def _read_id(self, project_no: int) -> str:
        def read(conn: Connection) -> str:
            try:
                return get_project_by_no(conn, project_no).id
            except NotFoundError:  # deleted while the token was looked at
                raise AuthenticationError("invalid or expired token") from None

        return await self._readers.run(read)
