"""What a purge costs ingest: ``python -m benchmarks.purging [--events N] [--mixed]``.

Half of the events in the database have aged out: whole days of them, or with ``--mixed`` every second event on days that
another project still needs. Ingest runs at half of what is answered at most, first alone, then while an administrator
purges, then alone again.
"""

from __future__ import annotations

import argparse
import json
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
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import create_project, ensure_default_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

BATCH: Final = 4_000
ISSUES: Final = 1_000
AGES_DAYS: Final = (6, 5, 4, 3)
SECONDS: Final = 8.0
CONNECTIONS: Final = 32


def main() -> None:
    """Print what the senders saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--mixed", action="store_true")
    arguments = parser.parse_args()
    session = new_session_value()
    with tempfile.TemporaryDirectory() as folder:
        with closing(open_connection(Path(folder) / "bloop.db")) as conn:
            _fill(conn, Path(folder) / "bloop.db", arguments.events, session, mixed=arguments.mixed)
        with ServerProcess(Path(folder)) as server:
            _measure(Path(folder), server, session)


def _measure(folder: Path, server: ServerProcess, session: str) -> None:
    requests = write_requests(folder, "load", bodies(5_000, ISSUES), server.key())
    target = Target(scheme="http", port=server.port, key=server.key())
    pause_ms = 0

    def load(what: str) -> Sent:
        dropped = server.metric("bloop_events_dropped_total")
        sent = send(target, requests, batch=False, connections=CONNECTIONS, seconds=SECONDS, pause_ms=pause_ms)
        _show(what, sent, int(server.metric("bloop_events_dropped_total") - dropped))
        return sent

    print("| | events/s | p50 ms | p99 ms | refused | dropped |\n|---|---|---|---|---|---|")
    load("warming up")
    most = load("as fast as answered")
    pause_ms = round(CONNECTIONS / (most.requests / most.seconds / 2) * 1000)
    load("at half of it, alone")
    before = server.database.stat().st_size
    purging = threading.Thread(target=_purge, args=(server, session))
    purging.start()
    while purging.is_alive():
        load("while purging")
    purging.join()
    load("alone again")
    print(f"| the file: {before / 1e6:,.0f} MB, then {server.database.stat().st_size / 1e6:,.0f} MB | | | | | |")


def _fill(conn: Connection, path: Path, events: int, session: str, *, mixed: bool) -> None:
    """Store as many events of one project as of the other, by turns or one after the other."""
    migrate(conn, path, now_secs())
    default = ensure_default_project(conn, now_secs())
    shop = create_project(conn, name="Shop", slug="shop", now_secs=now_secs())
    chance = random.Random(3)
    made = [msgspec.convert(an_event(number, ISSUES, chance), Event) for number in range(2 * BATCH)]
    numbers = (shop.no, default.no)
    writer = BatchWriter(conn, sample_reservoir_size=5)
    for start in range(0, events, BATCH):
        received_ms = now_ms() - AGES_DAYS[start * len(AGES_DAYS) // events] * MS_PER_DAY
        first = start % len(made)
        batch = [
            AcceptedEvent(
                event, numbers[number % 2 if mixed else start * 2 // events], event.error_type or "", received_ms
            )
            for number, event in enumerate(made[first : first + BATCH])
        ]
        writer.write(conn, batch)
        if writer.wants_dictionary:
            writer.train(conn)
    with transaction(conn):
        conn.execute("INSERT INTO retention_settings VALUES ('raw_events_days', 30)")
        conn.execute("INSERT INTO users VALUES ('u', 'ada', 'ada', 1, 0)")
        conn.execute(
            "INSERT INTO sessions VALUES ('s', ?, 'u', ?, ?, ?, '', '')",
            (secret_hash(session), now_secs(), now_secs() + 86_400, now_secs()),
        )


def _purge(server: ServerProcess, session: str) -> None:
    def ask(method: str, path: str, body: object) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", json.dumps(body).encode())
        request.method = method
        request.add_header("Cookie", f"bloop_session={session}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=600) as reply:
            return bytes(reply.read())

    ask("PUT", "/v1/admin/retention", {"per_project": [{"project_id": "shop", "raw_events_days": 1}]})
    started = time.perf_counter()
    reply = ask("POST", "/v1/admin/retention/purge", {"confirm": True}).decode()
    print(f"| purged in {time.perf_counter() - started:.1f} s: {reply} | | | | | |", flush=True)


def _show(what: str, sent: Sent, dropped: int) -> None:
    rate = sent.requests / sent.seconds
    print(f"| {what} | {rate:,.0f} | {sent.p50_ms:.1f} | {sent.p99_ms:.1f} | {sent.refused} | {dropped} |", flush=True)


if __name__ == "__main__":
    main()
