from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.queries.consistency import CHECKED_ISSUES, Consistency, look_at_consistency
from tests.conftest import NOW_MS, accepted
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

NOTHING = Consistency(
    issues=0,
    checked=0,
    miscounted=0,
    totals_agree=True,
    events=0,
    days=0,
    newest_event_ms=None,
    dead_letters=0,
)


def test_an_empty_database_agrees_with_itself(connection: Connection) -> None:
    assert look_at_consistency(connection) == NOTHING


def test_what_the_writer_writes_agrees(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint="a", release=r) for r in ("1", "1", "2")])
    batches.write(connection, [accepted(fingerprint="b", received_ms=NOW_MS + MS_PER_DAY)])
    assert look_at_consistency(connection) == attrs.evolve(
        NOTHING, issues=2, checked=2, events=4, days=2, newest_event_ms=NOW_MS + MS_PER_DAY
    )


def test_a_wrong_total_and_a_wrong_number_of_issues_are_found(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint=f) for f in ("a", "b")])
    connection.execute("UPDATE issues SET total_count = 7 WHERE fingerprint = 'a'")
    connection.execute("UPDATE issue_totals SET count = 7")
    found = look_at_consistency(connection)
    assert (found.miscounted, found.totals_agree) == (1, False)


def test_counts_of_another_issue_or_status_are_found(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint=f) for f in ("a", "b", "c")])
    connection.execute("UPDATE issue_counts SET issue_id = 2 WHERE issue_id = 1")
    connection.execute("UPDATE issue_counts SET status = 'muted' WHERE issue_id = 3")
    assert look_at_consistency(connection).miscounted == 2


def test_of_many_issues_the_newest_and_some_of_all_are_looked_at(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint=str(n)) for n in range(CHECKED_ISSUES * 3)])
    connection.execute("UPDATE issues SET total_count = 7")
    found = look_at_consistency(connection)
    assert found.issues == CHECKED_ISSUES * 3
    assert CHECKED_ISSUES < found.checked <= CHECKED_ISSUES * 2
    assert found.miscounted == found.checked


@pytest.fixture
def merged(connection: Connection, batches: BatchWriter) -> Connection:
    """`connection`, with an issue that has two others merged into it."""
    batches.write(connection, [accepted(fingerprint=f, release=r) for f in "abc" for r in "12"])
    put_together(connection, batches, "a", "b", "c")
    batches.write(connection, [accepted(fingerprint=f, release=r) for f in "abcd" for r in "23"])
    return connection


def test_merged_issues_agree(merged: Connection) -> None:
    assert look_at_consistency(merged) == attrs.evolve(
        NOTHING, issues=2, checked=2, events=14, days=1, newest_event_ms=NOW_MS
    )


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE merged_counts SET total_count = 7 WHERE fingerprint_id = 2 AND release = '1'",
        "UPDATE merged_counts SET last_seen_ms = last_seen_ms + 1 WHERE fingerprint_id = 2 AND release = '1'",
        "UPDATE merged_counts SET first_seen_ms = 1 WHERE fingerprint_id = 2 AND release = '1'",
        "DELETE FROM merged_counts WHERE fingerprint_id = 2 AND release = '1'",
        "UPDATE merged_counts SET release = '9' WHERE fingerprint_id = 2 AND release = '1'",
        "UPDATE issue_counts SET fingerprint_id = 2 WHERE fingerprint_id = 1 AND release = '1'",
        "UPDATE issue_fingerprints SET head_id = 2 WHERE issue_id = 1",
        "UPDATE issue_fingerprints SET head_id = 4 WHERE id = 2",
        "UPDATE issue_fingerprints SET head_id = NULL WHERE id = 2",
        "UPDATE issue_fingerprints SET home_issue_id = 3 WHERE id = 2",
        "UPDATE merged_issues SET id = 1 WHERE id = 2",
        "INSERT INTO merged_counts SELECT 4, '1', 'prod', 1, 1, 1",
    ],
)
def test_issues_that_are_merged_badly_are_found(merged: Connection, damage: str) -> None:
    merged.execute(damage)
    assert look_at_consistency(merged).miscounted == 1
