"""One server a database, and the lock goes with the process that held it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.lock import instance_lock, is_locked
from bloop_trio.exceptions import DatabaseError, DatabaseLockedError

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, pathlib, time
from bloop_trio.db.lock import instance_lock
with instance_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "bloop.db"
    with (
        instance_lock(path),
        pytest.raises(DatabaseLockedError, match=rf"process {os.getpid()}\)"),
        instance_lock(path),
    ):
        pass
    with instance_lock(path):
        assert is_locked(path)
    assert not is_locked(path)


def test_looking_creates_nothing(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "bloop.db")
    assert list(tmp_path.iterdir()) == []


def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "bloop.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_locked(path)
        holder.send_signal(signal.SIGKILL)
    assert not is_locked(path)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(DatabaseError, match=rf"there is no folder {tmp_path}/no$"),
        instance_lock(tmp_path / "no" / "x"),
    ):
        pass


def test_a_folder_in_place_of_the_database_is_refused_and_gets_no_lock_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "bloop.db"
    place.mkdir()
    with pytest.raises(DatabaseError, match=r"bloop\.db: it is a folder$"), instance_lock(place):
        pass
    assert list(tmp_path.iterdir()) == [place]
