"""Counts by the hour, and a project in a few numbers. All of it is kept ready by the writer; nothing counts events."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.db.snapshot import snapshot
from bloop_trio.http.parameters import MAX_HOURS
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.queries.number_shapes import ErrorTrend, HourlyCount, ProjectStats, RouteCount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection

TOP_ROUTES: Final = 10

# One more than fits the longest window, for an hour that begins while the query runs.
MAX_BUCKETS: Final = MAX_HOURS + 1


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
        (project_no, own_fingerprint(fingerprint), now_ms - hours * MS_PER_HOUR, MAX_BUCKETS),
    )
    return [HourlyCount(hour_ms, count) for hour_ms, count in rows]


def issue_trends(
    conn: Connection, *, project_no: int, fingerprints: Sequence[str], hours: int, now_ms: int
) -> list[ErrorTrend]:
    """Return the events of several issues by the hour, in the window and order of `issue_trend`.

    There is one trend for each of `fingerprints`, in their order; that of an unknown one is empty.
    """
    asked = [own_fingerprint(fingerprint) for fingerprint in fingerprints]
    rows = conn.execute(
        "SELECT asked.fingerprint, h.hour_ms, sum(h.count) FROM issue_fingerprints AS asked"
        " CROSS JOIN issue_fingerprints AS f ON f.issue_id = asked.issue_id"
        " CROSS JOIN event_counts_hourly AS h ON h.fingerprint_id = f.id"
        f" WHERE asked.project_no = ? AND asked.fingerprint IN ({', '.join('?' * len(asked))}) AND h.hour_ms >= ?"
        " GROUP BY asked.fingerprint, h.hour_ms ORDER BY h.hour_ms LIMIT ?",
        (project_no, *asked, now_ms - hours * MS_PER_HOUR, len(asked) * MAX_BUCKETS),
    )
    counts: defaultdict[str, list[HourlyCount]] = defaultdict(list)
    for fingerprint, hour_ms, count in rows:
        counts[fingerprint].append(HourlyCount(hour_ms, count))
    return [
        ErrorTrend(fingerprint=given, counts=counts.get(own, []))
        for given, own in zip(fingerprints, asked, strict=True)
    ]


def project_trend(conn: Connection, *, project_no: int, hours: int, now_ms: int) -> list[HourlyCount]:
    """Return the events of a project by the hour, in the window and order of `issue_trend`."""
    rows = conn.execute(
        "SELECT hour_ms, count FROM project_counts_hourly"
        " WHERE project_no = ? AND hour_ms >= ? ORDER BY hour_ms LIMIT ?",
        (project_no, now_ms - hours * MS_PER_HOUR, MAX_BUCKETS),
    )
    return [HourlyCount(hour_ms, count) for hour_ms, count in rows]


def get_stats(conn: Connection, *, project_no: int, now_ms: int) -> ProjectStats:
    """Return a project in numbers; all zero for a project without events."""
    with snapshot(conn):
        by_status: dict[str, int] = dict(
            conn.execute("SELECT status, count FROM issue_totals WHERE project_no = ?", (project_no,))
        )
        events, overflowed, thinned = conn.execute(
            "SELECT coalesce(sum(count), 0), coalesce(sum(overflowed), 0), coalesce(sum(thinned), 0)"
            " FROM project_counts_hourly WHERE project_no = ? AND hour_ms >= ?",
            (project_no, now_ms - MS_PER_DAY),
        ).fetchone()
        routes = conn.execute(
            "SELECT value, total_count FROM facet_counts WHERE project_no = ? AND facet = 'route'"
            " ORDER BY total_count DESC, value LIMIT ?",
            (project_no, TOP_ROUTES),
        ).fetchall()
    return ProjectStats(
        total_errors=sum(by_status.values()),
        unresolved_errors=by_status.get(Status.UNRESOLVED, 0),
        total_events_24h=events,
        overflowed_events_24h=overflowed,
        thinned_events_24h=thinned,
        top_routes=[RouteCount(route, count) for route, count in routes],
    )
