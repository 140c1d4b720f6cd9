"""Credentials as they were read, found by the hash of their plaintext, with few reads and late writes.

What was read is remembered, so every change must reach `CredentialCache.clear`: the server calls it when the generation
of these credentials changes, and routes that change them call it at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs
import trio

from bloop_trio.flow.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

T = TypeVar("T")

CACHE_ENTRIES: Final = 1000
CACHE_TTL_SECS: Final = 300
MISS_TTL_SECS: Final = 10
"""Unknown credentials are remembered too, or a client with a stale one would cost a read for each request."""
TOUCH_INTERVAL_SECS: Final = 60
"""Least time between two notes of one credential's use."""


@attrs.frozen
class _Remembered(Generic[T]):
    found: T | None
    until: float
    """By Trio's clock, which nobody sets back."""


class CredentialCache(ABC, Generic[T]):
    """Finds credentials of one kind, and collects when they were used."""

    def __init__(self, readers: Readers, now_secs: Callable[[], int]) -> None:
        self._readers = readers
        self._now_secs = now_secs
        self._hits: BoundedCache[str, _Remembered[T]] = BoundedCache(CACHE_ENTRIES)
        # Apart from the hits, so that guessing credentials does not push the real ones out.
        self._misses: BoundedCache[str, _Remembered[T]] = BoundedCache(CACHE_ENTRIES)
        self._epoch = 0
        self.on_clear: Callable[[], object] = _nothing
        """Called after each `clear`, on its task: answers that last may have to end."""
        self._noted: BoundedCache[str, int] = BoundedCache(CACHE_ENTRIES)
        self._touched: dict[str, int] = {}

    def clear(self) -> None:
        """Forget every credential, also those that are being read right now."""
        self._epoch += 1
        self._hits.clear()
        self._misses.clear()
        self.on_clear()

    def take_touched(self) -> dict[str, int]:
        """Return the uses since the last call, as id of a credential → epoch seconds."""
        touched, self._touched = self._touched, {}
        return touched

    @abstractmethod
    def _look_up(self, conn: Connection, hashed: str) -> T | None:
        """Return what the database has under the hash of a plaintext, still valid or not."""

    async def _find(self, hashed: str) -> T | None:
        """Return what is stored under `hashed`, at most `CACHE_TTL_SECS` old unless `clear` is called."""
        remembered = self._recall(hashed)
        if remembered is None:
            return await self._read(hashed)
        # Not a whole turn of the event loop, which would cost more than all else: the answer takes several.
        await trio.lowlevel.checkpoint_if_cancelled()
        return remembered.found

    def _note_use(self, credential_id: str, last_used_secs: int | None, now_secs: int) -> None:
        last_secs = self._noted.get(credential_id)
        if last_secs is None:
            last_secs = last_used_secs
        if last_secs is None or now_secs - last_secs >= TOUCH_INTERVAL_SECS:
            self._noted.put(credential_id, now_secs)
            self._touched[credential_id] = now_secs

    def _recall(self, hashed: str) -> _Remembered[T] | None:
        now = trio.current_time()
        for cache in (self._hits, self._misses):
            remembered = cache.get(hashed)
            if remembered is not None and now < remembered.until:
                return remembered
        return None

    async def _read(self, hashed: str) -> T | None:
        epoch, now = self._epoch, trio.current_time()
        found = await self._readers.run(lambda conn: self._look_up(conn, hashed))
        # A read that began before a change must not outlive the clearing that followed it.
        if epoch == self._epoch:
            cache, ttl_secs = (self._misses, MISS_TTL_SECS) if found is None else (self._hits, CACHE_TTL_SECS)
            cache.put(hashed, _Remembered(found, now + ttl_secs))
        return found


def _nothing() -> None:
    pass
