"""Which issues a filter means, one slice after the other: what a change of many issues walks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.issues.queries.listing import NAMED_SOURCES

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.listing import ErrorFilters


def select_issues(
    conn: Connection, *, project_no: int, filters: ErrorFilters, after_id: int, limit: int
) -> list[tuple[int, str]]:
    """Return id and status of the project's issues that match, by rising id from the one behind `after_id`."""
    conditions: dict[str, tuple[Any, ...]] = {"i.project_no = ?": (project_no,), "i.id > ?": (after_id,)}
    if filters.status is not None:
        conditions["i.status = ?"] = (filters.status,)
    if filters.since_ms is not None:
        conditions["i.last_seen_ms >= ?"] = (filters.since_ms,)
    if filters.until_ms is not None:
        conditions["i.last_seen_ms <= ?"] = (filters.until_ms,)
    if filters.source == "api":
        conditions[f"i.source NOT IN ({', '.join('?' * len(NAMED_SOURCES))})"] = NAMED_SOURCES
    elif filters.source is not None:
        conditions["i.source = ?"] = (filters.source.lower(),)
    if filters.route is not None:
        conditions["i.route_or_procedure = ?"] = (filters.route,)
    of_counts = {"c.release = ?": filters.release, "c.environment = ?": filters.environment}
    wanted = {condition: (value,) for condition, value in of_counts.items() if value is not None}
    if wanted:
        exists = (
            "EXISTS (SELECT 1 FROM issue_fingerprints AS f JOIN issue_counts AS c ON c.fingerprint_id = f.id"
            f" WHERE f.issue_id = i.id AND {' AND '.join(wanted)})"
        )
        conditions[exists] = tuple(value for values in wanted.values() for value in values)
    rows = conn.execute(
        f"SELECT i.id, i.status FROM issues AS i NOT INDEXED WHERE {' AND '.join(conditions)} ORDER BY i.id LIMIT ?",
        [*(value for values in conditions.values() for value in values), limit],
    )
    return [(issue_id, status) for issue_id, status in rows]
