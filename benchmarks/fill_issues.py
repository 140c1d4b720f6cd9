"""Fill a database with many issues, quickly: ``python -m benchmarks.fill_issues PATH ISSUES EVENTS``.

Events go straight into the tables of their days; every count is then derived from them in SQL, so that all agree. The
search index is the product's own. The events of one issue share a payload.
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import msgspec

from benchmarks.fill_texts import Texts, texts_of
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, now_ms
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.stored.days import create_day, day_of, event_table
from bloop_trio.issues.stored.payload import (
    TRAINING_EVENTS,
    PayloadPacker,
    PayloadReader,
    newest_dictionary,
    train_dictionary,
)
from bloop_trio.issues.writing.search_index import SLICE_ISSUES, index_slice
from bloop_trio.projects.store import ensure_default_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bloop_trio.db.connection import Connection

SPAN_DAYS: Final = 28
RING: Final = 5
"""The default of pipeline.sample_reservoir_size."""
ENVIRONMENTS: Final = {"prod": 900, "staging": 70, "test": 29, "canary": 1}
SOURCES: Final = {"api": 600, "web": 200, "ios": 110, "android": 85, "cron": 5}
ROUTES: Final = 5_000
RELEASES: Final = 50
_ISSUE_BITS: Final = 24


@attrs.define
class Plan:
    """Which events there are: one integer each, offset and issue, in the order of time."""

    events: list[int]
    counts: list[int]
    """Events of each issue."""


def main() -> None:
    """Fill a file that does not exist yet."""
    path, issues, events = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    started = time.perf_counter()

    def say(what: str) -> None:
        print(f"  {time.perf_counter() - started:6.1f} s: {what}", file=sys.stderr, flush=True)

    unfinished = path.with_suffix(".unfinished")
    for leftover in path.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()
    conn = open_connection(unfinished)
    migrate(conn, unfinished, int(time.time()))
    ensure_default_project(conn, int(time.time()))
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -2000000", "foreign_keys = OFF"):
        conn.execute(f"PRAGMA {pragma}")
    rng = random.Random(11)
    start_ms = now_ms() - SPAN_DAYS * MS_PER_DAY
    plan = make_plan(rng, issues, events)
    say("events planned")
    with _without_indexes(conn):
        payloads = _insert_issues(conn, rng, plan, start_ms)
        say("issues inserted")
        days = _insert_events(conn, rng, plan, payloads, start_ms)
        say("events inserted")
        del plan, payloads
        _derive(conn, days)
        say("counts derived")
    say("indexes made")
    conn.execute("PRAGMA journal_mode = WAL")
    reader = PayloadReader()
    while index_slice(conn, reader) == SLICE_ISSUES:
        pass
    say("search index made")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    conn.close()
    unfinished.rename(path)
    say(f"{path.stat().st_size / 1e9:.2f} GB")


def make_plan(rng: random.Random, issues: int, events: int) -> Plan:
    """Return the events of issues that came one after the other; a few issues have most of the events."""
    span_ms = SPAN_DAYS * MS_PER_DAY
    weights = [min(rng.paretovariate(1.0) - 1, issues / 20) for _ in range(issues)]
    per_weight = (events - issues) / sum(weights)
    planned: list[int] = []
    counts = []
    due = 0.0
    for issue, weight in enumerate(weights):
        due += weight * per_weight
        extra = int(due)
        due -= extra
        first_ms = int((issue + rng.random()) / issues * span_ms)
        # Most issues are seen for an hour or two; those that occur often, and a few others, until today.
        life_ms = span_ms - first_ms if extra > 200 or rng.random() < 0.05 else min(span_ms - first_ms, MS_PER_HOUR)
        planned.append(first_ms << _ISSUE_BITS | issue)
        planned += [first_ms + int(rng.random() * life_ms) << _ISSUE_BITS | issue for _ in range(extra)]
        counts.append(extra + 1)
    planned.sort()
    return Plan(planned, counts)


@contextmanager
def _without_indexes(conn: Connection) -> Iterator[None]:
    """Take the secondary indexes away and make them anew at the end, which is many times faster."""
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = conn.execute(found).fetchall()
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        conn.execute(sql)


def _insert_issues(conn: Connection, rng: random.Random, plan: Plan, start_ms: int) -> list[bytes]:
    """Insert issues and their fingerprints; returns the payload of each issue's events."""
    spans = [[0, 0] for _ in plan.counts]
    for event in plan.events:
        span = spans[event & (1 << _ISSUE_BITS) - 1]
        span[1] = start_ms + (event >> _ISSUE_BITS)
        span[0] = span[0] or span[1]
    sources, source_weights = list(SOURCES), list(accumulate(SOURCES.values()))
    route_weights = list(accumulate(1 / (rank + 1) for rank in range(ROUTES)))
    routes = [f"/api/v{rank % 3 + 1}/resource{rank}" for rank in range(ROUTES)]
    contents: list[bytes] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        total = len(plan.counts)
        for issue, (count, (first_ms, last_ms)) in enumerate(zip(plan.counts, spans, strict=True)):
            texts = texts_of(rng, issue)
            source = rng.choices(sources, cum_weights=source_weights)[0]
            route = rng.choices(routes, cum_weights=route_weights)[0] if rng.random() < 0.95 else None
            status = _status(rng, 1 - issue / total)
            contents.append(_payload(texts, source, route, first_ms))
            changed_ms = None if status == "unresolved" else last_ms + 1
            fingerprint = f"{rng.getrandbits(64):016x}"
            described = (texts.error_type, texts.message, source, route)
            yield (issue + 1, 1, fingerprint, status, first_ms, last_ms, count, *described, changed_ms)

    with transaction(conn):
        conn.executemany(
            "INSERT INTO issues (id, project_no, fingerprint, status, first_seen_ms, last_seen_ms, total_count,"
            " error_type, message, source, route_or_procedure, status_changed_ms)"
            f" VALUES ({', '.join('?' * 12)})",
            rows(),
        )
        conn.execute(
            "INSERT INTO issue_fingerprints (id, project_no, fingerprint, issue_id)"
            " SELECT id, project_no, fingerprint, id FROM issues"
        )
        conn.execute(
            "INSERT INTO status_changes (issue_id, old_status, new_status, changed_ms, changed_by)"
            " SELECT id, 'unresolved', status, status_changed_ms, 'token:bench' FROM issues WHERE status <> 'unresolved'"
        )
    return _packed(conn, contents)


