from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.foreign import open_foreign
from bloop_trio.exceptions import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A database in WAL mode that was closed properly, in a folder of its own."""
    path = tmp_path / "theirs" / "their.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);")
    return path


def read(path: Path) -> list[tuple[int]]:
    with open_foreign(path) as database:
        return list(database.query("SELECT a FROM t ORDER BY a"))


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}


def test_a_resting_file_is_read_without_a_trace(foreign: Path) -> None:
    before = contents(foreign)
    assert read(foreign) == [(1,), (2,)]
    assert contents(foreign) == before
    assert [file.name for file in foreign.parent.iterdir()] == ["their.db"]


def test_what_is_in_the_log_of_a_running_program_is_read(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as theirs:
        theirs.execute("INSERT INTO t VALUES (3)")
        before = contents(foreign)
        assert read(foreign) == [(1,), (2,), (3,)]
        assert contents(foreign) == before


def test_the_state_does_not_change_while_it_is_read(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as theirs:
        theirs.execute("INSERT INTO t VALUES (3)")
        with open_foreign(foreign) as database:
            theirs.execute("DELETE FROM t")
            assert len(list(database.query("SELECT a FROM t"))) == 3
            database.check_still()


def test_a_log_that_was_left_behind_is_read_and_stays(foreign: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with closing(sqlite3.connect(foreign, isolation_level=None)) as theirs:
        theirs.execute("INSERT INTO t VALUES (3)")
        for name in ("their.db", "their.db-wal"):
            (copy / name).write_bytes((foreign.parent / name).read_bytes())
    before = contents(copy / "their.db")
    assert read(copy / "their.db") == [(1,), (2,), (3,)]
    assert contents(copy / "their.db") == before


def test_a_program_that_begins_to_write_to_a_resting_file_is_noticed(foreign: Path) -> None:
    with open_foreign(foreign) as database:
        database.check_still()
        with closing(sqlite3.connect(foreign, isolation_level=None)) as theirs:
            theirs.execute("INSERT INTO t VALUES (3)")
            with pytest.raises(DatabaseError, match="another program has begun to write to"):
                database.check_still()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_log_in_a_folder_that_cannot_be_written_to_needs_help(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as theirs:
        theirs.execute("INSERT INTO t VALUES (3)")
        wal = (foreign.parent / "their.db-wal").read_bytes()
    (foreign.parent / "their.db-wal").write_bytes(wal)
    foreign.parent.chmod(0o500)
    try:
        with pytest.raises(DatabaseError, match="start and stop its server once"):
            read(foreign)
    finally:
        foreign.parent.chmod(0o700)


def test_it_cannot_be_written_to(foreign: Path) -> None:
    with (
        open_foreign(foreign) as database,
        pytest.raises(DatabaseError, match=r"cannot read .* where it is"),
    ):
        list(database.query("DELETE FROM t"))


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "there is no file"), (b"no database" * 100, "is not an SQLite database")]
)
def test_what_is_no_database_is_said_in_one_line(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "other"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatabaseError, match=problem) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_texts_that_are_not_utf_8_come_with_replacement_characters(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as theirs:
        theirs.execute("UPDATE t SET a = CAST(x'41ff' AS TEXT)")
    assert {str(text) for (text,) in read(foreign)} == {"A\ufffd"}
