"""The SQL that reads from the database what is copied. Projects that were deleted have nothing, from the deletion on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.analytics.changes import Changes
from bloop_trio.analytics.marks import MAX_UNSEEN_EVENTS, Marks, read_marks, why_anew
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bloop_trio.db.connection import Connection

Row = tuple[Any, ...]

_PRESENT: Final = "CROSS JOIN projects AS p ON p.no = {}.project_no AND p.deleted_secs IS NULL"
_HOURS: Final = (
    "SELECT f.issue_id, f.project_no, c.hour_ms, c.environment, sum(c.count)"
    " FROM json_each(?1) AS asked CROSS JOIN issue_fingerprints AS f ON f.issue_id = asked.value"
    f" {_PRESENT.format('f')}"
    " CROSS JOIN event_counts_hourly AS c ON c.fingerprint_id = f.id AND {} GROUP BY f.issue_id, c.hour_ms, c.environment"
)
_ISSUES: Final = (
    "SELECT i.id, i.project_no, i.fingerprint, i.error_type, i.message, i.first_seen_ms, i.last_seen_ms"
    f" FROM json_each(?) AS asked CROSS JOIN issues AS i ON i.id = asked.value {_PRESENT.format('i')}"
)
_RELEASES: Final = (
    "SELECT c.issue_id, c.project_no, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms"
    " FROM json_each(?) AS asked CROSS JOIN issue_counts AS c INDEXED BY issue_counts_by_issue"
    f" ON c.issue_id = asked.value AND c.last_seen_ms >= ? {_PRESENT.format('c')}"
)


class Doubt(Exception):  # noqa: N818 - no error: a reason to begin anew
    """What was copied cannot follow the database any more; the message says why."""


@attrs.frozen(kw_only=True)
class News:
    """What there is to copy."""

    marks: Marks
    """Where the database stands, but for the events, whose mark is that of `changes`."""
    changes: Changes
    projects: list[Row] | None
    """All that there are, if they have changed."""
    pruned_ms: int | None
    """Hours that began then or earlier are to go, if that has changed."""


@attrs.frozen(kw_only=True)
class Portion:
    """Rows that take the place of others."""

    changes: Changes
    hours: list[Row]
    issues: list[Row]
    releases: list[Row]

    @property
    def rows(self) -> int:
        """Return how many rows it has."""
        return len(self.hours) + len(self.issues) + len(self.releases)


def read_news(conn: Connection, changes: Changes, copied: Marks) -> News | None:
    """Return what there is to copy beside `changes`, by what was `copied` before; None if there is nothing at all.

    Raises:
        Doubt: it cannot be told what has changed.
    """
    with snapshot(conn):
        now = read_marks(conn)
        reason = why_anew(copied, now)
        if reason is not None:
            raise Doubt(reason)
        marks = attrs.evolve(now, identity=copied.identity, event_id=max(copied.event_id, changes.event_id))
        if marks == copied and not changes.issue_ids and not changes.whole_ids:
            return None
        moved = conn.execute("SELECT moved_id FROM issue_moves WHERE no > ?", (copied.move_no,)).fetchall()
        if len(moved) != now.move_no - copied.move_no:
            raise Doubt("what was merged or removed meanwhile is not known any more")
        changes.whole_ids.update(moved_id for (moved_id,) in moved)
        projects = read_projects(conn) if now.projects != copied.projects else None
    pruned_ms = now.pruned_ms if now.pruned_ms != copied.pruned_ms else None
    return News(marks=marks, changes=changes, projects=projects, pruned_ms=pruned_ms)


def read_unseen(conn: Connection, copied: Marks) -> Changes:
    """Return what the events have changed that nobody told of: those since `copied`, found one by one.

    Raises:
        Doubt: it cannot be told what has changed.
    """
    with snapshot(conn):
        now = read_marks(conn)
        reason = why_anew(copied, now)
        if reason is not None:
            raise Doubt(reason)
        unseen = now.event_id - copied.event_id
        if unseen > MAX_UNSEEN_EVENTS:
            raise Doubt(f"{unseen:,} events have come since it was fed last")
        changes = Changes(event_id=now.event_id)
        found = 0
        for table in days.event_tables(conn) if unseen else ():
            rows = conn.execute(
                f"SELECT f.issue_id, e.received_ms FROM {table} AS e LEFT JOIN issue_fingerprints AS f"
                " ON f.id = e.fingerprint_id WHERE e.id > ?",
                (copied.event_id,),
            ).fetchall()
            found += len(rows)
            if rows:
                times = {received_ms for _, received_ms in rows}
                ids = {issue_id for issue_id, _ in rows if issue_id is not None}
                changes.add_events(ids, {ms - ms % MS_PER_HOUR for ms in times}, min(times))
        if found != unseen:
            raise Doubt("events that have come since it was fed last have left no rows")
    return changes


def read_portion(conn: Connection, changes: Changes, pruned_ms: int) -> Portion:
    """Return what the database says of the issues in a piece of changes."""
    ids = _as_list(changes.whole_ids or changes.issue_ids)
    since_ms = 0 if changes.whole_ids else changes.since_ms or 0
    hours = f"c.hour_ms > {pruned_ms:d}"
    if not changes.whole_ids:
        hours = f"c.hour_ms IN ({', '.join(f'{ms:d}' for ms in sorted(changes.hours) if ms > pruned_ms)})"
    with snapshot(conn):
        return Portion(
            changes=changes,
            hours=conn.execute(_HOURS.format(hours), (ids,)).fetchall(),
            issues=conn.execute(_ISSUES, (ids,)).fetchall(),
            releases=conn.execute(_RELEASES, (ids, since_ms)).fetchall(),
        )


def read_projects(conn: Connection) -> list[Row]:
    """Return the projects that there are."""
    return conn.execute("SELECT no, id FROM projects WHERE deleted_secs IS NULL ORDER BY no").fetchall()


def has_issues(conn: Connection) -> bool:
    """Say whether there is anything to copy."""
    return conn.execute("SELECT 1 FROM issues LIMIT 1").fetchone() is not None


def count_rows(conn: Connection) -> int:
    """Return about how many rows there are to copy."""
    (hours,) = conn.execute("SELECT count FROM row_counts WHERE name = 'event_counts_hourly'").fetchone()
    (last_count_id,) = conn.execute("SELECT coalesce(max(id), 0) FROM issue_counts").fetchone()
    return int(hours) + int(last_count_id)


def read_issue_slice(conn: Connection, after: Row, limit: int) -> tuple[list[Row], Row | None]:
    """Return the issues behind `after`, and where the slice ends; None if it is the last."""
    rows = conn.execute(
        "SELECT i.id, i.project_no, i.fingerprint, i.error_type, i.message, i.first_seen_ms, i.last_seen_ms,"
        " p.deleted_secs FROM issues AS i CROSS JOIN projects AS p ON p.no = i.project_no"
        " WHERE i.id > ? ORDER BY i.id LIMIT ?",
        (*(after or (0,)), limit),
    ).fetchall()
    return _sliced(rows, limit, lambda row: (row[0],))


def read_release_slice(conn: Connection, after: Row, limit: int) -> tuple[list[Row], Row | None]:
    """Return the counts by release behind `after`, and where the slice ends; None if it is the last."""
    rows = conn.execute(
        "SELECT c.issue_id, c.project_no, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms,"
        " c.id, p.deleted_secs FROM issue_counts AS c CROSS JOIN projects AS p ON p.no = c.project_no"
        " WHERE c.id > ? ORDER BY c.id LIMIT ?",
        (*(after or (0,)), limit),
    ).fetchall()
    sliced, end = _sliced(rows, limit, lambda row: (row[7],))
    return [row[:7] for row in sliced], end


def read_hour_slice(conn: Connection, pruned_ms: int, after: Row, limit: int) -> tuple[list[Row], Row | None]:
    """Return the counts by hour behind `after`, and where the slice ends; None if it is the last."""
    # Those of fingerprints that are being removed are looked at as well, so that a slice has an end.
    rows = conn.execute(
        "SELECT f.issue_id, f.project_no, c.hour_ms, c.environment, c.count, c.fingerprint_id, c.source,"
        " CASE WHEN f.id IS NULL OR c.hour_ms <= ?1 THEN 0 ELSE p.deleted_secs END"
        " FROM event_counts_hourly AS c LEFT JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id"
        " LEFT JOIN projects AS p ON p.no = f.project_no"
        " WHERE (c.fingerprint_id, c.hour_ms, c.environment, c.source) > (?2, ?3, ?4, ?5)"
        " ORDER BY c.fingerprint_id, c.hour_ms, c.environment, c.source LIMIT ?6",
        (pruned_ms, *(after or (0, 0, "", "")), limit),
    ).fetchall()
    sliced, end = _sliced(rows, limit, lambda row: (row[5], row[2], row[3], row[6]))
    return [row[:5] for row in sliced], end


def _sliced(rows: list[Row], limit: int, place: Any) -> tuple[list[Row], Row | None]:
    """Return the rows without their last column, which is NULL where they count, and where they end."""
    end = place(rows[-1]) if len(rows) == limit else None
    return [row[:-1] for row in rows if row[-1] is None], end


def _as_list(numbers: Iterable[int]) -> str:
    return json.dumps(sorted(numbers))
