"""The turnstile: a few in each turn of the event loop, in the order in which they came, and nobody left behind."""

from __future__ import annotations

import trio
import trio.testing

from bloop_trio.lane.turnstile import Turnstile


class Turns(trio.abc.Instrument):
    """Counts the turns of the event loop."""

    def __init__(self) -> None:
        self.number = 0

    def before_io_wait(self, timeout: float) -> None:
        self.number += 1


async def pass_all(turnstile: Turnstile, count: int) -> tuple[list[int], list[int]]:
    """Send `count` tasks through; returns who passed, in order, and the turn in which each did."""
    who: list[int] = []
    when: list[int] = []
    turns = Turns()
    trio.lowlevel.add_instrument(turns)

    async def come(number: int) -> None:
        await turnstile.pass_through()
        who.append(number)
        when.append(turns.number)

    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(come, number)
    trio.lowlevel.remove_instrument(turns)
    return who, when


async def test_few_pass_at_once(nursery: trio.Nursery) -> None:
    turnstile = Turnstile(4)
    nursery.start_soon(turnstile.run)
    _, when = await pass_all(turnstile, 4)
    assert len(set(when)) == 1


async def test_of_many_a_few_pass_in_each_turn(nursery: trio.Nursery) -> None:
    turnstile = Turnstile(4)
    nursery.start_soon(turnstile.run)
    who, when = await pass_all(turnstile, 42)
    assert sorted(who) == list(range(42))
    assert max(when.count(turn) for turn in when) <= 4
    assert when == sorted(when)


async def test_who_waits_passes_before_who_comes_later(nursery: trio.Nursery) -> None:
    turnstile = Turnstile(1)
    nursery.start_soon(turnstile.run)
    passed: list[str] = []

    async def come(name: str) -> None:
        await turnstile.pass_through()
        passed.append(name)

    async with trio.open_nursery() as coming:
        for name in "abc":
            coming.start_soon(come, name)
        await trio.lowlevel.checkpoint()
        coming.start_soon(come, "late")
    assert passed[-1] == "late"


async def test_who_leaves_takes_nobodys_place(nursery: trio.Nursery) -> None:
    turnstile = Turnstile(1)
    async with trio.open_nursery() as coming:
        coming.start_soon(turnstile.pass_through)
        coming.start_soon(turnstile.pass_through)
        await trio.testing.wait_all_tasks_blocked()
        coming.cancel_scope.cancel()
    nursery.start_soon(turnstile.run)
    who, _ = await pass_all(turnstile, 3)
    assert sorted(who) == [0, 1, 2]


async def test_after_a_quiet_time_it_stands_open(nursery: trio.Nursery) -> None:
    turnstile = Turnstile(2)
    nursery.start_soon(turnstile.run)
    for _ in range(3):
        _, when = await pass_all(turnstile, 2)
        assert len(set(when)) == 1
        await trio.testing.wait_all_tasks_blocked()
