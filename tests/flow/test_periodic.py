from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from bloop_trio.flow.periodic import Nudge, run_every

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


async def test_a_nudge_brings_the_next_turn_forward_and_no_other(autojump_clock: MockClock) -> None:
    begun: list[float] = []
    nudge = Nudge()

    async def job() -> None:
        begun.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_every, 10, job, nudge)
        await trio.sleep(3)
        nudge()
        nudge()
        await trio.sleep(19)
        nursery.cancel_scope.cancel()
    assert begun == [0, 3, 13]


async def test_a_nudge_while_the_job_is_done_asks_for_it_once_more(autojump_clock: MockClock) -> None:
    begun: list[float] = []
    nudge = Nudge()

    async def job() -> None:
        begun.append(trio.current_time())
        if len(begun) == 1:
            nudge()
        await trio.sleep(1)

    with trio.move_on_after(15):
        await run_every(10, job, nudge)
    assert begun == [0, 1, 12]
