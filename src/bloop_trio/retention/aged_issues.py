"""Removing issues that have not been seen for long, each with all that hangs on it.

Somebody has said something about an issue that is ignored or muted, assigned to a person or commented on: such issues
stay, as an ignored one would alert again if it came back as new. An issue stays as long as any of its single events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.stored import days
from bloop_trio.retention.leftovers import OUT_OF_THE_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.pacing import PacedWriter
    from bloop_trio.retention.settings import RetentionSettings

_log = structlog.get_logger("bloop.retention")

_STATUSES: Final = (Status.UNRESOLVED.value, Status.RESOLVED.value)
_STEP_ISSUES: Final = 1
"""Issues that one step looks at: one may have thousands of counts."""
_FACETS: Final = {
    "release": "release",
    "environment": "environment",
    "source": "source",
    "route": "route_or_procedure",
}
"""Facets, and the columns of the counts that they come from."""


async def remove_aged_issues(
    paced: PacedWriter, settings: RetentionSettings, now_ms: int, forget: Callable[[], None]
) -> int:
    """Remove the issues that have not been seen for as long as `settings` says, if it does; returns how many."""
    if settings.aggregates_days is None:
        return 0
    removed = 0
    for project_no in await paced.writer.run(_projects):
        kept_days = max(settings.aggregates_days, settings.events_days(project_no)) + 1
        for status in _STATUSES:
            walk = _Walk(project_no, status, now_ms - kept_days * MS_PER_DAY, forget)
            await paced.repeat(walk.step)
            removed += walk.removed
    if removed:
        _log.info("issues removed that were not seen for long", issues=removed)
    return removed


def _projects(conn: Connection) -> list[int]:
    return [no for (no,) in conn.execute("SELECT no FROM projects WHERE deleted_secs IS NULL ORDER BY no")]


@attrs.define(eq=False)
class _Walk:
    """Goes over the issues of one status, from the one that was last seen first."""

    project_no: int
    status: str
    before_ms: int
    forget: Callable[[], None]
    seen: tuple[int, int] = (-1, -1)
    """Where it stands: time and number of the issue that it looked at last."""
    removed: int = 0

    def step(self, conn: Connection) -> bool:
        """Remove what may go of the next issues, each with all of it; returns whether there are more to look at."""
        rows = conn.execute(
            "SELECT last_seen_ms, id FROM issues WHERE project_no = ? AND status = ? AND last_seen_ms < ?"
            " AND (last_seen_ms, id) > (?, ?) ORDER BY last_seen_ms, id LIMIT ?",
            (self.project_no, self.status, self.before_ms, *self.seen, _STEP_ISSUES),
        ).fetchall()
        for last_seen_ms, issue_id in rows:
            self.seen = (last_seen_ms, issue_id)
            if _may_go(conn, issue_id):
                self.forget()  # nobody remembers anything new before this transaction is over
                _remove(conn, self.project_no, self.status, issue_id)
                self.removed += 1
        return len(rows) == _STEP_ISSUES


def _may_go(conn: Connection, issue_id: int) -> bool:
    for table, where in (("issue_assignments", ""), ("issue_activity", " AND kind = 'comment'")):
        if conn.execute(f"SELECT 1 FROM {table} WHERE issue_id = ?{where} LIMIT 1", (issue_id,)).fetchone():
            return False
    return not any(
        conn.execute(
            f"SELECT 1 FROM {table} WHERE fingerprint_id IN (SELECT id FROM issue_fingerprints WHERE issue_id = ?) LIMIT 1",
            (issue_id,),
        ).fetchone()
        for table in days.event_tables(conn)
    )


def _remove(conn: Connection, project_no: int, status: str, issue_id: int) -> None:
    """Remove an issue, what was merged into it, and every row that names one of these or one of their fingerprints."""
    values = {"id": issue_id}
    merged = (
        "WITH RECURSIVE gone (id) AS (VALUES (:id) UNION ALL SELECT m.id FROM merged_issues AS m JOIN gone"
        " ON m.parent_id = gone.id) SELECT id FROM gone"
    )
    conn.execute(OUT_OF_THE_INDEX.format(merged), values)
    facets = {
        facet: conn.execute(
            f"SELECT {column}, sum(total_count) FROM issue_counts WHERE issue_id = :id AND {column} IS NOT NULL GROUP BY 1",
            values,
        ).fetchall()
        for facet, column in _FACETS.items()
    }
    fingerprints = "SELECT id FROM issue_fingerprints WHERE issue_id = :id"
    for table in _tables_with(conn, "fingerprint_id"):
        conn.execute(f"DELETE FROM {table} WHERE fingerprint_id IN ({fingerprints})", values)
    for table in _tables_with(conn, "issue_id"):
        conn.execute(f"DELETE FROM {table} WHERE issue_id = :id", values)
    conn.execute(f"DELETE FROM merged_issues WHERE id IN ({merged})", values)
    conn.execute("DELETE FROM issues WHERE id = :id", values)
    conn.execute("UPDATE issue_totals SET count = count - 1 WHERE project_no = ? AND status = ?", (project_no, status))
    for facet, rows in facets.items():
        for value, count in rows:
            _take_off(conn, project_no, facet, value, count)


def _tables_with(conn: Connection, column: str) -> list[str]:
    """Return the tables whose rows hang on an issue or a fingerprint, in an order in which they can be emptied.

    Those of single events and of 10-second counts hold nothing as old as that.
    """
    rows = conn.execute(
        "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c ON c.name = ?"
        " WHERE m.type = 'table' AND m.name NOT GLOB 'events_[0-9]*' AND m.name <> 'event_counts_recent'"
        " ORDER BY m.name = 'issue_fingerprints', m.name",
        (column,),
    )
    return [name for (name,) in rows]


def _take_off(conn: Connection, project_no: int, facet: str, value: str, count: int) -> None:
    """Take events off a release, environment, source or route; without any issue left, it goes itself.

    An issue repeats one source and one route, so those counts may miss by the events of others: one stays at least.
    """
    column = _FACETS[facet]
    is_left = conn.execute(
        f"SELECT 1 FROM issue_counts WHERE project_no = ? AND {column} = ? LIMIT 1", (project_no, value)
    ).fetchone()
    if is_left:
        conn.execute(
            "UPDATE facet_counts SET total_count = max(total_count - ?, 1)"
            " WHERE project_no = ? AND facet = ? AND value = ?",
            (count, project_no, facet, value),
        )
        return
    conn.execute(
        "DELETE FROM facet_counts WHERE project_no = ? AND facet = ? AND value = ?", (project_no, facet, value)
    )
    if facet == "release":
        conn.execute(
            "DELETE FROM releases WHERE project_no = ?1 AND release = ?2"
            # What is fixed in it, or muted until one comes after it, still has to know when it came.
            " AND NOT EXISTS (SELECT 1 FROM issue_fixes WHERE release = ?2)"
            " AND NOT EXISTS (SELECT 1 FROM issue_snoozes WHERE after_release = ?2)",
            (project_no, value),
        )
