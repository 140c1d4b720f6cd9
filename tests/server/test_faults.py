"""Trouble with the disk and the database: answered truthfully, survived without help."""

from __future__ import annotations

import resource
import socket
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
import trio

from tests.conftest import an_event
from tests.server.process import DEADLINE_SECS, Load, Sender, ServerProcess, locked_database, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def full_disk(server: ServerProcess) -> Iterator[None]:
    """Let none of the server's files grow any more: a write beyond fails as it does on a full disk."""
    assert server.process is not None
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_shown_and_nothing_acknowledged_is_lost_once_there_is_room(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, server.key())
        assert (await sender.single(fingerprint="before")).status == 200
        with full_disk(server):
            for n in range(20):
                assert (await sender.single(fingerprint=f"during-{n}")).status == 200
            wait_until(lambda: server.get("/health")["status"] == "degraded", "health tells that flushing fails")
            assert (await sender.single(fingerprint="still-taken")).status == 200
        wait_until(lambda: server.get("/health")["status"] == "ok", "the server recovers by itself")
        wait_until(lambda: len(server.stored_fingerprints()) == 22, "everything acknowledged is stored")
        await sender.aclose()
        assert server.stop() == 0
        assert server.check_consistency() == 22


async def test_in_durable_mode_a_full_disk_is_answered_with_503_and_nothing_is_kept(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, INGEST__ACK="durable") as server:
        sender = Sender(server.port, server.key())
        assert (await sender.single(fingerprint="before")).status == 200
        with full_disk(server):
            reply = await sender.single(fingerprint="single")
            assert reply.status == 503
            assert b"retry-after: 5" in reply.headers
            assert (await sender.batch([an_event(fingerprint=f"batch-{n}") for n in range(3)])).status == 503
        assert (await sender.single(fingerprint="after")).status == 200
        await sender.aclose()
        assert server.stop() == 0
        assert server.stored_fingerprints() == {"before", "after"}
        server.check_consistency()


async def test_a_locked_database_delays_and_loses_nothing(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, server.key())
        with locked_database(server):
            for n in range(50):
                assert (await sender.single(fingerprint=f"e{n}")).status == 200
        wait_until(lambda: len(server.stored_fingerprints()) == 50, "all are stored after the lock is gone")
        await sender.aclose()
        assert server.stop() == 0


async def test_a_stalled_writer_fills_the_buffer_and_the_rest_is_dropped_and_counted(tmp_path: Path) -> None:
    settings = {
        "INGEST__CHANNEL_CAPACITY": "200",
        "INGEST__MAX_WAIT_MS": "10",
        "PIPELINE__FLUSH_BATCH_SIZE": "10",
        "PIPELINE__FLUSH_INTERVAL_SECS": "0.05",
    }
    with ServerProcess(tmp_path, **settings) as server:
        sender = Sender(server.port, server.key())
        made = server.run("token", "create", "--project=default", "--name=t", "--scope=errors:read")
        accepted = dropped = 0
        with locked_database(server):
            while dropped < 100:
                reply = await sender.batch([an_event() for _ in range(50)])
                assert reply.status == 200
                assert reply.json["accepted"] + reply.json["dropped"] == 50
                accepted += reply.json["accepted"]
                dropped += reply.json["dropped"]
            assert (await sender.single()).json == {"status": "accepted"}
            dropped += 1
            health = server.get("/health")
            assert health["buffer_usage"] == 1.0
            assert health["dropped_total"] == dropped
            assert "channel full, event dropped" in server.log()
            status = server.get("/v1/server", made["token"])
            assert (status["state"], status["dropped_recently"]) == ("failing", dropped)
            assert f"{dropped} events were dropped in the last five minutes: the buffer was full" in status["problems"]
        wait_until(lambda: server.get("/health")["buffer_usage"] == 0, "the buffer empties")
        assert (await sender.single()).status == 200
        await sender.aclose()
        assert server.stop() == 0
        assert server.check_consistency() == accepted + 1


async def test_a_flood_beyond_the_buffer_is_counted_to_the_event(tmp_path: Path) -> None:
    settings = {"INGEST__CHANNEL_CAPACITY": "300", "INGEST__MAX_WAIT_MS": "0"}
    with ServerProcess(tmp_path, **settings) as server:
        accepted = dropped = 0
        key = server.key()

        async def flood() -> None:
            nonlocal accepted, dropped
            sender = Sender(server.port, key)
            for _ in range(40):
                verdict = (await sender.batch([an_event() for _ in range(50)])).json
                accepted += verdict["accepted"]
                dropped += verdict["dropped"]
            await sender.aclose()

        async with trio.open_nursery() as nursery:
            for _ in range(16):
                nursery.start_soon(flood)
        assert accepted + dropped == 16 * 40 * 50
        assert dropped > 0
        assert server.get("/health")["dropped_total"] == dropped
        assert server.stop() == 0
        assert server.check_consistency() == accepted


async def test_below_the_knee_waiting_drops_nothing(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, INGEST__CHANNEL_CAPACITY="400", INGEST__MAX_WAIT_MS="20000") as server:
        key = server.key()

        async def push() -> None:
            sender = Sender(server.port, key)
            for _ in range(20):
                assert (await sender.batch([an_event() for _ in range(50)])).json["accepted"] == 50
            await sender.aclose()

        async with trio.open_nursery() as nursery:
            for _ in range(16):
                nursery.start_soon(push)
        assert server.stop() == 0
        assert server.check_consistency() == 16 * 20 * 50


async def test_a_thousand_idle_connections_do_not_keep_others_from_being_served(tmp_path: Path) -> None:
    connections = 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, connections + 500)), hard))
    with ServerProcess(tmp_path) as server:
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(connections)]
        sender = Sender(server.port, server.key())
        for n in range(20):
            assert (await sender.single(fingerprint=f"e{n}")).status == 200
        assert server.get("/health")["status"] == "ok"
        assert server.stop() == 0
        await sender.aclose()
        for connection in idle:
            connection.close()
        assert len(server.stored_fingerprints()) == 20


@pytest.mark.parametrize("issues", [20_000, pytest.param(100_000, marks=pytest.mark.torture)])
async def test_a_flood_of_distinct_issues_stays_within_bounds(tmp_path: Path, issues: int) -> None:
    with ServerProcess(tmp_path, INGEST__MAX_WAIT_MS="20000") as server:
        key = server.key()
        per_sender = issues // 8

        async def push(number: int) -> None:
            sender = Sender(server.port, key)
            for start in range(0, per_sender, 50):
                names = range(start, min(start + 50, per_sender))
                verdict = (await sender.batch([an_event(error_type=f"E{number}-{n}") for n in names])).json
                assert verdict == {"accepted": len(names), "dropped": 0, "errors": []}
            await sender.aclose()

        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(push, number)
        assert server.process is not None
        status = await trio.Path(f"/proc/{server.process.pid}/status").read_text()
        (peak_kib,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
        assert peak_kib < 250 * 1024
        assert server.stop() == 0
        assert server.check_consistency() == issues
        assert server.rows("SELECT count(*) FROM issues") == [(issues,)]


async def test_load_while_backups_and_readers_look_at_the_file(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 8)
            await load.until_acknowledged(300)
            with (
                closing(sqlite3.connect(server.database)) as source,
                closing(sqlite3.connect(tmp_path / "copy")) as copy,
            ):
                source.backup(copy)
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            await load.until_acknowledged(600)
            with trio.fail_after(DEADLINE_SECS):
                assert await trio.to_thread.run_sync(server.stop) == 0
        assert load.all_acknowledged() <= server.stored_fingerprints()
