"""The memory that request bodies may take while they are collected, shared by all connections.

A body of up to `FREE_BODY_BYTES` is read whatever else is going on. A longer one needs a share of the budget for the
rest; while there is none it is not read, so that it waits in the kernel's buffers and TCP holds its sender back. Those
who wait are served in the order in which they came.

Who merely keeps a share pays for it: while others wait, a body that has been collected for long is given up, the
oldest first. So a few clients that send slowly on purpose cannot lock all others out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

FREE_BODY_BYTES: Final = 64 * 1024
"""What each body may take without a share: far more than a single event."""


class BodyBudget:
    """Hands out shares of `max_bytes`; one body that is longer than all of it gets its share while it is alone."""

    __slots__ = ("_collecting", "_crowded_secs", "_waiting", "held_bytes", "max_bytes")

    def __init__(self, max_bytes: int, crowded_secs: float) -> None:
        self.held_bytes = 0
        """What is handed out now."""
        self.max_bytes = max_bytes
        self._crowded_secs = crowded_secs
        # In the order in which they came: dictionaries, since anybody may leave from the middle.
        self._waiting: dict[BodyShare, None] = {}
        self._collecting: dict[BodyShare, None] = {}

    @property
    def waiting(self) -> int:
        """How many bodies wait for a share."""
        return len(self._waiting)

    def relieve(self, now: float) -> None:
        """Give up as many overlong bodies as keep the first that waits from its share; to be called once a tick."""
        if not self._waiting:
            return
        missing = self.held_bytes + next(iter(self._waiting)).wanted_bytes - self.max_bytes
        for share in list(self._collecting):
            if missing <= 0 or share.since > now - self._crowded_secs:
                return
            missing -= share.held_bytes
            del self._collecting[share]
            share.give_up()

    async def wait_for(self, share: BodyShare, size: int) -> bool:
        """Add `size` bytes to a share; returns False if it was withdrawn meanwhile."""
        share.wanted_bytes = size
        if not self._waiting and self._fits(share):
            self._grant(share)
            return True
        share.settled = trio.Event()
        self._waiting[share] = None
        try:
            await share.settled.wait()
        finally:
            self.leave_queue(share)
        return share.wanted_bytes == 0

    def leave_queue(self, share: BodyShare) -> None:
        """Let a share wait no longer, granted or not."""
        if share in self._waiting:
            del self._waiting[share]
            share.settled.set()
            self._admit()

    def stop_collecting(self, share: BodyShare) -> None:
        """Note that a body is whole: it keeps its share, and nobody gives it up any more."""
        self._collecting.pop(share, None)

    def take_back(self, share: BodyShare) -> None:
        """Let others have what a share holds."""
        self._collecting.pop(share, None)
        self.held_bytes -= share.held_bytes
        share.held_bytes = 0
        self._admit()

    def _admit(self) -> None:
        while self._waiting:
            first = next(iter(self._waiting))
            if not self._fits(first):
                return
            del self._waiting[first]
            self._grant(first)
            first.settled.set()

    def _fits(self, share: BodyShare) -> bool:
        alone = self.held_bytes == share.held_bytes
        return alone or self.held_bytes + share.wanted_bytes <= self.max_bytes

    def _grant(self, share: BodyShare) -> None:
        if share not in self._collecting:
            share.since = trio.current_time()
            self._collecting[share] = None
        self.held_bytes += share.wanted_bytes
        share.held_bytes += share.wanted_bytes
        share.wanted_bytes = 0


class BodyShare:
    """One body's part of the budget. Who makes it sees to it that `release` is called, whatever happens."""

    __slots__ = ("_budget", "give_up", "held_bytes", "settled", "since", "wanted_bytes")

    settled: trio.Event

    def __init__(self, budget: BodyBudget, give_up: Callable[[], None]) -> None:
        self.give_up = give_up
        """Ends the collecting of the body, which then releases the share; called from another task."""
        self.held_bytes = 0
        self.wanted_bytes = 0
        self.since = 0.0
        self._budget = budget

    async def grow(self, size: int) -> bool:
        """Wait for `size` bytes more; returns False if `withdraw` came first. No checkpoint if there is room."""
        return await self._budget.wait_for(self, size)

    def withdraw(self) -> None:
        """End the wait for more."""
        self._budget.leave_queue(self)

    def complete(self) -> None:
        """Keep the share for a body that is whole, until it is dealt with."""
        self._budget.stop_collecting(self)

    def release(self) -> None:
        """Give everything back; calling it again does nothing."""
        self._budget.leave_queue(self)
        self._budget.take_back(self)
