from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.stored import days
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@pytest.mark.parametrize(
    ("received_ms", "day"),
    [
        (0, "19700101"),
        (MS_PER_DAY - 1, "19700101"),
        (MS_PER_DAY, "19700102"),
        (NOW_MS, "20260101"),
        (1_709_164_800_000, "20240229"),
    ],
)
def test_a_day_is_a_utc_day(received_ms: int, day: str) -> None:
    assert days.day_of(received_ms) == day


@given(st.integers(0, 4_000_000_000_000))
def test_days_and_times_agree(received_ms: int) -> None:
    day = days.day_of(received_ms)
    assert days.day_start_ms(day) <= received_ms < days.day_start_ms(day) + MS_PER_DAY
    assert days.previous_day(days.next_day(day)) == day
    assert days.previous_day(day) < day < days.next_day(day)


def test_tables_are_told_newest_first_and_nothing_else_is_taken_for_one(connection: Connection) -> None:
    for day in ("20260101", "20251231", "20260102"):
        days.create_day(connection, day)
    for name in ("events_2026010", "events_202601011", "my_events_20260101", "events_20260101_copy"):
        connection.execute(f"CREATE TABLE {name} (x)")
    assert days.event_days(connection) == ["20260102", "20260101", "20251231"]
    assert days.event_tables(connection) == ["events_20260102", "events_20260101", "events_20251231"]
    assert days.event_id_days(connection) == ["20260102", "20260101", "20251231"]


def test_a_day_can_be_created_again(connection: Connection) -> None:
    days.create_day(connection, "20260101")
    connection.execute("INSERT INTO event_ids_20260101 VALUES (1)")
    days.create_day(connection, "20260101")
    assert connection.execute("SELECT count(*) FROM event_ids_20260101").fetchone() == (1,)


def test_an_issues_occurrences_are_found_by_an_index(connection: Connection) -> None:
    days.create_day(connection, "20260101")
    query = "EXPLAIN QUERY PLAN SELECT id FROM events_20260101 WHERE fingerprint_id = 1 ORDER BY id DESC LIMIT 50"
    plan = [row[3] for row in connection.execute(query)]
    assert plan == ["SEARCH events_20260101 USING COVERING INDEX events_20260101_by_fingerprint (fingerprint_id=?)"]


def test_the_ids_of_a_day_cost_the_same_however_many_there_are(connection: Connection) -> None:
    days.create_day(connection, "20260101")
    assert days.event_ids_of(connection, "20260101") is None
    connection.execute(
        "WITH RECURSIVE n (i) AS (VALUES (5) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        " INSERT INTO events_20260101 SELECT i, 0, 0, 1, 1, 'r', 'e', 's', x'00' FROM n"
    )
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 1)
    assert days.event_ids_of(connection, "20260101") == (5, 5000)
    connection.set_progress_handler(None, 0)
    assert 0 < steps < 100
