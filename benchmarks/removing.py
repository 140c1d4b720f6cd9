"""What clearing away a deleted project costs ingest: ``python -m benchmarks.removing [--events N] [--issues N]``.

Ingest of another project runs as fast as it is answered, first alone, then while a project goes, then alone again.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from benchmarks.load import Sent, Target, send
from benchmarks.payloads import an_event, bodies, write_requests
from benchmarks.server import ServerProcess
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import new_session_value
from bloop_trio.clock import MS_PER_DAY, now_ms, now_secs
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.events.batch import AcceptedEvent
from bloop_trio.issues.events.event import Event
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import create_project, ensure_default_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

BATCH: Final = 4_000
DAYS: Final = 7
SECONDS: Final = 8.0
CONNECTIONS: Final = 32
PAUSES_MS: Final = (0, 10)
"""Between the requests of a connection: none at all, and as many that the server is half idle."""


def main() -> None:
    """Print what the sender of the other project saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--issues", type=int, default=5_000)
    arguments = parser.parse_args()
    print("| load | | events/s | p50 ms | p99 ms | refused |\n|---|---|---|---|---|---|")
    for pause_ms in PAUSES_MS:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), arguments.events, arguments.issues, pause_ms)


def _measure(folder: Path, events: int, issues: int, pause_ms: int) -> None:
    session = new_session_value()
    with closing(open_connection(folder / "bloop.db")) as conn:
        _fill(conn, folder / "bloop.db", events, issues, session)
    with ServerProcess(folder) as server:
        requests = write_requests(folder, "load", bodies(5_000, 1_000), server.key())
        target = Target(scheme="http", port=server.port, key=server.key())

        def load(what: str) -> None:
            sent = send(target, requests, batch=False, connections=CONNECTIONS, seconds=SECONDS, pause_ms=pause_ms)
            _show(f"{pause_ms} ms", what, sent)

        load("warming up")
        load("alone")
        took: list[float] = []
        removing = threading.Thread(target=_delete, args=(server, session, took))
        removing.start()
        while removing.is_alive():
            load("while a project goes")
        removing.join()
        load("alone again")
        print(f"| {pause_ms} ms | gone after {took[0]:.1f} s | | | | |")


def _fill(conn: Connection, path: Path, events: int, issues: int, session: str) -> None:
    migrate(conn, path, now_secs())
    ensure_default_project(conn, now_secs())
    shop = create_project(conn, name="Shop", slug="shop", now_secs=now_secs())
    writer, chance = BatchWriter(conn, sample_reservoir_size=5), random.Random(3)
    for start in range(0, events, BATCH):
        received_ms = now_ms() - (DAYS - 1 - start * DAYS // events) * MS_PER_DAY
        batch = [
            AcceptedEvent(event, shop.no, event.error_type or "", received_ms)
            for event in (msgspec.convert(an_event(start + n, issues, chance), Event) for n in range(BATCH))
        ]
        writer.write(conn, batch)
        if writer.wants_dictionary:
            writer.train(conn)
    payloads = PayloadReader()
    while index_slice(conn, payloads):
        pass
    with transaction(conn):
        conn.execute("INSERT INTO users VALUES ('u', 'ada', 'ada', 1, 0)")
        conn.execute(
            "INSERT INTO sessions VALUES ('s', ?, 'u', ?, ?, ?, '', '')",
            (secret_hash(session), now_secs(), now_secs() + 86_400, now_secs()),
        )


def _delete(server: ServerProcess, session: str, took: list[float]) -> None:
    started = time.perf_counter()
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/v1/projects/shop", method="DELETE")
    request.add_header("Cookie", f"bloop_session={session}")
    urllib.request.urlopen(request, timeout=30).close()
    answered = time.perf_counter() - started
    while server.query("SELECT count(*) FROM projects WHERE deleted_secs IS NOT NULL"):
        time.sleep(0.05)
    took.append(time.perf_counter() - started)
    print(f"| | deleted, answered after {answered * 1000:.0f} ms | | | | |")


def _show(load: str, what: str, sent: Sent) -> None:
    rate = sent.requests / sent.seconds
    print(f"| {load} | {what} | {rate:,.0f} | {sent.p50_ms:.1f} | {sent.p99_ms:.1f} | {sent.refused} |", flush=True)


if __name__ == "__main__":
    main()
