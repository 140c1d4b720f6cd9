"""What insights cost: ``python -m benchmarks.projecting [--seconds N] [--rounds N] [--hours N ...]``.

Two servers, one of them with insights, take the same load by turns, while the projection's lag is looked at. Then one
server makes the projection anew from a database with many counts by hour, and answers all questions.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import attrs

from benchmarks.load import Target, events_of, send
from benchmarks.payloads import BATCH_SIZE, bodies, write_requests
from benchmarks.server import ServerProcess
from bloop_trio.analytics.files import projection_path
from bloop_trio.clock import MS_PER_HOUR, now_ms, now_secs
from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.projects.store import ensure_default_project

CONNECTIONS: Final = 32
ISSUES: Final = 3_000
SPAN_HOURS: Final = 720
ROUTES: Final = ("spikes", "movers", "correlations", "releases", "environments")
_ENVIRONMENTS: Final = ("prod", "staging", "test", "canary")


@attrs.frozen
class Round:
    """One load on one server."""

    events_per_sec: float
    cpu_us: float
    """Processor time of the server for an event."""
    p99_ms: float
    lags_secs: list[float]


def main() -> None:
    """Print what ingest pays, then what making it anew and asking it take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--issues", type=int, default=1_000)
    parser.add_argument("--hours", type=int, nargs="*", default=[500_000, 5_000_000], help="rows of counts by hour")
    arguments = parser.parse_args()
    if arguments.rounds:
        print("| load | without insights | with | ratio | CPU µs/event | p99 ms | lag p50 / max s |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for batch in (False, True):
            _compare(arguments, batch=batch)
    for rows in arguments.hours:
        with tempfile.TemporaryDirectory() as folder:
            _rebuild(Path(folder), rows)


def _compare(arguments: argparse.Namespace, *, batch: bool) -> None:
    with ExitStack() as stack:
        servers = [_start(stack, ANALYTICS=is_on) for is_on in ("false", "true")]
        made = bodies(500 if batch else 5_000, arguments.issues, BATCH_SIZE if batch else 1)
        requests = [write_requests(server.folder, "load", made, server.key()) for server in servers]
        rounds: tuple[list[Round], list[Round]] = ([], [])
        for number in range(arguments.rounds + 1):
            for index in (0, 1) if number % 2 else (1, 0):
                load = _load(servers[index], requests[index], arguments.seconds if number else 2, batch=batch)
                if number:  # the first is for warming up
                    rounds[index].append(load)
        _show("batches of 50" if batch else "single", *rounds)
        print(f"| | RSS MB {servers[0].rss_mb():.0f} | {servers[1].rss_mb():.0f} | | | |", flush=True)


def _start(stack: ExitStack, **settings: str) -> ServerProcess:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(ServerProcess(folder, BLOOP__ANALYTICS__ENABLED=settings["ANALYTICS"]))


def _load(server: ServerProcess, requests: Path, seconds: float, *, batch: bool) -> Round:
    target = Target(scheme="http", port=server.port, key=server.key())
    stored, cpu_secs = server.metric("bloop_events_stored_total"), server.cpu_secs()
    lags: list[float] = []
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(server, lags, over))
    watch.start()
    sent = send(target, requests, batch=batch, connections=CONNECTIONS, seconds=seconds)
    over.set()
    watch.join()
    while server.metric("bloop_events_in_buffer"):
        time.sleep(0.1)
    events = server.metric("bloop_events_stored_total") - stored
    cpu_us = (server.cpu_secs() - cpu_secs) / events * 1e6
    return Round(events_of(sent, batch=batch) / sent.seconds, cpu_us, sent.p99_ms, lags)


def _watch(server: ServerProcess, lags: list[float], over: threading.Event) -> None:
    while not over.wait(0.25):
        lags.append(server.metric("bloop_analytics_lag_seconds"))


def _show(load: str, without: list[Round], with_them: list[Round]) -> None:
    def middle(rounds: list[Round], name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in rounds))

    rates = [middle(rounds, "events_per_sec") for rounds in (without, with_them)]
    cpu = " / ".join(f"{middle(rounds, 'cpu_us'):.0f}" for rounds in (without, with_them))
    p99 = " / ".join(f"{middle(rounds, 'p99_ms'):.1f}" for rounds in (without, with_them))
    lags = [lag for one in with_them for lag in one.lags_secs]
    lag = f"{statistics.median(lags):.2f} / {max(lags):.2f}"
    print(
        f"| {load} | {rates[0]:,.0f} | {rates[1]:,.0f} | {rates[1] / rates[0]:.3f} | {cpu} | {p99} | {lag} |",
        flush=True,
    )
    for one, other in zip(without, with_them, strict=True):
        print(f"| | {one.events_per_sec:,.0f} | {other.events_per_sec:,.0f} | | | | |")


