"""A real server process for tests, and clients that remember what they were told."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Self

import attrs
import trio

from tests.conftest import an_event, as_json, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

DEADLINE_SECS = 30.0
"""How long a condition may take to come true before a test fails; nothing waits so long when all is well."""


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Return the first true value of `condition`."""
    deadline = time.monotonic() + DEADLINE_SECS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        signal.sigtimedwait([], 0.01)  # a pause between two looks, not a wait for luck
    msg = f"not within {DEADLINE_SECS} s: {what}"
    raise AssertionError(msg)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """`python -m bloop_trio serve` in a folder of its own; killed on leaving if it still runs.

    Settings are environment variables without their prefix: ``INGEST__ACK="durable"``.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.database = folder / "bloop.db"
        self.port = int(settings.get("SERVER__PORT", 0)) or free_port()
        self.log_path = folder / "server.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BLOOP")},
            "BLOOP__SERVER__HOST": "127.0.0.1",
            "BLOOP__DATABASE__PATH": str(self.database),
            # A load makes as many issues as it has events, and counts rows.
            "BLOOP__INGEST__MAX_NEW_ISSUES_PER_MINUTE": "0",
            "BLOOP__INGEST__FULL_OCCURRENCES_PER_MINUTE": "0",
            **{f"BLOOP__{name}": value for name, value in settings.items()},
            "BLOOP__SERVER__PORT": str(self.port),
        }
        self.command = [sys.executable, "-m", "bloop_trio", "serve"]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_SECS)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting for anything."""
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.process = self.launch()
        wait_until(self._answers_or_ended, "the server answers")
        assert self.process.poll() is None, self.log()

    def _answers_or_ended(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self, *signals: signal.Signals) -> int:
        """Send signals (default: SIGTERM), wait for the end and return the exit code."""
        assert self.process is not None
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECS)

    def log(self) -> str:
        """Return what the process has written."""
        return self.log_path.read_text()

    def run(self, *command: str) -> Any:
        """Run another command beside the server and return its JSON."""
        made = subprocess.run(
            [sys.executable, "-m", "bloop_trio", *command, "--json"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECS,
            check=True,
        )
        return json.loads(made.stdout)

    def get(self, path: str, token: str | None = None) -> Any:
        """Return the JSON of a GET that succeeds."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
            return json.load(answer)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds in the database file."""
        with closing(sqlite3.connect(self.database)) as conn:
            return conn.execute(sql).fetchall()

    def key(self) -> str:
        """Return the default project's key."""
        return str(self.rows("SELECT api_key FROM projects WHERE slug = 'default'")[0][0])

    def stored_fingerprints(self) -> set[str]:
        """Return the fingerprints that are stored; a load gives each event one of its own."""
        return {fingerprint for (fingerprint,) in self.rows("SELECT fingerprint FROM issues")}

    def check_consistency(self) -> int:
        """Hold all counts against each other; returns the number of events."""
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        tables = [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE name GLOB 'events_????????'")]
        events = sum(self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables)
        for counted in (
            "SELECT coalesce(sum(total_count), 0) FROM issues",
            "SELECT coalesce(sum(total_count), 0) FROM issue_counts",
            "SELECT coalesce(sum(count), 0) FROM event_counts_hourly",
            "SELECT coalesce(sum(count), 0) FROM project_counts_hourly",
            "SELECT coalesce(sum(total_count), 0) FROM facet_counts WHERE facet = 'release'",
            "SELECT coalesce(sum(total_count), 0) FROM facet_counts WHERE facet = 'route'",
        ):
            assert self.rows(counted) == [(events,)], counted
        issues = self.rows("SELECT project_no, status, count(*) FROM issues GROUP BY 1, 2 ORDER BY 1, 2")
        assert self.rows("SELECT * FROM issue_totals WHERE count > 0 ORDER BY 1, 2") == issues
        return int(events)


@contextmanager
def locked_database(server: ServerProcess) -> Iterator[None]:
    """Hold the write lock, as a careless program beside the server would."""
    with closing(sqlite3.connect(server.database, isolation_level=None, timeout=30)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            holder.execute("ROLLBACK")


@attrs.frozen
class Reply:
    """One answer over HTTP."""

    status: int
    headers: bytes
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@attrs.define
class Sender:
    """One connection that posts signed bodies and reads answers."""

    port: int
    key: str
    headers: str = ""
    """Further header lines, each with its line end."""
    stream: trio.SocketStream | None = None

    async def post(self, path: str, body: bytes) -> Reply:
        """Post a body; raises when the connection ends before the answer is whole."""
        if self.stream is None:
            self.stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Project-Key: {self.key}\r\nX-Signature: {signature(body, self.key)}\r\n{self.headers}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        await self.stream.send_all(head.encode() + body)
        return await read_reply(self.stream)

    async def single(self, **changes: Any) -> Reply:
        """Post one event."""
        return await self.post("/v1/ingest", as_json(an_event(**changes)))

    async def batch(self, events: list[dict[str, Any]]) -> Reply:
        """Post a batch."""
        return await self.post("/v1/ingest/batch", as_json({"events": events}))

    async def aclose(self) -> None:
        """Close the connection."""
        if self.stream is not None:
            await self.stream.aclose()


async def read_reply(stream: trio.abc.ReceiveStream) -> Reply:
    """Read one answer with a Content-Length."""
    data = b""
    while True:
        head, end, body = data.partition(b"\r\n\r\n")
        if end:
            lines = head.lower().split(b"\r\n")
            (length,) = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
            if len(body) >= length:
                return Reply(int(data[9:12]), head.lower(), body[:length])
        chunk = await stream.receive_some()
        if not chunk:
            raise EOFError
        data += chunk


@attrs.define
class Load:
    """Senders that post until the server is gone, each event with a fingerprint of its own."""

    server: ServerProcess
    acknowledged: list[list[str]] = attrs.field(factory=list)
    """For each sender, the fingerprints that were acknowledged, in order."""
    sent: int = 0
    _count: int = 0
    _wanted: int = 0
    _enough: trio.Event = attrs.field(factory=trio.Event)

    async def run(self, senders: int) -> None:
        """Send until every connection has ended."""
        key = self.server.key()
        async with trio.open_nursery() as nursery:
            for number in range(senders):
                self.acknowledged.append([])
                nursery.start_soon(self._send, number, key)

    async def _send(self, number: int, key: str) -> None:
        sender = Sender(self.server.port, key)
        mine = self.acknowledged[number]
        size = 1 if number % 2 else 10
        try:
            for turn in range(1_000_000):
                names = [f"s{number}-{turn}-{n}" for n in range(size)]
                self.sent += size
                if size == 1:
                    reply = await sender.single(fingerprint=names[0])
                else:
                    reply = await sender.batch([an_event(fingerprint=name) for name in names])
                if reply.status != 200:
                    continue
                if size > 1 and reply.json["accepted"] != size:
                    continue
                mine += names
                self._count += size
                if self._count >= self._wanted:
                    self._enough.set()
        except (OSError, EOFError, trio.BrokenResourceError):
            await sender.aclose()

    def all_acknowledged(self) -> set[str]:
        """Return every acknowledged fingerprint."""
        return {name for mine in self.acknowledged for name in mine}

    async def until_acknowledged(self, events: int) -> None:
        """Wait until so many events are acknowledged."""
        self._wanted = events
        self._enough = trio.Event()
        with trio.fail_after(DEADLINE_SECS):
            await self._enough.wait()
