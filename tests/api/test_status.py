"""Changing the status of one error over HTTP: what is asked and answered, who may, and what the history says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bloop_trio.auth.scopes import SCOPES
from bloop_trio.auth.store import create_token
from bloop_trio.issues.triage.routes import VERBS
from bloop_trio.issues.triage.shapes import MAX_REASON_CHARS
from tests.api.conftest import BULK, status_of
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

every_verb = pytest.mark.parametrize("verb", VERBS)


@pytest.mark.usefixtures("_two_errors")
class TestOne:
    @every_verb
    async def test_a_post_gives_the_status(self, client: Client, post: Callable[..., Any], verb: str) -> None:
        answer = await post(f"/v1/errors/cart/{verb}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert list(answer.json) == ["fingerprint", "status", "updated", "change_id"]
        updated = 0 if verb == "unresolve" else 2
        change_id = answer.json["change_id"]
        assert answer.json == {
            "fingerprint": "cart",
            "status": VERBS[verb],
            "updated": updated,
            "change_id": change_id,
        }
        assert (change_id is None) == (verb == "unresolve")
        assert await status_of(client, "cart") == VERBS[verb]
        assert await status_of(client, "pay") == "unresolved"

    @every_verb
    async def test_the_same_status_again_is_fine_and_leaves_no_trace(
        self, client: Client, post: Callable[..., Any], verb: str
    ) -> None:
        await post(f"/v1/errors/cart/{verb}")
        before = (await client.get("/v1/errors/cart/history")).json
        answer = await post(f"/v1/errors/cart/{verb}", {"reason": "again"})
        assert (answer.status, answer.json["updated"]) == (200, 0)
        assert (await client.get("/v1/errors/cart/history")).json == before

    @every_verb
    async def test_an_unknown_error_is_not_found(self, post: Callable[..., Any], verb: str) -> None:
        answer = await post(f"/v1/errors/nothing/{verb}")
        assert (answer.status, answer.json) == (404, {"error": "no errors with fingerprint nothing"})

    async def test_the_history_names_who_did_it_and_why_newest_first(
        self, client: Client, connection: Connection, post: Callable[..., Any]
    ) -> None:
        issued = create_token(connection, name="t", project_no=1, scopes=["errors:write"], now_secs=NOW_MS // 1000)
        await post("/v1/errors/cart/resolve", {"reason": "  fixed in 2.1\n"}, token=issued.plaintext)
        await post("/v1/errors/cart/ignore", token=issued.plaintext)
        first, second = (await client.get("/v1/errors/cart/history")).json
        assert second == {
            "id": second["id"],
            "project_id": "default",
            "fingerprint": "cart",
            "old_status": "unresolved",
            "new_status": "resolved",
            "changed_by": f"token:{issued.token.id}",
            "changed_by_name": issued.token.name,
            "changed_at": NOW_MS,
            "reason": "fixed in 2.1",
        }
        assert (first["old_status"], first["new_status"], first["reason"]) == ("resolved", "ignored", None)

    async def test_a_regression_stands_between_the_changes_of_people(
        self, client: Client, connection: Connection, batches: BatchWriter, post: Callable[..., Any]
    ) -> None:
        await post("/v1/errors/cart/resolve")
        batches.write(connection, [accepted(fingerprint="cart", release="3", received_ms=NOW_MS + 1)])
        rows = (await client.get("/v1/errors/cart/history")).json
        assert [(row["old_status"], row["new_status"], row["reason"]) for row in rows] == [
            ("resolved", "unresolved", "regression"),
            ("unresolved", "resolved", None),
        ]
        assert [row["changed_by"] is None for row in rows] == [True, False]
        assert (await post("/v1/errors/cart/resolve")).json["updated"] == 3

    @pytest.mark.parametrize("verb", ["ignore", "mute"])
    async def test_what_is_ignored_or_muted_stays_so_also_in_a_new_release(
        self, client: Client, connection: Connection, batches: BatchWriter, post: Callable[..., Any], verb: str
    ) -> None:
        await post(f"/v1/errors/cart/{verb}")
        batches.write(connection, [accepted(fingerprint="cart", release="9", received_ms=NOW_MS + 1)])
        assert await status_of(client, "cart") == VERBS[verb]
        assert len((await client.get("/v1/errors/cart/history")).json) == 1

    async def test_the_history_comes_in_pages(self, client: Client, post: Callable[..., Any]) -> None:
        for verb in ("resolve", "ignore", "mute", "unresolve"):
            await post(f"/v1/errors/cart/{verb}")
        whole = (await client.get("/v1/errors/cart/history")).json
        assert [row["new_status"] for row in whole] == ["unresolved", "muted", "ignored", "resolved"]
        paged = [
            row
            for offset in range(0, 5, 2)
            for row in (await client.get(f"/v1/errors/cart/history?limit=2&offset={offset}")).json
        ]
        assert paged == whole

    @pytest.mark.parametrize("fingerprint", ["resolve", "a/b", "50%", "a%2Fb", "history", "über", "x.md", "?", "#"])
    async def test_any_fingerprint_can_be_addressed(
        self, client: Client, connection: Connection, batches: BatchWriter, post: Callable[..., Any], fingerprint: str
    ) -> None:
        batches.write(connection, [accepted(fingerprint=fingerprint)])
        answer = await post(f"/v1/errors/{quote(fingerprint, safe='')}/resolve")
        assert (answer.status, answer.json["updated"]) == (200, 1)
        assert await status_of(client, fingerprint) == "resolved"
        assert await status_of(client, "cart") == "unresolved"

    async def test_another_projects_error_is_not_found_and_stays_as_it_is(
        self, client: Client, connection: Connection, make_token: Callable[..., str], post: Callable[..., Any]
    ) -> None:
        other = insert_project(connection, "other")
        token = make_token("errors:write", project_no=other.no)
        for query in ("", "?project_id=default"):
            answer = await post(f"/v1/errors/cart/resolve{query}", token=token)
            assert (answer.status, answer.json) == (404, {"error": "no errors with fingerprint cart"})
        assert await status_of(client, "cart") == "unresolved"

    @every_verb
    async def test_no_other_scope_will_do(
        self, client: Client, make_token: Callable[..., str], post: Callable[..., Any], verb: str
    ) -> None:
        for scope in set(SCOPES) - {"errors:write"}:
            answer = await post(f"/v1/errors/cart/{verb}", token=make_token(scope))
            assert (answer.status, answer.json) == (403, {"error": "token lacks required scope: errors:write"})
        assert await status_of(client, "cart") == "unresolved"

    @every_verb
    async def test_it_takes_a_post(self, client: Client, verb: str) -> None:
        answer = await client.get(f"/v1/errors/cart/{verb}")
        assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, {"OPTIONS", "POST"})

    @pytest.mark.parametrize(
        ("body", "content_type", "status", "message"),
        [
            (b"{", "application/json", 400, "malformed JSON: Input data was truncated"),
            (b"fixed", None, 415, "the Content-Type must be application/json"),
            (b'{"reason":"x"}', "text/plain", 415, "the Content-Type must be application/json"),
            (b"[]", "application/json", 400, "the body must be an object"),
            (b'{"reason":7}', "application/json", 400, "reason must be a string of at most 500 characters"),
            (b'{"why":"x"}', "application/json", 400, "there is no field why"),
            (
                b'{"reason":"' + b"x" * 501 + b'"}',
                "application/json",
                400,
                "reason must be a string of at most 500 characters",
            ),
            (b" " * (16 * 1024 + 1), "application/json", 413, "request body exceeds 16384 bytes"),
        ],
        ids=lambda value: repr(value)[:30],
    )
    async def test_a_body_that_cannot_be_understood_changes_nothing(
        self, client: Client, post: Callable[..., Any], body: bytes, content_type: str | None, status: int, message: str
    ) -> None:
        answer = await post("/v1/errors/cart/resolve", body, content_type=content_type)
        assert (answer.status, answer.json) == (status, {"error": message})
        assert await status_of(client, "cart") == "unresolved"

    @pytest.mark.parametrize("body", [{}, {"reason": None}, {"reason": ""}, {"reason": " \n\t"}, b""])
    async def test_a_reason_may_be_missing(self, client: Client, post: Callable[..., Any], body: Any) -> None:
        assert (await post("/v1/errors/cart/resolve", body)).status == 200
        assert (await client.get("/v1/errors/cart/history")).json[0]["reason"] is None

    async def test_the_longest_reason_is_kept_whole_whatever_it_holds(
        self, client: Client, post: Callable[..., Any]
    ) -> None:
        reason = ("'; DROP TABLE issues; -- <b>\x00\U0001f600" * 50)[: MAX_REASON_CHARS - 1] + "."
        assert (await post("/v1/errors/cart/resolve", {"reason": reason})).status == 200
        assert (await client.get("/v1/errors/cart/history")).json[0]["reason"] == reason


@pytest.mark.usefixtures("_two_errors")
async def test_a_locked_store_is_answered_with_503_and_when_to_try_again(
    client: Client, connection: Connection, post: Callable[..., Any]
) -> None:
    await client.services.writer.run(lambda conn: conn.execute("PRAGMA busy_timeout = 0"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        refused = [
            await post("/v1/errors/cart/resolve"),
            await post(BULK, {"status": "muted", "fingerprints": ["cart"]}),
            await post(BULK, {"status": "muted", "filter": {"release": "1"}}),
        ]
    finally:
        connection.execute("ROLLBACK")
    for answer in refused:
        assert (answer.status, answer.json) == (503, {"error": "the store refused the change, try again"})
        assert answer.headers["retry-after"] == "1"
    assert (await post("/v1/errors/cart/resolve")).json["updated"] == 2
