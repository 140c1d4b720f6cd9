from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.db.snapshot import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection


def names(conn: Connection) -> list[str]:
    return [name for (name,) in conn.execute("SELECT slug FROM projects ORDER BY no")]


def test_what_is_written_and_dropped_meanwhile_is_not_seen(database: Path, connection: Connection) -> None:
    connection.execute("CREATE TABLE passing (id INTEGER PRIMARY KEY)")
    reader = open_connection(database, read_only=True)
    try:
        with snapshot(reader):
            assert names(reader) == ["default"]
            connection.execute("UPDATE projects SET slug = 'renamed'")
            connection.execute("DROP TABLE passing")
            assert names(reader) == ["default"]
            assert reader.execute("SELECT count(*) FROM passing").fetchone() == (0,)
        assert names(reader) == ["renamed"]
    finally:
        reader.close()


def test_an_error_ends_it_too(connection: Connection) -> None:
    with pytest.raises(ZeroDivisionError), snapshot(connection):
        raise ZeroDivisionError
    assert not connection.in_transaction
