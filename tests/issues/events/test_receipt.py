from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.issues.events.receipt import Receipt

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_who_expects_nothing_does_not_wait(autojump_clock: MockClock) -> None:
    receipt = Receipt()
    await receipt.wait()
    assert (receipt.kept, trio.current_time()) == (0, 0)


async def test_the_wait_ends_with_the_last_event_and_counts_those_that_are_kept(autojump_clock: MockClock) -> None:
    receipt = Receipt()
    for _ in range(3):
        receipt.expect()
    done = False

    async def wait() -> None:
        nonlocal done
        await receipt.wait()
        done = True

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        for kept in (True, False, True):
            await wait_all_tasks_blocked()
            assert not done
            receipt.settle(kept=kept)
    assert done
    assert (receipt.kept, receipt.outstanding) == (2, 0)


async def test_what_was_settled_before_anybody_waited_is_not_waited_for(autojump_clock: MockClock) -> None:
    receipt = Receipt()
    receipt.expect()
    receipt.settle(kept=False)
    await receipt.wait()
    assert receipt.kept == 0


async def test_several_may_wait(autojump_clock: MockClock) -> None:
    receipt = Receipt()
    receipt.expect()
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(receipt.wait)
        await wait_all_tasks_blocked()
        receipt.settle(kept=True)
