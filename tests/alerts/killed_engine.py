"""An engine that kills itself, as by `kill -9`, before a chosen statement of what it writes: ``python -m
tests.alerts.killed_engine DATABASE STATEMENT``; with 0 it looks to its end. The number of statements is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import trio

from bloop_trio.db.readers import open_readers
from bloop_trio.db.writer import open_writer
from tests.alerts.rigging import build_rig


async def main(path: Path, statement: int) -> None:
    count = 0

    def look(_: str) -> None:
        nonlocal count
        count += 1
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_writer(path) as writer, open_readers(path, 1) as readers:
        rig = await build_rig(readers, writer)
        await writer.run(lambda conn: conn.set_trace_callback(look))
        await rig.look()
        await writer.run(lambda conn: conn.set_trace_callback(None))
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), int(sys.argv[2]))
