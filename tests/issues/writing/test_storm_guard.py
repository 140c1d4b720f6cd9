"""An error that floods is counted exactly, and its rows follow the rule that is written down."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_MINUTE
from bloop_trio.db.connection import StoreError, open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.stored import days
from bloop_trio.issues.writing import storm_guard
from bloop_trio.issues.writing.storm_guard import StormGuard, is_stored
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.writing.test_day_counts import counted, kept

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

FULL = 4
SAMPLES = 3


def a_writer(conn: Connection, full: int = FULL) -> BatchWriter:
    return BatchWriter(conn, sample_reservoir_size=SAMPLES, full_occurrences_per_minute=full)


def stored_releases(conn: Connection) -> list[str]:
    """Return the releases of the stored events, by which these tests number them."""
    return [
        release
        for table in reversed(days.event_tables(conn))
        for (release,) in conn.execute(f"SELECT release FROM {table} ORDER BY id")
    ]


def flood(count: int, *, first: int = 1, at_ms: int = NOW_MS, **changes: Any) -> list[Any]:
    return [accepted(release=str(first + n), received_ms=at_ms, **changes) for n in range(count)]


class TestTheRule:
    def test_all_then_every_tenth_then_every_hundredth(self) -> None:
        stored = [number for number in range(1, 1001) if is_stored(number, 5)]
        assert stored == [1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000]

    def test_the_first_of_a_minute_is_stored_whatever_the_limit(self) -> None:
        assert all(is_stored(1, full) for full in (1, 2, 6000))

    @pytest.mark.parametrize(("events", "rows"), [(6_000, 6_000), (60_000, 11_400), (600_000, 16_800)])
    def test_with_the_default_it_is_as_the_documents_say(self, events: int, rows: int) -> None:
        assert sum(is_stored(number, 6_000) for number in range(1, events + 1)) == rows


class TestAFlood:
    def test_everything_but_the_rows_is_as_if_all_were_stored(self, connection: Connection) -> None:
        result = a_writer(connection).write(connection, flood(57))
        assert stored_releases(connection) == [*"1234", "10", "20", "30", "40"]
        assert (result.stored, result.thinned) == (Counter({1: 57}), Counter({1: 49}))
        for table, column in (
            ("issues", "total_count"),
            ("issue_counts", "total_count"),
            ("event_counts_hourly", "count"),
            ("event_counts_recent", "count"),
            ("project_counts_hourly", "count"),
        ):
            assert connection.execute(f"SELECT sum({column}) FROM {table}").fetchone() == (57,), table
        assert connection.execute("SELECT sum(thinned) FROM project_counts_hourly").fetchone() == (49,)
        assert kept(connection) == counted(connection) == [("20260101", 1, 8)]
        found = look_at_consistency(connection)
        assert (found.miscounted, found.totals_agree) == (0, True)

    def test_the_samples_are_the_newest_events_stored_or_not(self, connection: Connection) -> None:
        batches = a_writer(connection)
        for first in (1, 20, 33):
            batches.write(connection, flood(13, first=first))
            newest = [str(first + n) for n in (10, 11, 12)]
            rows = connection.execute("SELECT release FROM samples ORDER BY event_id").fetchall()
            assert [release for (release,) in rows] == newest
        assert kept(connection) == counted(connection)

    def test_the_next_minute_begins_anew(self, connection: Connection) -> None:
        batches = a_writer(connection)
        minute_ms = NOW_MS - NOW_MS % MS_PER_MINUTE + MS_PER_MINUTE
        batches.write(connection, [*flood(8, at_ms=minute_ms - 1), *flood(8, first=101, at_ms=minute_ms)])
        batches.write(connection, flood(2, first=109, at_ms=minute_ms))
        assert stored_releases(connection) == [*"1234", "101", "102", "103", "104", "110"]

    def test_others_are_stored_in_full_beside_it(self, connection: Connection) -> None:
        insert_project(connection, "shop")
        batch = [*flood(40), *(accepted(fingerprint="calm") for _ in range(FULL)), *flood(FULL, project_no=2)]
        result = a_writer(connection).write(connection, batch)
        assert result.thinned == Counter({1: 32})
        assert kept(connection) == counted(connection) == [("20260101", 1, 8 + FULL), ("20260101", 2, FULL)]

    def test_a_retry_of_an_event_that_was_only_counted_is_a_duplicate(self, connection: Connection) -> None:
        batches = a_writer(connection)
        batch = flood(30)
        for number, event in enumerate(batch):
            event.id_hash = number
        batches.write(connection, batch)
        again = batches.write(connection, batch)
        assert (again.duplicates, again.stored, again.thinned) == (Counter({1: 30}), Counter(), Counter())
        assert connection.execute("SELECT total_count FROM issues").fetchone() == (30,)
        more = flood(10, first=31)
        batches.write(connection, more)
        assert stored_releases(connection)[-1] == "40"

    def test_a_batch_that_fails_is_not_remembered(self, connection: Connection) -> None:
        batches = a_writer(connection)
        batches.write(connection, flood(1))  # the issue
        connection.execute("CREATE TRIGGER no BEFORE UPDATE ON sequences BEGIN SELECT raise(ABORT, 'no'); END")
        with pytest.raises(StoreError):
            batches.write(connection, flood(20, first=2))
        connection.execute("DROP TRIGGER no")
        batches.write(connection, flood(20, first=2))
        assert stored_releases(connection) == [*"1234", "10", "20"]

    def test_what_is_forgotten_of_issues_does_not_begin_the_minute_anew(self, connection: Connection) -> None:
        batches = a_writer(connection)
        batches.write(connection, flood(9))
        batches.forget()
        batches.write(connection, flood(11, first=10))
        assert stored_releases(connection) == [*"1234", "10", "20"]

    def test_nought_stores_everything(self, connection: Connection) -> None:
        a_writer(connection, full=0).write(connection, flood(7_000))
        assert kept(connection) == [("20260101", 1, 7_000)]


class TestItsMemory:
    def test_of_too_many_fingerprints_those_with_the_most_events_are_remembered(
        self, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(storm_guard, "KNOWN_FINGERPRINTS", 10)
        batches = a_writer(connection)
        batches.write(connection, flood(9, fingerprint="loud"))
        for start in range(0, 60, 6):
            batches.write(connection, [accepted(fingerprint=f"f{start + n}") for n in range(6)])
        assert len(batches._storm_guard._counts[NOW_MS // MS_PER_MINUTE]) <= 10
        assert batches.write(connection, flood(5, fingerprint="loud")).thinned == Counter({1: 4})

    def test_two_minutes_are_remembered(self, connection: Connection) -> None:
        batches = a_writer(connection)
        for minute in range(5):
            batches.write(connection, flood(1, at_ms=NOW_MS + minute * MS_PER_MINUTE))
        assert len(batches._storm_guard._counts) == 2

    def test_switched_off_it_has_none(self, connection: Connection) -> None:
        guard = StormGuard(0)
        assert guard._counts == {}


@given(
    arrivals=st.lists(
        st.tuples(st.integers(1, 2), st.sampled_from("aab"), st.sampled_from([0, 0, 0, 0, 0, 0, 9_000])),
        min_size=1,
        max_size=120,
    ),
    full=st.integers(1, 6),
    cuts=st.sets(st.integers(1, 120)),
    ids=st.lists(st.integers(0, 60), max_size=120),
)
@settings(max_examples=40, deadline=None)
def test_in_whatever_batches_a_flood_comes_counts_are_exact_and_rows_follow_the_rule(
    arrivals: list[tuple[int, str, int]], full: int, cuts: set[int], ids: list[int]
) -> None:
    with TemporaryDirectory() as folder, closing(open_connection(Path(folder) / "bloop.db")) as conn:
        migrate(conn, Path(folder) / "bloop.db", 0)
        for slug in ("default", "shop"):
            insert_project(conn, slug)
        batch: list[Any] = []
        totals: Counter[tuple[int, str]] = Counter()
        numbers: Counter[tuple[int, str, int]] = Counter()
        rows: list[str] = []
        at_ms, seen = NOW_MS, set[int]()
        for position, (project_no, name, later_ms) in enumerate(arrivals):
            at_ms += later_ms
            event = accepted(project_no=project_no, fingerprint=name, received_ms=at_ms, release=str(position))
            batch.append(event)
            if position < len(ids):
                event.id_hash = ids[position]
                if ids[position] in seen:
                    continue
                seen.add(ids[position])
            totals[project_no, name] += 1
            minute = (project_no, name, at_ms // MS_PER_MINUTE)
            numbers[minute] += 1
            if is_stored(numbers[minute], full):
                rows.append(str(position))
        batches, thinned = a_writer(conn, full), 0
        bounds = [0, *sorted(cut for cut in cuts if cut < len(batch)), len(batch)]
        for start, end in pairwise(bounds):
            thinned += sum(batches.write(conn, batch[start:end]).thinned.values())
        found = conn.execute("SELECT project_no, fingerprint, total_count FROM issues").fetchall()
        assert {(no, name): count for no, name, count in found} == totals
        assert stored_releases(conn) == rows
        assert thinned == sum(totals.values()) - len(rows)
        assert kept(conn) == counted(conn)
