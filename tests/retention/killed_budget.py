"""Keeping a budget, killed as by `kill -9` before a chosen statement: ``python -m tests.retention.killed_budget DATABASE
NOW_MS STATEMENT``; with 0 it runs to its end.

Each step is a transaction of its own, so that there are many; the number of statements that were run is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path

import trio

from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.writer import open_writer
from bloop_trio.retention.budgets import keep_budgets
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.purge import purge, shrink
from bloop_trio.retention.settings import read_settings


async def main(path: Path, now_ms: int, statement: int) -> None:
    count = 0

    def look(_: str) -> None:
        nonlocal count
        count += 1
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    with instance_lock(path):
        async with open_writer(path) as writer:
            await writer.run(lambda conn: conn.set_trace_callback(look))
            paced = PacedWriter(writer=writer, slice_secs=0, rest_factor=0)
            config = RetentionConfig(raw_events_days=30)
            settings = await writer.run(partial(read_settings, config=config))
            await keep_budgets(paced, settings, now_ms, {})
            await purge(writer, config, now_ms=now_ms, paced=paced)
            await shrink(paced)
    sys.stderr.write(f"{count}\n")  # what is logged goes to the other one


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
