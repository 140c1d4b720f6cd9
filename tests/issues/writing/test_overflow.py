"""New errors beyond so many in a minute are counted in one of their own; errors that exist are not affected."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bloop_trio.clock import MS_PER_HOUR, MS_PER_MINUTE
from bloop_trio.db.connection import StoreError, open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.grouping.fingerprint import OVERFLOW_FINGERPRINT
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.overflow import OVERFLOW_MESSAGE, OVERFLOW_TYPE
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.rig import a_rig

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent

CAP = 3


@pytest.fixture
def capped(connection: Connection) -> BatchWriter:
    """Lets three new errors through in a minute."""
    return a_writer(connection)


def a_writer(conn: Connection) -> BatchWriter:
    return BatchWriter(conn, sample_reservoir_size=5, max_new_issues_per_minute=CAP)


def events(*names: str, at_ms: int = NOW_MS, project_no: int = 1) -> list[AcceptedEvent]:
    return [accepted(fingerprint=name, received_ms=at_ms, project_no=project_no) for name in names]


def totals(conn: Connection, project_no: int = 1) -> dict[str, int]:
    return dict(conn.execute("SELECT fingerprint, total_count FROM issues WHERE project_no = ?", (project_no,)))


def overflowed(conn: Connection) -> dict[tuple[int, int], int]:
    rows = conn.execute("SELECT project_no, hour_ms, overflowed FROM project_counts_hourly WHERE overflowed > 0")
    return {(no, hour_ms): count for no, hour_ms, count in rows}


class TestTheLimit:
    def test_as_many_as_may_be_are_made_and_the_next_one_is_not(
        self, connection: Connection, capped: BatchWriter
    ) -> None:
        result = capped.write(connection, events("a", "b", "c"))
        assert (totals(connection), result.overflowed) == ({"a": 1, "b": 1, "c": 1}, Counter())
        result = capped.write(connection, events("d", "a", "d", "e"))
        assert totals(connection) == {"a": 2, "b": 1, "c": 1, OVERFLOW_FINGERPRINT: 3}
        assert (result.overflowed, result.stored) == (Counter({1: 3}), Counter({1: 4}))
        assert overflowed(connection) == {(1, NOW_MS - NOW_MS % MS_PER_HOUR): 3}
        assert [issue.fingerprint for issue in result.seen] == [OVERFLOW_FINGERPRINT]

    def test_of_one_batch_those_that_came_first_are_made(self, connection: Connection, capped: BatchWriter) -> None:
        capped.write(connection, events("z", "y", "z", "x", "w", "a", "y"))
        assert totals(connection) == {"z": 2, "y": 2, "x": 1, OVERFLOW_FINGERPRINT: 2}

    def test_the_next_minute_lets_as_many_through_again(self, connection: Connection, capped: BatchWriter) -> None:
        minute_ms = NOW_MS - NOW_MS % MS_PER_MINUTE
        late = minute_ms + MS_PER_MINUTE - 1
        capped.write(connection, [*events("a", "b", "c", "d", at_ms=late), *events("d", "e", at_ms=late + 1)])
        assert totals(connection) == {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, OVERFLOW_FINGERPRINT: 1}
        capped.write(connection, events("f", "g", at_ms=late + 2))
        assert totals(connection) == {
            "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, OVERFLOW_FINGERPRINT: 2,
        }  # fmt: skip

    def test_each_project_has_its_own(self, connection: Connection, capped: BatchWriter) -> None:
        insert_project(connection, "shop")
        batch = [*events("a", "b", "c", "d"), *events("a", "b", "d", project_no=2)]
        assert capped.write(connection, batch).overflowed == Counter({1: 1})
        assert totals(connection, 2) == {"a": 1, "b": 1, "d": 1}

    def test_errors_that_exist_are_never_affected(self, connection: Connection, capped: BatchWriter) -> None:
        for minute in range(3):
            capped.write(connection, events(*(f"{minute}{n}" for n in range(CAP)), at_ms=NOW_MS + minute * 60_000))
        capped.forget()
        names = [f"{minute}{n}" for minute in range(3) for n in range(CAP)]
        assert capped.write(connection, events(*names, at_ms=NOW_MS + 120_000)).overflowed == Counter()
        assert set(totals(connection).values()) == {2}

    def test_the_overflow_itself_is_not_limited_and_does_not_count(
        self, connection: Connection, capped: BatchWriter
    ) -> None:
        capped.write(connection, events(OVERFLOW_FINGERPRINT, "a", "b"))
        for again in (capped, a_writer(connection)):
            again.forget()
        a_writer(connection).write(connection, events("c", "d"))
        assert totals(connection) == {"a": 1, "b": 1, "c": 1, OVERFLOW_FINGERPRINT: 2}

    def test_nought_is_no_limit(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, events(*(f"f{n}" for n in range(2000))))
        assert len(totals(connection)) == 2000

    def test_after_a_restart_within_the_minute_it_goes_on(self, connection: Connection, capped: BatchWriter) -> None:
        capped.write(connection, events("a", "b"))
        a_writer(connection).write(connection, events("c", "d"))
        assert totals(connection) == {"a": 1, "b": 1, "c": 1, OVERFLOW_FINGERPRINT: 1}


class TestTheOverflow:
    def test_it_says_what_it_is_and_its_events_are_what_was_sent(
        self, connection: Connection, capped: BatchWriter
    ) -> None:
        capped.write(connection, [*events("a", "b", "c"), accepted(fingerprint="d", message="the culprit")])
        row = connection.execute(
            "SELECT id, error_type, message, route_or_procedure, source FROM issues WHERE fingerprint = ?",
            (OVERFLOW_FINGERPRINT,),
        ).fetchone()
        assert row[1:] == (OVERFLOW_TYPE, OVERFLOW_MESSAGE, None, "api")
        (payload,) = connection.execute(
            "SELECT e.payload FROM events_20260101 AS e JOIN issue_fingerprints AS f ON f.id = e.fingerprint_id"
            " WHERE f.issue_id = ?",
            (row[0],),
        ).fetchone()
        stored = PayloadReader().decode(connection, payload)
        assert (stored["message"], stored["fingerprint"]) == ("the culprit", "d")

    def test_the_log_names_the_project_now_and_then(self, connection: Connection, capped: BatchWriter) -> None:
        with capture_logs() as logged:
            for minute in range(12):
                names = [f"{minute}-{n}" for n in range(CAP + 1)]
                capped.write(connection, events(*names, at_ms=NOW_MS + minute * MS_PER_MINUTE))
        assert len([line for line in logged if line["event"].startswith("too many new errors")]) == 2

    def test_a_batch_that_fails_leaves_nothing_and_is_judged_anew(
        self, connection: Connection, capped: BatchWriter
    ) -> None:
        batch = events("a", "b", "c", "d")
        connection.execute("CREATE TRIGGER no BEFORE UPDATE ON sequences BEGIN SELECT raise(ABORT, 'no'); END")
        with pytest.raises(StoreError):
            capped.write(connection, batch)
        connection.execute("DROP TRIGGER no")
        late = [attrs.evolve(event, received_ms=NOW_MS + MS_PER_MINUTE) for event in batch[3:]]
        capped.write(connection, [*batch[:3], *late])
        assert totals(connection) == {"a": 1, "b": 1, "c": 1, "d": 1}

    def test_deleting_its_project_takes_it_along_and_counts_agree(
        self, connection: Connection, capped: BatchWriter
    ) -> None:
        capped.write(connection, events(*"abcdefg"))
        found = look_at_consistency(connection)
        assert (found.miscounted, found.totals_agree) == (0, True)


class TestTheEquations:
    async def test_they_hold_and_a_batch_that_is_cut_around_a_poisonous_event_ends_the_same(
        self, database: Path, connection: Connection
    ) -> None:
        async with a_rig(database, flushing=False) as rig:
            batches = a_writer(connection)
            rig.flusher._batches = batches
            for name in ("a", "b", "bad", "c", "d", "a", "e"):
                event = accepted(fingerprint=name)
                if name == "bad":
                    event.event.release = 2**70  # type: ignore[assignment]  # what no column takes
                rig.accounting.of(1, "default").received += 1
                rig.accounting.of(1, "default").accepted += 1
                rig.pipeline.offer(event)
            await rig.flush()
            counts = rig.accounting.counts_of(1)
            assert counts is not None
            assert (counts.stored, counts.dead_lettered, counts.overflowed) == (6, 1, 2)
            assert counts.accepted == counts.stored + counts.dead_lettered
        assert totals(connection) == {"a": 2, "b": 1, "c": 1, OVERFLOW_FINGERPRINT: 2}


Arrival = tuple[int, str, int]
"""Project number, fingerprint, seconds after the one before."""


def expected(arrivals: list[Arrival]) -> tuple[dict[int, Counter[str]], int]:
    """Count one event after the other, by the rule as it is written down."""
    issues: defaultdict[int, Counter[str]] = defaultdict(Counter)
    made: Counter[tuple[int, int]] = Counter()
    at_ms, lost = NOW_MS, 0
    for project_no, name, seconds in arrivals:
        at_ms += seconds * 1000
        minute = (project_no, at_ms // MS_PER_MINUTE)
        if name not in issues[project_no]:
            if made[minute] == CAP:
                issues[project_no][OVERFLOW_FINGERPRINT] += 1
                lost += 1
                continue
            made[minute] += 1
        issues[project_no][name] += 1
    return {no: counts for no, counts in issues.items() if counts}, lost


@given(
    arrivals=st.lists(
        st.tuples(st.integers(1, 2), st.sampled_from([*"abcdefghijklmn"]), st.sampled_from([0, 0, 0, 1, 20])),
        min_size=1,
        max_size=60,
    ),
    cuts=st.sets(st.integers(1, 60)),
    forgetful=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_in_whatever_batches_they_come_each_event_ends_where_the_rule_says(
    arrivals: list[Arrival], cuts: set[int], forgetful: bool
) -> None:
    with TemporaryDirectory() as folder, closing(open_connection(Path(folder) / "bloop.db")) as conn:
        migrate(conn, Path(folder) / "bloop.db", 0)
        for slug in ("default", "shop"):
            insert_project(conn, slug)
        at_ms, batch = NOW_MS, list[Any]()
        for project_no, name, seconds in arrivals:
            at_ms += seconds * 1000
            batch.append(accepted(project_no=project_no, fingerprint=name, received_ms=at_ms))
        batches, lost = a_writer(conn), 0
        bounds = [0, *sorted(cut for cut in cuts if cut < len(batch)), len(batch)]
        for start, end in pairwise(bounds):
            if forgetful:
                batches.forget()
            lost += sum(batches.write(conn, batch[start:end]).overflowed.values())
        issues, left_out = expected(arrivals)
        assert {no: Counter(totals(conn, no)) for no in issues} == issues
        assert lost == left_out == sum(overflowed(conn).values())
