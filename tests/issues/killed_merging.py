"""Merging and taking apart, killed as by `kill -9` before each statement in turn: ``python -m tests.issues.killed_merging
DATABASE merge|unmerge``.

What is left in the file each time has to be all of it or nothing. The number of kills is printed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.writing.writer import BatchWriter
from tests.issues.mergers import put_together, take_apart, what_is_kept


def act(path: Path, what: str, statement: int) -> None:
    """Merge or take apart, and die before a statement; without dying if there are not so many."""
    conn = open_connection(path)
    batches = BatchWriter(conn, sample_reservoir_size=3)
    left = statement

    def look(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    conn.set_trace_callback(look)
    if what == "merge":
        put_together(conn, batches, "a", "b", "c")
    else:
        take_apart(conn, batches, "a")
    conn.set_trace_callback(None)
    conn.close()


def kept(path: Path) -> dict[str, list[tuple[object, ...]]]:
    conn = open_connection(path)
    try:
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        return what_is_kept(conn)
    finally:
        conn.close()


def main(path: Path, what: str) -> int:
    """Return how often it was killed."""
    before = kept(path)
    for statement in count(1):
        copy = path.with_name(f"{what}-{statement}.db")
        shutil.copy(path, copy)
        child = os.fork()
        if child == 0:
            act(copy, what, statement)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "it failed by itself"
            assert kept(copy) != before
            return statement - 1
        assert kept(copy) == before, f"half done before statement {statement}"
    return 0


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]), sys.argv[2])}\n")
