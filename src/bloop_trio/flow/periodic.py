"""Work that comes round at an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Nudge:
    """Lets work that comes round at an interval come at once."""

    def __init__(self) -> None:
        self._given = trio.Event()

    def __call__(self) -> None:
        """Ask for the work; while it is under way, ask for it once more afterwards."""
        self._given.set()

    async def wait(self, most_secs: float) -> None:
        """Wait until the work is asked for, at most so long."""
        with trio.move_on_after(most_secs):
            await self._given.wait()
        self._given = trio.Event()


async def run_every(interval_secs: float, job: Callable[[], Awaitable[object]], nudge: Nudge | None = None) -> None:
    """Await `job()` now and then again `interval_secs` after each end, or when `nudge` is given, for ever.

    What `job` raises is raised here: whoever starts the task decides what it survives.
    """
    nudge = nudge or Nudge()
    while True:
        await job()
        await nudge.wait(interval_secs)
