"""Exports from a running server: beside other work, to clients that misbehave, and through a stop."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import open_connection
from bloop_trio.issues.reading.exporting import MAX_EXPORTS
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import accepted
from tests.server.process import DEADLINE_SECS, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVENTS = 8_000
"""Of 6 KB each: far more than sockets and buffers can swallow while nobody reads."""


class Exporting:
    """A server with a large export."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.clients: list[socket.socket] = []
        made = server.run("token", "create", "--project", "default", "--name", "t", "--scope", "errors:read")
        self.token, self.token_id = str(made["token"]), str(made["id"])
        conn = open_connection(server.database)
        try:
            writer, received_ms = BatchWriter(conn, sample_reservoir_size=1), now_ms()
            for start in range(0, EVENTS, 1000):
                writer.write(
                    conn,
                    [
                        accepted(
                            fingerprint="big", received_ms=received_ms, stack=os.urandom(3000).hex(), message=f"{n}"
                        )
                        for n in range(start, start + 1000)
                    ],
                )
        finally:
            conn.close()

    def ask(self, target: str = "/v1/export", method: str = "GET") -> socket.socket:
        """Ask for an export and read none of the answer."""
        client = socket.socket()
        self.clients.append(client)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(DEADLINE_SECS)
        client.connect(("127.0.0.1", self.server.port))
        client.sendall(
            f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode()
        )
        return client

    def begun(self, target: str = "/v1/export") -> socket.socket:
        """Ask for an export and read how it begins."""
        client = self.ask(target)
        assert client.recv(12) == b"HTTP/1.1 200"
        return client

    def status(self) -> int:
        """Ask for another export, and leave as soon as its status is known."""
        with closing(self.ask()) as client:
            return int(client.recv(12)[9:])

    def wait_released(self) -> None:
        """Wait until as many exports as are allowed can run again."""
        wait_until(lambda: self.status() == 200, "an export is allowed again")
        wait_until(lambda: self.running() == 0, "no reader is held")

    def running(self) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/metrics", timeout=DEADLINE_SECS) as page:
            lines = page.read().decode().splitlines()
        (value,) = [line.split()[1] for line in lines if line.startswith("bloop_queries_running ")]
        return float(value)


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
def exporting(tmp_path: Path, settings: dict[str, str]) -> Iterator[Exporting]:
    with ServerProcess(tmp_path, **settings) as server:
        made = Exporting(server)
        yield made
        for client in made.clients:
            client.close()


def rest_of(client: socket.socket) -> bytes:
    """Read until the server closes."""
    data = bytearray()
    try:
        while chunk := client.recv(1 << 20):
            data += chunk
    except ConnectionResetError:
        pass
    return bytes(data)


def test_an_export_is_whole_while_events_come_in(exporting: Exporting) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{exporting.server.port}/v1/export")
    request.add_header("Authorization", f"Bearer {exporting.token}")
    with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
        lines = answer.read().splitlines()
    assert json.loads(lines[-1])["occurrences"] == EVENTS
    assert sum(line.startswith(b'{"type":"occurrence"') for line in lines) == EVENTS


def test_a_head_says_no_length(exporting: Exporting) -> None:
    with closing(exporting.ask(method="HEAD")) as client:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length" not in head
    assert b"attachment; filename=" in head


def test_no_reader_is_held_while_clients_do_not_read(exporting: Exporting) -> None:
    for _ in range(MAX_EXPORTS):
        exporting.begun()
    wait_until(lambda: exporting.running() == 0, "both exports wait for their clients")
    assert exporting.status() == 503
    assert len(exporting.server.get("/v1/errors", exporting.token)) == 1


def test_a_client_that_goes_away_releases_its_export(exporting: Exporting) -> None:
    clients = [exporting.begun() for _ in range(MAX_EXPORTS)]
    assert exporting.status() == 503
    for client in clients:
        client.close()
    exporting.wait_released()
    assert "Traceback" not in exporting.server.log()


@pytest.mark.parametrize("target", ["/v1/export", "/v1/errors/big/occurrences?format=csv"])
def test_an_export_ends_when_its_token_is_revoked(exporting: Exporting, target: str) -> None:
    client = exporting.begun(target)
    exporting.server.run("token", "revoke", exporting.token_id)
    wait_until(lambda: exporting.status() == 401, "the token is refused")
    received = rest_of(client)
    assert b'"type":"end"' not in received
    assert not received.endswith(b"0\r\n\r\n")
    assert "Traceback" not in exporting.server.log()


@pytest.mark.parametrize("settings", [{"SERVER__WRITE_TIMEOUT_SECS": "0.5"}])
def test_a_client_that_stops_reading_is_cut_off(exporting: Exporting) -> None:
    clients = [exporting.begun("/v1/errors/big/occurrences?format=jsonl") for _ in range(MAX_EXPORTS)]
    exporting.wait_released()
    for client in clients:
        received = rest_of(client)
        assert received.count(b'"fingerprint":"big"') < EVENTS
        assert not received.endswith(b"0\r\n\r\n")
    assert "Traceback" not in exporting.server.log()


@pytest.mark.parametrize("settings", [{"SERVER__SHUTDOWN_TIMEOUT_SECS": "3600", "SERVER__WRITE_TIMEOUT_SECS": "3600"}])
@pytest.mark.parametrize("target", ["/v1/export", "/v1/errors/big/occurrences?format=csv"])
def test_a_stop_cuts_exports_and_does_not_wait_for_their_clients(exporting: Exporting, target: str) -> None:
    silent, slow = exporting.begun(target), exporting.begun(target)
    for _ in range(20):
        slow.recv(4096)
    assert exporting.server.stop() == 0
    for client in (silent, slow):
        received = rest_of(client)
        assert b'"type":"end"' not in received
        assert not received.endswith(b"0\r\n\r\n")
    assert "Traceback" not in exporting.server.log()


def test_an_export_fails_recognisably_when_the_database_does(exporting: Exporting) -> None:
    with closing(exporting.begun()) as client:
        with closing(open_connection(exporting.server.database)) as conn:
            conn.execute("ALTER TABLE issues RENAME COLUMN error_type TO gone")
        received = rest_of(client)
    assert b'"type":"end"' not in received
    assert not received.endswith(b"0\r\n\r\n")
    assert "no such column" in exporting.server.log()
