"""The rows of the table: each starts its own server in an empty folder and counts rows, not answers."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs

from benchmarks.alert_rules import make_rules
from benchmarks.load import Sent, Target, events_of, send
from benchmarks.payloads import BATCH_SIZE, bodies, write_requests
from benchmarks.server import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.frozen(kw_only=True)
class Case:
    """What is sent, and to what kind of server."""

    name: str
    batch: bool = False
    connections: int = 32
    ordinary_road: bool = False
    tls: bool = False
    fingerprints: int = 200
    settings: dict[str, str] = attrs.field(factory=dict)
    queries: bool = False
    """Whether the list of errors is read at the same time, again and again."""
    rules: bool = False
    """Whether there are 200 alert rules."""


@attrs.frozen(kw_only=True)
class Row:
    """What came of a case."""

    case: Case
    committed_per_sec: float
    """Committed events over the time of sending and draining."""
    sent: Sent
    committed: int
    dropped: int
    cpu_us: float
    """Processor time of the whole server process for each committed event."""
    idle_mb: float
    peak_mb: float
    query_p50_ms: float | None = None


CASES = (
    Case(name="ordinary road, single", ordinary_road=True),
    Case(name="single"),
    Case(name="single, reading meanwhile", queries=True),
    Case(name="single, 200 alert rules", rules=True),
    Case(name="single, TLS", tls=True),
    Case(name="batch of 50", batch=True),
    Case(name="batch of 50, 200 alert rules", batch=True, rules=True),
    Case(name="durable, 64 connections", connections=64, settings={"bloop__ingest__ack": "durable"}),
    Case(name="durable, 256 connections", connections=256, settings={"bloop__ingest__ack": "durable"}),
    Case(name="durable, batch of 50", batch=True, settings={"bloop__ingest__ack": "durable"}),
    Case(
        name="flood: batches, tiny buffer, no wait",
        batch=True,
        connections=64,
        settings={"bloop__ingest__channel_capacity": "1000", "bloop__ingest__max_wait_ms": "0"},
    ),
)
GROWTH = tuple(
    Case(name=f"{'batch' if batch else 'single'}, {count:,} issues", batch=batch, fingerprints=count)
    for batch in (False, True)
    for count in (1_000, 10_000, 100_000, 1_000_000)
)


def run_case(case: Case, seconds: float) -> Row:
    """Start a server, send for `seconds`, let it drain, and count."""
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder), tls=case.tls, **case.settings) as server:
        if case.rules:
            make_rules(server.database)
        key = server.key()
        requests = _write_requests(case, Path(folder), key)
        target = Target(scheme=server.scheme, port=server.port, key=key)
        with _Reader(server, case.queries) as reader:
            cpu_before = server.cpu_secs()
            sent = send(
                target,
                requests,
                batch=case.batch,
                connections=case.connections,
                seconds=seconds,
                ordinary_road=case.ordinary_road,
            )
        drain_secs = server.wait_drained()
        committed = server.committed()
        return Row(
            case=case,
            committed_per_sec=committed / (sent.seconds + drain_secs),
            sent=sent,
            committed=committed,
            dropped=0 if case.tls else int(server.metric("bloop_events_dropped_total")),
            cpu_us=(server.cpu_secs() - cpu_before) / max(committed, 1) * 1e6,
            idle_mb=server.idle_rss_mb,
            peak_mb=server.peak_rss_mb(),
            query_p50_ms=reader.p50_ms(),
        )


def _write_requests(case: Case, folder: Path, key: str) -> Path:
    # Enough distinct events that every issue can occur, but not more than the generator can hold.
    events = max(4_000, min(case.fingerprints, 400_000))
    count = events // BATCH_SIZE if case.batch else events
    return write_requests(folder, "load", bodies(count, case.fingerprints, BATCH_SIZE if case.batch else 1), key)


class _Reader:
    """Reads the list of errors while a load runs."""

    def __init__(self, server: ServerProcess, active: bool) -> None:
        self._server = server
        self._active = active
        self._latencies: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        if self._active:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._active:
            self._thread.join()

    def _read(self) -> None:
        token = self._server.create_token()
        while not self._ended.is_set():
            started = time.perf_counter()
            self._server.get("/v1/errors", token)
            self._latencies.append((time.perf_counter() - started) * 1000)

    def p50_ms(self) -> float | None:
        return statistics.median(self._latencies) if self._latencies else None


def start_with_large_database(gigabytes: float, fill: Callable[[Path, float], int]) -> tuple[float, int]:
    """Return how long a server with a database of this size takes until it is healthy, and the size in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        size = fill(Path(folder) / "bloop.db", gigabytes)
        with ServerProcess(Path(folder)) as server:
            return server.start_secs, size


def fill(path: Path, gigabytes: float) -> int:
    """Write events until the database has this size; returns its size in bytes."""
    subprocess.run([sys.executable, "-m", "benchmarks.fill", str(path), str(gigabytes)], check=True)
    return path.stat().st_size


def soak(seconds: float) -> list[tuple[float, float]]:
    """Send singles for `seconds` and return (second, resident megabytes) at twenty moments."""
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder)) as server:
        key = server.key()
        requests = _write_requests(Case(name="soak"), Path(folder), key)
        target = Target(scheme="http", port=server.port, key=key)
        seen = []
        for step in range(20):
            send(target, requests, batch=False, connections=32, seconds=seconds / 20)
            seen.append(((step + 1) * seconds / 20, server.rss_mb()))
        return seen


def answered_events(row: Row) -> int:
    """Return the events that the generator saw answered."""
    return events_of(row.sent, batch=row.case.batch)
