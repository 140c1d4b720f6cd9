"""A file system that is really full, with the log on it too: nothing acknowledged is lost, and room is all it needs."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.conftest import PROJECT_KEY, an_event
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until
from tests.server.test_counting import counts

OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
"""Runs a command that may mount file systems, which nobody else sees."""


def may_mount() -> bool:
    """Whether this machine lets us have a file system of our own."""
    if shutil.which("unshare") is None:
        return False
    command = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, timeout=DEADLINE_SECS, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not may_mount(), reason="needs the right to mount a file system of its own")


class SmallDisk(ServerProcess):
    """A server whose database and log lie on a file system of a few megabytes."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        disk = folder / "disk"
        disk.mkdir()
        self.environment["BLOOP__DATABASE__PATH"] = str(disk / "bloop.db")
        self.environment["BLOOP_DEFAULT_API_KEY"] = PROJECT_KEY
        mount = 'mount -t tmpfs -o size=6m tmpfs "$0" && exec "$@" > "$0/server.log" 2>&1'
        self.command = [*OWN_MOUNTS, "sh", "-c", mount, str(disk), *self.command]
        self.disk = disk

    @property
    def seen_disk(self) -> Path:
        """The file system as we see it from outside."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{self.disk}")

    def fill(self) -> None:
        """Use up the last byte."""
        with (self.seen_disk / "ballast").open("ab", buffering=0) as ballast:
            for size in (65536, 4096, 1):
                try:
                    while ballast.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def make_room(self) -> None:
        (self.seen_disk / "ballast").unlink()

    def copy_database(self, folder: Path) -> None:
        """Copy the database out, to be looked at when its file system is gone with its server."""
        for file in self.seen_disk.glob("bloop.db*"):
            shutil.copy(file, folder / file.name)
        self.database = folder / "bloop.db"


async def test_a_full_file_system_costs_nothing_but_time(tmp_path: Path) -> None:
    with SmallDisk(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, PROJECT_KEY)
        wait_until(lambda: server.get("/health")["status"] == "ok", "it serves")
        assert (await sender.single(fingerprint="before")).status == 200
        wait_until(lambda: server.get("/health")["last_flush_ms"], "it stores")
        server.fill()
        heavy = {"stack": "at f (x.js:1:1)\n" * 500}
        for n in range(0, 200, 10):
            batch = [an_event(fingerprint=f"during-{n + k}", **heavy) for k in range(10)]
            assert (await sender.batch(batch)).json["accepted"] == 10
        wait_until(lambda: server.get("/health")["status"] == "degraded", "health tells that nothing can be stored")
        assert server.get("/health")["db_ok"] is True
        with pytest.raises(HTTPError) as unready:
            server.get("/readyz")
        with unready.value as answer:
            assert "events cannot be stored: database or disk is full" in json.load(answer)["reasons"]
        server.make_room()
        wait_until(lambda: server.get("/health")["status"] == "ok", "it goes on by itself")
        assert (await sender.single(fingerprint="after")).status == 200
        # Not when the buffer is empty: its last batch may still be on its way.
        wait_until(lambda: counts(server)["in_buffer"] == 0, "all is stored")
        await sender.aclose()
        server.fill()
        server.copy_database(tmp_path)
        assert server.stop() == 0  # although the end of the log cannot be moved into the database
        assert server.check_consistency() == 202
        with closing(sqlite3.connect(server.database)) as conn:
            assert conn.execute("SELECT count(*) FROM dead_letters").fetchone() == (0,)
