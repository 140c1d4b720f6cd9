"""An orderly stop: what was acknowledged is stored, and nothing holds the process back."""

from __future__ import annotations

import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest
import trio

from tests.conftest import an_event, as_json
from tests.server.process import DEADLINE_SECS, Load, Sender, ServerProcess, locked_database, wait_until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("ack", ["buffered", "durable"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_under_load_stores_exactly_what_was_acknowledged(
    tmp_path: Path, number: signal.Signals, ack: str
) -> None:
    with ServerProcess(tmp_path, INGEST__ACK=ack) as server:
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 12)
            await load.until_acknowledged(500)
            code = await trio.to_thread.run_sync(server.stop, number)
        assert code == 0, server.log()
        stored = server.stored_fingerprints()
        assert load.all_acknowledged() - stored == set()
        assert server.check_consistency() == len(stored)
        assert not wal_is_left(server)


def wal_is_left(server: ServerProcess) -> bool:
    wal = server.database.with_name("bloop.db-wal")
    return wal.exists() and wal.stat().st_size > 0


async def test_buffered_events_are_stored_although_no_flush_was_due(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="3600") as server:
        sender = Sender(server.port, server.key())
        for n in range(7):
            assert (await sender.single(fingerprint=f"e{n}")).status == 200
        await sender.aclose()
        assert server.rows("SELECT count(*) FROM issues") == [(0,)]
        assert server.stop() == 0
        assert server.stored_fingerprints() == {f"e{n}" for n in range(7)}


async def test_a_client_that_never_reads_does_not_hold_the_stop(tmp_path: Path) -> None:
    with (
        ServerProcess(tmp_path, SERVER__SHUTDOWN_TIMEOUT_SECS="2", SERVER__WRITE_TIMEOUT_SECS="60") as server,
        socket.create_connection(("127.0.0.1", server.port)) as silent,
    ):
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.setblocking(False)
        request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
        wait_until(lambda: _is_full(silent, request), "the server stops reading a client that does not read")
        assert server.stop() == 0
        assert '"stopped"' in server.log()


def _is_full(client: socket.socket, data: bytes) -> bool:
    try:
        client.send(data)
    except BlockingIOError:
        return True
    return False


def started_with_hangups(server: ServerProcess, handled: str) -> ServerProcess:
    """Have the server start with hangups ignored or not, whatever these tests were started with."""
    start = (
        f"import os, signal, sys; signal.signal(signal.SIGHUP, signal.{handled}); os.execv(sys.argv[1], sys.argv[1:])"
    )
    server.command = [sys.executable, "-c", start, *server.command]
    return server


async def test_a_terminal_that_is_closed_stops_it_in_order_however_often_it_says_so(tmp_path: Path) -> None:
    with started_with_hangups(ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="3600"), "SIG_DFL") as server:
        sender = Sender(server.port, server.key())
        assert (await sender.single(fingerprint="cart")).status == 200
        await sender.aclose()
        assert server.stop(signal.SIGHUP, signal.SIGHUP) == 0
        assert server.stored_fingerprints() == {"cart"}


def test_a_server_that_was_told_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    with started_with_hangups(ServerProcess(tmp_path), "SIG_IGN") as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        assert server.get("/health")["status"] == "ok"
        assert server.stop(signal.SIGTERM) == 0
        assert "SIGHUP" not in server.log()


def test_it_needs_no_standard_streams(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *server.command]
    with server:
        assert server.get("/health")["status"] == "ok"
        assert server.stop() == 0
        assert server.rows("PRAGMA integrity_check") == [("ok",)]
        assert server.log() == ""


async def test_a_second_signal_leaves_at_once(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, SERVER__SHUTDOWN_TIMEOUT_SECS="3600") as server, locked_database(server):
        sender = Sender(server.port, server.key())  # the buffer cannot be stored, so the stop takes as long as it may
        assert (await sender.single()).status == 200
        await sender.aclose()
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: '"stopping"' in server.log(), "the server begins to stop")
        assert server.stop(signal.SIGTERM) == 128 + signal.SIGTERM


async def test_what_cannot_be_stored_in_time_is_said_and_makes_the_exit_code(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, SERVER__SHUTDOWN_TIMEOUT_SECS="0.5") as server:
        with locked_database(server):
            sender = Sender(server.port, server.key())
            assert (await sender.batch([an_event() for _ in range(3)])).json["accepted"] == 3
            await sender.aclose()
            assert server.stop() == 1
        assert '"lost": 3' in server.log()


async def test_an_idle_connection_is_let_go_and_a_running_one_is_answered(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        key = server.key()
        idle, half = Sender(server.port, key), Sender(server.port, key)
        assert (await idle.single(fingerprint="idle")).status == 200
        body = as_json(an_event(fingerprint="half"))
        half.stream = await trio.open_tcp_stream("127.0.0.1", server.port)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(half.post, "/v1/ingest", body)
            with trio.fail_after(DEADLINE_SECS):
                code = await trio.to_thread.run_sync(server.stop)
        assert code == 0
        assert {"idle"} <= server.stored_fingerprints() <= {"idle", "half"}
        await idle.aclose()
        await half.aclose()


async def test_requests_that_wait_for_room_end_with_the_time_for_the_stop(tmp_path: Path) -> None:
    settings = {
        "INGEST__CHANNEL_CAPACITY": "20",
        "INGEST__MAX_WAIT_MS": "60000",
        "SERVER__SHUTDOWN_TIMEOUT_SECS": "0.5",
    }
    with ServerProcess(tmp_path, **settings) as server:
        load = Load(server)
        with locked_database(server):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(load.run, 30)
                await load.until_acknowledged(1)
                # One event above the mark of so small a buffer is enough for all further requests to wait.
                await trio.to_thread.run_sync(
                    wait_until, lambda: server.get("/health")["queue"]["buffered"] > 0, "the buffer fills"
                )
                code = await trio.to_thread.run_sync(server.stop)
        assert code == 1
        lost = load.all_acknowledged() - server.stored_fingerprints()
        assert f'"lost": {len(lost)}' in server.log()
        assert "Traceback" not in server.log()
        server.check_consistency()


async def test_in_durable_mode_nobody_is_promised_what_cannot_be_stored_in_time(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, INGEST__ACK="durable", SERVER__SHUTDOWN_TIMEOUT_SECS="0.5") as server:
        key = server.key()
        statuses: list[int] = []

        async def send(number: int) -> None:
            sender = Sender(server.port, key)
            try:
                statuses.append((await sender.single(fingerprint=f"e{number}")).status)
            except (OSError, EOFError, trio.BrokenResourceError):
                statuses.append(0)  # no answer is no promise
            await sender.aclose()

        with locked_database(server):
            async with trio.open_nursery() as nursery:
                for number in range(5):
                    nursery.start_soon(send, number)
                await trio.to_thread.run_sync(
                    wait_until, lambda: server.get("/health")["queue"]["buffered"] == 0, "the events are on their way"
                )
                assert await trio.to_thread.run_sync(server.stop) == 0
        assert 200 not in statuses
        assert server.stored_fingerprints() == set()
