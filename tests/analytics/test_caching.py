"""Answers that are kept: for how long, how many, and made once however many ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from bloop_trio.analytics.caching import AnswerCache

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Maker:
    """Makes answers, each when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = trio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> bytes:
        self.begun += 1
        number = self.begun
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return b"answer %d" % number


def at_once(body: bytes) -> Callable[[], Awaitable[bytes]]:
    async def make() -> bytes:
        await trio.lowlevel.checkpoint()
        return body

    return make


async def test_an_answer_is_kept_until_its_time_is_over(mock_clock: MockClock) -> None:
    cache = AnswerCache[str](60)
    assert await cache.get("a", at_once(b"first")) == b"first"
    mock_clock.jump(59.9)
    assert await cache.get("a", at_once(b"second")) == b"first"
    mock_clock.jump(0.2)
    assert await cache.get("a", at_once(b"second")) == b"second"


async def test_each_key_has_its_own() -> None:
    cache = AnswerCache[tuple[str | None, str]](60)
    assert await cache.get((None, "all"), at_once(b"one")) == b"one"
    assert await cache.get(("all", "all"), at_once(b"other")) == b"other"


async def test_many_who_ask_at_once_are_answered_by_one() -> None:
    cache, maker, answers = AnswerCache[str](60), Maker(), list[bytes]()

    async def ask() -> None:
        answers.append(await cache.get("a", maker))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        maker.gate.set()
    assert (maker.begun, answers) == (1, [b"answer 1"] * 10)


async def test_so_are_they_when_nothing_is_kept() -> None:
    cache, maker = AnswerCache[str](0), Maker()
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(cache.get, "a", maker)
        await wait_all_tasks_blocked()
        maker.gate.set()
    assert (maker.begun, len(cache)) == (1, 0)
    assert await cache.get("a", maker) == b"answer 2"


@pytest.mark.parametrize("leaver", [0, 1], ids=["who makes it", "who waits for it"])
async def test_one_who_leaves_takes_nothing_from_the_others(leaver: int) -> None:
    cache, maker, answers = AnswerCache[str](60), Maker(), list[bytes]()
    scopes = [trio.CancelScope() for _ in range(4)]

    async def ask(scope: trio.CancelScope) -> None:
        with scope:
            answers.append(await cache.get("a", maker))

    async with trio.open_nursery() as nursery:
        for scope in scopes:
            nursery.start_soon(ask, scope)
            await wait_all_tasks_blocked()
        scopes[leaver].cancel()
        await wait_all_tasks_blocked()
        assert maker.begun == (2 if leaver == 0 else 1)
        maker.gate.set()
    assert answers == [b"answer %d" % maker.begun] * 3


async def test_trouble_is_told_to_all_who_wait_and_not_kept() -> None:
    cache, maker = AnswerCache[str](60), Maker()
    maker.error = ValueError("no")
    told = []

    async def ask() -> None:
        with pytest.raises(ValueError, match=r"^no$"):
            await cache.get("a", maker)
        told.append(maker.begun)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        maker.gate.set()
    assert told == [1, 1, 1]
    maker.error = None
    assert await cache.get("a", maker) == b"answer 2"


async def test_what_was_cleared_is_made_anew_and_what_was_under_way_is_not_kept() -> None:
    cache, maker = AnswerCache[str](60), Maker()
    await cache.get("kept", at_once(b"old"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cache.get, "a", maker)
        await wait_all_tasks_blocked()
        cache.clear()
        maker.gate.set()
    assert len(cache) == 0
    assert await cache.get("kept", at_once(b"new")) == b"new"
    assert await cache.get("a", at_once(b"new")) == b"new"


async def test_those_that_were_used_last_are_kept_up_to_their_number_and_size() -> None:
    cache = AnswerCache[str](60, max_entries=3, max_bytes=10)
    for key in "abc":
        await cache.get(key, at_once(b"xx"))
    await cache.get("a", at_once(b"another"))
    await cache.get("d", at_once(b"xx"))
    assert await cache.get("a", at_once(b"another")) == b"xx"
    assert await cache.get("b", at_once(b"six678")) == b"six678"  # forgotten, and large: room is made for it
    assert await cache.get("c", at_once(b"new")) == b"new"
    assert len(cache) == 2
    await cache.get("larger than all", at_once(b"x" * 11))
    assert len(cache) == 2
