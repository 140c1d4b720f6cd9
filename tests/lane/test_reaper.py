from __future__ import annotations

import socket
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from bloop_trio.lane.reaper import Phase, Reaper, Watched
from bloop_trio.lane.stats import CloseReason, LaneStats
from bloop_trio.lane.stream import RawStream

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    with ours, theirs:
        yield ours, theirs


async def test_what_is_overdue_is_closed_and_counted_within_two_ticks(
    pair: tuple[socket.socket, socket.socket], autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    stats, ticks = LaneStats(), []
    reaper = Reaper(1.0, stats, lambda: ticks.append(trio.current_time()))
    reaper.read_clock()
    nursery.start_soon(reaper.run)
    start = trio.current_time()
    watched = Watched(RawStream(pair[0], 5), Phase.BODY, reaper.deadline_in(3))
    reaper.watched.add(watched)

    with pytest.raises(trio.ClosedResourceError):
        await watched.raw.receive_some()
    assert 3 <= trio.current_time() - start <= 5
    assert stats.closed_by_reason[CloseReason.BODY_TIMEOUT] == 1
    await trio.sleep(10)
    assert sum(stats.closed_by_reason.values()) == 1
    assert ticks == pytest.approx([start + second for second in range(1, len(ticks) + 1)])


async def test_a_write_that_makes_progress_is_left_alone_and_one_that_does_not_is_ended(
    pair: tuple[socket.socket, socket.socket], autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    stats = LaneStats()
    reaper = Reaper(1.0, stats, lambda: None)
    reaper.read_clock()
    nursery.start_soon(reaper.run)
    watched = Watched(RawStream(pair[0], 5), Phase.ANSWER, inf)
    reaper.watched.add(watched)

    async def read_now_and_then() -> None:
        for _ in range(10):
            await trio.sleep(4)
            with suppress(BlockingIOError):
                while True:
                    pair[1].recv(65536)

    nursery.start_soon(read_now_and_then)
    start = trio.current_time()
    with pytest.raises(trio.ClosedResourceError):
        await watched.raw.send_all(bytes(20_000_000))
    assert trio.current_time() - start > 40
    assert stats.closed_by_reason[CloseReason.WRITE_TIMEOUT] == 1


async def test_refused_sockets_are_held_for_a_tick_and_not_without_bound(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    reaper = Reaper(1.0, LaneStats(), lambda: None)
    reaper.read_clock()
    nursery.start_soon(reaper.run)
    pairs = [socket.socketpair() for _ in range(300)]
    for ours, _ in pairs:
        ours.setblocking(False)
        reaper.hold_refused(ours)
    assert sum(ours.fileno() >= 0 for ours, _ in pairs) == 256
    await trio.sleep(3)
    assert all(ours.fileno() < 0 for ours, _ in pairs)
    for _, theirs in pairs:
        theirs.close()
