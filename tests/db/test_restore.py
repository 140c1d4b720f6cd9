"""A restored backup takes the place of the database in one step, and nothing of the old one gets into it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.backup import back_up
from bloop_trio.db.connection import open_connection
from bloop_trio.db.copying import PARTIAL_SUFFIX
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.restore import restore
from bloop_trio.db.verify import verify_backup
from bloop_trio.exceptions import DatabaseError, DatabaseLockedError, DatabaseRefusedError
from tests.conftest import NOW_MS
from tests.db.files import damage, names, rename_project, slugs

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection


NOW_SECS = NOW_MS // 1000


@pytest.fixture
def backup(database: Path, target: Path) -> Path:
    """A backup of a database in which the project is called `default`."""
    back_up(database, target)
    return target


def test_where_there_is_none_it_is_just_put_there(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    restored = restore(backup, path, NOW_SECS)
    assert restored.kept is None
    assert restored.contents == verify_backup(backup)
    assert slugs(path) == ["default"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_database_that_was_there_is_kept_with_all_of_its_log(
    backup: Path, database: Path, connection: Connection
) -> None:
    rename_project(connection, "later")
    connection.close()
    with pytest.raises(DatabaseError, match=r"there is a database .* already"):
        restore(backup, database, NOW_SECS)
    restored = restore(backup, database, NOW_SECS, replace=True)
    assert restored.kept == database.with_name("bloop.db.replaced-20260101T120000Z")
    assert slugs(restored.kept) == ["later"]
    assert slugs(database) == ["default"]
    assert not any(name.endswith(("-wal", "-shm", PARTIAL_SUFFIX)) for name in names(database.parent))


def test_a_log_that_a_killed_server_left_is_folded_into_the_kept_one(
    backup: Path, database: Path, tmp_path: Path
) -> None:
    dead = tmp_path / "dead" / "bloop.db"
    dead.parent.mkdir()
    with closing(open_connection(database)) as conn:
        conn.execute("PRAGMA wal_autocheckpoint = 0")
        rename_project(conn, "only-in-the-log")
        for suffix in ("", "-wal"):  # as if the power had gone now
            dead.with_name(f"bloop.db{suffix}").write_bytes(database.with_name(f"bloop.db{suffix}").read_bytes())
    restored = restore(backup, dead, NOW_SECS, replace=True)
    assert restored.kept is not None
    assert slugs(restored.kept) == ["only-in-the-log"]
    assert slugs(dead) == ["default"]


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_a_log_without_its_database_does_not_get_into_the_restored_one(
    backup: Path, database: Path, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / "lost.db"
    with closing(open_connection(database)) as conn:
        rename_project(conn, "stale")
        path.with_name(f"lost.db{suffix}").write_bytes(database.with_name("bloop.db-wal").read_bytes())
    restore(backup, path, NOW_SECS)
    assert slugs(path) == ["default"]
    assert path.with_name(f"lost.db.replaced-20260101T120000Z{suffix}").exists()


def test_a_database_that_is_damaged_is_kept_as_it_is(backup: Path, database: Path) -> None:
    database.write_bytes(b"\xff" * 50_000)
    restored = restore(backup, database, NOW_SECS, replace=True)
    assert restored.kept is not None
    assert restored.kept.read_bytes() == b"\xff" * 50_000
    assert slugs(database) == ["default"]


def test_a_server_that_runs_keeps_its_database(backup: Path, database: Path) -> None:
    with instance_lock(database), pytest.raises(DatabaseLockedError, match="a server is running"):
        restore(backup, database, NOW_SECS, replace=True)


def test_a_command_that_has_it_open_is_waited_for_and_then_left(
    backup: Path, database: Path, connection: Connection
) -> None:
    rename_project(connection, "in-use")
    before = names(database.parent)
    with pytest.raises(DatabaseError, match=r"another program has the database .* open"):
        restore(backup, database, NOW_SECS, replace=True, patience_secs=0.05)
    assert names(database.parent) - {"bloop.db.lock"} == before
    rename_project(connection, "still-in-use")


def test_a_bad_backup_changes_nothing(backup: Path, database: Path) -> None:
    damage(backup)
    before = database.read_bytes()
    with pytest.raises(DatabaseRefusedError):
        restore(backup, database, NOW_SECS, replace=True)
    assert database.read_bytes() == before
    assert names(database.parent) == {"bloop.db", "backups"}


def test_neither_nothing_nor_itself_can_be_restored(database: Path) -> None:
    with pytest.raises(DatabaseError, match="there is no backup"):
        restore(database.with_name("absent"), database, NOW_SECS, replace=True)
    with pytest.raises(DatabaseError, match="is the database itself"):
        restore(database, database, NOW_SECS, replace=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_restores_belongs_to_the_owner_of_the_folder(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    restore(backup, folder / "bloop.db", NOW_SECS)
    for name in ("bloop.db", "bloop.db.lock"):
        owner = (folder / name).stat()
        assert (owner.st_uid, owner.st_gid) == (12345, 12346)


KILLED = """
import os, signal, sys
from pathlib import Path
from bloop_trio.db.restore import restore

def kill(frame, event, called):
    name = frame.f_code.co_name if event == "call" else getattr(called, "__name__", "")
    if name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(kill)
restore(Path(sys.argv[2]), Path(sys.argv[3]), 1, replace=True)
"""
"""A restore that is killed, as by `kill -9`, when a function of that name is called."""


@pytest.mark.parametrize(
    "function",
    ["verify_backup", "copyfile", "fsync", "_keep_aside", "_fold_log", "hardlink_to", "sync", "replace"],
)
def test_a_kill_leaves_one_of_the_two_databases(
    backup: Path, database: Path, connection: Connection, function: str
) -> None:
    rename_project(connection, "later")
    connection.close()
    command = [sys.executable, "-c", KILLED, function, str(backup), str(database)]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    assert slugs(database) == ["later"]
    restored = restore(backup, database, NOW_SECS, replace=True)
    assert restored.kept is not None
    assert (slugs(restored.kept), slugs(database)) == (["later"], ["default"])
