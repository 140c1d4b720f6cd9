"""A database that cannot be opened: the message names what to change, and not the call that failed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.db.trouble import is_of_surroundings, reason
from tests.server.process import DEADLINE_SECS
from tests.server.test_full_disk import OWN_MOUNTS, may_mount

if TYPE_CHECKING:
    from pathlib import Path

DISK = "mount -t tmpfs -o size=4m tmpfs disk && cp bloop.db disk"
FILLED = f"{DISK} && {{ head -c 8m /dev/zero > disk/ballast || true; }}"
READ_ONLY = f"{DISK} && mount -o remount,ro disk"


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    assert reason(tmp_path, sqlite3.OperationalError("disk I/O error")) == "it is a folder"


def test_an_error_of_the_system_is_told_without_its_number(tmp_path: Path) -> None:
    assert reason(tmp_path / "bloop.db", PermissionError(13, "Permission denied")) == "Permission denied"


def test_what_sqlite_finds_in_the_file_is_told_as_it_says_it(tmp_path: Path) -> None:
    path = tmp_path / "bloop.db"
    path.write_bytes(b"no database" * 100)
    with closing(sqlite3.connect(path)) as conn, pytest.raises(sqlite3.DatabaseError) as raised:
        conn.execute("PRAGMA user_version = 1")
    assert not is_of_surroundings(raised.value)
    assert reason(path, raised.value) == "file is not a database"


@pytest.mark.skipif(not may_mount(), reason="needs the right to mount a file system of its own")
class TestFileSystem:
    """Real ones, that nobody else sees."""

    @pytest.fixture(autouse=True)
    def database(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        with closing(open_connection(tmp_path / "bloop.db")) as conn:
            migrate(conn, tmp_path / "bloop.db", 0)

    @staticmethod
    def said(folder: Path, mount: str, *arguments: str, database: str = "disk/bloop.db") -> tuple[int, str, str]:
        bloop = [sys.executable, "-m", "bloop_trio", *arguments]
        done = subprocess.run(
            [*OWN_MOUNTS, "sh", "-c", f'{mount} 2> mounting && exec "$@"', "sh", *bloop],
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECS,
            check=False,
            cwd=folder,
            env={
                "BLOOP__DATABASE__PATH": database,
                "BLOOP__SERVER__PORT": "0",
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            },
        )
        return done.returncode, done.stdout, done.stderr

    def test_a_server_does_not_start_on_a_full_disk_and_says_why(self, tmp_path: Path) -> None:
        code, _, err = self.said(tmp_path, FILLED, "serve")
        assert code == 1
        assert "No space left on device" in err or "its disk is full" in err
        assert err.startswith("bloop: ")
        assert err.count("\n") == 1

    def test_nor_where_there_is_not_even_room_for_a_lock(self, tmp_path: Path) -> None:
        code, out, err = self.said(tmp_path, FILLED, "serve", database="disk/new.db")
        assert (code, err) == (1, "bloop: cannot write to the lock file disk/new.db.lock: No space left on device\n")
        assert "Traceback" not in out

    @pytest.mark.parametrize(
        "command", [["export", "--project", "default"], ["backup", "copy.db"], ["project", "list"]]
    )
    def test_a_command_names_the_folder_that_it_may_not_write_to(self, tmp_path: Path, command: list[str]) -> None:
        code, _, err = self.said(tmp_path, READ_ONLY, *command)
        assert (code, err) == (
            1,
            f"bloop: cannot open the database disk/bloop.db: no permission to write to {tmp_path}/disk\n",
        )

    def test_the_doctor_does_so_too(self, tmp_path: Path) -> None:
        code, out, _ = self.said(tmp_path, READ_ONLY, "doctor")
        assert code == 1
        assert f"no permission to write to {tmp_path}/disk" in out
