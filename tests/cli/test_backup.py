from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import load_migrations
from bloop_trio.db.verify import verify_backup

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

NEWEST = load_migrations()[-1].version


def test_it_says_what_was_copied(bloop: Callable[..., Said], folder: Path) -> None:
    bloop("project", "create", "Shop", "--slug", "shop")
    document = bloop("backup", "copy.db", "--json").document
    assert document.pop("duration_secs") >= 0
    assert document == {
        "path": str(folder / "copy.db"),
        "size_bytes": Path("copy.db").stat().st_size,
        "schema": NEWEST,
        "rows": {"events": 0, "issues": 0, "samples": 0, "projects": 2, "tokens": 0},
    }
    assert verify_backup(Path("copy.db")).rows["projects"] == 2


def test_the_text_says_the_same(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    said = bloop("backup", "copy.db")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Backed up to copy.db in ")
    assert f"schema {NEWEST}: 0 events, 0 issues, 0 samples, 1 projects, 0 tokens." in said.out


def test_a_folder_gets_a_file_with_the_time_in_its_name(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    Path("backups").mkdir()
    path = Path(bloop("backup", "backups", "--json").document["path"])
    assert path.parent == Path("backups").absolute()
    assert path.match("bloop-????????T??????Z.db")


def test_a_running_server_is_no_hindrance(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    with instance_lock(Path("bloop.db")):
        assert bloop("backup", "copy.db").code == 0


def test_a_file_that_is_there_is_kept_unless_forced(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    Path("copy.db").write_text("precious", encoding="utf-8")
    said = bloop("backup", "copy.db")
    assert (said.code, said.out) == (1, "")
    assert said.err == ("bloop: there is a file copy.db already: give another path, or replace it with --force\n")
    assert Path("copy.db").read_text(encoding="utf-8") == "precious"
    assert bloop("backup", "copy.db", "--force").code == 0
    assert verify_backup(Path("copy.db")).rows["projects"] == 1


def test_without_a_database_it_fails_and_makes_none(bloop: Callable[..., Said], folder: Path) -> None:
    said = bloop("backup", "copy.db", "--json")
    assert (said.code, said.document) == (1, {"error": "there is no database bloop.db"})
    assert list(folder.iterdir()) == []


def test_a_device_without_room_is_said_in_one_line(bloop: Callable[..., Said], folder: Path) -> None:
    bloop("project", "list")
    before = set(folder.iterdir())
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));" + (
        "from bloop_trio.cli.main import run_command_line as run; sys.exit(run(['backup', 'copy.db'], {}))"
    )
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("bloop: cannot back up to copy.db: ")
    assert done.stderr.count("\n") == 1
    assert set(folder.iterdir()) == before


def test_a_terminal_is_shown_how_far_it_is(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "bloop_trio", "backup", "copy.db"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False)
        shown = os.read(ours, 65_536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0
    assert shown.startswith("\r")
    assert shown.strip() == ""  # the line has been wiped
