"""A disk that refuses is not asked again and again because people ask for insights."""

from __future__ import annotations

import sys
from subprocess import PIPE
from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from bloop_trio.analytics.projection import AGAIN_SECS
from tests.analytics.following import Followed, followed
from tests.conftest import accepted

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = "import _duckdb, sys\nheld = _duckdb.connect(sys.argv[1])\nprint('held', flush=True)\nsys.stdin.read()"
"""A process that has the file open, which DuckDB refuses to open then, until its input ends."""


async def until_failures(it: Followed, failures: int) -> None:
    while it.projection.statistics.failures < failures:
        await wait_all_tasks_blocked(0.001)


async def test_whoever_asks_after_a_refusal_causes_no_other_try(database: Path, mock_clock: MockClock) -> None:
    async with followed(database) as it, trio.open_nursery() as nursery:
        command = [sys.executable, "-c", HOLDER, str(it.engine.path)]
        holder = await trio.lowlevel.open_process(command, stdin=PIPE, stdout=PIPE)
        assert holder.stdin is not None
        assert holder.stdout is not None
        said = b""
        while not said.endswith(b"\n"):  # it may come in pieces
            said += await holder.stdout.receive_some()
        assert said == b"held\n"
        it.store(accepted(fingerprint="a"))
        nursery.start_soon(it.projection.run)
        await until_failures(it, 1)
        for _ in range(20):
            it.engine.wake()
            await wait_all_tasks_blocked(0.01)
        assert it.projection.statistics.failures == 1
        mock_clock.jump(AGAIN_SECS)
        await until_failures(it, 2)
        await holder.stdin.aclose()
        await holder.wait()
        await holder.stdout.aclose()
        nursery.cancel_scope.cancel()
