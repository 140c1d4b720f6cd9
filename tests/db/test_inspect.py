from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.migrate import load_migrations
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError

NEWEST = load_migrations()[-1].version


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_not_there_is_not_created(tmp_path: Path) -> None:
    state = inspect_database(tmp_path / "absent.db")
    assert (state.exists, state.size_bytes, state.schema) == (False, 0, 0)
    assert files(tmp_path) == {}


def test_a_database_at_rest_is_left_untouched(database: Path) -> None:
    before = files(database.parent)
    state = inspect_database(database)
    assert (state.exists, state.schema, state.pending) == (True, NEWEST, ())
    assert state.size_bytes == database.stat().st_size
    assert files(database.parent) == before


def test_a_database_in_use_is_seen_with_its_log(database: Path) -> None:
    conn = open_connection(database)
    try:
        conn.execute("CREATE TABLE late (a)")
        state = inspect_database(database)
        log = Path(f"{database}-wal").stat().st_size
        assert log > 0
        assert state.size_bytes == database.stat().st_size + log
        assert state.schema == NEWEST
    finally:
        conn.close()


def test_an_empty_file_waits_for_every_migration(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    state = inspect_database(path)
    assert state.schema == 0
    assert state.pending == tuple(migration.name for migration in load_migrations())
    assert files(tmp_path) == {"empty.db": b""}


def test_a_foreign_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE theirs (a)")
    conn.close()
    before = files(tmp_path)
    with pytest.raises(DatabaseRefusedError, match="database of another program"):
        inspect_database(path)
    assert files(tmp_path) == before


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(DatabaseRefusedError, match=r"notes\.txt: the file is no database at all"):
        inspect_database(path)
    assert path.read_bytes() == content


def test_a_database_from_the_future_is_refused(database: Path) -> None:
    conn = open_connection(database)
    conn.execute("INSERT INTO schema_migrations VALUES (?, 'later', 0)", (NEWEST + 1,))
    conn.close()
    with pytest.raises(DatabaseRefusedError, match=f"has schema {NEWEST + 1}"):
        inspect_database(database)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"^cannot open the database .*: it is a folder$"):
        inspect_database(tmp_path)


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"cannot open the database .*: File name too long"):
        inspect_database(tmp_path / ("x" * 300))