def _rebuild(folder: Path, rows: int) -> None:
    rows = fill(folder / "bloop.db", rows)
    with ServerProcess(folder, BLOOP__ANALYTICS__CACHE_TTL_SECS="0") as server:
        started = time.perf_counter()
        while server.metric("bloop_analytics_progress_ratio") < 1:
            time.sleep(0.05)
        secs = time.perf_counter() - started
        rebuilt_mb, cpu_secs = server.rss_mb(), server.cpu_secs()
    size_mb = projection_path(folder / "bloop.db").stat().st_size / 1e6
    print(
        f"\n{rows:,} hours: made anew in {secs:.1f} s, {secs / rows * 1e6:.1f} µs a row, of which the server has worked"
        f" {cpu_secs / rows * 1e6:.1f} µs; file {size_mb:.0f} MB",
        flush=True,
    )
    with ServerProcess(folder, BLOOP__ANALYTICS__CACHE_TTL_SECS="0") as server:
        while server.metric("bloop_analytics_progress_ratio") < 1:
            time.sleep(0.05)
        time.sleep(2)
        idle_mb, most_mb = server.rss_mb(), 0.0
        token = server.create_token()
        for hours in (24, 720):
            for route in ROUTES:
                times = []
                for _ in range(4):
                    begun = time.perf_counter()
                    server.get(f"/v1/analytics/{route}?hours={hours}", token)
                    times.append((time.perf_counter() - begun) * 1000)
                    most_mb = max(most_mb, server.rss_mb())
                print(f"  {route} {hours} h: first {times[0]:.0f} ms, then {statistics.median(times[1:]):.0f} ms")
        print(
            f"  RSS: after the rebuild {rebuilt_mb:.0f} MB, idle {idle_mb:.0f} MB, asked {most_mb:.0f} MB", flush=True
        )


def fill(path: Path, rows: int) -> int:
    """Fill a new database with so many counts by hour, of 3,000 errors; returns how many there are."""
    with closing(open_connection(path)) as conn:
        migrate(conn, path, now_secs())
        ensure_default_project(conn, now_secs())
        per_hour = rows / ISSUES / SPAN_HOURS
        newest_ms = now_ms() // MS_PER_HOUR * MS_PER_HOUR
        (trigger,) = conn.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'event_counts_hourly_inserted'"
        ).fetchone()
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("DROP TRIGGER event_counts_hourly_inserted")  # counted once, at the end
        conn.execute("BEGIN")
        numbers = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
        conn.execute(
            f"{numbers} INSERT INTO issues (id, project_no, fingerprint, status, first_seen_ms, last_seen_ms, total_count,"
            " error_type, message, source) SELECT i, 1, 'f' || i, 'unresolved', ?2, ?3, 100, 'TypeError',"
            " 'message of the error ' || i, 'api' FROM n",
            (ISSUES, newest_ms - SPAN_HOURS * MS_PER_HOUR, newest_ms),
        )
        conn.execute(
            "INSERT INTO issue_fingerprints (id, project_no, fingerprint, issue_id) SELECT id, 1, fingerprint, id FROM issues"
        )
        conn.execute(
            "INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
            " total_count, first_seen_ms, last_seen_ms) SELECT i.id, i.id, r.value, e.value, 1, 'unresolved', 'api', 12,"
            " i.first_seen_ms + r.value * 3600000, i.last_seen_ms FROM issues AS i CROSS JOIN json_each('[1,2,3,4,5]') AS r"
            ' CROSS JOIN json_each(\'["prod","staging"]\') AS e'
        )
        for number, environment in enumerate(_ENVIRONMENTS):
            share = min(1.0, per_hour - number)
            if share > 0:
                conn.execute(
                    f"{numbers} INSERT INTO event_counts_hourly (fingerprint_id, hour_ms, environment, source, count)"
                    " SELECT f.id, ?2 - (n.i - 1) * 3600000, ?3, 'api', 1 + abs(random()) % 20"
                    " FROM issue_fingerprints AS f CROSS JOIN n WHERE abs(random()) % 1000 < ?4",
                    (SPAN_HOURS, newest_ms, environment, int(share * 1000)),
                )
        (count,) = conn.execute("SELECT count(*) FROM event_counts_hourly").fetchone()
        conn.execute("UPDATE row_counts SET count = ? WHERE name = 'event_counts_hourly'", (count,))
        conn.execute(trigger)
        conn.execute("COMMIT")
    return int(count)


if __name__ == "__main__":
    main()
