"""The buffer: refuses when full, holds back who can wait, gives all it has, loses no count."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from bloop_trio.flow.pipeline import Pipeline


def a_pipeline(**changes: float) -> Pipeline[int]:
    settings = {"capacity": 8, "batch_size": 4, "linger_secs": 2.0, "max_batch_size": 8} | changes
    return Pipeline(
        capacity=int(settings["capacity"]),
        batch_size=int(settings["batch_size"]),
        linger_secs=settings["linger_secs"],
        max_batch_size=int(settings["max_batch_size"]),
        headroom=int(settings.get("headroom", 0)),
    )


def test_a_full_pipeline_refuses_and_keeps_what_it_has() -> None:
    pipeline = a_pipeline(capacity=3)
    assert [pipeline.offer(n) for n in range(5)] == [True, True, True, False, False]
    assert pipeline.statistics().usage == 1.0
    assert pipeline.abandon() == [0, 1, 2]


async def test_a_batch_is_due_when_enough_items_are_there(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    for n in range(4):
        pipeline.offer(n)
    assert await pipeline.take() == [0, 1, 2, 3]
    assert trio.current_time() == 0


async def test_a_batch_is_due_when_its_first_item_has_waited_long_enough(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    pipeline.offer(1)
    assert await pipeline.take() == [1]
    assert trio.current_time() == 2.0


async def test_a_batch_takes_all_that_is_there_up_to_its_maximum(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline(max_batch_size=6)
    for n in range(8):
        pipeline.offer(n)
    assert await pipeline.take() == [0, 1, 2, 3, 4, 5]
    assert await pipeline.take() == [6, 7]


async def test_items_offered_while_a_taker_waits_are_counted_once(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    taken: list[list[int]] = []

    async def taker() -> None:
        taken.append(await pipeline.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(taker)
        await wait_all_tasks_blocked()
        pipeline.offer(1)
        await wait_all_tasks_blocked()
        assert pipeline.statistics().buffered == 1
        pipeline.offer(2)
    assert taken == [[1, 2]]
    assert pipeline.statistics().buffered == 0


async def test_above_the_high_water_mark_those_who_can_wait_do(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    for n in range(6):
        pipeline.offer(n)
    assert pipeline.pressed
    waited: list[bool] = []

    async def waiter() -> None:
        waited.append(await pipeline.wait_for_room(60))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiter)
        nursery.start_soon(waiter)
        await wait_all_tasks_blocked()
        assert waited == []
        await pipeline.take()
    assert waited == [True, True]
    assert trio.current_time() == 0


async def test_waiting_for_room_ends_when_its_time_is_over(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    for n in range(6):
        pipeline.offer(n)
    assert await pipeline.wait_for_room(1.5) is False
    assert trio.current_time() == 1.5


async def test_of_all_who_waited_only_as_many_go_on_as_there_is_room_for(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    for n in range(8):
        pipeline.offer(n)
    refused = 0

    async def offer_three(start: int) -> None:
        nonlocal refused
        await pipeline.wait_for_room(60)
        refused += sum(not pipeline.offer(start + n) for n in range(3))

    async with trio.open_nursery() as nursery:
        for start in range(10, 100, 10):
            nursery.start_soon(offer_three, start)
        await wait_all_tasks_blocked()
        taken = 0
        while taken < 8 + 27 - refused:
            taken += len(await pipeline.take())
            await wait_all_tasks_blocked()
    assert refused <= 9  # at most one item of each offer above the mark
    assert taken + refused == 35


async def test_a_closed_pipeline_gives_what_it_has_at_once_and_then_ends(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    pipeline.offer(1)
    pipeline.close()
    assert await pipeline.take() == [1]
    assert trio.current_time() == 0
    with pytest.raises(trio.EndOfChannel):
        await pipeline.take()
    with pytest.raises(trio.ClosedResourceError):
        pipeline.offer(2)


async def test_closing_ends_a_wait_for_more(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    pipeline.offer(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pipeline.take)
        await wait_all_tasks_blocked()
        pipeline.close()
    assert trio.current_time() == 0


async def test_a_batch_larger_than_the_mark_is_due_at_the_mark(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline(capacity=8, batch_size=500, max_batch_size=500)
    for n in range(6):
        pipeline.offer(n)
    assert pipeline.pressed
    assert await pipeline.take() == list(range(6))
    assert trio.current_time() == 0


@pytest.mark.parametrize(("works_secs", "apart_secs"), [(0.01, 0.1), (0.06, 0.18), (0.4, 0.5), (0.7, 0.7)])
async def test_batches_that_take_long_are_further_apart(
    autojump_clock: MockClock, works_secs: float, apart_secs: float
) -> None:
    pipeline = Pipeline[int](capacity=20, batch_size=1, linger_secs=2, max_batch_size=20, pace_secs=0.1)
    starts = []
    for number in range(3):
        pipeline.offer(number)
        await pipeline.take()
        starts.append(trio.current_time())
        await trio.sleep(works_secs)
    assert [later - earlier for earlier, later in pairwise(starts)] == pytest.approx([apart_secs] * 2)


async def test_the_rest_between_batches_is_no_longer_than_lingering(autojump_clock: MockClock) -> None:
    pipeline = Pipeline[int](capacity=20, batch_size=1, linger_secs=0.2, max_batch_size=20, pace_secs=0.1)
    pipeline.offer(1)
    await pipeline.take()
    started = trio.current_time()
    await trio.sleep(0.15)
    pipeline.offer(2)
    await pipeline.take()
    assert trio.current_time() - started == pytest.approx(0.2)


async def test_batches_keep_their_pace_unless_the_buffer_is_half_full(autojump_clock: MockClock) -> None:
    pipeline = Pipeline[int](capacity=20, batch_size=2, linger_secs=60, max_batch_size=20, pace_secs=5)
    pipeline.offer(1)
    pipeline.offer(2)
    assert await pipeline.take() == [1, 2]
    assert trio.current_time() == 0
    pipeline.offer(3)
    pipeline.offer(4)
    assert await pipeline.take() == [3, 4]
    assert trio.current_time() == 5
    for n in range(10):
        pipeline.offer(n)
    assert await pipeline.take() == list(range(10))
    assert trio.current_time() == 5


def test_weight_is_bounded_as_numbers_are() -> None:
    pipeline = Pipeline[int](capacity=100, batch_size=100, linger_secs=60, max_batch_size=100, max_weight=1000)
    assert pipeline.offer(1, 700)
    assert not pipeline.pressed
    assert pipeline.offer(2, 100)
    assert pipeline.pressed
    assert not pipeline.offer(3, 300)
    assert pipeline.offer(4, 200)
    assert pipeline.abandon() == [1, 2, 4]
    assert pipeline.offer(5, 1000)


async def test_a_heavy_batch_is_due_at_once_and_makes_room_when_it_is_taken(autojump_clock: MockClock) -> None:
    pipeline = Pipeline[int](capacity=100, batch_size=50, linger_secs=60, max_batch_size=100, max_weight=1000)
    pipeline.offer(1, 800)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pipeline.wait_for_room, 600)
        await wait_all_tasks_blocked()
        assert await pipeline.take() == [1]
    assert trio.current_time() == 0
    assert pipeline.offer(2, 900)


async def test_what_a_cancelled_taker_held_is_taken_by_the_next_or_abandoned(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    for item in (1, 2):
        pipeline.offer(item)
        with trio.move_on_after(1):
            await pipeline.take()
    assert await pipeline.take() == [1, 2]
    pipeline.offer(3)
    with trio.move_on_after(1):
        await pipeline.take()
    assert pipeline.abandon() == [3]
    assert pipeline.statistics().buffered == 0


def test_the_high_water_mark_leaves_the_headroom_free() -> None:
    pipeline = a_pipeline(capacity=100, headroom=40)
    for n in range(60):
        assert not pipeline.pressed
        pipeline.offer(n)
    assert pipeline.pressed


async def test_it_shows_the_oldest_item_of_a_batch_that_is_not_due_yet(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline()
    assert pipeline.first_taken is None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pipeline.take)
        await wait_all_tasks_blocked()
        for n in (7, 8):
            pipeline.offer(n)
        await wait_all_tasks_blocked()
        assert pipeline.first_taken == 7
    assert pipeline.first_taken is None


async def test_it_counts_who_had_to_wait_for_room(autojump_clock: MockClock) -> None:
    pipeline = a_pipeline(capacity=4)
    assert await pipeline.wait_for_room(1.0)
    for n in range(4):
        pipeline.offer(n, weight=10)
    assert not await pipeline.wait_for_room(1.0)
    statistics = pipeline.statistics()
    assert (statistics.waits_total, statistics.waiting, statistics.weight) == (1, 0, 40)


def test_heavy_items_fill_it_before_many_do() -> None:
    pipeline = Pipeline[int](capacity=100, batch_size=1, linger_secs=0, max_batch_size=1, max_weight=50)
    pipeline.offer(1, weight=40)
    assert pipeline.statistics().usage == 0.8
