"""Work that comes round at an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def run_every(interval_secs: float, job: Callable[[], Awaitable[object]]) -> None:
    """Await `job()` now and then again `interval_secs` after each end, for ever.

    What `job` raises is raised here: whoever starts the task decides what it survives.
    """
    while True:
        await job()
        await trio.sleep(interval_secs)
