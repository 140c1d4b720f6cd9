"""From the value of a session's cookie to who is signed in, with few reads and late writes.

What was read is remembered, so every change of sessions and users must reach `Sessions.clear`: the server calls it when
the generation ``sessions`` changes, and routes that change them call it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.auth.session_values import is_session_shaped, session_hash
from bloop_trio.flow.bounded_cache import BoundedCache
from bloop_trio.http.caller import SignedIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

CACHE_ENTRIES: Final = 1000
CACHE_TTL_SECS: Final = 300
MISS_TTL_SECS: Final = 10
"""Unknown values are remembered too, or a browser with a stale cookie would cost a read for each request."""
TOUCH_INTERVAL_SECS: Final = 60
"""Least time between two notes of one session's use."""


@attrs.frozen
class _Session:
    user: SignedIn
    expires_secs: int
    last_used_secs: int


@attrs.frozen
class _Remembered:
    session: _Session | None
    until: float
    """By Trio's clock, which nobody sets back."""


class Sessions:
    """Resolves cookies, and collects when sessions were used."""

    def __init__(self, readers: Readers, now_secs: Callable[[], int]) -> None:
        self._readers = readers
        self._now_secs = now_secs
        self._hits: BoundedCache[str, _Remembered] = BoundedCache(CACHE_ENTRIES)
        # Apart from the hits, so that guessing values does not push the real ones out.
        self._misses: BoundedCache[str, _Remembered] = BoundedCache(CACHE_ENTRIES)
        self._epoch = 0
        self.on_clear: Callable[[], object] = _nothing
        """Called after each `clear`, on its task: answers that last may have to end."""
        self._noted: BoundedCache[str, int] = BoundedCache(CACHE_ENTRIES)
        self._touched: dict[str, int] = {}

    async def resolve(self, value: str) -> SignedIn | None:
        """Return who is signed in with a cookie of this value; None if nobody is, or not any more.

        Raises:
            QueryTimeoutError: The database did not answer in time.
        """
        if not is_session_shaped(value):
            return None
        hashed = session_hash(value)
        remembered = self._recall(hashed)
        if remembered is None:
            session = await self._read(hashed)
        else:
            # Not a whole turn of the event loop, which would cost more than all else: the answer takes several.
            await trio.lowlevel.checkpoint_if_cancelled()
            session = remembered.session
        now_secs = self._now_secs()
        if session is None or now_secs >= session.expires_secs:
            return None
        self._note_use(session, now_secs)
        return session.user

    def clear(self) -> None:
        """Forget every session, also those that are being read right now."""
        self._epoch += 1
        self._hits.clear()
        self._misses.clear()
        self.on_clear()

    def take_touched(self) -> dict[str, int]:
        """Return the uses since the last call, as session id → epoch seconds."""
        touched, self._touched = self._touched, {}
        return touched

    def _recall(self, hashed: str) -> _Remembered | None:
        now = trio.current_time()
        for cache in (self._hits, self._misses):
            remembered = cache.get(hashed)
            if remembered is not None and now < remembered.until:
                return remembered
        return None

    async def _read(self, hashed: str) -> _Session | None:
        def read(conn: Connection) -> _Session | None:
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

        epoch, now = self._epoch, trio.current_time()
        session = await self._readers.run(read)
        # A read that began before a change must not outlive the clearing that followed it.
        if epoch == self._epoch:
            if session is None:
                self._misses.put(hashed, _Remembered(None, now + MISS_TTL_SECS))
            else:
                self._hits.put(hashed, _Remembered(session, now + CACHE_TTL_SECS))
        return session

    def _note_use(self, session: _Session, now_secs: int) -> None:
        session_id = session.user.session_id
        last_secs = self._noted.get(session_id)
        if last_secs is None:
            last_secs = session.last_used_secs
        if now_secs - last_secs >= TOUCH_INTERVAL_SECS:
            self._noted.put(session_id, now_secs)
            self._touched[session_id] = now_secs


def _nothing() -> None:
    pass
