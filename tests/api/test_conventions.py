"""What holds for every route: JSON errors, paths, methods, headers, CORS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.access import ACCESS
from bloop_trio.http.headers import SECURITY_HEADERS
from tests.conftest import accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

DASHBOARD = "http://localhost:5332"


@pytest.mark.parametrize("target", ["/v1", "/v1/nothing", "/v1/errors/", "/v1/errors/a/b/c", "/static/x", "/%00"])
async def test_an_unknown_path_is_not_found_in_json(client: Client, target: str) -> None:
    answer = await client.get(target)
    assert (answer.status, answer.json) == (404, {"error": "not found"})


@pytest.mark.parametrize(("method", "target"), [("POST", "/v1/errors"), ("GET", "/v1/ingest"), ("DELETE", "/health")])
async def test_a_wrong_method_is_told_the_right_ones(client: Client, method: str, target: str) -> None:
    answer = await client.request(method, target)
    assert (answer.status, answer.json) == (405, {"error": "method not allowed"})
    expected = {m for m, rule in ACCESS if rule == target}
    assert expected <= set(answer.headers["allow"].split(", "))
    assert method not in answer.headers["allow"].split(", ")


async def test_repeated_slashes_are_one(client: Client) -> None:
    assert (await client.get("//v1///errors?limit=1")).status == 200
    assert (await client.get("http://bloop.example//health", token=None)).status == 200


async def test_head_is_answered_as_get_is(client: Client) -> None:
    answer = await client.request("HEAD", "/health")  # the listener leaves the body out
    assert answer.status == 200
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("target", ["/health", "/metrics", "/v1/errors", "/v1/errors?limit=x", "/nothing"])
async def test_every_answer_is_hardened_and_not_stored(client: Client, target: str) -> None:
    headers = (await client.get(target)).headers
    assert {(name.decode(), value.decode()) for name, value in SECURITY_HEADERS} <= set(headers.items())
    assert headers["cache-control"] == "no-store"


async def test_a_body_over_the_general_cap_is_refused(client: Client) -> None:
    answer = await client.request("POST", "/v1/errors", body=b"x" * (3 << 20))
    assert answer.status == 405  # no route reads it, so nobody asks for its size


async def test_a_bug_tells_its_id_and_nothing_else(
    client: Client, connection: Connection, batches: BatchWriter
) -> None:
    batches.write(connection, [accepted(fingerprint="cart")])
    connection.execute("UPDATE samples SET payload = ?", (b"\x00no JSON",))
    answer = await client.get("/v1/errors/cart")
    assert (answer.status, answer.json) == (500, {"error": "internal server error"})
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"


class TestCors:
    async def test_pages_of_any_origin_may_send_events(self, client: Client) -> None:
        asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
        for target in ("/v1/ingest", "/v1/ingest/batch"):
            answer = await client.request("OPTIONS", target, headers=asked)
            assert answer.status == 200
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "x-signature" in answer.headers["access-control-allow-headers"]
            assert "access-control-allow-credentials" not in answer.headers

    async def test_the_dashboards_origin_alone_may_read(self, client: Client) -> None:
        answer = await client.get("/v1/errors", headers={"origin": DASHBOARD})
        assert answer.headers["access-control-allow-origin"] == DASHBOARD
        assert answer.headers["access-control-allow-credentials"] == "true"
        answer = await client.get("/v1/errors", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers

    async def test_a_preflight_needs_no_credential(self, client: Client) -> None:
        asked = {"origin": DASHBOARD, "access-control-request-method": "GET"}
        answer = await client.request("OPTIONS", "/v1/errors", headers=asked)
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == DASHBOARD
        assert "authorization" in answer.headers["access-control-allow-headers"]

    async def test_options_without_an_origin_names_the_methods(self, client: Client) -> None:
        answer = await client.request("OPTIONS", "/v1/errors")
        assert answer.status == 200
        assert "GET" in answer.headers["allow"]