def _status(rng: random.Random, age: float) -> str:
    draw = rng.random()
    if draw < 0.14 * 3 * age**2:  # old ones mostly: 14 % altogether
        return "resolved"
    return "ignored" if draw > 0.97 else "muted" if draw > 0.94 else "unresolved"


def _payload(texts: Texts, source: str, route: str | None, timestamp_ms: int) -> bytes:
    return msgspec.json.encode(
        {
            "timestamp": timestamp_ms,
            "source": source,
            "error_type": texts.error_type,
            "message": texts.message,
            "route_or_procedure": route,
            "stack": texts.stack,
            "http_status": 500,
            "request_id": f"req-{timestamp_ms:x}",
            "user_id_hash": f"{timestamp_ms * 2654435761 % 2**64:016x}",
            "metadata": {"region": "eu-1", "attempt": timestamp_ms % 4},
        }
    )


def _packed(conn: Connection, contents: list[bytes]) -> list[bytes]:
    """Compress as the writer does, with a dictionary trained on the first of them."""
    with transaction(conn):
        create_day(conn, "19700101")
        conn.executemany(
            "INSERT INTO events_19700101 VALUES (NULL, 0, 0, 0, 1, '', '', '', ?)",
            [(blob,) for blob in PayloadPacker().pack(contents[:TRAINING_EVENTS])],
        )
        train_dictionary(conn, now_ms())
        conn.execute("DROP TABLE events_19700101")
        conn.execute("DROP TABLE event_ids_19700101")
    packer = PayloadPacker(newest_dictionary(conn))
    packed: list[bytes] = []
    for start in range(0, len(contents), 10_000):
        packed += packer.pack(contents[start : start + 10_000])
    return packed


