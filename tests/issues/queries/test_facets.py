from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.issues.queries import facets
from bloop_trio.issues.queries.facets import get_facets
from bloop_trio.issues.queries.number_shapes import FacetValue, StatusCount
from tests.conftest import NOW_MS, accepted, insert_project, set_status

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.number_shapes import Facets
    from bloop_trio.issues.writing.writer import BatchWriter


@pytest.fixture
def shop(connection: Connection, batches: BatchWriter) -> Connection:
    insert_project(connection, "other")
    batches.write(
        connection,
        [
            accepted(fingerprint="a", release="1.0", received_ms=NOW_MS + 5),
            accepted(fingerprint="a", release="1.0", environment="test", received_ms=NOW_MS + 7),
            accepted(fingerprint="b", release="2.0", source="ios", route_or_procedure="/api/cart"),
            accepted(fingerprint="c", release="2.0", route_or_procedure=None),
            accepted(fingerprint="d", release="2.0", route_or_procedure="job"),
            accepted(fingerprint="secret", project_no=2, release="9.9"),
        ],
    )
    set_status(connection, "muted", "c")
    return connection


def of(conn: Connection, *, prefix: str | None = None, limit: int = 50) -> Facets:
    return get_facets(conn, project_no=1, prefix=prefix, limit=limit)


def test_each_value_comes_with_its_events_most_first(shop: Connection) -> None:
    found = of(shop)
    assert found.releases == [FacetValue("2.0", 3, NOW_MS), FacetValue("1.0", 2, NOW_MS + 7)]
    assert found.environments == [FacetValue("prod", 4, NOW_MS + 5), FacetValue("test", 1, NOW_MS + 7)]
    assert found.sources == [FacetValue("api", 4, NOW_MS + 7), FacetValue("ios", 1, NOW_MS)]
    assert [(route.value, route.count) for route in found.routes] == [("/api/users", 2), ("/api/cart", 1), ("job", 1)]


def test_statuses_count_issues_and_are_always_all_there(shop: Connection) -> None:
    assert of(shop).statuses == [
        StatusCount("unresolved", 3),
        StatusCount("resolved", 0),
        StatusCount("ignored", 0),
        StatusCount("muted", 1),
    ]


def test_a_beginning_narrows_them_down(shop: Connection) -> None:
    found = of(shop, prefix="/api/")
    assert [route.value for route in found.routes] == ["/api/users", "/api/cart"]
    assert found.releases == []
    assert of(shop, prefix="%").routes == []


def test_no_more_than_the_limit(shop: Connection) -> None:
    found = of(shop, limit=1)
    assert [len(values) for values in (found.releases, found.environments, found.sources, found.routes)] == [1] * 4


def test_a_beginning_that_very_many_share_looks_at_the_first_of_them(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MAX_PREFIXED", 1)
    assert [route.value for route in of(shop, prefix="/api/").routes] == ["/api/cart"]


@pytest.mark.parametrize("prefix", [None, "/api"])
def test_nothing_is_scanned(connection: Connection, prefix: str | None) -> None:
    steps: list[str] = []
    connection.set_trace_callback(steps.append)
    of(connection, prefix=prefix)
    connection.set_trace_callback(None)
    for statement in (step for step in steps if step.startswith("SELECT")):
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert all("(project_no=?" in step for step in plan if step.startswith("SEARCH")), (statement, plan)
        assert not [step for step in plan if step.startswith("SCAN facet_counts")]
