"""A project is deleted while its events come in, and the server is killed meanwhile: nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING, Any

import trio

from bloop_trio.clock import now_ms, now_secs
from bloop_trio.db.connection import open_connection
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import accepted, an_event, insert_session, insert_user
from tests.retention.estates import check_the_search_index, read_estates
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until
from tests.server.test_counting import counts
from tests.server.test_exporting import rest_of

if TYPE_CHECKING:
    from pathlib import Path

SENDERS = 4


def sign_in(server: ServerProcess) -> str:
    """Return the value of a session's cookie of an administrator."""
    with closing(sqlite3.connect(server.database, isolation_level=None, timeout=30)) as conn:
        _, value = insert_session(conn, insert_user(conn, "ada", is_admin=True), created_secs=now_secs())
    return value


def ask(server: ServerProcess, session: str, method: str, path: str) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", method=method)
    request.add_header("Cookie", f"bloop_session={session}")
    with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
        return json.load(answer)


def is_cleared(server: ServerProcess) -> bool:
    return server.rows("SELECT count(*) FROM projects") == [(1,)]


def check_that_nothing_is_left(server: ServerProcess) -> None:
    with closing(open_connection(server.database)) as conn:
        estates = read_estates(conn)
        assert {owner for rows in estates.values() for owner, _ in rows} == {1, None}
        assert all(owner == 1 for name in ("issues", "samples", "issue_counts") for owner, _ in estates[name])
        check_the_search_index(conn)


async def send_until_refused(server: ServerProcess, key: str, number: int) -> int:
    """Send batches until the key is worth nothing; returns how many events were accepted."""
    sender, taken = Sender(server.port, key), 0
    for turn in range(1_000_000):
        reply = await sender.batch([an_event(fingerprint=f"{number}-{turn % 40}-{n}") for n in range(20)])
        if reply.status == 401:
            break
        taken += reply.json["accepted"]
    await sender.aclose()
    return taken


async def test_in_the_middle_of_its_events_and_of_those_of_others(tmp_path: Path) -> None:
    settings = {"RATE_LIMIT__PER_SECOND": "0", "PIPELINE__FLUSH_INTERVAL_SECS": "0.2"}
    with ServerProcess(tmp_path, **settings) as server:
        shop = server.run("project", "create", "Shop", "--slug", "shop")
        session = sign_in(server)
        taken: list[int] = []

        async def send(number: int) -> None:
            taken.append(await send_until_refused(server, shop["api_key"], number))

        ours = Sender(server.port, server.key())
        async with trio.open_nursery() as nursery:
            for number in range(SENDERS):
                nursery.start_soon(send, number)
            assert (await ours.single()).status == 200
            while counts(server)["stored"] < 500:
                assert (await ours.single()).status == 200
            deleted = await trio.to_thread.run_sync(ask, server, session, "DELETE", "/v1/projects/shop")
        assert deleted == {"deleted": True}
        for _ in range(50):
            assert (await ours.single()).status == 200
        await ours.aclose()

        wait_until(lambda: is_cleared(server), "nothing is left of the project")
        found = counts(server, "shop")
        assert found["stored"] == found["accepted"] == sum(taken)
        assert (found["dead_lettered"], found["lost"], found["in_buffer"]) == (0, 0, 0)
        wait_until(lambda: counts(server)["in_buffer"] == 0, "the rest is stored")
        stored = counts(server, "default")["stored"]
        assert "dead letter" not in server.log()
        log = ask(server, session, "GET", "/v1/admin/audit?limit=2")
        assert [entry["action"] for entry in log] == ["project.purged", "project.deleted"]
        assert server.stop() == 0
        check_that_nothing_is_left(server)
        assert server.check_consistency() == stored


async def test_killed_while_it_is_cleared_away_and_started_again(tmp_path: Path) -> None:
    settings = {"RATE_LIMIT__PER_SECOND": "0", "PIPELINE__FLUSH_INTERVAL_SECS": "0.05"}
    with ServerProcess(tmp_path, **settings) as server:
        shop = server.run("project", "create", "Shop", "--slug", "shop")
        session = sign_in(server)
        sender = Sender(server.port, shop["api_key"])
        for turn in range(60):
            await sender.batch([an_event(fingerprint=f"{turn}-{n}") for n in range(50)])
        wait_until(lambda: counts(server, "shop")["stored"] == 3_000, "all are stored")
        await sender.aclose()
        assert ask(server, session, "DELETE", "/v1/projects/shop") == {"deleted": True}
        for _ in range(3):
            wait_until(lambda: server.rows("SELECT count(*) FROM issues") < [(3_000,)], "it has begun")
            server.stop(signal.SIGKILL)
            server.start()
        wait_until(lambda: is_cleared(server), "nothing is left of the project")
        assert server.run("doctor")["findings"]
        assert server.stop() == 0
        check_that_nothing_is_left(server)
        assert server.check_consistency() == 0


def test_an_export_of_the_project_breaks_off(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.run("project", "create", "Shop", "--slug", "shop")
        with closing(open_connection(server.database)) as conn:
            batches = BatchWriter(conn, sample_reservoir_size=1)
            for _ in range(3):  # far more than sockets and buffers can swallow while nobody reads
                batches.write(
                    conn,
                    [accepted(project_no=2, received_ms=now_ms(), stack=os.urandom(3000).hex()) for _ in range(999)],
                )
        session = sign_in(server)
        with closing(socket.create_connection(("127.0.0.1", server.port), DEADLINE_SECS)) as client:
            request = f"GET /v1/export?project_id=shop HTTP/1.1\r\nHost: a\r\nCookie: bloop_session={session}\r\n\r\n"
            client.sendall(request.encode())
            assert client.recv(12) == b"HTTP/1.1 200"
            ask(server, session, "DELETE", "/v1/projects/shop")
            wait_until(lambda: is_cleared(server), "the project is cleared away")
            rest = rest_of(client)
        assert b'"type":"end"' not in rest
        assert not rest.endswith(b"0\r\n\r\n")
