"""Which issues a filter means, one slice after the other: what a change of many issues walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.issues.queries.filters import ErrorFilters, Group, conditions, seen_within
from bloop_trio.issues.queries.matches import matches_statement

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def select_issues(
    conn: Connection, *, project_no: int, filters: ErrorFilters, after_id: int, limit: int
) -> list[tuple[int, str]]:
    """Return id and status of the project's issues that match, by rising id from the one behind `after_id`.

    A search means the issues that it looks at, the newest `matches.MAX_MATCHES` that match.
    """
    statuses = filters.statuses
    found = conditions(filters, Group.FINGERPRINT)
    bounds, seen = seen_within(filters, "w.last_seen_ms")
    where = [f"w.project_no = ? AND w.status IN ({', '.join('?' * len(statuses))}){bounds}", *(c.sql for c in found)]
    values = [project_no, *statuses, *seen, *(value for condition in found for value in condition.values)]
    if filters.search is not None:
        matches, match_values = matches_statement(conn, filters.search, project_no)
        where.append(f"w.id IN (SELECT id FROM ({matches}))")
        values += match_values
    rows = conn.execute(
        # By id alone: each slice begins where the last one ended, and all slices together are one pass.
        f"SELECT w.id, w.status FROM issues AS w NOT INDEXED WHERE w.id > ? AND {' AND '.join(where)}"
        " ORDER BY w.id LIMIT ?",
        [after_id, *values, limit],
    )
    return [(issue_id, status) for issue_id, status in rows]
