"""Numbers over several projects: the sums of what `numbers` and `facets` tell of one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.queries.facets import facet_source
from bloop_trio.issues.queries.number_shapes import (
    ErrorTrend,
    Facets,
    FacetValue,
    HourlyCount,
    ProjectStats,
    RouteCount,
    StatusCount,
)
from bloop_trio.issues.queries.numbers import MAX_BUCKETS, TOP_ROUTES
from bloop_trio.issues.queries.scope import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.scope import OneProject

MAX_MERGED: Final = 20_000
"""Values of one facet that are added up; with more of them, each project's commonest ones."""


def trends_of_errors(
    conn: Connection, projects: tuple[OneProject, ...], *, fingerprints: Sequence[str], hours: int, now_ms: int
) -> list[ErrorTrend]:
    """Return what `numbers.issue_trends` does; issues of several projects with one fingerprint are added up."""
    asked = [own_fingerprint(fingerprint) for fingerprint in fingerprints]
    rows = conn.execute(
        "SELECT asked.fingerprint, h.hour_ms, sum(h.count) FROM json_each(?) AS p"
        " CROSS JOIN issue_fingerprints AS asked ON asked.project_no = p.value"
        " CROSS JOIN issue_fingerprints AS f ON f.issue_id = asked.issue_id"
        " CROSS JOIN event_counts_hourly AS h ON h.fingerprint_id = f.id"
        f" WHERE asked.fingerprint IN ({', '.join('?' * len(asked))}) AND h.hour_ms >= ?"
        " GROUP BY asked.fingerprint, h.hour_ms ORDER BY h.hour_ms LIMIT ?",
        (as_json(projects), *asked, now_ms - hours * MS_PER_HOUR, len(asked) * MAX_BUCKETS),
    )
    counts: defaultdict[str, list[HourlyCount]] = defaultdict(list)
    for fingerprint, hour_ms, count in rows:
        counts[fingerprint].append(HourlyCount(hour_ms, count))
    return [
        ErrorTrend(fingerprint=given, counts=counts.get(own, []))
        for given, own in zip(fingerprints, asked, strict=True)
    ]


def trend_of_projects(
    conn: Connection, projects: tuple[OneProject, ...], *, hours: int, now_ms: int
) -> list[HourlyCount]:
    """Return the events of all these projects by the hour, as `numbers.project_trend` does those of one."""
    rows = conn.execute(
        "SELECT h.hour_ms, sum(h.count) FROM json_each(?) AS p"
        " CROSS JOIN project_counts_hourly AS h ON h.project_no = p.value"
        " WHERE h.hour_ms >= ? GROUP BY h.hour_ms ORDER BY h.hour_ms LIMIT ?",
        (as_json(projects), now_ms - hours * MS_PER_HOUR, MAX_BUCKETS),
    )
    return [HourlyCount(hour_ms, count) for hour_ms, count in rows]


def stats_of_projects(conn: Connection, projects: tuple[OneProject, ...], *, now_ms: int) -> ProjectStats:
    """Return all these projects in numbers; a route that several have counts once, with the events of all."""
    with snapshot(conn):
        by_status = _statuses(conn, projects)
        events, overflowed, thinned = conn.execute(
            "SELECT coalesce(sum(h.count), 0), coalesce(sum(h.overflowed), 0), coalesce(sum(h.thinned), 0)"
            " FROM json_each(?) AS p"
            " CROSS JOIN project_counts_hourly AS h ON h.project_no = p.value WHERE h.hour_ms >= ?",
            (as_json(projects), now_ms - MS_PER_DAY),
        ).fetchone()
        routes = _values(conn, projects, "route", None, TOP_ROUTES)
    return ProjectStats(
        total_errors=sum(by_status.values()),
        unresolved_errors=by_status.get(Status.UNRESOLVED, 0),
        total_events_24h=events,
        overflowed_events_24h=overflowed,
        thinned_events_24h=thinned,
        top_routes=[RouteCount(route.value, route.count) for route in routes],
    )


def facets_of_projects(conn: Connection, projects: tuple[OneProject, ...], *, prefix: str | None, limit: int) -> Facets:
    """Return what the filters can be set to over all these projects, as `facets.get_facets` does for one."""
    with snapshot(conn):
        counts = _statuses(conn, projects)
        return Facets(
            releases=_values(conn, projects, "release", prefix, limit),
            environments=_values(conn, projects, "environment", prefix, limit),
            sources=_values(conn, projects, "source", prefix, limit),
            routes=_values(conn, projects, "route", prefix, limit),
            statuses=[StatusCount(status.value, counts.get(status, 0)) for status in Status],
        )


def _statuses(conn: Connection, projects: tuple[OneProject, ...]) -> dict[str, int]:
    return dict(
        conn.execute(
            "SELECT t.status, sum(t.count) FROM json_each(?) AS p"
            " CROSS JOIN issue_totals AS t ON t.project_no = p.value GROUP BY t.status",
            (as_json(projects),),
        )
    )


def _values(
    conn: Connection, projects: tuple[OneProject, ...], facet: str, prefix: str | None, limit: int
) -> list[FacetValue]:
    source, values = facet_source("p.value", facet, prefix)
    commonest = f"SELECT value FROM {source} ORDER BY total_count DESC, value LIMIT ?"
    rows = conn.execute(
        "SELECT f.value, sum(f.total_count) AS events, max(f.last_seen_ms) FROM json_each(?) AS p"
        f" CROSS JOIN facet_counts AS f ON f.project_no = p.value AND f.facet = ? AND f.value IN ({commonest})"
        " GROUP BY f.value ORDER BY events DESC, f.value LIMIT ?",
        [as_json(projects), facet, *values, max(limit, MAX_MERGED // max(1, len(projects))), limit],
    )
    return [FacetValue(value, count, last_seen_ms) for value, count, last_seen_ms in rows]
