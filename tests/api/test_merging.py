"""Merging errors over HTTP: what is asked, what is answered, and what every other route says afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from tests.conftest import NOW_MS, accepted, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client


@pytest.fixture
def post(client: Client, make_token: Callable[..., str]) -> Callable[..., Any]:
    """Sends a POST with `errors:write`: ``await post("/v1/errors/cart/merge", {"fingerprints": ["pay"]})``."""
    token = make_token("errors:write")

    async def send(target: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        sent = {"authorization": f"Bearer {token}"} if headers is None else headers
        return await client.request(
            "POST", target, headers=sent | {"content-type": "application/json"}, body=as_json(body)
        )

    return send


@pytest.fixture(autouse=True)
def _stored(connection: Connection, batches: BatchWriter) -> None:
    for release in ("1", "2"):
        batches.write(connection, [accepted(fingerprint=f, release=release) for f in ("cart", "pay", "check out")])
    batches.write(
        connection,
        [accepted(fingerprint="pay", release="3", message="zebra", user_id_hash="u1", received_ms=NOW_MS + 1)],
    )
    batches.write(connection, [accepted(fingerprint="zebra", message="zebra", source="ios", release="3")])
    index_slice(connection, PayloadReader())


async def test_several_become_one_and_are_taken_apart_again(client: Client, post: Callable[..., Any]) -> None:
    before = (await client.get("/v1/errors")).json
    merged = await post("/v1/errors/cart/merge", {"fingerprints": ["pay", "check out"]})
    assert merged.status == 200
    assert list(merged.json) == ["fingerprint", "status", "total_count", "merged"]
    # What a client has written with other characters is stored as a hash.
    assert (merged.json["fingerprint"], merged.json["status"], merged.json["total_count"]) == ("cart", "unresolved", 7)
    assert "pay" in merged.json["merged"]
    assert len(merged.json["merged"]) == 2
    undone = await post("/v1/errors/cart/unmerge", {"fingerprints": merged.json["merged"]})
    assert undone.json == {
        "fingerprint": "cart",
        "status": "unresolved",
        "total_count": 2,
        "unmerged": merged.json["merged"],
    }
    after = (await client.get("/v1/errors")).json
    assert sorted(map(repr, after)) == sorted(map(repr, before))
    await post("/v1/errors/cart/merge", {"fingerprints": undone.json["unmerged"]})
    assert len((await post("/v1/errors/pay/unmerge", {"all": True})).json["unmerged"]) == 2


async def test_every_route_answers_for_the_whole(client: Client, post: Callable[..., Any]) -> None:
    await post("/v1/errors/cart/merge", {"fingerprints": ["pay", "check out"]})
    rows = (await client.get("/v1/errors?sort=total_count")).json
    assert [(r["fingerprint"], r["release"], r["total_count"]) for r in rows if r["fingerprint"] != "zebra"] == [
        ("cart", "2", 3),
        ("cart", "1", 3),
        ("cart", "3", 1),
    ]
    grouped = await client.get("/v1/errors?group=fingerprint&sort=total_count")
    assert [(r["fingerprint"], r["total_count"]) for r in grouped.json] == [("cart", 7), ("zebra", 1)]
    assert grouped.headers["x-total-count"] == "2"
    assert [r["fingerprint"] for r in (await client.get("/v1/releases/3/errors")).json] == ["cart", "zebra"]
    assert (await client.get("/v1/stats")).json["total_errors"] == 2
    facets = (await client.get("/v1/facets")).json
    assert [(s["value"], s["count"]) for s in facets["statuses"] if s["count"]] == [("unresolved", 2)]
    for name in ("cart", "pay", "check%20out"):
        detail = (await client.get(f"/v1/errors/{name}")).json
        assert {(a["fingerprint"], a["total_count"]) for a in detail["aggregates"]} == {("cart", 3), ("cart", 1)}
        assert {sample["fingerprint"] for sample in detail["samples"]} == {"cart"}
        assert detail["users_affected"] == 1
        assert sum(h["count"] for h in (await client.get(f"/v1/errors/{name}/trend")).json) == 7
        occurrences = (await client.get(f"/v1/errors/{name}/occurrences")).json
        assert [o["fingerprint"] for o in occurrences] == ["cart"] * 7
        markdown = await client.get(f"/v1/errors/{name}.md")
        assert "`cart`" in markdown.body.decode()
        assert "7" in markdown.body.decode()
    exported = (await client.get("/v1/errors/pay/occurrences?format=jsonl")).body.splitlines()
    assert len(exported) == 7


async def test_a_search_finds_the_parent_by_either_text(client: Client, post: Callable[..., Any]) -> None:
    await post("/v1/errors/cart/merge", {"fingerprints": ["zebra"]})
    for group in ("release", "fingerprint"):
        found = await client.get(f"/v1/errors?q=zebra&group={group}&sort=first_seen")
        assert {row["fingerprint"] for row in found.json} == {"cart"}
        assert "x-search-capped" not in found.headers
        both = await client.get(f"/v1/errors?q=property&group={group}")
        assert {row["fingerprint"] for row in both.json} >= {"cart"}
    assert (await client.get("/v1/errors?q=zebra&group=fingerprint")).headers["x-total-count"] == "1"


async def test_a_change_of_status_by_either_fingerprint_means_the_whole(
    client: Client, post: Callable[..., Any]
) -> None:
    await post("/v1/errors/cart/merge", {"fingerprints": ["pay"]})
    answer = await post("/v1/errors/pay/resolve", {})
    assert (answer.json["fingerprint"], answer.json["updated"]) == ("cart", 3)
    assert {row["status"] for row in (await client.get("/v1/errors/cart")).json["aggregates"]} == {"resolved"}


async def test_the_fingerprints_say_who_merged_them(
    client: Client, post: Callable[..., Any], sign_in: Callable[..., dict[str, str]]
) -> None:
    await post("/v1/errors/cart/merge?project_id=default", {"fingerprints": ["pay"]}, sign_in("ada"))
    own, merged = (await client.get("/v1/errors/pay/fingerprints")).json
    assert own | {"message": ""} == {
        "fingerprint": "cart",
        "total_count": 2,
        "first_seen": NOW_MS,
        "last_seen": NOW_MS,
        "error_type": "TypeError",
        "message": "",
        "source": "api",
        "status": "unresolved",
        "home": "cart",
        "merged_into": None,
        "merged_by": None,
        "merged_by_name": None,
        "merged_at": None,
    }
    assert (merged["fingerprint"], merged["total_count"], merged["last_seen"]) == ("pay", 3, NOW_MS + 1)
    assert (merged["merged_into"], merged["merged_by_name"], merged["merged_at"]) == ("cart", "ada", NOW_MS)
    activity = (await client.get("/v1/errors/cart/activity")).json
    assert [entry["kind"] for entry in activity] == ["merged"]


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("cart/merge", {"fingerprints": ["cart"]}, 400, "an error cannot be merged into itself"),
        ("cart/merge", {"fingerprints": ["no"]}, 404, "no errors with fingerprint no"),
        ("no/merge", {"fingerprints": ["cart"]}, 404, "no errors with fingerprint no"),
        ("cart/merge", {"fingerprints": ["elsewhere"]}, 404, "no errors with fingerprint elsewhere"),
        ("cart/merge", {"fingerprints": ["merged"]}, 409, "already merged: merged belongs to zebra"),
        ("cart/merge", {"fingerprints": []}, 400, None),
        ("cart/merge", {"fingerprints": ["f"] * 101}, 400, None),
        ("cart/merge", {}, 400, None),
        ("cart/unmerge", {"all": True}, 400, "not merged: nothing was merged into cart"),
        ("zebra/unmerge", {"fingerprints": ["cart"]}, 400, "not merged: cart is not one that was merged into zebra"),
        ("zebra/unmerge", {}, 400, "give either fingerprints or all: true"),
        ("zebra/unmerge", {"all": True, "fingerprints": ["merged"]}, 400, "give either fingerprints or all: true"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_a_sentence(
    connection: Connection,
    batches: BatchWriter,
    post: Callable[..., Any],
    *,
    path: str,
    body: dict[str, Any],
    status: int,
    message: str | None,
) -> None:
    insert_project(connection, "other")
    batches.write(connection, [accepted(fingerprint="elsewhere", project_no=2), accepted(fingerprint="merged")])
    assert (await post("/v1/errors/zebra/merge", {"fingerprints": ["merged"]})).status == 200
    before = connection.execute("SELECT * FROM issue_fingerprints").fetchall()
    answer = await post(f"/v1/errors/{path}", body)
    assert answer.status == status
    assert message is None or answer.json == {"error": message}
    assert connection.execute("SELECT * FROM issue_fingerprints").fetchall() == before


async def test_whoever_sees_several_projects_has_to_name_the_one(
    connection: Connection, batches: BatchWriter, post: Callable[..., Any], sign_in: Callable[..., dict[str, str]]
) -> None:
    insert_project(connection, "other")
    batches.write(connection, [accepted(fingerprint=f, project_no=2) for f in ("cart", "pay", "only here")])
    ada = sign_in("ada")
    asked = {"fingerprints": ["pay"]}
    refused = await post("/v1/errors/cart/merge", asked, ada)
    assert (refused.status, refused.json) == (400, {"error": "project_id is required"})
    assert (await post("/v1/errors/cart/merge?project_id=other", asked, ada)).json["total_count"] == 2
    assert (await post("/v1/errors/only%20here/merge", {"fingerprints": ["cart"]}, ada)).json["total_count"] == 3
