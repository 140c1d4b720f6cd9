"""Backups beside a real server under load: what was acknowledged is in them, and the server hardly notices."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.db.copying import PARTIAL_SUFFIX
from bloop_trio.db.verify import verify_backup
from tests.conftest import PROJECT_KEY
from tests.db.files import names
from tests.db.test_upgrade import first_version, upgrade_in_a_process
from tests.server.process import DEADLINE_SECS, Load, Sender, ServerProcess, wait_until
from tests.server.test_full_disk import SmallDisk, may_mount

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DURABLE = {"INGEST__ACK": "durable", "PIPELINE__FLUSH_INTERVAL_SECS": "0.05"}


def run(server: ServerProcess, *command: str, within: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command beside the server, by way of the command `within`."""
    return subprocess.run(
        [*within, sys.executable, "-m", "bloop_trio", *command],
        cwd=server.folder,
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECS,
        check=False,
    )


def failing(server: ServerProcess, *command: str, within: Sequence[str] = ()) -> str:
    """Run a command beside the server that is to fail; returns the one line that it says."""
    done = run(server, *command, within=within)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


async def test_a_backup_under_load_holds_all_that_was_acknowledged_before(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    taken: list[tuple[dict[str, Any], set[str]]] = []
    with ServerProcess(tmp_path, **DURABLE) as server:
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 8)
            await load.until_acknowledged(500)
            for number in range(3):
                before = load.all_acknowledged()
                document = await trio.to_thread.run_sync(server.run, "backup", str(backups / f"{number}.db"))
                taken.append((document, before))
                during = len(load.all_acknowledged()) - len(before)
                assert during > 0  # ingest went on
            await load.until_acknowledged(len(load.all_acknowledged()) + 500)  # and still does
            assert await trio.to_thread.run_sync(server.stop) == 0
        server.check_consistency()

    for number, (document, before) in enumerate(taken):
        copy = ServerProcess(tmp_path)
        copy.database = backups / f"{number}.db"
        held = copy.stored_fingerprints()
        assert before <= held
        assert copy.check_consistency() == document["rows"]["events"]
        assert len(held) == document["rows"]["issues"]


async def test_a_server_starts_on_a_restored_backup_and_goes_on(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, **DURABLE) as server:
        sender = Sender(server.port, server.key())
        await sender.single(fingerprint="before")
        server.run("backup", str(tmp_path / "copy.db"))
        await sender.single(fingerprint="after")
        await sender.aclose()
        assert "a server is running on" in failing(server, "restore", "copy.db", "--force")
        assert server.stop() == 0

        restored = server.run("restore", str(tmp_path / "copy.db"), "--force")
        server.start()
        assert server.run("check")["database"]["pending_migrations"] == []
        assert server.stored_fingerprints() == {"before"}
        sender = Sender(server.port, server.key())
        await sender.single(fingerprint="new")
        await sender.aclose()
        assert server.stop() == 0
        assert server.stored_fingerprints() == {"before", "new"}
        server.check_consistency()
        with closing(sqlite3.connect(restored["replaced"])) as kept:
            assert kept.execute("SELECT count(*) FROM issues").fetchone() == (2,)


KILLED = """
import os, signal, sys
from bloop_trio.cli.main import run_command_line

def kill(frame, event, called):
    ours = event == "call" and "bloop_trio" in frame.f_code.co_filename
    name = frame.f_code.co_name if ours else getattr(called, "__name__", "")
    if name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(kill)
run_command_line(["backup", sys.argv[2]], os.environ)
"""
"""A backup that is killed, as by `kill -9`, when a function of that name is called."""


def kill_backup(server: ServerProcess, function: str, target: Path) -> None:
    command = [sys.executable, "-c", KILLED, function, str(target)]
    killed = subprocess.run(command, env=server.environment, cwd=server.folder, timeout=DEADLINE_SECS, check=False)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize("function", ["copy_database", "tell", "count_rows", "verify_backup", "fsync"])
async def test_a_killed_backup_has_no_name_and_hinders_nobody(tmp_path: Path, function: str) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    with ServerProcess(tmp_path, **DURABLE) as server:
        sender = Sender(server.port, server.key())
        await sender.single(fingerprint="one")
        kill_backup(server, function, backups / "copy.db")
        left = names(backups)
        assert left != set()
        assert all(PARTIAL_SUFFIX in name for name in left)

        assert (await sender.single(fingerprint="two")).status == 200
        await sender.aclose()
        server.run("backup", str(backups / "copy.db"))
        assert verify_backup(backups / "copy.db").rows["issues"] == 2


def test_doctor_asks_the_running_server(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, AUTH__HMAC_SECRET="s" * 32) as server:
        document = server.run("doctor")
        assert document["level"] == "ok"
        assert document["findings"][-1]["text"] == "the server is running, and its health is ok (200)"
        assert server.stop() == 0


@pytest.mark.skipif(not may_mount(), reason="needs the right to mount a file system of its own")
async def test_a_backup_to_a_full_disk_fails_in_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with SmallDisk(tmp_path, **DURABLE) as server:
        wait_until(lambda: server.get("/health")["status"] == "ok", "it serves")
        sender = Sender(server.port, PROJECT_KEY)
        assert (await sender.single(fingerprint="before")).status == 200
        assert server.process is not None
        beside = ["nsenter", "--target", str(server.process.pid), "--user", "--preserve-credentials", "--mount"]
        target = str(server.disk / "copy.db")
        server.fill()
        before = names(server.seen_disk)
        assert "and the disk has 0 left" in failing(server, "backup", target, within=beside)
        assert names(server.seen_disk) == before
        server.make_room()
        assert run(server, "backup", target, within=beside).returncode == 0
        wait_until(lambda: server.get("/health")["status"] == "ok", "it goes on")
        await sender.aclose()


async def test_a_server_goes_on_where_an_upgrade_was_killed(tmp_path: Path) -> None:
    database = first_version(tmp_path / "bloop.db")
    killed = upgrade_in_a_process(database, "statement", 40)
    assert killed.returncode == -signal.SIGKILL
    assert [name for name in names(tmp_path) if name.endswith(".backup")] == [], "nothing was changed yet"
    with ServerProcess(tmp_path, AUTH__HMAC_SECRET="s" * 32, **DURABLE) as server:
        assert {"alpha", "beta", "gamma"} <= server.stored_fingerprints()
        sender = Sender(server.port, PROJECT_KEY)
        assert (await sender.single(fingerprint="alpha")).status == 200
        await sender.aclose()
        document = server.run("doctor")
        assert {f["level"] for f in document["findings"]} == {"ok"}
        (copies,) = [f["text"] for f in document["findings"] if f["topic"] == "copies"]
        (copy,) = (name for name in names(tmp_path) if ".backup" in name)
        assert copy in copies
        assert server.stop() == 0
    assert verify_backup(tmp_path / copy).schema == 1
