from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.queries.number_shapes import HourlyCount, ProjectStats, RouteCount
from bloop_trio.issues.queries.numbers import get_stats, issue_trend, project_trend
from tests.conftest import NOW_MS, accepted, insert_project, set_status

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


@pytest.fixture
def busy(connection: Connection, batches: BatchWriter) -> Connection:
    """Events of two issues now, 2, 30 and 100 hours ago, and one of another project."""
    insert_project(connection, "other")
    batches.write(
        connection,
        [
            accepted(fingerprint="cart", received_ms=NOW_MS - 100 * MS_PER_HOUR),
            accepted(fingerprint="cart", received_ms=NOW_MS - 30 * MS_PER_HOUR),
            accepted(fingerprint="cart", received_ms=NOW_MS - 2 * MS_PER_HOUR, environment="test"),
            accepted(fingerprint="cart", received_ms=NOW_MS - 2 * MS_PER_HOUR + 1, source="ios"),
            accepted(fingerprint="login", received_ms=NOW_MS, route_or_procedure="/login"),
            accepted(fingerprint="cart", received_ms=NOW_MS, project_no=2),
        ],
    )
    return connection


class TestTrends:
    def test_an_issue_is_summed_by_the_hour_over_environments_and_sources(self, busy: Connection) -> None:
        trend = issue_trend(busy, project_no=1, fingerprint="cart", hours=72, now_ms=NOW_MS)
        assert trend == [HourlyCount(NOW_MS - 30 * MS_PER_HOUR, 1), HourlyCount(NOW_MS - 2 * MS_PER_HOUR, 2)]

    def test_a_project_is_summed_over_its_issues(self, busy: Connection) -> None:
        trend = project_trend(busy, project_no=1, hours=72, now_ms=NOW_MS)
        assert trend == [
            HourlyCount(NOW_MS - 30 * MS_PER_HOUR, 1),
            HourlyCount(NOW_MS - 2 * MS_PER_HOUR, 2),
            HourlyCount(NOW_MS, 1),
        ]
        assert project_trend(busy, project_no=2, hours=720, now_ms=NOW_MS) == [HourlyCount(NOW_MS, 1)]

    @pytest.mark.parametrize(("late_ms", "hours", "buckets"), [(0, 30, 3), (1, 30, 2), (0, 29, 2), (0, 100, 4)])
    def test_the_window_holds_the_hours_that_began_in_it(
        self, busy: Connection, late_ms: int, hours: int, buckets: int
    ) -> None:
        assert len(project_trend(busy, project_no=1, hours=hours, now_ms=NOW_MS + late_ms)) == buckets

    def test_an_unknown_issue_has_none(self, busy: Connection) -> None:
        assert issue_trend(busy, project_no=1, fingerprint="nothing", hours=72, now_ms=NOW_MS) == []
        assert issue_trend(busy, project_no=2, fingerprint="login", hours=72, now_ms=NOW_MS) == []


class TestStats:
    def test_a_project_in_numbers(self, busy: Connection) -> None:
        set_status(busy, "muted", "login")
        assert get_stats(busy, project_no=1, now_ms=NOW_MS) == ProjectStats(
            total_errors=2,
            unresolved_errors=1,
            total_events_24h=3,
            overflowed_events_24h=0,
            thinned_events_24h=0,
            top_routes=[RouteCount("/api/users", 4), RouteCount("/login", 1)],
        )

    def test_a_project_without_events_is_all_zero(self, connection: Connection) -> None:
        assert get_stats(connection, project_no=1, now_ms=NOW_MS) == ProjectStats(
            total_errors=0,
            unresolved_errors=0,
            total_events_24h=0,
            overflowed_events_24h=0,
            thinned_events_24h=0,
            top_routes=[],
        )

    def test_ten_routes_at_most(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(route_or_procedure=f"/{n}", fingerprint=str(n)) for n in range(12)])
        routes = get_stats(connection, project_no=1, now_ms=NOW_MS).top_routes
        assert [route.route for route in routes] == sorted(f"/{n}" for n in range(12))[:10]
