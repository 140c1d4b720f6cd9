"""A database is ours and of today, becomes so in one step, or is left alone with a clear word."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import Connection, StoreError, open_connection
from bloop_trio.db.migrate import Migration, load_migrations, migrate, pending, schema_version, split_statements
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError
from tests.issues.histories import fill_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Connection]:
    conn = open_connection(tmp_path / "bloop.db")
    yield conn
    conn.close()


def schema_of(conn: Connection) -> list[tuple[str]]:
    return conn.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()


def test_migrations_are_numbered_without_gaps() -> None:
    assert [m.version for m in load_migrations()] == list(range(1, len(load_migrations()) + 1))


def test_a_new_database_gets_every_migration_and_no_backup(empty: Connection, tmp_path: Path) -> None:
    done = migrate(empty, tmp_path / "bloop.db", 1)
    assert done.applied == tuple(m.name for m in load_migrations())
    assert done.backup is None
    assert schema_version(empty) == load_migrations()[-1].version
    assert pending(empty) == ()


def test_migrating_again_does_nothing(database: Path, connection: Connection) -> None:
    before = schema_of(connection)
    assert migrate(connection, database, 2).applied == ()
    assert schema_of(connection) == before


def test_pages_are_of_the_size_and_kind_that_retention_needs(connection: Connection) -> None:
    assert connection.execute("PRAGMA page_size").fetchone() == (8192,)
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def next_version(sql: str) -> tuple[Migration, ...]:
    """One more migration than there is, as the next release brings it."""
    known = load_migrations()
    return (*known, Migration(version=len(known) + 1, name="0099_next", sql=sql))


class TestUpgrade:
    def test_a_database_with_a_schema_is_copied_first(self, database: Path, connection: Connection) -> None:
        done = migrate(connection, database, 77, next_version("CREATE TABLE added (x);"))
        assert done.applied == ("0099_next",)
        assert done.backup is not None
        assert done.backup.stat().st_mode & 0o077 == 0
        with sqlite3.connect(done.backup) as copy:
            assert copy.execute("SELECT slug FROM projects").fetchall() == [("default",)]
            assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'added'").fetchone() == (0,)
        copy.close()

    def test_a_step_that_fails_half_way_leaves_the_old_schema(self, database: Path, connection: Connection) -> None:
        before = schema_of(connection)
        with pytest.raises(StoreError, match="nonsense"):
            migrate(
                connection,
                database,
                77,
                next_version("CREATE TABLE added (x); INSERT INTO projects (nonsense) VALUES (1);"),
            )
        assert schema_of(connection) == before
        assert schema_version(connection) == len(load_migrations())
        assert list(database.parent.glob("*.backup*")) == [], "nothing was changed, and the next start copies again"

    def test_a_later_step_that_fails_leaves_the_copy_from_before_the_first(
        self, database: Path, connection: Connection
    ) -> None:
        done, failing = next_version("CREATE TABLE added (x);"), "INSERT INTO projects (nonsense) VALUES (1);"
        with pytest.raises(StoreError, match="nonsense"):
            migrate(connection, database, 77, (*done, Migration(version=len(done) + 1, name="0100_bad", sql=failing)))
        (backup,) = database.parent.glob("*.backup*")
        assert look_at(backup) == len(load_migrations())

    def test_a_full_disk_in_the_middle_leaves_the_old_schema_and_no_copy(
        self, database: Path, connection: Connection
    ) -> None:
        before = schema_of(connection)
        fill_up(connection)
        with pytest.raises(StoreError, match="full"):
            migrate(
                connection,
                database,
                77,
                next_version("CREATE TABLE added (x); INSERT INTO added VALUES (zeroblob(99999));"),
            )
        assert schema_of(connection) == before
        assert list(database.parent.glob("*.backup*")) == []

    def test_without_room_for_the_copy_nothing_is_changed_and_nothing_left_behind(
        self, database: Path, connection: Connection
    ) -> None:
        before = schema_of(connection)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, limits[1]))
        try:
            with pytest.raises(DatabaseError, match="nothing was changed"):
                migrate(connection, database, 77, next_version("CREATE TABLE added (x);"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert schema_of(connection) == before
        assert list(database.parent.glob("*.backup*")) == []


def look_at(path: Path) -> int:
    with closing(open_connection(path)) as conn:
        return schema_version(conn)


class TestRefusal:
    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.db"
        path.write_text("not a database\n" * 1000)
        with pytest.raises(DatabaseRefusedError, match="not a bloop database"):
            open_connection(path)
        assert path.read_text().startswith("not a database")

    def test_the_database_of_another_program(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
        other.close()
        conn = open_connection(path, read_only=True)
        with pytest.raises(DatabaseRefusedError, match="another program"):
            schema_version(conn)
        conn.close()

    def test_a_schema_newer_than_this_version(self, connection: Connection) -> None:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_future', 0)")
        with pytest.raises(DatabaseRefusedError, match="schema 999"):
            schema_version(connection)

    def test_a_damaged_database(self, database: Path) -> None:
        raw = bytearray(database.read_bytes())
        raw[100:8192] = b"\xff" * (8192 - 100)
        database.write_bytes(raw)
        with pytest.raises(DatabaseRefusedError):
            look_at(database)

    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseError, match="cannot open"):
            open_connection(tmp_path / "nowhere" / "bloop.db")


def test_statements_are_split_at_their_ends_only() -> None:
    sql = "CREATE TABLE a (x TEXT DEFAULT ';'); -- one; two\nINSERT INTO a\nVALUES ('b;c');\n"
    assert [s.strip() for s in split_statements(sql)] == [
        "CREATE TABLE a (x TEXT DEFAULT ';');",
        "-- one; two\nINSERT INTO a\nVALUES ('b;c');",
    ]
