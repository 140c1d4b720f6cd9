"""What filters can be set to: the releases, environments, sources and routes that a project has had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.queries.number_shapes import Facets, FacetValue, StatusCount

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

MAX_PREFIXED: Final = 10_000
"""Values that begin alike and are compared by their counts; beyond that, the first ones in alphabetical order."""
_LAST_CHARACTER: Final = "\U0010ffff"


def get_facets(conn: Connection, *, project_no: int, prefix: str | None, limit: int) -> Facets:
    """Return up to `limit` values of each facet, most events first; with `prefix`, only values that begin so."""
    with snapshot(conn):
        counts: dict[str, int] = dict(
            conn.execute("SELECT status, count FROM issue_totals WHERE project_no = ?", (project_no,))
        )
        return Facets(
            releases=_values(conn, project_no, "release", prefix, limit),
            environments=_values(conn, project_no, "environment", prefix, limit),
            sources=_values(conn, project_no, "source", prefix, limit),
            routes=_values(conn, project_no, "route", prefix, limit),
            statuses=[StatusCount(status.value, counts.get(status, 0)) for status in Status],
        )


def facet_source(project: str, facet: str, prefix: str | None) -> tuple[str, list[object]]:
    """Return what stands behind FROM to read a facet's values of the project that an expression of SQL gives."""
    source = f"facet_counts WHERE project_no = {project} AND facet = ?"
    if prefix is None:
        return source, [facet]
    return (
        f"(SELECT * FROM {source} AND value >= ? AND value < ? ORDER BY value LIMIT {MAX_PREFIXED:d})",
        [facet, prefix, prefix + _LAST_CHARACTER],
    )


def _values(conn: Connection, project_no: int, facet: str, prefix: str | None, limit: int) -> list[FacetValue]:
    source, values = facet_source("?", facet, prefix)
    rows = conn.execute(
        f"SELECT value, total_count, last_seen_ms FROM {source} ORDER BY total_count DESC, value LIMIT ?",
        [project_no, *values, limit],
    )
    return [FacetValue(value, count, last_seen_ms) for value, count, last_seen_ms in rows]
