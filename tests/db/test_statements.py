"""Multi-row statements do what one statement a row would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import StoreError, open_connection, transaction
from bloop_trio.db.statements import run_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Connection]:
    conn = open_connection(tmp_path / "x.db")
    conn.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    yield conn
    conn.close()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 257, 1000])
def test_every_row_is_written_once_whatever_the_number(table: Connection, count: int) -> None:
    rows = [(n, f"row {n}") for n in range(count)]
    returned = run_rows(table, "INSERT INTO t (a, b)", rows, "RETURNING a, b")
    assert sorted(returned) == rows
    assert table.execute("SELECT a, b FROM t ORDER BY a").fetchall() == rows


def test_a_transaction_is_all_or_nothing(table: Connection) -> None:
    with pytest.raises(StoreError), transaction(table):
        run_rows(table, "INSERT INTO t (a, b)", [(1, "x"), (2, "y"), (1, "again")])
    assert table.execute("SELECT count(*) FROM t").fetchone() == (0,)
    with transaction(table):
        run_rows(table, "INSERT INTO t (a, b)", [(1, "x")])
    assert table.execute("SELECT count(*) FROM t").fetchone() == (1,)
