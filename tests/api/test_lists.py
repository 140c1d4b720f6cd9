"""Lists as clients see them: search, grouping, cursors, totals and tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs
import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.queries import pages
from bloop_trio.issues.queries.shapes import IssueSummary
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from tests.conftest import NOW_MS, accepted, set_status

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client


@pytest.fixture
def stored(connection: Connection, batches: BatchWriter) -> None:
    """Five issues, one of them in three releases."""
    batches.write(
        connection,
        [
            *(
                accepted(
                    fingerprint="cart",
                    release=f"{n}.0",
                    message=f"cart is empty {n}",
                    received_ms=NOW_MS + n,
                    user_id_hash=f"user {n % 2}",
                )
                for n in range(3)
            ),
            *(
                accepted(fingerprint=f"f{n}", message=f"number{n} failed", received_ms=NOW_MS + 10 + n)
                for n in range(4)
            ),
        ],
    )
    index_slice(connection, PayloadReader())


async def follow(client: Client, target: str) -> list[Answer]:
    """Return the answers from `target` on, as the `Link` headers lead."""
    answers = [await client.get(target)]
    while link := answers[-1].headers.get("link"):
        match = re.fullmatch(r'<([^>]+)>; rel="next"', link)
        assert match is not None
        answers.append(await client.get(match[1]))
        assert len(answers) < 50
    return answers


@pytest.mark.usefixtures("stored")
class TestGrouping:
    async def test_a_row_can_be_an_error_as_a_whole(self, client: Client) -> None:
        answer = await client.get("/v1/errors?group=fingerprint&sort=total_count")
        assert [row["fingerprint"] for row in answer.json] == ["cart", "f3", "f2", "f1", "f0"]
        assert list(answer.json[0]) == [field.name for field in attrs.fields(IssueSummary)]
        assert answer.json[0] == {
            "project_id": "default",
            "fingerprint": "cart",
            "status": "unresolved",
            "total_count": 3,
            "first_seen": NOW_MS,
            "last_seen": NOW_MS + 2,
            "regressed_at": None,
            "error_type": "TypeError",
            "message": "cart is empty 2",
            "source": "api",
            "route_or_procedure": "/api/users",
            "screen": None,
            "last_release": "2.0",
            "last_environment": "prod",
            "users_affected": 2,
            "users_affected_exact": True,
            "assignee": None,
            "first_release": "0.0",
        }

    async def test_a_release_keeps_the_errors_that_occurred_there_with_all_their_events(self, client: Client) -> None:
        answer = await client.get("/v1/errors?group=fingerprint&release=1.0")
        assert [(row["fingerprint"], row["total_count"]) for row in answer.json] == [("cart", 3)]

    async def test_any_other_grouping_is_refused(self, client: Client) -> None:
        answer = await client.get("/v1/errors?group=user")
        assert (answer.status, answer.json) == (400, {"error": "group must be release or fingerprint"})


@pytest.mark.usefixtures("stored")
class TestCursors:
    @pytest.mark.parametrize("group", ["release", "fingerprint"])
    @pytest.mark.parametrize("sort", ["last_seen", "total_count", "first_seen"])
    async def test_links_lead_through_the_whole_list(self, client: Client, sort: str, group: str) -> None:
        whole = await client.get(f"/v1/errors?sort={sort}&group={group}")
        answers = await follow(client, f"/v1/errors?sort={sort}&group={group}&limit=2")
        assert [row for answer in answers for row in answer.json] == whole.json
        assert all(len(answer.json) == 2 for answer in answers[:-1])
        assert "link" not in whole.headers

    async def test_they_go_on_from_an_offset(self, client: Client) -> None:
        whole = await client.get("/v1/errors")
        answers = await follow(client, "/v1/errors?offset=3&limit=2")
        assert [row for answer in answers for row in answer.json] == whole.json[3:]

    @pytest.mark.parametrize("query", ["source=api", "release=1.0.0", "since=0&sort=total_count", "active_since=0"])
    async def test_an_offset_beyond_all_rows_finds_nothing(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, query: str
    ) -> None:
        monkeypatch.setattr(pages, "GATHER_ROWS", 0)  # no filter finds so few that its rows are gathered
        for offset in (2**62, 2**63 - 1, 10**39):
            answer = await client.get(f"/v1/errors?{query}&offset={offset}")
            assert (answer.status, answer.json) == (200, [])

    async def test_filters_go_with_them(self, client: Client) -> None:
        answers = await follow(client, "/v1/errors?q=cart&environment=prod&limit=1")
        assert [row["release"] for answer in answers for row in answer.json] == ["2.0", "1.0", "0.0"]

    async def test_the_errors_of_a_release_have_them_too(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint=f"r{n}", release="feature/x") for n in range(3)])
        answers = await follow(client, "/v1/releases/feature%2Fx/errors?limit=2")
        assert [len(answer.json) for answer in answers] == [2, 1]

    async def test_what_comes_in_meanwhile_changes_nothing_behind_the_cursor(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        first = await client.get("/v1/errors?limit=3&sort=first_seen")
        batches.write(connection, [accepted(fingerprint=f"new{n}", received_ms=NOW_MS + 99) for n in range(5)])
        (target,) = re.findall("<(.+)>", first.headers["link"])
        second = await client.get(target)
        seen = [(row["fingerprint"], row["release"]) for row in first.json + second.json]
        assert len(set(seen)) == len(seen)
        assert not [fingerprint for fingerprint, _ in seen if fingerprint.startswith("new")]

    async def test_one_of_another_list_is_refused(self, client: Client) -> None:
        link = (await client.get("/v1/errors?limit=1")).headers["link"]
        (cursor,) = re.findall("cursor=([^>&]+)", link)
        for target in ("/v1/errors?sort=total_count", "/v1/errors?group=fingerprint", "/v1/errors/cart/occurrences?"):
            answer = await client.get(f"{target}&cursor={cursor}")
            assert answer.status == 400
            assert answer.json["error"].startswith("cursor must be one that this list gave out")

    async def test_an_offset_beside_it_is_refused(self, client: Client) -> None:
        link = (await client.get("/v1/errors?limit=1")).headers["link"]
        (cursor,) = re.findall("cursor=([^>&]+)", link)
        answer = await client.get(f"/v1/errors?offset=1&cursor={cursor}")
        assert (answer.status, answer.json) == (400, {"error": "cursor and offset exclude each other"})
        assert (await client.get(f"/v1/errors?offset=0&cursor={cursor}")).status == 200

    async def test_occurrences_and_history_have_their_own(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(
            connection, [accepted(fingerprint="cart", received_ms=NOW_MS + 24 * 3_600_000 * n) for n in range(4)]
        )
        for status in ("resolved", "unresolved", "muted"):
            set_status(connection, status, "cart")
        for part, count in (("occurrences", 7), ("history", 3)):
            whole = (await client.get(f"/v1/errors/cart/{part}")).json
            answers = await follow(client, f"/v1/errors/cart/{part}?limit=2")
            assert [row for answer in answers for row in answer.json] == whole
            assert len(whole) == count


@pytest.mark.usefixtures("stored")
class TestSearch:
    async def test_it_finds_words(self, client: Client) -> None:
        answer = await client.get("/v1/errors?q=number2")
        assert [row["fingerprint"] for row in answer.json] == ["f2"]
        assert "x-search-capped" not in answer.headers

    async def test_it_goes_with_filters_orders_and_groups(self, client: Client) -> None:
        answer = await client.get("/v1/errors?q=cart&release=1.0&sort=total_count")
        assert [row["release"] for row in answer.json] == ["1.0"]
        answer = await client.get("/v1/errors?q=typeerror&group=fingerprint&status=unresolved&limit=1")
        assert answer.headers["x-total-count"] == "5"

    @pytest.mark.parametrize("text", ["-", "***", '"', "(){}", "\0"])
    async def test_without_a_word_nothing_matches(self, client: Client, text: str) -> None:
        answer = await client.get(f"/v1/errors?q={quote(text)}")
        assert (answer.status, answer.json, answer.headers["x-total-count"]) == (200, [], "0")

    async def test_a_very_long_text_is_refused(self, client: Client) -> None:
        answer = await client.get(f"/v1/errors?q={'x' * 501}")
        assert (answer.status, answer.json) == (400, {"error": "q must be at most 500 characters"})

    async def test_an_absent_or_empty_one_searches_nothing(self, client: Client) -> None:
        assert (await client.get("/v1/errors?q=")).json == (await client.get("/v1/errors")).json


@pytest.mark.usefixtures("stored")
class TestTotals:
    @pytest.mark.parametrize(
        ("target", "count"),
        [
            ("/v1/errors?limit=1", "7"),
            ("/v1/errors?limit=1&offset=100", "7"),
            ("/v1/errors?group=fingerprint", "5"),
            ("/v1/errors?release=1.0", "1"),
            ("/v1/errors?status=muted", "0"),
            ("/v1/errors?status=nonsense", "0"),
            (f"/v1/errors?since={NOW_MS + 12}", "2"),
            ("/v1/releases/1.0.0/errors", "4"),
        ],
    )
    async def test_a_list_says_how_many_rows_it_has(self, client: Client, target: str, count: str) -> None:
        answer = await client.get(target)
        assert answer.headers["x-total-count"] == count
        assert "x-total-capped" not in answer.headers


@pytest.mark.usefixtures("stored")
class TestTags:
    @pytest.mark.parametrize(
        "target",
        [
            "/v1/errors",
            "/v1/errors?group=fingerprint&q=cart",
            "/v1/errors/cart",
            "/v1/errors/cart/trend",
            "/v1/errors/cart/history",
            "/v1/error-trends?fingerprint=cart",
            "/v1/releases/1.0/errors",
            "/v1/facets",
            "/v1/trends",
            "/v1/stats",
        ],
    )
    async def test_what_is_polled_is_sent_only_when_it_changed(
        self, client: Client, connection: Connection, batches: BatchWriter, target: str
    ) -> None:
        first = await client.get(target)
        again = await client.get(target, headers={"if-none-match": first.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        batches.write(connection, [accepted(fingerprint="cart", release="1.0", received_ms=NOW_MS + 77)])
        set_status(connection, "muted", "cart", changed_ms=NOW_MS + 78)
        changed = await client.get(target, headers={"if-none-match": first.headers["etag"]})
        assert changed.status == 200


@pytest.mark.usefixtures("stored")
class TestTrendsOfSeveral:
    async def test_one_request_answers_for_a_page_of_errors(self, client: Client) -> None:
        answer = await client.get("/v1/error-trends?fingerprint=f1&fingerprint=nobody&fingerprint=cart&hours=24")
        assert answer.json == [
            {"fingerprint": "f1", "counts": [{"hour_bucket": NOW_MS, "count": 1}]},
            {"fingerprint": "nobody", "counts": []},
            {"fingerprint": "cart", "counts": [{"hour_bucket": NOW_MS, "count": 3}]},
        ]

    async def test_each_is_the_trend_of_that_error_alone(self, client: Client) -> None:
        (both,) = (await client.get("/v1/error-trends?fingerprint=cart")).json
        assert both["counts"] == (await client.get("/v1/errors/cart/trend")).json

    async def test_a_fingerprint_is_needed(self, client: Client) -> None:
        for target in ("/v1/error-trends", "/v1/error-trends?fingerprint="):
            answer = await client.get(target)
            assert (answer.status, answer.json) == (400, {"error": "fingerprint is required"})

    async def test_no_more_than_a_page_of_them(self, client: Client) -> None:
        answer = await client.get("/v1/error-trends?" + "&".join(f"fingerprint={n}" for n in range(201)))
        assert (answer.status, answer.json) == (400, {"error": "fingerprint may be given at most 200 times"})


async def test_a_database_that_others_write_to_is_read_as_one_state(client: Client, database: Path) -> None:
    conn = open_connection(database)
    try:
        conn.execute("BEGIN IMMEDIATE")
        assert (await client.get("/v1/errors")).status == 200
        conn.execute("ROLLBACK")
    finally:
        conn.close()
