"""Previews are costly, and take turns."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.exceptions import UnavailableError
from bloop_trio.issues.regrouping.desk import MAX_WAIT_SECS, GroupingDesk

if TYPE_CHECKING:
    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer


async def _nothing() -> None:
    await trio.lowlevel.checkpoint()


async def test_a_preview_waits_for_another_one_but_not_for_long(
    readers: Readers, writer: Writer, mock_clock: MockClock
) -> None:
    desk = GroupingDesk(
        readers=readers, writer=writer, clock=lambda: 0, refresh=_nothing, as_of_now=lambda _, caller: caller
    )
    free = threading.Event()
    done: list[int] = []
    refused: list[UnavailableError] = []

    def hold(_: Connection) -> None:
        free.wait()

    async def run() -> None:
        done.append((await desk.preview("default", 2, (), 10)).events)

    async def be_refused() -> None:
        with pytest.raises(UnavailableError, match=r"^too many previews are under way, try again later$") as error:
            await desk.preview("default", 2, (), 10)
        refused.append(error.value)

    async with trio.open_nursery() as nursery:
        for _ in range(2):  # both readers
            nursery.start_soon(readers.run, hold)
        await wait_all_tasks_blocked()
        nursery.start_soon(run)
        await wait_all_tasks_blocked()
        nursery.start_soon(be_refused)
        await wait_all_tasks_blocked()
        mock_clock.jump(MAX_WAIT_SECS)
        await wait_all_tasks_blocked()
        assert [error.retry_after_secs for error in refused] == [MAX_WAIT_SECS]
        nursery.start_soon(run)
        await wait_all_tasks_blocked()
        assert done == []
        free.set()
    assert done == [0, 0]
