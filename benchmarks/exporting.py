"""How fast a project is exported, and what it costs others: ``python -m benchmarks.exporting [--rows N]``."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec

from benchmarks.payloads import an_event
from benchmarks.server import ServerProcess
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.events.batch import AcceptedEvent
from bloop_trio.issues.events.event import Event
from bloop_trio.issues.stored.days import event_tables
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import ensure_default_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection

ISSUES = 5_000
LARGEST = "CheckoutError0"
"""The issue with a quarter of all events."""
WRITTEN_ROWS = 200_000
"""Events that are written like any others; further ones are copies of them, which is much faster."""
BATCH = 4_000
RECEIVE_BYTES = 1 << 20
PATHS = ("/health", "/v1/errors")
HEADER = (
    "| export | lines/s | x plain loop | CPU µs/line | MB/s | before MB | peak MB | "
    + " | ".join(f"{path} p50/p99 ms" for path in PATHS)
    + " |\n|---|---|---|---|---|---|"
    + "---|" * len(PATHS)
)


@attrs.frozen
class Drained:
    """What a client got."""

    lines: int
    bytes: int
    seconds: float


def main() -> None:
    """Fill a database, export it over HTTP, and print a row for each way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exporting", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="stored occurrences")
    parser.add_argument("--drain", nargs=2, metavar=("URL", "TOKEN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drain:
        print(json.dumps(attrs.asdict(drain(*options.drain))))
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bloop.db"
        fill(database, options.rows)
        plain = plain_loop(database, min(options.rows, WRITTEN_ROWS))
        print(f"{options.rows:,} occurrences, {database.stat().st_size / 1e6:.0f} MB")
        print(f"plain loop of SELECT and json.dumps: {plain:,.0f} rows/s\n")
        print(HEADER)
        with ServerProcess(Path(folder)) as server:
            token = server.create_token()
            idle = watch(server, token, until_after(3))
            print(f"| none | | | | | {server.rss_mb():.0f} | | {shown(idle)} |", flush=True)
            occurrences = f"/v1/errors/{LARGEST}/occurrences?format="
            for name, path in (
                ("project", "/v1/export"),
                ("project again", "/v1/export"),
                ("error as jsonl", f"{occurrences}jsonl"),
                ("error as csv", f"{occurrences}csv"),
            ):
                print(row(server, token, name, path, plain), flush=True)


def row(server: ServerProcess, token: str, name: str, path: str, plain: float) -> str:
    """Export once while others ask, and return the line of the table."""
    before_mb, before_secs = server.rss_mb(), server.cpu_secs()
    command = [sys.executable, "-m", "benchmarks.exporting", "--drain", f"http://127.0.0.1:{server.port}{path}", token]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
        latencies = watch(server, token, lambda: client.poll() is not None)
        output, _ = client.communicate()
    got = Drained(**json.loads(output))
    per_sec = got.lines / got.seconds
    cpu_us = (server.cpu_secs() - before_secs) / got.lines * 1e6
    return (
        f"| {name} ({got.lines:,} lines) | {per_sec:,.0f} | {per_sec / plain:.1f} | {cpu_us:.1f}"
        f" | {got.bytes / got.seconds / 1e6:.0f} | {before_mb:.0f} | {server.peak_rss_mb():.0f} | {shown(latencies)} |"
    )


def drain(url: str, token: str) -> Drained:
    """Read an answer to its end, and count its lines; in a table those that end a row."""
    end = b"\r\n" if url.endswith("csv") else b"\n"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    lines = size = 0
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        while chunk := answer.read1(RECEIVE_BYTES):
            lines += chunk.count(end)
            size += len(chunk)
    return Drained(lines, size, time.perf_counter() - started)


def watch(server: ServerProcess, token: str, ended: Callable[[], bool]) -> dict[str, list[float]]:
    """Ask for each of `PATHS` in turn until it has ended; returns how many milliseconds each answer took."""
    latencies: dict[str, list[float]] = {path: [] for path in PATHS}
    while not ended():
        for path, taken in latencies.items():
            started = time.perf_counter()
            server.get(path, token)
            taken.append((time.perf_counter() - started) * 1000)
        time.sleep(0.01)
    return latencies


def until_after(seconds: float) -> Callable[[], bool]:
    """Return a condition that comes true after so many seconds."""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def shown(latencies: dict[str, list[float]]) -> str:
    """Return the cells of the latencies."""
    return " | ".join(
        f"{statistics.median(taken):.1f}/{sorted(taken)[int(len(taken) * 0.99)]:.1f}" if taken else ""
        for taken in latencies.values()
    )


def fill(path: Path, rows: int) -> None:
    """Write so many occurrences of `ISSUES` issues."""
    now_ms = int(time.time() * 1000)
    rng, decode = random.Random(7), msgspec.json.Decoder(Event).decode
    with closing(open_connection(path)) as conn:
        migrate(conn, path, now_ms // 1000)
        project_no = ensure_default_project(conn, now_ms // 1000).no
        writer = BatchWriter(conn, sample_reservoir_size=5)
        for start in range(0, min(rows, WRITTEN_ROWS), BATCH):
            batch = []
            for number in range(start, min(start + BATCH, rows, WRITTEN_ROWS)):
                event = an_event(number, ISSUES if number % 4 else 1, rng)
                sent = json.dumps(event, separators=(",", ":")).encode()
                fingerprint = str(event["error_type"])
                batch.append(AcceptedEvent(decode(sent), project_no, fingerprint, now_ms, payload=sent))
            writer.write(conn, batch)
            if writer.wants_dictionary:
                writer.train(conn)
        _copy_events(conn, rows)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _copy_events(conn: Connection, rows: int) -> None:
    """Copy the stored events until there are so many."""
    table = event_tables(conn)[0]
    columns = "received_ms, timestamp_ms, fingerprint_id, project_no, release, environment, source, payload"
    (last,) = conn.execute(f"SELECT max(id) FROM {table}").fetchone()
    while last < rows:
        step = min(last, rows - last, WRITTEN_ROWS)
        with transaction(conn):
            conn.execute(
                f"INSERT INTO {table} (id, {columns}) SELECT id + ?, {columns} FROM {table} WHERE id <= ?", (last, step)
            )
            last += step
            conn.execute("UPDATE sequences SET value = ? WHERE name = 'event_id'", (last,))


def plain_loop(path: Path, rows: int) -> float:
    """Return how many rows a second the obvious program writes: select, decode, encode, one by one."""
    payloads = PayloadReader()
    with closing(open_connection(path, read_only=True)) as conn, Path("/dev/null").open("w", encoding="utf-8") as out:
        table = event_tables(conn)[0]
        started = time.perf_counter()
        for *values, blob in conn.execute(
            "SELECT e.id, e.received_ms, e.timestamp_ms, e.source, e.environment, e.release, i.fingerprint, e.payload"
            f" FROM {table} AS e JOIN issue_fingerprints AS f ON f.id = e.fingerprint_id"
            " JOIN issues AS i ON i.id = f.issue_id ORDER BY e.id LIMIT ?",
            (rows,),
        ):
            names = ("id", "received_at", "timestamp", "source", "environment", "release", "fingerprint")
            out.write(json.dumps(payloads.decode(conn, blob) | dict(zip(names, values, strict=True))) + "\n")
        return rows / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
