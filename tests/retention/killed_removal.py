"""A removal that kills itself, as by `kill -9`, before a chosen statement: ``python -m tests.retention.killed_removal
DATABASE STATEMENT``; with 0 it runs to its end.

Each step is a transaction of its own, so that there are many; the number of statements that were run is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import trio

from bloop_trio.clock import now_ms
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.writer import open_writer
from bloop_trio.retention.removal import Removal


async def main(path: Path, statement: int) -> None:
    count = 0

    def look(_: str) -> None:
        nonlocal count
        count += 1
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    with instance_lock(path):
        async with open_writer(path) as writer:
            await writer.run(lambda conn: conn.set_trace_callback(look))
            removal = Removal(writer=writer, is_expected=lambda _: False, clock=now_ms, slice_secs=0, rest_factor=0)
            await removal.clear()
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), int(sys.argv[2]))
