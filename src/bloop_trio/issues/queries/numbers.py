"""Counts by the hour, and a project in a few numbers. All of it is kept ready by the writer; nothing counts events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.db.snapshot import snapshot
from bloop_trio.http.paging import MAX_HOURS
from bloop_trio.issues.fingerprint import own_fingerprint
from bloop_trio.issues.queries.shapes import HourlyCount, ProjectStats, RouteCount
from bloop_trio.issues.status import Status

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

TOP_ROUTES: Final = 10

# One more than fits the longest window, for an hour that begins while the query runs.
_MAX_BUCKETS: Final = MAX_HOURS + 1


def issue_trend(conn: Connection, *, project_no: int, fingerprint: str, hours: int, now_ms: int) -> list[HourlyCount]:
    """Return the events of an issue by the hour, oldest first; hours without events are left out.

    The window holds the hours that began at most `hours` hours ago.
    """
    rows = conn.execute(
        "SELECT h.hour_ms, sum(h.count) FROM issue_fingerprints AS asked"
        " JOIN issue_fingerprints AS f ON f.issue_id = asked.issue_id"
        " JOIN event_counts_hourly AS h ON h.fingerprint_id = f.id"
        " WHERE asked.project_no = ? AND asked.fingerprint = ? AND h.hour_ms >= ?"
        " GROUP BY h.hour_ms ORDER BY h.hour_ms LIMIT ?",
        (project_no, own_fingerprint(fingerprint), now_ms - hours * MS_PER_HOUR, _MAX_BUCKETS),
    )
    return [HourlyCount(hour_ms, count) for hour_ms, count in rows]


def project_trend(conn: Connection, *, project_no: int, hours: int, now_ms: int) -> list[HourlyCount]:
    """Return the events of a project by the hour, in the window and order of `issue_trend`."""
    rows = conn.execute(
        "SELECT hour_ms, count FROM project_counts_hourly"
        " WHERE project_no = ? AND hour_ms >= ? ORDER BY hour_ms LIMIT ?",
        (project_no, now_ms - hours * MS_PER_HOUR, _MAX_BUCKETS),
    )
    return [HourlyCount(hour_ms, count) for hour_ms, count in rows]


def get_stats(conn: Connection, *, project_no: int, now_ms: int) -> ProjectStats:
    """Return a project in numbers; all zero for a project without events."""
    with snapshot(conn):
        by_status: dict[str, int] = dict(
            conn.execute("SELECT status, count(*) FROM issues WHERE project_no = ? GROUP BY status", (project_no,))
        )
        (events,) = conn.execute(
            "SELECT coalesce(sum(count), 0) FROM project_counts_hourly WHERE project_no = ? AND hour_ms >= ?",
            (project_no, now_ms - MS_PER_DAY),
        ).fetchone()
        routes = conn.execute(
            "SELECT route_or_procedure, total_count FROM route_counts WHERE project_no = ?"
            " ORDER BY total_count DESC, route_or_procedure LIMIT ?",
            (project_no, TOP_ROUTES),
        ).fetchall()
    return ProjectStats(
        total_errors=sum(by_status.values()),
        unresolved_errors=by_status.get(Status.UNRESOLVED, 0),
        total_events_24h=events,
        top_routes=[RouteCount(route, count) for route, count in routes],
    )
