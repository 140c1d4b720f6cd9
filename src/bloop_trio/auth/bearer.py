"""From the plaintext of a bearer token to the token, with few reads and late writes.

What was read is remembered for five minutes, so a revocation must reach `BearerTokens.clear`: the server calls it
when the generation ``tokens`` changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.auth.store import find_by_hash
from bloop_trio.auth.tokens import Token, is_token_shaped, token_hash
from bloop_trio.exceptions import AuthenticationError
from bloop_trio.flow.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

CACHE_ENTRIES: Final = 1000
CACHE_TTL_SECS: Final = 300
MISS_TTL_SECS: Final = 10
"""Unknown tokens are remembered too, or a client with a stale one would cost a read for each request."""

TOUCH_INTERVAL_SECS: Final = 60
"""Least time between two notes of one token's use."""

_REFUSAL: Final = "invalid or expired token"


@attrs.frozen
class _Remembered:
    token: Token | None
    until: float
    """By Trio's clock, which nobody sets back."""


class BearerTokens:
    """Resolves tokens, and collects when they were used."""

    def __init__(self, readers: Readers, now_secs: Callable[[], int]) -> None:
        self._readers = readers
        self._now_secs = now_secs
        self._hits: BoundedCache[str, _Remembered] = BoundedCache(CACHE_ENTRIES)
        # Apart from the hits, so that guessing tokens does not push the real ones out.
        self._misses: BoundedCache[str, _Remembered] = BoundedCache(CACHE_ENTRIES)
        self._epoch = 0
        self.on_clear: Callable[[], object] = _nothing
        """Called after each `clear`, on its task: answers that last may have to end."""
        self._noted: BoundedCache[str, int] = BoundedCache(CACHE_ENTRIES)
        self._touched: dict[str, int] = {}

    async def resolve(self, plaintext: str) -> Token:
        """Return the valid token with this plaintext.

        Raises:
            AuthenticationError: There is none: unknown, expired or revoked.
            QueryTimeoutError: The database did not answer in time.
        """
        if not is_token_shaped(plaintext):
            raise AuthenticationError(_REFUSAL)
        hashed = token_hash(plaintext)
        remembered = self._recall(hashed)
        if remembered is None:
            token = await self._read(hashed)
        else:
            # Not a whole turn of the event loop, which would cost more than all else: the answer takes several.
            await trio.lowlevel.checkpoint_if_cancelled()
            token = remembered.token
        now_secs = self._now_secs()
        if token is None or not token.is_valid(now_secs):
            raise AuthenticationError(_REFUSAL)
        self._note_use(token, now_secs)
        return token

    def clear(self) -> None:
        """Forget every token, also those that are being read right now."""
        self._epoch += 1
        self._hits.clear()
        self._misses.clear()
        self.on_clear()

    def take_touched(self) -> dict[str, int]:
        """Return the uses since the last call, as token id → epoch seconds, for `store.touch_last_used`."""
        touched, self._touched = self._touched, {}
        return touched

    def _recall(self, hashed: str) -> _Remembered | None:
        now = trio.current_time()
        for cache in (self._hits, self._misses):
            remembered = cache.get(hashed)
            if remembered is not None and now < remembered.until:
                return remembered
        return None

    async def _read(self, hashed: str) -> Token | None:
        def read(conn: Connection) -> Token | None:
            return find_by_hash(conn, hashed)

        epoch, now = self._epoch, trio.current_time()
        token = await self._readers.run(read)
        # A read that began before a revocation must not outlive the clearing that followed it.
        if epoch == self._epoch:
            if token is None:
                self._misses.put(hashed, _Remembered(None, now + MISS_TTL_SECS))
            else:
                self._hits.put(hashed, _Remembered(token, now + CACHE_TTL_SECS))
        return token

    def _note_use(self, token: Token, now_secs: int) -> None:
        last_secs = self._noted.get(token.id)
        if last_secs is None:
            last_secs = token.last_used_secs
        if last_secs is None or now_secs - last_secs >= TOUCH_INTERVAL_SECS:
            self._noted.put(token.id, now_secs)
            self._touched[token.id] = now_secs


def _nothing() -> None:
    pass
