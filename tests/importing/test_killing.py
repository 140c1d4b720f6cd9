"""Killed at any moment and run again, an import comes to what one run comes to."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.connection import open_connection
from tests.importing.importing import everything, import_into
from tests.importing.killed_import import SLICE_ROWS

if TYPE_CHECKING:
    from tests.importing.rust_server import RustServer

ROOT = Path(__file__).parents[2]
STATEMENTS_A_RUN = 45
"""More than the largest slice takes, so that each run gets further, and no multiple of what any slice takes."""
MAX_RUNS = 60
KILLED_AT = range(1, 240, 19)
"""Of about 245 statements."""


def run(source: Path, database: Path, statement: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.importing.killed_import", source, database, str(statement)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def expected(busy: RustServer, database: Path, tmp_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What one run makes; `database` itself is left empty, and the Rust server is stopped."""
    busy.conn.close()
    once = tmp_path / "once.db"
    shutil.copy(database, once)
    with closing(open_connection(once)) as conn:
        import_into(conn, busy.path, slice_rows=SLICE_ROWS)
        return everything(conn)


def test_killed_again_and_again_it_comes_to_the_same(
    busy: RustServer, database: Path, expected: dict[str, list[tuple[Any, ...]]]
) -> None:
    kills = 0
    for number in range(MAX_RUNS):
        # The moment moves from run to run, so that it falls on every kind of statement, commits among them.
        done = run(busy.path, database, STATEMENTS_A_RUN + number % 7)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
    assert kills >= 3
    with closing(open_connection(database)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert everything(conn) == expected


def test_killed_once_at_any_statement_it_goes_on(
    busy: RustServer, database: Path, tmp_path: Path, expected: dict[str, list[tuple[Any, ...]]]
) -> None:
    for statement in KILLED_AT:
        copy = tmp_path / f"killed-{statement}.db"
        shutil.copy(database, copy)
        done = run(busy.path, copy, statement)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with closing(open_connection(copy)) as conn:
            import_into(conn, busy.path, slice_rows=SLICE_ROWS)
            assert everything(conn) == expected, statement
