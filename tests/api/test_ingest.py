"""Ingest on the ordinary road; what the intake decides is tested with the intake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.http.headers import INGEST_HEADERS
from tests.conftest import PROJECT_KEY, an_event, as_json, signature, signed

if TYPE_CHECKING:
    from tests.client import Client
    from tests.conftest import Ingest

ROUTES = ("/v1/ingest", "/v1/ingest/batch")


async def test_a_signed_event_is_accepted(client: Client, ingest: Ingest) -> None:
    body = as_json(an_event())
    answer = await client.request("POST", "/v1/ingest", body=body, headers=signed(body))
    assert (answer.status, answer.json) == (200, {"status": "accepted"})
    assert {(name.decode(), value.decode()) for name, value in INGEST_HEADERS} <= set(answer.headers.items())
    assert ingest.pipeline.statistics().buffered == 1


async def test_each_event_of_a_batch_gets_its_verdict(client: Client, ingest: Ingest) -> None:
    body = as_json({"events": [an_event(), an_event(environment=""), an_event(message="other")]})
    answer = await client.request("POST", "/v1/ingest/batch", body=body, headers=signed(body))
    assert answer.status == 200
    assert answer.json == {
        "accepted": 2,
        "dropped": 0,
        "errors": [{"index": 1, "error": "environment is required"}],
    }
    assert ingest.pipeline.statistics().buffered == 2


async def test_the_signature_may_come_under_its_other_name(client: Client) -> None:
    body = as_json(an_event())
    headers = {"content-type": "application/json", "x-bloop-signature": signature(body), "x-project-key": PROJECT_KEY}
    assert (await client.request("POST", "/v1/ingest", body=body, headers=headers)).status == 200


@pytest.mark.parametrize("route", ROUTES)
async def test_refusals_are_json_and_readable_from_any_origin(client: Client, route: str) -> None:
    answer = await client.request("POST", route, body=b"{}", headers={"content-type": "application/json"})
    assert (answer.status, answer.json) == (401, {"error": "missing X-Signature header"})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("route", "cap"), [("/v1/ingest", 32_768), ("/v1/ingest/batch", 1_638_400)])
async def test_a_body_over_its_cap_is_refused_whether_announced_or_not(client: Client, route: str, cap: int) -> None:
    body = b" " * (cap + 1)
    for headers in (signed(body), signed(body) | {"content-length": str(cap + 1)}):
        answer = await client.request("POST", route, body=body, headers=headers)
        assert (answer.status, answer.json) == (400, {"error": "failed to read body"})


async def test_a_body_far_over_every_cap_is_refused_all_the_same(client: Client) -> None:
    body = b" " * (5 << 20)
    answer = await client.request("POST", "/v1/ingest/batch", body=body, headers=signed(body))
    assert (answer.status, answer.json) == (400, {"error": "failed to read body"})


async def test_a_body_at_its_cap_is_read(client: Client) -> None:
    body = as_json(an_event())
    body += b" " * (32_768 - len(body))
    assert (await client.request("POST", "/v1/ingest", body=body, headers=signed(body))).status == 200


async def test_the_key_says_which_project_the_events_are_of(client: Client, ingest: Ingest) -> None:
    body = as_json(an_event())
    answer = await client.request("POST", "/v1/ingest", body=body, headers=signed(body, "bloop_unknown"))
    assert (answer.status, answer.json) == (401, {"error": "invalid project key"})
    await client.request("POST", "/v1/ingest", body=body, headers=signed(body, name_key=False))
    ingest.pipeline.close()
    assert [accepted.project_no for accepted in await ingest.pipeline.take()] == [1]
