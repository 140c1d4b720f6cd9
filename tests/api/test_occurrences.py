"""Occurrences over HTTP: filters, pages that were given up, and one by itself with what lies beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.queries import occurrence_walk
from bloop_trio.issues.queries.occurrence_shapes import Occurrence, OccurrenceDetail
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

CART = "/v1/errors/cart/occurrences"


@pytest.fixture(autouse=True)
def _stored(connection: Connection, batches: BatchWriter) -> None:
    """Ten events on two days, every third of another release, environment, source and user; and another error."""
    for n in range(10):
        rare = n % 3 == 0
        event = accepted(
            fingerprint="cart",
            message=f"m{n}",
            received_ms=NOW_MS + n // 5 * MS_PER_DAY + n,
            release="2.0" if rare else "1.0",
            environment="staging" if rare else "prod",
            source="ios" if rare else "api",
            user_id_hash="ada" if rare else None,
        )
        batches.write(connection, [event, accepted(fingerprint="noise", received_ms=NOW_MS + n)])


async def messages(client: Client, query: str) -> list[str]:
    answer = await client.get(f"{CART}?{query}")
    assert answer.status == 200, answer.body
    return [found["message"] for found in answer.json]


class TestFilters:
    @pytest.mark.parametrize(
        "query", ["release=2.0", "environment=staging", "source=ios", "user=ada", "release=2.0&user=ada&source=IOS"]
    )
    async def test_each_keeps_what_it_names(self, client: Client, query: str) -> None:
        assert await messages(client, query) == ["m9", "m6", "m3", "m0"]

    @pytest.mark.parametrize("query", ["release=3", "user=bert", "user=ad", "environment=%00", "source=%F0%9F%98%80"])
    async def test_what_there_is_none_of_keeps_nothing(self, client: Client, query: str) -> None:
        assert await messages(client, query) == []

    async def test_times_bound_what_was_received_and_are_part_of_it(self, client: Client) -> None:
        second_day = NOW_MS + MS_PER_DAY + 5
        assert await messages(client, f"since={second_day}") == ["m9", "m8", "m7", "m6", "m5"]
        assert await messages(client, f"since={NOW_MS + 3}&until={second_day}") == ["m5", "m4", "m3"]
        assert await messages(client, f"since={second_day}&until={NOW_MS}") == []
        assert await messages(client, f"since=-{10**30}&until={10**30}&limit=1") == ["m9"]

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("since=yesterday", "since must be a whole number"),
            ("until=1.5", "until must be a whole number"),
            ("user=" + "u" * 501, "user must be at most 500 characters"),
            ("cursor=x", "cursor must be one that this list gave out, with the same order and grouping"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, client: Client, query: str, message: str) -> None:
        answer = await client.get(f"{CART}?{query}")
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_links_keep_the_filters_and_lead_through_all_that_pass(self, client: Client) -> None:
        found: list[str] = []
        target: str | None = f"{CART}?user=ada&limit=3&since={NOW_MS - 1}"
        while target:
            answer = await client.get(target)
            found += [occurrence["message"] for occurrence in answer.json]
            link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
            target = link[1] if link else None
        assert found == ["m9", "m6", "m3", "m0"]

    async def test_a_page_that_was_given_up_says_so_and_leads_on(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(occurrence_walk, "MAX_LOOKED_AT", 2)
        first = await client.get(f"{CART}?source=ios&limit=5")
        assert [found["message"] for found in first.json] == ["m9"]
        assert first.headers["x-search-capped"] == "true"
        (target,) = re.findall(r"<([^>]+)>", first.headers["link"])
        second = await client.get(target)
        assert [found["message"] for found in second.json] == ["m6"]
        assert "x-search-capped" not in (await client.get(f"{CART}?limit=5")).headers

    async def test_a_file_has_them_all_whatever_else_is_asked_for(self, client: Client) -> None:
        answer = await client.get(f"{CART}?format=jsonl&release=2.0")
        assert len(answer.body.splitlines()) == 10

    async def test_an_unknown_error_has_none(self, client: Client) -> None:
        answer = await client.get("/v1/errors/nothing/occurrences?user=ada")
        assert (answer.status, answer.json) == (200, [])


class TestOne:
    async def ids(self, client: Client, query: str = "") -> list[int]:
        return [found["id"] for found in (await client.get(f"{CART}?{query}")).json]

    async def test_it_has_the_fields_of_the_list_and_what_lies_beside_it(self, client: Client) -> None:
        listed = (await client.get(CART)).json
        ids = [found["id"] for found in listed]
        answer = await client.get(f"{CART}/{ids[3]}")
        names = [field.name for field in attrs.fields(OccurrenceDetail)]
        assert [name for name in names if name in answer.json] == list(answer.json)
        assert {name: answer.json[name] for name in listed[3]} == listed[3]
        assert list(listed[3]) == [field.name for field in attrs.fields(Occurrence)]
        beside = {name: answer.json[name] for name in ("newer", "older", "newest", "oldest", "search_capped")}
        expected: dict[str, Any] = {"newer": ids[2], "older": ids[4], "newest": ids[0], "oldest": ids[-1]}
        assert beside == expected | {"search_capped": False}

    async def test_what_lies_beside_it_passes_the_filters(self, client: Client) -> None:
        every, staging = await self.ids(client), await self.ids(client, "environment=staging")
        found = (await client.get(f"{CART}/{every[2]}?environment=staging")).json
        assert (found["newer"], found["older"], found["newest"], found["oldest"]) == (
            staging[0],
            staging[1],
            staging[0],
            staging[-1],
        )

    async def test_it_is_not_sent_again_while_nothing_has_changed(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        (newest, *_) = await self.ids(client)
        answer = await client.get(f"{CART}/{newest}")
        tag = {"if-none-match": answer.headers["etag"]}
        assert (await client.get(f"{CART}/{newest}", headers=tag)).status == 304
        batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS + 2 * MS_PER_DAY)])
        again = await client.get(f"{CART}/{newest}", headers=tag)
        assert (again.status, again.json["newer"]) == (200, again.json["newest"])

    @pytest.mark.parametrize("number", ["0", "999999", "9" * 19, "9" * 40, "-1", "1e3", "x", "%F0%9F%98%80", "१"])
    async def test_one_that_is_not_there_is_not_found(self, client: Client, number: str) -> None:
        answer = await client.get(f"{CART}/{number}")
        assert answer.status == 404
        assert answer.json["error"].startswith("no occurrence ")

    async def test_one_of_another_error_is_not_found(self, client: Client) -> None:
        noise = (await client.get("/v1/errors/noise/occurrences")).json[0]["id"]
        assert (await client.get(f"{CART}/{noise}")).status == 404
        assert (await client.get(f"/v1/errors/nothing/occurrences/{noise}")).status == 404

    async def test_a_token_of_another_project_does_not_find_it(
        self, client: Client, connection: Connection, make_token: Callable[..., str]
    ) -> None:
        (newest, *_) = await self.ids(client)
        other = insert_project(connection, "other")
        theirs = make_token("errors:read", project_no=other.no)
        assert (await client.get(f"{CART}/{newest}?project_id=default", token=theirs)).status == 404

    async def test_a_sample_leads_to_it(self, client: Client) -> None:
        sample = (await client.get("/v1/errors/cart")).json["samples"][0]
        found = (await client.get(f"{CART}/{sample['id']}")).json
        assert (found["message"], found["received_at"]) == (sample["message"], sample["captured_at"])
