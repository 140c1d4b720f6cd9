"""An upgrade that is killed at a chosen moment, as by `kill -9`: ``python -m tests.db.killed_upgrade PATH KIND NUMBER``.

KIND is what is counted up to NUMBER: `statement` (each that the upgrade runs), `step` (each 20 instructions of SQLite's
virtual machine, so also within a statement), or the name of a function that is called. With NUMBER 0 nothing is
killed, and what there was to count is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from bloop_trio.db.connection import open_connection
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import migrate
from tests.conftest import NOW_MS

STEP_INSTRUCTIONS = 20


def main(path: Path, kind: str, number: int) -> None:
    counted: Counter[str] = Counter()

    def count(what: str) -> None:
        counted[what] += 1
        if what == kind and counted[what] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_call(frame: Any, event: str, called: Any) -> None:
        if event == "call":
            count(frame.f_code.co_name)
        elif event == "c_call":
            count(called.__name__)

    with instance_lock(path), closing(open_connection(path)) as conn:
        conn.execute("PRAGMA cache_size = 4")  # so that much is in the log long before it is committed
        conn.set_trace_callback(lambda _: count("statement"))
        conn.set_progress_handler(lambda: count("step"), STEP_INSTRUCTIONS)
        if kind not in {"statement", "step"}:
            sys.setprofile(count_call)
        migrate(conn, path, NOW_MS // 1000 + 1)
        sys.setprofile(None)
    sys.stdout.write(f"{counted['statement']} {counted['step']}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
