"""An import that kills itself, as by `kill -9`, before a chosen statement of ours:
``python -m tests.importing.killed_import SOURCE DATABASE STATEMENT``; with 0 it runs to its end.

Slices are tiny, so that there are many; the number of statements that were run is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from pathlib import Path

from bloop_trio.db.connection import open_connection
from bloop_trio.db.lock import instance_lock
from tests.importing.importing import import_into

SLICE_ROWS = 5


def main(source: Path, path: Path, statement: int) -> None:
    count = 0

    def look(_: str) -> None:
        nonlocal count
        count += 1
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    with instance_lock(path), closing(open_connection(path)) as conn:
        conn.set_trace_callback(look)
        import_into(conn, source, slice_rows=SLICE_ROWS)
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
