"""Reading issues: parameters, status codes and the shapes that clients rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.issues.queries.detail_shapes import ErrorDetail
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

AGGREGATE = [
    "project_id",
    "fingerprint",
    "release",
    "environment",
    "total_count",
    "first_seen",
    "last_seen",
    "error_type",
    "message",
    "source",
    "route_or_procedure",
    "screen",
    "status",
]


@pytest.fixture
def stored(connection: Connection, batches: BatchWriter) -> None:
    batches.write(
        connection,
        [
            accepted(fingerprint="cart", release="1", received_ms=NOW_MS - 2),
            accepted(fingerprint="cart", release="feature/x@2", received_ms=NOW_MS - 1),
            accepted(fingerprint="trend", release="1", stack="at f", metadata={"a": 1}),
        ],
    )


@pytest.mark.usefixtures("stored")
class TestList:
    async def test_it_is_a_bare_list_of_aggregates(self, client: Client) -> None:
        answer = await client.get("/v1/errors")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert [row["fingerprint"] for row in answer.json] == ["trend", "cart", "cart"]
        assert list(answer.json[0]) == AGGREGATE
        assert answer.json[0] == {
            "project_id": "default",
            "fingerprint": "trend",
            "release": "1",
            "environment": "prod",
            "total_count": 1,
            "first_seen": NOW_MS,
            "last_seen": NOW_MS,
            "error_type": "TypeError",
            "message": "Cannot read property id of undefined",
            "source": "api",
            "route_or_procedure": "/api/users",
            "screen": None,
            "status": "unresolved",
        }

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("limit=1", 1),
            ("limit=-1", 1),
            ("limit=1000", 3),
            ("offset=2", 1),
            ("offset=-2", 3),
            ("release=feature%2Fx%402", 1),
            ("release=", 3),
            ("environment=prod&source=api&route=%2Fapi%2Fusers&status=unresolved", 3),
            ("status=resolved", 0),
            ("status=whatever", 0),
            (f"since={NOW_MS}", 1),
            (f"until={NOW_MS - 1}", 2),
            ("sort=total_count", 3),
            ("sort=first_seen&limit=2", 2),
            ("unknown=1", 3),
        ],
    )
    async def test_filters_and_pages(self, client: Client, query: str, count: int) -> None:
        answer = await client.get(f"/v1/errors?{query}")
        assert (answer.status, len(answer.json)) == (200, count)

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("limit=abc", "limit must be a whole number"),
            ("offset=1.5", "offset must be a whole number"),
            ("since=yesterday", "since must be a whole number"),
            ("until=%00", "until must be a whole number"),
            ("sort=message", "sort must be last_seen, total_count or first_seen"),
        ],
    )
    async def test_what_cannot_be_read_is_refused(self, client: Client, query: str, message: str) -> None:
        answer = await client.get(f"/v1/errors?{query}")
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_a_release_may_hold_a_slash(self, client: Client) -> None:
        answer = await client.get("/v1/releases/feature%2Fx%402/errors")
        assert [row["release"] for row in answer.json] == ["feature/x@2"]
        assert (await client.get("/v1/releases/none/errors")).json == []


@pytest.mark.usefixtures("stored")
class TestDetail:
    async def test_it_holds_aggregates_and_samples(self, client: Client) -> None:
        answer = await client.get("/v1/errors/cart")
        assert list(answer.json) == [field.name for field in attrs.fields(ErrorDetail)]
        assert [row["release"] for row in answer.json["aggregates"]] == ["feature/x@2", "1"]
        assert list(answer.json["aggregates"][0]) == AGGREGATE
        assert [row["captured_at"] for row in answer.json["samples"]] == [NOW_MS - 1, NOW_MS - 2]

    async def test_a_sample_is_all_that_was_sent(self, client: Client) -> None:
        (sample,) = (await client.get("/v1/errors/trend")).json["samples"]
        assert sample == {
            "id": 3,
            "fingerprint": "trend",
            "project_id": "default",
            "captured_at": NOW_MS,
            "source": "api",
            "environment": "prod",
            "release": "1",
            "error_type": "TypeError",
            "message": "Cannot read property id of undefined",
            "stack": "at f",
            "request_id": None,
            "metadata": {"a": 1},
            "user_id_hash": None,
            "device_id_hash": None,
            "app_version": None,
            "build_number": None,
            "screen": None,
            "http_status": None,
            "route_or_procedure": "/api/users",
        }

    @pytest.mark.parametrize(
        ("segment", "fingerprint"), [("nothing", "nothing"), ("a%2Fb", "a/b"), ("50%25", "50%"), ("%3Cb%3E", "<b>")]
    )
    async def test_an_unknown_fingerprint_is_not_found(self, client: Client, segment: str, fingerprint: str) -> None:
        answer = await client.get(f"/v1/errors/{segment}")
        assert (answer.status, answer.json) == (404, {"error": f"no errors with fingerprint {fingerprint}"})

    async def test_a_fingerprint_may_look_like_a_word_of_the_api(self, client: Client) -> None:
        assert (await client.get("/v1/errors/trend")).json["aggregates"][0]["fingerprint"] == "trend"
        assert (await client.get("/v1/errors/trend/trend")).json == [{"hour_bucket": NOW_MS, "count": 1}]

    async def test_a_client_may_bring_a_fingerprint_that_needs_escaping(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="checkout/pay 100%")])
        assert (await client.get("/v1/errors/checkout%2Fpay%20100%25")).status == 200
        assert len((await client.get("/v1/errors/checkout%2Fpay%20100%25/occurrences")).json) == 1


@pytest.mark.usefixtures("stored")
class TestParts:
    async def test_occurrences_come_newest_first(self, client: Client) -> None:
        answer = await client.get("/v1/errors/cart/occurrences?limit=1")
        assert answer.json == [
            {
                "id": 2,
                "timestamp": NOW_MS,
                "source": "api",
                "environment": "prod",
                "release": "feature/x@2",
                "error_type": "TypeError",
                "message": "Cannot read property id of undefined",
                "stack": None,
                "http_status": None,
                "request_id": None,
                "route_or_procedure": "/api/users",
                "fingerprint": "cart",
                "received_at": NOW_MS - 1,
                "project_id": "default",
                "metadata": None,
                "user_id_hash": None,
                "device_id_hash": None,
                "app_version": None,
                "build_number": None,
                "screen": None,
            }
        ]
        assert len((await client.get("/v1/errors/cart/occurrences?offset=1")).json) == 1

    @pytest.mark.parametrize("part", ["occurrences", "trend", "history"])
    async def test_of_an_unknown_fingerprint_there_are_none(self, client: Client, part: str) -> None:
        answer = await client.get(f"/v1/errors/nothing/{part}")
        assert (answer.status, answer.json) == (200, [])

    async def test_trends_are_counts_by_the_hour(self, client: Client) -> None:
        hour_ago = NOW_MS - 3_600_000
        assert (await client.get("/v1/trends?hours=1")).json == [
            {"hour_bucket": hour_ago, "count": 2},
            {"hour_bucket": NOW_MS, "count": 1},
        ]
        assert (await client.get("/v1/errors/cart/trend")).json == [{"hour_bucket": hour_ago, "count": 2}]
        assert (await client.get("/v1/trends?hours=many")).status == 400

    async def test_stats_are_the_project_in_numbers(self, client: Client) -> None:
        assert (await client.get("/v1/stats")).json == {
            "total_errors": 2,
            "unresolved_errors": 2,
            "total_events_24h": 3,
            "overflowed_events_24h": 0,
            "thinned_events_24h": 0,
            "top_routes": [{"route": "/api/users", "count": 3}],
        }

    async def test_a_resolved_error_that_comes_back_says_so_in_its_history(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        connection.execute("UPDATE issues SET status = 'resolved' WHERE fingerprint = 'cart'")
        batches.forget()
        batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS + 5)])
        assert (await client.get("/v1/errors/cart/history")).json == [
            {
                "id": 1,
                "project_id": "default",
                "fingerprint": "cart",
                "old_status": "resolved",
                "new_status": "unresolved",
                "changed_by": None,
                "changed_by_name": None,
                "changed_at": NOW_MS + 5,
                "reason": "regression",
            }
        ]
        assert {row["status"] for row in (await client.get("/v1/errors/cart")).json["aggregates"]} == {"unresolved"}


async def test_an_empty_project_answers_with_empty_lists(client: Client) -> None:
    for target in ("/v1/errors", "/v1/trends", "/v1/releases/1/errors", "/v1/errors/x/occurrences"):
        assert (await client.get(target)).json == []