def _insert_events(conn: Connection, rng: random.Random, plan: Plan, payloads: list[bytes], start_ms: int) -> list[str]:
    """Insert the events and say which are samples (in a table `placed`); returns the days."""
    names, weights = list(ENVIRONMENTS), list(accumulate(ENVIRONMENTS.values()))
    homes = rng.choices(names, cum_weights=weights, k=len(plan.counts))
    sources = [source for (source,) in conn.execute("SELECT source FROM issues ORDER BY id")]
    release_at = _release_at(rng)
    span_ms = SPAN_DAYS * MS_PER_DAY
    seen = [0] * len(plan.counts)
    by_day: dict[str, list[tuple[Any, ...]]] = {}
    placed: list[tuple[int, int]] = []
    days: list[str] = []

    def write() -> None:
        for day, rows in by_day.items():
            if day not in days:
                create_day(conn, day)
                conn.execute(f"DROP INDEX {event_table(day)}_by_fingerprint")
                days.append(day)
            conn.executemany(f"INSERT INTO {event_table(day)} VALUES ({', '.join('?' * 9)})", rows)
        conn.executemany("INSERT INTO placed VALUES (?, ?)", placed)
        by_day.clear()
        placed.clear()

    with transaction(conn):
        conn.execute("CREATE TEMP TABLE placed (event_id INTEGER PRIMARY KEY, slot INTEGER NOT NULL)")
        day, day_ends_ms = "", 0
        for event_id, event in enumerate(plan.events, 1):
            issue, offset_ms = event & (1 << _ISSUE_BITS) - 1, event >> _ISSUE_BITS
            received_ms = start_ms + offset_ms
            if received_ms >= day_ends_ms:
                write()
                day, day_ends_ms = day_of(received_ms), (received_ms // MS_PER_DAY + 1) * MS_PER_DAY
            environment = homes[issue] if rng.random() < 0.98 else rng.choices(names, cum_weights=weights)[0]
            release = release_at[offset_ms * len(release_at) // span_ms]
            where = (release, environment, sources[issue])
            row = (event_id, received_ms, received_ms - 40, issue + 1, 1, *where, payloads[issue])
            by_day.setdefault(day, []).append(row)
            if seen[issue] >= plan.counts[issue] - RING:
                placed.append((event_id, seen[issue] % RING))
            seen[issue] += 1
        write()
        conn.execute("UPDATE sequences SET value = ? WHERE name = 'event_id'", (len(plan.events),))
        for name, table in (("issue_id", "issues"), ("status_change_id", "status_changes")):
            conn.execute(f"UPDATE sequences SET value = (SELECT max(id) FROM {table}) WHERE name = ?", (name,))
    return days


def _release_at(rng: random.Random) -> list[str]:
    """Return which release was out at each thousandth of the time; every tenth one was replaced at once."""
    widths = [1 if number % 10 == 9 else rng.randrange(10, 32) for number in range(RELEASES)]
    return [f"4.{number // 10}.{number % 10}" for number, width in enumerate(widths) for _ in range(width)]


def _derive(conn: Connection, days: list[str]) -> None:
    """Fill every table that follows from issues and events."""
    every = " UNION ALL ".join(
        f"SELECT fingerprint_id, release, environment, received_ms FROM {event_table(day)}" for day in days
    )
    hour = f"received_ms - received_ms % {MS_PER_HOUR}"
    statements = [
        "INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
        " route_or_procedure, total_count, first_seen_ms, last_seen_ms)"
        " SELECT g.id, i.id, g.release, g.environment, 1, i.status, i.source, i.route_or_procedure, g.n, g.first, g.last FROM"
        " (SELECT fingerprint_id AS id, release, environment, count(*) AS n, min(received_ms) AS first,"
        f" max(received_ms) AS last FROM ({every}) GROUP BY 1, 2, 3) AS g CROSS JOIN issues AS i ON i.id = g.id"
        " ORDER BY g.first",
        "INSERT INTO issue_totals SELECT project_no, status, count(*) FROM issues GROUP BY 1, 2",
        *(
            f"INSERT INTO facet_counts SELECT 1, '{facet}', {column}, sum(total_count), max(last_seen_ms)"
            f" FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}"
            for facet, column, table in (
                ("release", "release", "issue_counts"),
                ("environment", "environment", "issue_counts"),
                ("source", "source", "issues"),
                ("route", "route_or_procedure", "issues"),
            )
        ),
        "INSERT INTO project_counts_hourly (project_no, hour_ms, count)"
        f" SELECT 1, {hour} AS hour_start, count(*) FROM ({every}) GROUP BY hour_start",
    ]
    for day in days:
        table = event_table(day)
        statements += [
            f"INSERT INTO event_counts_hourly SELECT fingerprint_id, {hour}, environment, source, count(*) FROM {table}"
            " GROUP BY 1, 2, 3, 4",
            "INSERT INTO samples SELECT fingerprint_id, slot, id, received_ms, timestamp_ms, release, environment,"
            f" source, payload FROM {table} CROSS JOIN placed ON event_id = id ORDER BY fingerprint_id, slot",
            f"CREATE INDEX {table}_by_fingerprint ON {table} (fingerprint_id)",
        ]
    for statement in statements:
        with transaction(conn):
            conn.execute(statement)


if __name__ == "__main__":
    main()
