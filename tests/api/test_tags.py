"""The tags of an error over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

TARGET = "/v1/errors/cart/tags"


@pytest.fixture(autouse=True)
def stored(connection: Connection, batches: BatchWriter) -> None:
    batches.write(
        connection,
        [
            accepted(fingerprint="cart", metadata={"plan": plan, "n": n})
            for n, plan in enumerate(["pro", "pro", "free"])
        ],
    )


async def test_it_says_of_how_many_events_each_value_is(client: Client) -> None:
    answer = await client.get(f"{TARGET}?key=plan")
    assert answer.json == {
        "events": 3,
        "total_count": 3,
        "is_complete": True,
        "tags": [
            {
                "key": "plan",
                "is_built_in": False,
                "events": 3,
                "missing": 0,
                "values": [
                    {"value": "pro", "count": 2, "share": 0.6667},
                    {"value": "free", "count": 1, "share": 0.3333},
                ],
                "other_values": 0,
                "other_events": 0,
            }
        ],
        "other_tags": 0,
    }


async def test_without_a_key_there_are_all(client: Client) -> None:
    answer = await client.get(TARGET)
    assert [tag["key"] for tag in answer.json["tags"]] == ["release", "environment", "source", "n", "plan"]


async def test_a_key_that_no_event_has_is_not_there(client: Client) -> None:
    answer = await client.get(f"{TARGET}?key=nothing")
    assert (answer.json["events"], answer.json["tags"]) == (3, [])


async def test_what_a_client_has_is_not_sent_again(client: Client) -> None:
    tag = (await client.get(TARGET)).headers["etag"]
    assert (await client.get(TARGET, headers={"if-none-match": tag})).status == 304


async def test_there_are_none_of_an_unknown_error(client: Client) -> None:
    answer = await client.get("/v1/errors/nobody/tags")
    assert (answer.status, answer.json) == (404, {"error": "no errors with fingerprint nobody"})
