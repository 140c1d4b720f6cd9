"""Insights over HTTP, asked of a projection in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

from bloop_trio.analytics.insights import TIME_LIMIT_SECS, Insights
from bloop_trio.app import create_app
from bloop_trio.exceptions import QueryTimeoutError, UnavailableError
from tests.analytics.asking import HALF_PAST_MS, Error, Projection, hours_ago
from tests.client import Client
from tests.conftest import insert_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bloop_trio.db.connection import Connection

INSIGHTS = ("spikes", "movers", "correlations", "releases", "environments")


@attrs.define
class Asked:
    """Asks the projection, and notes that it did."""

    projection: Projection
    statements: list[str] = attrs.field(factory=list)
    error: Exception | None = None

    async def __call__(self, sql: str, parameters: Sequence[Any], timeout_secs: float) -> list[tuple[Any, ...]]:
        assert timeout_secs == TIME_LIMIT_SECS
        self.statements.append(sql)
        await trio.lowlevel.checkpoint()
        if self.error is not None:
            raise self.error
        return self.projection.conn.execute(sql, list(parameters)).fetchall()


@pytest.fixture
def asked() -> Iterator[Asked]:
    made = Asked(Projection())
    yield made
    made.projection.conn.close()


@pytest.fixture
def insights(asked: Asked) -> Insights:
    return Insights(asked, ttl_secs=60, zscore_threshold=2.5, clock=lambda: HALF_PAST_MS)


@pytest.fixture
def asking(client: Client, insights: Insights) -> Client:
    """The app with insights; its second project is `other`."""
    services = attrs.evolve(client.services, insights=insights)
    return Client(create_app(services), services, client.token)


@pytest.fixture(autouse=True)
def filled(asked: Asked, connection: Connection) -> None:
    insert_project(connection, "other")
    rising = {ago: 10 - ago for ago in range(1, 8)}
    asked.projection.add(
        Error(no=1, hours={**dict.fromkeys(range(2, 22), 1), 1: 100}, fingerprint="cart"),
        Error(no=2, hours=rising, fingerprint="till"),
        Error(no=3, hours={**rising, 9: 1}, fingerprint="door"),
        Error(no=4, hours={**dict.fromkeys(range(2, 22), 1), 1: 50}, fingerprint="cart", project_no=2),
    )


async def test_spikes(asking: Client) -> None:
    answer = await asking.get("/v1/analytics/spikes")
    assert answer.status == 200
    assert answer.json == {
        "spikes": [
            {
                "fingerprint": "cart",
                "error_type": "TypeError",
                "message": "m1",
                "hour_bucket": hours_ago(1),
                "count": 100,
                "mean": pytest.approx(5.714285714),
                "stddev": pytest.approx(21.603571133),
                "zscore": pytest.approx(4.364357805),
                "project_id": "default",
                "hours": 21,
                "is_running": False,
                "rule": {
                    "type": "spike",
                    "fingerprint": "cart",
                    "multiplier": 9.25,
                    "baseline_window_secs": 259_200,
                    "compare_window_secs": 3600,
                    "min_count": 5,
                },
            }
        ],
        "threshold": 2.5,
        "window_hours": 72,
        "computed_at": HALF_PAST_MS,
    }


async def test_movers(asking: Client) -> None:
    found = (await asking.get("/v1/analytics/movers?hours=24&limit=2")).json
    assert [(m["fingerprint"], m["delta"], m["delta_pct"]) for m in found["movers"]] == [
        ("cart", 120, 100),
        ("door", 43, 100),
    ]
    assert [mover["moved_first"] for mover in found["movers"]] == [True, False]
    assert (found["window_hours"], found["current_from"]) == (24, hours_ago(23))


async def test_correlations(asking: Client) -> None:
    found = (await asking.get("/v1/analytics/correlations")).json
    (pair,) = found["pairs"]
    assert (pair["fingerprint_a"], pair["fingerprint_b"], pair["message_a"]) == ("door", "till", "m3")
    assert (pair["correlation"], pair["shared_hours"]) == (pytest.approx(1), 7)
    assert (found["compared"], found["eligible"], found["max_compared"]) == (3, 3, 150)


async def test_releases(asking: Client) -> None:
    found = (await asking.get("/v1/analytics/releases")).json
    (release,) = found["releases"]
    assert (release["release"], release["error_count"], release["impact_score"]) == ("1.0", 205, 30)


async def test_environments(asking: Client) -> None:
    found = (await asking.get("/v1/analytics/environments")).json
    (environment,) = found["environments"]
    assert (environment["environment"], environment["pct_of_total"], found["total_count"]) == ("prod", 100, 205)


async def test_a_session_sees_all_projects_or_the_one_that_it_names(
    asking: Client, sign_in: Callable[..., dict[str, str]]
) -> None:
    ada = sign_in()
    for query, expected in [
        ("", ["default", "other"]),
        ("?project_id=other", ["00000000-0000-4000-8000-000000000002"]),
        ("?project_id=nobody", []),
    ]:
        answer = await asking.request("GET", f"/v1/analytics/spikes{query}", headers=ada)
        found = [spike["project_id"] for spike in answer.json["spikes"]]
        assert found == [{"other": "00000000-0000-4000-8000-000000000002"}.get(name, name) for name in expected]


async def test_a_token_sees_its_own_project_whatever_it_names(asking: Client, make_token: Callable[..., str]) -> None:
    theirs = make_token("analytics:read", project_no=2)
    answer = await asking.get("/v1/analytics/spikes?project_id=default", token=theirs)
    assert [spike["count"] for spike in answer.json["spikes"]] == [50]


@pytest.mark.parametrize("insight", INSIGHTS)
async def test_numbers_out_of_bounds_are_taken_as_the_nearest(asking: Client, asked: Asked, insight: str) -> None:
    for query in ("hours=0&limit=-1", "hours=99999&limit=99999", "hours=&limit=&environment="):
        assert (await asking.get(f"/v1/analytics/{insight}?{query}")).status == 200
    answer = await asking.get(f"/v1/analytics/{insight}?limit=many")
    assert (answer.status, answer.json) == (400, {"error": "limit must be a whole number"})


async def test_one_environment_alone(asking: Client) -> None:
    for insight, rows in [("spikes", "spikes"), ("movers", "movers"), ("correlations", "pairs")]:
        assert (await asking.get(f"/v1/analytics/{insight}?environment=dev")).json[rows] == []
    assert (await asking.get("/v1/analytics/environments?environment=dev")).json["total_count"] == 0


async def test_the_same_is_asked_once_and_what_differs_is_asked_anew(asking: Client, asked: Asked) -> None:
    for _ in range(3):
        await asking.get("/v1/analytics/spikes?hours=72")
        await asking.get("/v1/analytics/spikes")
    assert len(asked.statements) == 1
    for query in ("hours=71", "limit=19", "environment=all", "min_count=2"):
        await asking.get(f"/v1/analytics/spikes?{query}")
    assert len(asked.statements) == 5


async def test_what_was_forgotten_is_asked_anew(asking: Client, asked: Asked, insights: Insights) -> None:
    await asking.get("/v1/analytics/movers")
    insights.forget()
    await asking.get("/v1/analytics/movers")
    assert len(asked.statements) == 2


async def test_what_a_client_has_is_not_sent_again(asking: Client) -> None:
    tag = (await asking.get("/v1/analytics/movers")).headers["etag"]
    assert (await asking.get("/v1/analytics/movers", headers={"if-none-match": tag})).status == 304


@pytest.mark.parametrize(
    "error", [QueryTimeoutError("the query took longer than 5000 ms"), UnavailableError("not yet")], ids=str
)
async def test_trouble_is_told_and_not_kept(asking: Client, asked: Asked, error: UnavailableError) -> None:
    asked.error = error
    answer = await asking.get("/v1/analytics/spikes")
    assert (answer.status, answer.json) == (503, {"error": error.message})
    asked.error = None
    assert (await asking.get("/v1/analytics/spikes")).status == 200


@pytest.mark.parametrize("insight", INSIGHTS)
async def test_where_insights_are_off_there_are_no_such_routes(client: Client, insight: str) -> None:
    answer = await client.get(f"/v1/analytics/{insight}")
    assert (answer.status, answer.json) == (404, {"error": "not found"})


async def test_reading_alerts_does_not_open_them(asking: Client, make_token: Callable[..., str]) -> None:
    answer = await asking.get("/v1/analytics/spikes", token=make_token("alerts:read"))
    assert (answer.status, answer.json) == (403, {"error": "token lacks required scope: analytics:read"})
