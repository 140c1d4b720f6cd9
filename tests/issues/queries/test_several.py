"""Numbers over several projects are the sums of those of each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.queries import several
from bloop_trio.issues.queries.facets import get_facets
from bloop_trio.issues.queries.number_shapes import FacetValue, HourlyCount, StatusCount
from bloop_trio.issues.queries.numbers import get_stats, issue_trends, project_trend
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.queries.several import (
    facets_of_projects,
    stats_of_projects,
    trend_of_projects,
    trends_of_errors,
)
from tests.conftest import NOW_MS, accepted, insert_project, set_status

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


@pytest.fixture
def two(connection: Connection, batches: BatchWriter) -> tuple[OneProject, ...]:
    """Two projects that share an error, and a third one that is not asked for."""
    shop, _ = insert_project(connection, "shop"), insert_project(connection, "secret")
    before = NOW_MS - 2 * MS_PER_HOUR
    batches.write(
        connection,
        [
            *[accepted(fingerprint="cart", route_or_procedure="/a") for _ in range(3)],
            accepted(fingerprint="cart", route_or_procedure="/b", release="2.0", received_ms=before),
            accepted(fingerprint="own", route_or_procedure="/b", received_ms=before),
            *[accepted(fingerprint="cart", project_no=2, route_or_procedure="/b", release="2.0") for _ in range(4)],
            accepted(fingerprint="theirs", project_no=2, route_or_procedure="/c", received_ms=NOW_MS + 5),
            accepted(fingerprint="cart", project_no=3, route_or_procedure="/hidden", release="9.9"),
        ],
    )
    set_status(connection, "muted", "own")
    return (OneProject(1, "default"), OneProject(shop.no, shop.id))


def added_up(*trends: list[HourlyCount]) -> list[HourlyCount]:
    counts: Counter[int] = Counter()
    for trend in trends:
        for hour in trend:
            counts[hour.hour_bucket] += hour.count
    return [HourlyCount(hour_ms, count) for hour_ms, count in sorted(counts.items())]


def test_trends_are_added_up_hour_by_hour(connection: Connection, two: tuple[OneProject, ...]) -> None:
    each = [project_trend(connection, project_no=project.no, hours=72, now_ms=NOW_MS) for project in two]
    found = trend_of_projects(connection, two, hours=72, now_ms=NOW_MS)
    assert found == added_up(*each)
    assert [hour.count for hour in found] == [2, 8]
    assert [hour.count for hour in trend_of_projects(connection, two, hours=1, now_ms=NOW_MS)] == [8]


def test_errors_that_share_a_fingerprint_are_added_up(connection: Connection, two: tuple[OneProject, ...]) -> None:
    asked = ("theirs", "nothing", "cart")
    of_each = [
        issue_trends(connection, project_no=project.no, fingerprints=asked, hours=72, now_ms=NOW_MS) for project in two
    ]
    found = trends_of_errors(connection, two, fingerprints=asked, hours=72, now_ms=NOW_MS)
    assert [trend.fingerprint for trend in found] == list(asked)
    for number, trend in enumerate(found):
        assert trend.counts == added_up(*(of_project[number].counts for of_project in of_each))
    assert [[hour.count for hour in trend.counts] for trend in found] == [[1], [], [1, 7]]


def test_stats_are_added_up(connection: Connection, two: tuple[OneProject, ...]) -> None:
    each = [get_stats(connection, project_no=project.no, now_ms=NOW_MS) for project in two]
    found = stats_of_projects(connection, two, now_ms=NOW_MS)
    assert found.total_errors == sum(stats.total_errors for stats in each) == 4
    assert found.unresolved_errors == 3
    assert found.total_events_24h == 10
    assert [(route.route, route.count) for route in found.top_routes] == [("/b", 6), ("/a", 3), ("/c", 1)]


def test_facets_are_added_up(connection: Connection, two: tuple[OneProject, ...]) -> None:
    found = facets_of_projects(connection, two, prefix=None, limit=50)
    assert found.releases == [FacetValue("1.0.0", 5, NOW_MS + 5), FacetValue("2.0", 5, NOW_MS)]
    assert found.environments == [FacetValue("prod", 10, NOW_MS + 5)]
    assert [(route.value, route.count) for route in found.routes] == [("/b", 6), ("/a", 3), ("/c", 1)]
    assert found.statuses[0] == StatusCount("unresolved", 3)
    assert [status.value for status in found.statuses] == ["unresolved", "resolved", "ignored", "muted"]


def test_a_beginning_and_a_limit_narrow_facets_down(connection: Connection, two: tuple[OneProject, ...]) -> None:
    found = facets_of_projects(connection, two, prefix="/", limit=2)
    assert [route.value for route in found.routes] == ["/b", "/a"]
    assert found.releases == []
    assert facets_of_projects(connection, two, prefix="2.", limit=9).releases == [FacetValue("2.0", 5, NOW_MS)]


def test_of_very_many_values_the_commonest_of_each_project_are_added_up(
    connection: Connection, two: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "MAX_MERGED", 2)
    found = facets_of_projects(connection, two, prefix=None, limit=1)
    assert [(route.value, route.count) for route in found.routes] == [("/b", 4)]


def test_one_project_tells_the_same_either_way(connection: Connection, two: tuple[OneProject, ...]) -> None:
    one = two[:1]
    assert stats_of_projects(connection, one, now_ms=NOW_MS) == get_stats(connection, project_no=1, now_ms=NOW_MS)
    assert facets_of_projects(connection, one, prefix=None, limit=9) == get_facets(
        connection, project_no=1, prefix=None, limit=9
    )


def test_of_no_project_there_is_nothing(connection: Connection, two: tuple[OneProject, ...]) -> None:
    assert stats_of_projects(connection, (), now_ms=NOW_MS).total_events_24h == 0
    assert trend_of_projects(connection, (), hours=72, now_ms=NOW_MS) == []
    assert facets_of_projects(connection, (), prefix=None, limit=9).routes == []
    (trend,) = trends_of_errors(connection, (), fingerprints=["cart"], hours=72, now_ms=NOW_MS)
    assert trend.counts == []
