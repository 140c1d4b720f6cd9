"""A project that groups by another version keeps its issues: what they are known by becomes more, not other."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.issues.grouping import linking
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, set_status

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent


def event(fingerprint: str, older: str | None = None, **changes: Any) -> AcceptedEvent:
    made = accepted(fingerprint=fingerprint, **changes)
    made.older_fingerprint = older
    return made


def issues(conn: Connection) -> dict[str, set[str]]:
    """Return the fingerprints of each issue, by what it is addressed by."""
    found: dict[str, set[str]] = {}
    for address, fingerprint in conn.execute(
        "SELECT i.fingerprint, f.fingerprint FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
    ):
        found.setdefault(address, set()).add(fingerprint)
    return found


def check_the_sums(conn: Connection) -> None:
    """Hold every count of issues against the events that were stored."""
    (table,) = conn.execute("SELECT name FROM sqlite_master WHERE name GLOB 'events_2*'").fetchone()
    of_issues = conn.execute(
        f"SELECT f.issue_id, count(*), min(received_ms), max(received_ms) FROM {table}"
        " JOIN issue_fingerprints AS f ON f.id = fingerprint_id GROUP BY 1 ORDER BY 1"
    ).fetchall()
    kept = "SELECT id, total_count, first_seen_ms, last_seen_ms FROM issues ORDER BY id"
    assert conn.execute(kept).fetchall() == of_issues
    listed = "SELECT issue_id, sum(total_count), min(first_seen_ms), max(last_seen_ms) FROM issue_counts GROUP BY 1 ORDER BY 1"
    assert conn.execute(listed).fetchall() == of_issues
    twice = "SELECT 1 FROM issue_counts GROUP BY issue_id, release, environment HAVING count(*) > 1"
    assert not conn.execute(twice).fetchall()
    of_each = dict(conn.execute(f"SELECT fingerprint_id, count(*) FROM {table} GROUP BY 1").fetchall())
    apart = conn.execute("SELECT fingerprint_id, sum(total_count) FROM merged_counts GROUP BY 1").fetchall()
    assert all(of_each[fingerprint_id] == count for fingerprint_id, count in apart)
    several = conn.execute("SELECT id FROM issue_fingerprints WHERE head_id IS NOT NULL ORDER BY id").fetchall()
    assert sorted(fingerprint_id for fingerprint_id, _ in apart) == [fingerprint_id for (fingerprint_id,) in several]
    found = look_at_consistency(conn)
    assert (found.miscounted, found.totals_agree) == (0, True)


def test_a_new_fingerprint_joins_the_issue_of_the_older_one(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [event("one"), event("one", release="2")])
    result = batches.write(connection, [event("two", "one"), event("two", "one", release="3")])
    assert issues(connection) == {"one": {"one", "two"}}
    assert result.seen == ()
    check_the_sums(connection)


def test_it_is_found_without_the_older_one_from_then_on(connection: Connection, batches: BatchWriter) -> None:
    for fingerprint, older in (("one", None), ("two", "one"), ("two", "never seen"), ("two", None), ("one", "two")):
        batches.write(connection, [event(fingerprint, older)])
    assert issues(connection) == {"one": {"one", "two"}}
    check_the_sums(connection)


def test_an_event_whose_older_fingerprint_is_new_as_well_is_a_new_issue(
    connection: Connection, batches: BatchWriter
) -> None:
    result = batches.write(connection, [event("two", "one")])
    assert issues(connection) == {"two": {"two"}}
    assert [seen.fingerprint for seen in result.seen] == ["two"]


def test_after_switching_back_the_issue_is_found_again(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [event("two", "one")])
    batches.write(connection, [event("one", "two")])
    assert issues(connection) == {"two": {"one", "two"}}
    check_the_sums(connection)


def test_an_issue_keeps_what_it_knew_when_the_writer_has_forgotten_everything(
    connection: Connection, batches: BatchWriter
) -> None:
    batches.write(connection, [event("one")])
    batches.write(connection, [event("two", "one")])
    batches.forget()
    batches.write(connection, [event("one"), event("two", "one"), event("three", "two")])
    assert issues(connection) == {"one": {"one", "two", "three"}}
    check_the_sums(connection)


def test_events_of_before_and_after_the_switch_share_a_batch(connection: Connection, batches: BatchWriter) -> None:
    result = batches.write(connection, [event("one"), event("two", "one"), event("three", "two"), event("one")])
    assert issues(connection) == {"one": {"one", "two", "three"}}
    assert [seen.fingerprint for seen in result.seen] == ["one"]
    check_the_sums(connection)


def test_a_clock_that_was_set_back_leaves_the_sums_right(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [event("one")])
    batches.write(connection, [event("two", "one", received_ms=NOW_MS - 50)])
    batches.write(connection, [event("three", "two", received_ms=NOW_MS - 70)])
    check_the_sums(connection)


def test_the_overflow_belongs_to_no_other_issue(connection: Connection) -> None:
    batches = BatchWriter(connection, sample_reservoir_size=2, max_new_issues_per_minute=1)
    batches.write(connection, [event("one")])
    result = batches.write(connection, [event("two", "one"), event("three", "four"), event("five", "three")])
    assert issues(connection)["one"] == {"one", "two"}
    assert issues(connection)["overflow"] == {"overflow"}
    assert result.overflowed.total() >= 1
    check_the_sums(connection)


def test_what_was_resolved_comes_back_under_the_new_fingerprint(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [event("one")])
    set_status(connection, "resolved")
    result = batches.write(connection, [event("two", "one", received_ms=NOW_MS + 60_000)])
    assert [seen.regression for seen in result.seen] == [True]
    assert connection.execute("SELECT status FROM issues").fetchall() == [("unresolved",)]


def test_what_was_ignored_stays_ignored(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [event("one")])
    set_status(connection, "ignored")
    batches.write(connection, [event("two", "one", received_ms=NOW_MS + 60_000)])
    assert connection.execute("SELECT status FROM issues").fetchall() == [("ignored",)]


def test_the_same_fingerprint_of_another_project_is_another(connection: Connection, batches: BatchWriter) -> None:
    with transaction(connection):
        connection.execute(
            "INSERT INTO projects (no, id, name, slug, api_key, created_secs) VALUES (2, 'b', 'b', 'b', 'b', 0)"
        )
    batches.write(connection, [event("one", project_no=2)])
    batches.write(connection, [event("two", "one")])
    assert issues(connection) == {"one": {"one"}, "two": {"two"}}


def test_a_batch_that_fails_links_nothing(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [event("one")])
    broken = event("three")
    broken.event.environment = object()  # type: ignore[assignment] # what no store can take
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the store says
        batches.write(connection, [event("two", "one"), broken])
    assert issues(connection) == {"one": {"one"}}
    batches.write(connection, [event("two", "one"), event("one")])
    assert issues(connection) == {"one": {"one", "two"}}
    check_the_sums(connection)


def test_an_issue_has_no_more_fingerprints_than_can_be_read(
    connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "MAX_LINKED", 3)
    batches.write(connection, [event("one")])
    batches.write(connection, [event(f"n{n}", "one") for n in range(5)])
    batches.write(connection, [event("two"), *(event(f"m{n}", "two") for n in range(5))])
    assert sorted(len(of_issue) for of_issue in issues(connection).values()) == [1] * 6 + [3, 3]
    check_the_sums(connection)


def test_an_issue_with_too_many_releases_gets_no_second_fingerprint(
    connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "MAX_COPIED_ROWS", 2)
    batches.write(connection, [event("one", release=str(n)) for n in range(3)])
    batches.write(connection, [event("two", "one")])
    assert issues(connection) == {"one": {"one"}, "two": {"two"}}


names = st.sampled_from("abcdef")
histories = st.lists(st.tuples(names, st.none() | names, st.sampled_from(["1", "2"])), min_size=1, max_size=14)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(history=histories, cuts=st.sets(st.integers(1, 13)), forgets=st.booleans())
def test_pieces_of_a_batch_do_what_the_whole_does(
    database: Path, history: list[tuple[str, str | None, str]], cuts: set[int], forgets: bool
) -> None:
    outcomes = []
    for at in (set(), cuts, set(range(1, 14))):
        conn = open_connection(Path(shutil.copy(database, database.with_name("copy.db"))))
        try:
            outcomes.append(_written(conn, history, at, forgets=forgets))
            check_the_sums(conn)
        finally:
            conn.close()
    assert outcomes[0] == outcomes[1] == outcomes[2]


def _written(
    conn: Connection, history: list[tuple[str, str | None, str]], cuts: set[int], *, forgets: bool
) -> tuple[dict[str, set[str]], Counter[str]]:
    batches = BatchWriter(conn, sample_reservoir_size=2)
    edges = [0, *sorted(cut for cut in cuts if cut < len(history)), len(history)]
    for start, end in itertools.pairwise(edges):
        if forgets:
            batches.forget()
        batches.write(
            conn,
            [
                event(name, None if older == name else older, release=release, received_ms=NOW_MS + start + n)
                for n, (name, older, release) in enumerate(history[start:end])
            ],
        )
    return issues(conn), Counter(dict(conn.execute("SELECT fingerprint, total_count FROM issues").fetchall()))
