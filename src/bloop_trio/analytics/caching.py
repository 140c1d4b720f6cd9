"""Answers that are kept for a while: many ask for the same insight, and each is made once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

K = TypeVar("K", bound="Hashable")

MAX_ENTRIES: Final = 256
MAX_BYTES: Final = 16 * 1024 * 1024
"""Of all answers together: messages can be long."""


@attrs.frozen
class _Kept:
    body: bytes
    stale_at: float


@attrs.define(eq=False)
class _Flight:
    """An answer that is being made, and those who wait for it."""

    done: trio.Event = attrs.field(factory=trio.Event)
    body: bytes | None = None
    error: Exception | None = None


class AnswerCache(Generic[K]):
    """Keeps each answer for `ttl_secs`, at most so many and so large; those that were used last.

    However many ask for the same at the same time, it is made once. When the one who makes it is cancelled, the next
    who waits makes it anew; the others go on waiting. What making it raises is raised for all who wait, and not kept.
    """

    def __init__(self, ttl_secs: float, *, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._ttl_secs = ttl_secs
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._kept: OrderedDict[K, _Kept] = OrderedDict()
        self._bytes = 0
        self._flights: dict[K, _Flight] = {}

    async def get(self, key: K, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return the answer of `key`; what `make` returns, or has returned not long ago."""
        while True:
            kept = self._fresh(key)
            if kept is not None:
                return kept
            flight = self._flights.get(key)
            if flight is None:
                return await self._fly(key, make)
            await flight.done.wait()
            if flight.error is not None:
                raise flight.error
            if flight.body is not None:
                return flight.body

    def clear(self) -> None:
        """Forget all answers; those that are being made are given to whoever waits for them already, and not kept."""
        self._kept.clear()
        self._flights.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def _fly(self, key: K, make: Callable[[], Awaitable[bytes]]) -> bytes:
        flight = self._flights[key] = _Flight()
        try:
            flight.body = await make()
        except Exception as error:
            flight.error = error
            raise
        finally:
            is_current = self._flights.get(key) is flight
            if is_current:
                del self._flights[key]
            flight.done.set()
        if is_current:
            self._keep(key, flight.body)
        return flight.body

    def _fresh(self, key: K) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if trio.current_time() >= kept.stale_at:
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return kept.body

    def _keep(self, key: K, body: bytes) -> None:
        if self._ttl_secs <= 0 or len(body) > self._max_bytes:
            return
        self._kept[key] = _Kept(body, trio.current_time() + self._ttl_secs)
        self._bytes += len(body)
        while len(self._kept) > self._max_entries or self._bytes > self._max_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: K) -> None:
        self._bytes -= len(self._kept.pop(key).body)
