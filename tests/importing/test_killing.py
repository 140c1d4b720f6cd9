"""Killed at any moment and run again, an import comes to what one run comes to."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bloop_trio.db.connection import open_connection
from tests.importing.importing import everything

if TYPE_CHECKING:
    from tests.importing.rust_server import RustServer

ROOT = Path(__file__).parents[2]
STATEMENTS_A_RUN = 45
"""More than the largest slice takes, so that each run gets further, and no multiple of what any slice takes."""
MAX_RUNS = 60


def run(source: Path, database: Path, statement: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.importing.killed_import", source, database, str(statement)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_killed_again_and_again_it_comes_to_the_same(busy: RustServer, database: Path, tmp_path: Path) -> None:
    busy.conn.close()
    once = tmp_path / "once.db"
    shutil.copy(database, once)
    whole = run(busy.path, once, 0)
    assert whole.returncode == 0, whole.stderr
    kills = 0
    for number in range(MAX_RUNS):
        # The moment moves from run to run, so that it falls on every kind of statement, commits among them.
        done = run(busy.path, database, STATEMENTS_A_RUN + number % 7)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
    assert kills >= 3
    with closing(open_connection(once)) as expected, closing(open_connection(database)) as found:
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert everything(found) == everything(expected)
