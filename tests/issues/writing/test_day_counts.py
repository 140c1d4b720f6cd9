"""How many events a project has in each day's table is known without counting, whatever adds to it or takes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.db.connection import StoreError
from bloop_trio.issues.writing.day_counts import count_old_days
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

Counts = list[tuple[str, int, int]]


def kept(conn: Connection) -> Counts:
    return conn.execute(
        "SELECT day, project_no, count FROM event_day_counts WHERE count <> 0 ORDER BY day, project_no"
    ).fetchall()


def counted(conn: Connection) -> Counts:
    """Return the same, counted row by row."""
    found: Counts = []
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'events_[0-9]*' ORDER BY name"
    for (table,) in conn.execute(names).fetchall():
        sql = f"SELECT ?, project_no, count(*) FROM {table} GROUP BY project_no ORDER BY project_no"
        found += conn.execute(sql, (table.removeprefix("events_"),))
    return found


def test_a_batch_over_midnight_counts_on_both_days(connection: Connection, batches: BatchWriter) -> None:
    insert_project(connection, "shop")
    midnight_ms = NOW_MS - NOW_MS % MS_PER_DAY
    batch = [accepted(project_no=no, received_ms=midnight_ms + ms) for no in (1, 2, 1) for ms in (-1, 0, 1)]
    batches.write(connection, batch)
    assert kept(connection) == counted(connection)
    assert kept(connection) == [("20251231", 1, 2), ("20251231", 2, 1), ("20260101", 1, 4), ("20260101", 2, 2)]


def test_retries_of_an_event_count_once(connection: Connection, batches: BatchWriter) -> None:
    for _ in range(3):
        event = accepted()
        event.id_hash = 7
        batches.write(connection, [event, accepted()])
    assert kept(connection) == counted(connection) == [("20260101", 1, 4)]


def test_a_batch_that_fails_counts_nothing(connection: Connection, batches: BatchWriter) -> None:
    connection.execute("CREATE TRIGGER no BEFORE UPDATE ON sequences BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(StoreError):
        batches.write(connection, [accepted()])
    assert kept(connection) == []


def test_days_of_an_older_version_are_counted_once(connection: Connection, batches: BatchWriter) -> None:
    insert_project(connection, "shop")
    days_ago = (0, 1, 1, 3)
    batch = [
        accepted(project_no=1 + n % 2, received_ms=NOW_MS - n * MS_PER_DAY) for n in sorted(days_ago, reverse=True)
    ]
    batches.write(connection, batch)
    before = kept(connection)
    assert before == counted(connection)
    connection.execute("DELETE FROM event_day_counts WHERE day < '20260101'")
    # The count of the 31st comes from what was stored after the upgrade; the 1st of December has gone since.
    connection.execute("INSERT INTO event_day_counts (day, project_no, count) VALUES ('20251231', 2, 1)")
    connection.execute("INSERT INTO uncounted_days VALUES ('20251201'), ('20251229'), ('20251231')")
    assert count_old_days(connection) == ["20251201", "20251229", "20251231"]
    assert kept(connection) == before
    assert count_old_days(connection) == []


def test_rows_of_counts_by_the_hour_are_counted_as_they_come_and_go(
    connection: Connection, batches: BatchWriter
) -> None:
    for hour in (0, 0, 1, 5):
        event = accepted(received_ms=NOW_MS - 5 * MS_PER_HOUR + hour * MS_PER_HOUR)
        batches.write(connection, [event, accepted(received_ms=event.received_ms, fingerprint="other")])
        batches.write(connection, [accepted(received_ms=event.received_ms)])  # an update, not a row
    assert row_counts(connection) == (6, 6)
    connection.execute("DELETE FROM event_counts_hourly WHERE hour_ms < ?", (NOW_MS,))
    assert row_counts(connection) == (2, 2)


def row_counts(conn: Connection) -> tuple[int, int]:
    (row,) = conn.execute(
        "SELECT (SELECT count FROM row_counts WHERE name = 'event_counts_hourly'),"
        " (SELECT count(*) FROM event_counts_hourly)"
    ).fetchall()
    return int(row[0]), int(row[1])
