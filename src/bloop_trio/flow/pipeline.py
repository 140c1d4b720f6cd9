"""A bounded buffer between many offering tasks and one that takes batches.

Offering never waits and never loses count: what does not fit is refused at once. A task that would rather wait than be
refused awaits `wait_for_room` first; that is the back-pressure.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Final, Generic, TypeVar

import attrs
import trio

T = TypeVar("T")

_HIGH_WATER: Final = 0.75
_REST_FACTOR: Final = 3
"""Batches start so many times further apart than working on one takes."""
_MAX_PAUSE_SECS: Final = 0.5


@attrs.frozen(kw_only=True)
class PipelineStatistics:
    """The buffer at one moment."""

    buffered: int
    """Items that were offered and not taken yet."""
    capacity: int
    weight: int = 0
    """What those items weigh together."""
    max_weight: float = inf
    waits_total: int = 0
    """How often somebody had to wait for room."""
    waiting: int = 0
    """How many wait for room now."""

    @property
    def usage(self) -> float:
        """Filled part of the buffer, by number or by weight, whichever is more: 0 to 1."""
        return min(1.0, max(self.buffered / self.capacity, self.weight / self.max_weight))


class Pipeline(Generic[T]):
    """A memory channel of `capacity` items, and of a weight of `max_weight`, that is emptied in batches.

    A batch is due when `batch_size` items are there or `linger_secs` after its first item, whatever comes first; it
    takes all that is there, at most `max_batch_size`. Under load batches start at least `pace_secs` apart unless the
    buffer is half full: fewer and larger ones cost less for each item. Batches that take long are further apart, so that
    working on them takes a third of the time at most, but never more than `linger_secs` or half a second.

    Resource handling: `close` ends the offering; what is buffered can still be taken.
    """

    def __init__(  # noqa: PLR0913 - its bounds and its timing, by name
        self,
        *,
        capacity: int,
        batch_size: int,
        linger_secs: float,
        max_batch_size: int,
        max_weight: float = inf,
        headroom: int = 0,
        pace_secs: float = 0.0,
    ) -> None:
        self.capacity = capacity
        self._linger_secs = linger_secs
        self._max_batch_size = max(max_batch_size, batch_size)
        # Above this mark offers still fit, but whoever can wait should: the room left takes what is on its way.
        self._high_water = max(1, min(int(capacity * _HIGH_WATER), capacity - headroom))
        # Neither may lie above the mark: who waits for room would wait for a batch that waits for more.
        self._batch_size = min(batch_size, self._high_water)
        self._hurry_at = min(max(1, capacity // 2), self._high_water)
        self._max_weight = max_weight
        self._high_weight = max_weight * _HIGH_WATER
        self._weights: deque[int] = deque()
        self._weight = 0
        self._taken: list[T] = []
        self._send, self._receive = trio.open_memory_channel[T](capacity)
        self._buffered = 0
        self._due = trio.Event()
        self._pace_secs = pace_secs
        self._half_full = trio.Event()
        self._taken_at = -inf
        self._waiting = trio.lowlevel.ParkingLot()
        self._waits_total = 0

    @property
    def pressed(self) -> bool:
        """Whether the buffer is filled above the high-water mark."""
        return self._buffered >= self._high_water or self._weight >= self._high_weight

    @property
    def first_taken(self) -> T | None:
        """The first item of the batch that `take` is gathering: the oldest one of all that are still in here.

        None while there is none, and while nobody takes.
        """
        return self._taken[0] if self._taken else None

    def offer(self, item: T, weight: int = 0) -> bool:
        """Put `item` in without waiting; returns whether there was room for it and for its weight.

        Raises:
            trio.ClosedResourceError: after `close`.
        """
        if self._weight + weight > self._max_weight:
            return False
        try:
            self._send.send_nowait(item)
        except trio.WouldBlock:
            return False
        self._buffered += 1
        self._weight += weight
        self._weights.append(weight)
        if self._weight >= self._high_weight:
            self._due.set()
            self._half_full.set()
        if self._buffered == self._batch_size:
            self._due.set()
        if self._buffered == self._hurry_at:
            self._half_full.set()
        return True

    async def wait_for_room(self, max_wait_secs: float) -> bool:
        """Wait until the buffer is below its high-water mark; returns whether it is.

        Between the return and the next checkpoint of the caller nobody else can take the room.
        """
        if self.pressed:
            self._waits_total += 1
        with trio.move_on_after(max_wait_secs):
            while self.pressed:
                await self._waiting.park()
        return not self.pressed

    async def take(self) -> list[T]:
        """Return the next batch, at least one item.

        Raises:
            trio.EndOfChannel: the pipeline is closed and empty.
        """
        next_batch_at = self._taken_at + self._pause_secs(trio.current_time() - self._taken_at)
        batch = self._taken  # a batch that a cancellation cut short goes on where it was
        if not batch:
            batch.append(await self._receive.receive())
        with trio.move_on_after(self._linger_secs):
            await self._due.wait()
        with trio.move_on_at(next_batch_at):
            await self._half_full.wait()
        self._taken_at = trio.current_time()
        try:
            while len(batch) < self._max_batch_size:
                batch.append(self._receive.receive_nowait())
        except (trio.WouldBlock, trio.EndOfChannel):
            pass
        self._taken = []
        self._buffered -= len(batch)
        self._weight -= sum(self._weights.popleft() for _ in batch)
        if not self.pressed:
            if self._buffered < self._batch_size:
                self._due = trio.Event()
            if self._buffered < self._hurry_at:
                self._half_full = trio.Event()
            self._waiting.unpark_all()
        return batch

    def _pause_secs(self, worked_secs: float) -> float:
        """Return how far apart two batches start when working on the first took so long."""
        if not self._pace_secs:
            return 0.0
        return max(self._pace_secs, min(_REST_FACTOR * worked_secs, self._linger_secs, _MAX_PAUSE_SECS))

    def close(self) -> None:
        """End the offering: lingering stops, `take` returns what is left and then raises."""
        self._send.close()
        self._linger_secs = self._pace_secs = 0.0
        self._taken_at = -inf
        self._due.set()
        self._half_full.set()

    def abandon(self) -> list[T]:
        """Return what is buffered, leaving nothing; for when nobody will `take` any more."""
        rest, self._taken = self._taken, []
        try:
            while True:
                rest.append(self._receive.receive_nowait())
        except (trio.WouldBlock, trio.EndOfChannel):
            self._buffered = self._weight = 0
            self._weights.clear()
            return rest

    def statistics(self) -> PipelineStatistics:
        """Return the filling of the buffer."""
        return PipelineStatistics(
            buffered=self._buffered,
            capacity=self.capacity,
            weight=self._weight,
            max_weight=self._max_weight,
            waits_total=self._waits_total,
            waiting=len(self._waiting),
        )
