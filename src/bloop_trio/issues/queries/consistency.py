"""Whether the counts that are kept ready agree with each other, and what is left over of events that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_PRESENT: Final = "project_no NOT IN (SELECT no FROM projects WHERE deleted_secs IS NOT NULL)"
"""What is left of a deleted project is being taken apart."""
CHECKED_ISSUES: Final = 1_000
"""Issues whose counts are held against each other: the newest ones, and as many from anywhere."""

_SUM: Final = (
    "(SELECT coalesce(sum(c.total_count), 0) FROM issue_fingerprints AS f"
    " JOIN issue_counts AS c ON c.fingerprint_id = f.id WHERE f.issue_id = i.id)"
)
_MISPLACED: Final = (
    "EXISTS (SELECT 1 FROM issue_fingerprints AS f JOIN issue_counts AS c ON c.fingerprint_id = f.id"
    " WHERE f.issue_id = i.id AND (c.issue_id <> i.id OR c.status <> i.status))"
)
"""What the counts repeat of their issue, and lists go by."""
_OWN_COUNTS: Final = (
    "SELECT m.release, m.environment, sum(m.total_count) AS total, min(m.first_seen_ms) AS first,"
    " max(m.last_seen_ms) AS last FROM issue_fingerprints AS f JOIN merged_counts AS m ON m.fingerprint_id = f.id"
    " WHERE f.issue_id = i.id GROUP BY m.release, m.environment"
)
_BADLY_MERGED: Final = (
    # Counts that are kept apart without need, or not of its head; heads that are not the issue's own fingerprint.
    "EXISTS (SELECT 1 FROM issue_fingerprints AS f LEFT JOIN issue_fingerprints AS h ON h.id = f.head_id"
    " WHERE f.issue_id = i.id AND CASE WHEN f.head_id IS NULL"
    " THEN EXISTS (SELECT 1 FROM merged_counts AS m WHERE m.fingerprint_id = f.id)"
    " ELSE h.fingerprint IS NOT i.fingerprint OR h.issue_id IS NOT i.id"
    " OR (f.id <> h.id AND EXISTS (SELECT 1 FROM issue_counts AS c WHERE c.fingerprint_id = f.id)) END)"
    # Sums that are not those of what the fingerprints have counted.
    " OR EXISTS (SELECT 1 FROM issue_fingerprints AS f WHERE f.issue_id = i.id AND f.head_id IS NOT NULL)"
    f" AND (i.total_count <> (SELECT coalesce(sum(total), 0) FROM ({_OWN_COUNTS}))"
    f" OR EXISTS (SELECT 1 FROM ({_OWN_COUNTS}) AS own LEFT JOIN issue_counts AS c ON c.issue_id = i.id"
    " AND c.release = own.release AND c.environment = own.environment"
    " WHERE c.total_count IS NOT own.total OR c.last_seen_ms IS NOT own.last OR c.first_seen_ms > own.first))"
)
"""What must hold of an issue that others were merged into."""
_LOST: Final = (
    "EXISTS (SELECT 1 FROM issues AS i WHERE i.id = m.id) OR NOT EXISTS (SELECT 1 FROM issue_fingerprints AS f"
    " WHERE f.project_no = m.project_no AND f.fingerprint = m.fingerprint AND f.home_issue_id = m.id)"
)
"""Merged issues that could not come back."""


@attrs.frozen(kw_only=True)
class Consistency:
    """What a look at issues and events found."""

    issues: int
    checked: int
    """Issues whose total was held against their counts by release and environment."""
    miscounted: int
    """Those of them where the two differ, or whose counts have another issue or status; and issues that are merged in a
    way in which they cannot be taken apart again."""
    totals_agree: bool
    """Whether the number of issues of each status is what is kept of it."""
    events: int
    days: int
    """Days that have a table of events."""
    newest_event_ms: int | None
    """When the newest stored event was received."""
    dead_letters: int


def look_at_consistency(conn: Connection) -> Consistency:
    """Return how the counts of a database of today's schema agree, all seen at the same moment."""
    with snapshot(conn):
        chosen = _chosen_issues(conn)
        marks = ", ".join("?" * len(chosen))
        (miscounted,) = conn.execute(
            f"SELECT count(*) FROM issues AS i WHERE i.id IN ({marks}) AND {_PRESENT}"
            f" AND (i.total_count <> {_SUM} OR {_MISPLACED} OR {_BADLY_MERGED})",
            chosen,
        ).fetchone()
        (lost,) = conn.execute(f"SELECT count(*) FROM merged_issues AS m WHERE {_PRESENT} AND ({_LOST})").fetchone()
        counted = conn.execute(
            f"SELECT project_no, status, count(*) FROM issues WHERE {_PRESENT} GROUP BY 1, 2"
        ).fetchall()
        kept = conn.execute(
            f"SELECT project_no, status, count FROM issue_totals WHERE count <> 0 AND {_PRESENT}"
        ).fetchall()
        tables = days.event_tables(conn)
        events = sum(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
        (dead_letters,) = conn.execute("SELECT count(*) FROM dead_letters").fetchone()
        return Consistency(
            issues=sum(row[2] for row in counted),
            checked=len(chosen),
            miscounted=miscounted + lost,
            totals_agree=sorted(counted) == sorted(kept),
            events=events,
            days=len(tables),
            newest_event_ms=_newest_event_ms(conn, tables),
            dead_letters=dead_letters,
        )


def _chosen_issues(conn: Connection) -> list[int]:
    (newest,) = conn.execute("SELECT coalesce(max(id), 0) FROM issues").fetchone()
    step = max(1, newest // CHECKED_ISSUES)
    latest = conn.execute("SELECT id FROM issues ORDER BY id DESC LIMIT ?", (CHECKED_ISSUES,))
    spread = conn.execute(
        "WITH RECURSIVE steps (n) AS (VALUES (1) UNION ALL SELECT n + :step FROM steps WHERE n + :step <= :newest)"
        " SELECT issues.id FROM steps JOIN issues ON issues.id = steps.n LIMIT :most",
        {"step": step, "newest": newest, "most": CHECKED_ISSUES},
    )
    return sorted({issue_id for rows in (latest, spread) for (issue_id,) in rows})


def _newest_event_ms(conn: Connection, tables: list[str]) -> int | None:
    for table in tables:
        row = conn.execute(f"SELECT received_ms FROM {table} ORDER BY id DESC LIMIT 1").fetchone()
        if row is not None:
            return int(row[0])
    return None


def create_days_like(found: Connection, expected: Connection) -> None:
    """Create in `expected` the tables of days that `found` has: they come from the writer, not from a migration."""
    events, ids = days.event_days(found), days.event_id_days(found)
    for day in {*events, *ids}:
        days.create_day(expected, day)
        if day not in events:
            expected.execute(f"DROP TABLE {days.event_table(day)}")
        if day not in ids:
            expected.execute(f"DROP TABLE {days.event_id_table(day)}")
