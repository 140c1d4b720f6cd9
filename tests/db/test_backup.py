"""A backup is whole and has its name, or is not there."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.backup import back_up
from bloop_trio.db.copying import ABANDONED_SECS, PARTIAL_SUFFIX
from bloop_trio.db.migrate import load_migrations
from bloop_trio.db.verify import verify_backup
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError
from tests.conftest import accepted
from tests.db.files import damage, names, rename_project, slugs

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


NEWEST = load_migrations()[-1].version


def test_it_holds_what_is_only_in_the_log_yet(
    connection: Connection, database: Path, batches: BatchWriter, target: Path
) -> None:
    batches.write(connection, [accepted(fingerprint=str(n)) for n in range(10)])
    contents = back_up(database, target)
    assert contents == verify_backup(target)
    assert (contents.schema, contents.rows["issues"], contents.rows["samples"]) == (NEWEST, 10, 10)
    assert contents.rows["events_20260101"] == 10


def test_it_is_one_file_for_its_owner_and_reading_it_leaves_none(database: Path, target: Path) -> None:
    back_up(database, target)
    assert slugs(target) == ["default"]
    assert names(target.parent) == {"bloop.db"}
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_database_at_rest_gets_no_file_beside_it(database: Path, target: Path) -> None:
    before = names(database.parent)
    back_up(database, target)
    assert names(database.parent) == before


def test_it_is_as_of_its_beginning_while_others_write(
    connection: Connection, database: Path, batches: BatchWriter, target: Path
) -> None:
    """Each step of the copy is followed by a write, which alone would make SQLite begin anew for ever."""
    batches.write(connection, [accepted(fingerprint=str(n), stack="x" * 8000) for n in range(2000)])
    parts: list[float] = []

    def write_meanwhile(part: float) -> None:
        parts.append(part)
        batches.write(connection, [accepted(fingerprint="meanwhile")])

    contents = back_up(database, target, progress=write_meanwhile)
    assert len(parts) > 2
    assert parts == sorted(parts)
    assert parts[-1] == 1
    assert contents.rows["events_20260101"] == 2000
    assert contents.rows["issues"] == 2000


def test_what_is_there_is_only_replaced_if_asked_to(connection: Connection, database: Path, target: Path) -> None:
    back_up(database, target)
    rename_project(connection, "later")
    with pytest.raises(DatabaseError, match=r"there is a file .* already"):
        back_up(database, target)
    assert slugs(target) == ["default"]
    back_up(database, target, replace=True)
    assert slugs(target) == ["later"]
    assert names(target.parent) == {"bloop.db"}


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal", ".lock"])
def test_it_never_takes_the_place_of_the_database(database: Path, suffix: str) -> None:
    with pytest.raises(DatabaseError, match="the database itself or belongs to it"):
        back_up(database, database.with_name(database.name + suffix), replace=True)
    assert slugs(database) == ["default"]


def test_a_log_beside_its_name_would_be_taken_for_its_own(database: Path, target: Path) -> None:
    target.with_name("bloop.db-wal").write_bytes(b"")
    with pytest.raises(DatabaseError, match="was in use as a database"):
        back_up(database, target, replace=True)


def test_without_a_database_there_is_none(tmp_path: Path, target: Path) -> None:
    with pytest.raises(DatabaseError, match="there is no database"):
        back_up(tmp_path / "absent.db", target)
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseError, match="is empty"):
        back_up(tmp_path / "empty.db", target)
    assert names(target.parent) == set()


def test_the_database_of_another_program_is_not_ours_to_back_up(tmp_path: Path, target: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(DatabaseRefusedError, match="another program"):
        back_up(tmp_path / "other.db", target)


def test_a_damaged_database_makes_no_backup(database: Path, target: Path) -> None:
    damage(database)
    with pytest.raises(DatabaseRefusedError):
        back_up(database, target)
    assert names(target.parent) == set()


def test_a_folder_that_is_not_there_is_named(database: Path, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"there is no folder .*nowhere"):
        back_up(database, tmp_path / "nowhere" / "x.db")


def test_a_database_that_is_locked_as_a_whole_is_waited_for_and_then_left(database: Path, target: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN IMMEDIATE")
        holder.execute("UPDATE projects SET name = 'x'")
        holder.execute("COMMIT")
        with pytest.raises(DatabaseError, match=r"locked for 0\.05 s"):
            back_up(database, target, patience_secs=0.05)
    assert names(target.parent) == set()


def test_a_file_that_may_not_grow_leaves_no_half(database: Path, target: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(DatabaseError, match="nothing was left there"):
            back_up(database, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(target.parent) == set()


def test_what_a_killed_backup_left_is_taken_away_a_day_later(database: Path, target: Path) -> None:
    old, fresh = [target.with_name(f"bloop.db.{n}{PARTIAL_SUFFIX}") for n in ("0", "1")]
    for file in (old, fresh):
        file.touch()
    long_ago = time.time() - ABANDONED_SECS - 1  # noqa: TID251 - as file systems tell time
    os.utime(old, (long_ago, long_ago))
    back_up(database, target)
    assert names(target.parent) == {"bloop.db", fresh.name}
