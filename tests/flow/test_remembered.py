"""A costly value: got once for all who ask together, and again when it is old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from bloop_trio.flow.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trio.testing import MockClock


async def test_those_who_ask_together_share_one_look(autojump_clock: MockClock) -> None:
    looks = 0

    async def look() -> int:
        nonlocal looks
        await trio.sleep(5)
        looks += 1
        return looks

    remembered = Remembered(look, max_age_secs=1.0)
    seen: list[int] = []

    async def ask() -> None:
        seen.append(await remembered.value())

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
    assert seen == [1] * 10
    await trio.sleep(0.9)
    assert await remembered.value() == 1
    await trio.sleep(0.1)
    assert await remembered.value() == 2


async def test_a_failure_is_not_remembered() -> None:
    answers: Iterator[OSError | int] = iter([OSError("gone"), 7])

    async def look() -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    remembered = Remembered(look, max_age_secs=1.0)
    with pytest.raises(OSError, match="gone"):
        await remembered.value()
    assert await remembered.value() == 7


async def test_who_gives_up_leaves_the_look_to_the_next(autojump_clock: MockClock) -> None:
    async def look() -> int:
        await trio.sleep(5)
        return 1

    remembered = Remembered(look, max_age_secs=1.0)
    with trio.move_on_after(1):
        await remembered.value()
    assert await remembered.value() == 1
