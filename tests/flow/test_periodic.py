from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from bloop_trio.flow.periodic import run_every

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_the_job_is_done_at_once_and_then_an_interval_after_each_end(autojump_clock: MockClock) -> None:
    begun: list[float] = []

    async def job() -> None:
        begun.append(trio.current_time())
        await trio.sleep(1)

    with trio.move_on_after(20):
        await run_every(5, job)
    assert begun == [0, 6, 12, 18]


async def test_what_the_job_raises_ends_it(autojump_clock: MockClock) -> None:
    turns = 0

    async def job() -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await run_every(60, job)
    assert (turns, trio.current_time()) == (3, 120)
