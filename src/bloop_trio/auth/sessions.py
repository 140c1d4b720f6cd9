"""From the value of a session's cookie to who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bloop_trio.auth.credential_cache import CredentialCache
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import is_session_shaped
from bloop_trio.http.caller import SignedIn

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@attrs.frozen
class _Session:
    user: SignedIn
    expires_secs: int
    last_used_secs: int


class Sessions(CredentialCache[_Session]):
    """Resolves cookies, and collects when sessions were used."""

    async def resolve(self, value: str) -> SignedIn | None:
        """Return who is signed in with a cookie of this value; None if nobody is, or not any more.

        Raises:
            QueryTimeoutError: The database did not answer in time.
        """
        if not is_session_shaped(value):
            return None
        session = await self._find(secret_hash(value))
        now_secs = self._now_secs()
        if session is None or now_secs >= session.expires_secs:
            return None
        self._note_use(session.user.session_id, session.last_used_secs, now_secs)
        return session.user

    def _look_up(self, conn: Connection, hashed: str) -> _Session | None:
        row = conn.execute(
            "SELECT u.id, u.username, u.is_admin, s.id, s.expires_secs, s.last_used_secs"
            " FROM sessions AS s JOIN users AS u ON u.id = s.user_id WHERE s.token_hash = ?",
            (hashed,),
        ).fetchone()
        if row is None:
            return None
        user_id, username, is_admin, session_id, expires_secs, last_used_secs = row
        user = SignedIn(user_id=user_id, username=username, is_admin=bool(is_admin), session_id=session_id)
        return _Session(user, expires_secs, last_used_secs)
