"""Changing statuses over HTTP: what is asked, what is answered, who may, and what the history says afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bloop_trio.auth.scopes import SCOPES
from bloop_trio.auth.store import create_token
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.triage.routes import MAX_CHANGES_BODY_BYTES, VERBS
from bloop_trio.issues.triage.shapes import MAX_LISTED, MAX_REASON_CHARS
from bloop_trio.issues.writing.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from tests.conftest import NOW_MS, accepted, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

BULK = "/v1/status-changes"

every_verb = pytest.mark.parametrize("verb", VERBS)


@pytest.fixture
def post(client: Client, make_token: Callable[..., str]) -> Callable[..., Any]:
    """Sends a POST with `errors:write`: ``await post("/v1/errors/cart/resolve", {"reason": "…"})``."""
    token = make_token("errors:write")

    async def send(target: str, body: Any = b"", *, token: str = token, content_type: str | None = None) -> Answer:
        raw = body if isinstance(body, bytes) else as_json(body)
        sent_as = content_type or (None if isinstance(body, bytes) else "application/json")
        headers = {"authorization": f"Bearer {token}"} | ({"content-type": sent_as} if sent_as else {})
        return await client.request("POST", target, headers=headers, body=raw)

    return send


@pytest.fixture
def _stored(connection: Connection, batches: BatchWriter) -> None:
    batches.write(
        connection,
        [
            accepted(fingerprint="cart", release="1"),
            accepted(fingerprint="cart", release="2"),
            accepted(fingerprint="pay", release="2", environment="test", source="ios", route_or_procedure="/pay"),
        ],
    )
    index_slice(connection, PayloadReader())


async def status_of(client: Client, fingerprint: str) -> str:
    rows = (await client.get(f"/v1/errors/{quote(fingerprint, safe='')}")).json["aggregates"]
    (status,) = {row["status"] for row in rows}
    return str(status)


@pytest.mark.usefixtures("_stored")
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


@pytest.mark.usefixtures("_stored")
class TestMany:
    async def test_a_list_is_changed_and_what_is_unknown_is_named(
        self, client: Client, post: Callable[..., Any]
    ) -> None:
        asked = {"status": "resolved", "fingerprints": ["pay", "cart", "nothing", "pay"], "reason": "released"}
        answer = await post(BULK, asked)
        fields = ["status", "matched", "changed", "updated", "unknown", "change_id"]
        assert (answer.status, list(answer.json)) == (200, fields)
        assert answer.json | {"change_id": ""} == {
            "status": "resolved",
            "matched": 2,
            "changed": 2,
            "updated": 3,
            "unknown": ["nothing"],
            "change_id": "",
        }
        assert [await status_of(client, name) for name in ("cart", "pay")] == ["resolved", "resolved"]
        assert [row["reason"] for row in (await client.get("/v1/errors/pay/history")).json] == ["released"]
        again = (await post(BULK, asked)).json
        assert (again["matched"], again["changed"], again["updated"], again["change_id"]) == (2, 0, 0, None)

    @pytest.mark.parametrize(
        ("filters", "changed"),
        [
            ({"release": "1"}, ["cart"]),
            ({"release": "2"}, ["cart", "pay"]),
            ({"environment": "test"}, ["pay"]),
            ({"source": "ios"}, ["pay"]),
            ({"source": "api"}, ["cart"]),
            ({"route": "/pay"}, ["pay"]),
            ({"status": "unresolved"}, ["cart", "pay"]),
            ({"status": "muted"}, []),
            ({"since": NOW_MS}, ["cart", "pay"]),
            ({"since": NOW_MS + 1}, []),
            ({"until": NOW_MS}, ["cart", "pay"]),
            ({"until": NOW_MS - 1}, []),
            ({"since": -(10**40), "until": 10**40}, ["cart", "pay"]),
            ({"active_since": NOW_MS - MS_PER_HOUR, "active_until": NOW_MS}, ["cart", "pay"]),
            ({"active_since": NOW_MS + 1}, []),
            ({"active_until": NOW_MS - MS_PER_HOUR}, []),
            ({"active_since": -(10**40), "active_until": 10**40}, ["cart", "pay"]),
            ({"release": "2", "source": "ios", "status": None}, ["pay"]),
            ({"route": "' OR 1=1 --"}, []),
            ({"q": "property undef*"}, ["cart", "pay"]),
            ({"q": "pay"}, ["pay"]),
            ({"q": "property", "release": "1"}, ["cart"]),
            ({"q": '"property cannot"'}, []),
            ({"q": '" AND (('}, []),
            ({"q": '"(("'}, []),
        ],
        ids=str,
    )
    async def test_a_filter_means_what_it_means_in_the_list(
        self, client: Client, post: Callable[..., Any], filters: dict[str, Any], changed: list[str]
    ) -> None:
        tried = await post(BULK, {"status": "ignored", "filter": filters, "dry_run": True})
        assert (tried.status, tried.json["matched"]) == (200, len(changed))
        assert {await status_of(client, name) for name in ("cart", "pay")} == {"unresolved"}
        answer = await post(BULK, {"status": "ignored", "filter": filters})
        assert (tried.json["change_id"], answer.json["change_id"] is None) == (None, not changed)
        assert answer.json | {"change_id": None} == tried.json
        assert [name for name in ("cart", "pay") if await status_of(client, name) == "ignored"] == changed

    async def test_an_empty_filter_means_everything_and_has_to_say_so(
        self, client: Client, post: Callable[..., Any]
    ) -> None:
        message = "an empty filter means every error of the project: say all: true if so"
        for empty in ({}, {"release": None}):
            answer = await post(BULK, {"status": "muted", "filter": empty})
            assert (answer.status, answer.json) == (400, {"error": message})
        assert await status_of(client, "cart") == "unresolved"
        answer = await post(BULK, {"status": "muted", "filter": {}, "all": True})
        assert (answer.status, answer.json["changed"], answer.json["updated"]) == (200, 2, 3)

    async def test_trying_a_list_changes_nothing(self, client: Client, post: Callable[..., Any]) -> None:
        asked = {"status": "muted", "fingerprints": ["cart", "nothing"]}
        tried = await post(BULK, asked | {"dry_run": True})
        assert tried.json == {
            "status": "muted",
            "matched": 1,
            "changed": 1,
            "updated": 2,
            "unknown": ["nothing"],
            "change_id": None,
        }
        assert await status_of(client, "cart") == "unresolved"
        assert (await post(BULK, asked)).json | {"change_id": None} == tried.json

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"status": None}, "status must be unresolved, resolved, ignored or muted"),
            ({"status": "closed"}, "status must be unresolved, resolved, ignored or muted"),
            ({"status": "Resolved"}, "status must be unresolved, resolved, ignored or muted"),
            ({"fingerprints": []}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": ["x"] * (MAX_LISTED + 1)}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": "cart"}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": {"a": 1}}, "fingerprints must be a list of 1 to 1000 entries"),
            ({"fingerprints": ["a", None]}, "fingerprints[1] must be a string of 1 to 4096 characters"),
            ({"fingerprints": [""]}, "fingerprints[0] must be a string of 1 to 4096 characters"),
            ({"fingerprints": None}, "give either fingerprints or a filter"),
            ({"filter": {"release": "1"}}, "give either fingerprints or a filter"),
            ({"filter": {}, "all": True}, "give either fingerprints or a filter"),
            ({"all": True}, "all: true goes with an empty filter alone"),
            (
                {"fingerprints": None, "filter": {"route": "x"}, "all": True},
                "all: true goes with an empty filter alone",
            ),
            ({"fingerprints": None, "filter": []}, "filter must be an object"),
            (
                {"fingerprints": None, "filter": {"release": 1}},
                "filter.release must be a string of 1 to 4096 characters",
            ),
            ({"fingerprints": None, "filter": {"route": ""}}, "filter.route must be a string of 1 to 4096 characters"),
            (
                {"fingerprints": None, "filter": {"environment": ["x"]}},
                "filter.environment must be a string of 1 to 4096 characters",
            ),
            (
                {"fingerprints": None, "filter": {"source": False}},
                "filter.source must be a string of 1 to 4096 characters",
            ),
            (
                {"fingerprints": None, "filter": {"status": "x"}},
                "filter.status must be unresolved, resolved, ignored or muted",
            ),
            ({"fingerprints": None, "filter": {"q": ""}}, "filter.q must be a string of 1 to 500 characters"),
            ({"fingerprints": None, "filter": {"q": "x" * 501}}, "filter.q must be a string of 1 to 500 characters"),
            ({"fingerprints": None, "filter": {"since": "1"}}, "filter.since must be a whole number"),
            ({"fingerprints": None, "filter": {"until": 1.5}}, "filter.until must be a whole number"),
            ({"fingerprints": None, "filter": {"project_id": "other"}}, "there is no field filter.project_id"),
            ({"reason": ["x"]}, "reason must be a string of at most 500 characters"),
            ({"reason": "x" * 501}, "reason must be a string of at most 500 characters"),
            ({"dry_run": "yes"}, "dry_run must be true or false"),
            ({"all": 1}, "all must be true or false"),
            ({"dryrun": True}, "there is no field dryrun"),
            ({"in_release": "1"}, "in_release goes with the status resolved alone"),
            ({"until": NOW_MS}, "until must lie ahead, in epoch milliseconds, at most ten years"),
            ({"status": "ignored", "for_secs": 5}, "until, for_secs and the like go with the status muted alone"),
            (
                {"status": "resolved", "until_next_release": True},
                "until, for_secs and the like go with the status muted alone",
            ),
            (
                {"fingerprints": None, "filter": {"assignee": "me"}},
                "assignee me needs somebody who is signed in",
            ),
        ],
        ids=lambda value: str(value)[:60],
    )
    async def test_a_request_that_makes_no_sense_is_told_why_and_changes_nothing(
        self, client: Client, post: Callable[..., Any], changes: dict[str, Any], message: str
    ) -> None:
        answer = await post(BULK, {"status": "muted", "fingerprints": ["cart"]} | changes)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert await status_of(client, "cart") == "unresolved"

    async def test_the_status_is_required(self, post: Callable[..., Any]) -> None:
        answer = await post(BULK, {"fingerprints": ["cart"]})
        assert (answer.status, answer.json) == (400, {"error": "status is required"})

    async def test_a_body_is_needed_and_has_to_be_json(self, post: Callable[..., Any]) -> None:
        assert (await post(BULK)).status == 415
        assert (await post(BULK, b"", content_type="application/json")).status == 400
        assert (await post(BULK, b"status=muted", content_type="application/x-www-form-urlencoded")).status == 415
        too_large = await post(BULK, b" " * (MAX_CHANGES_BODY_BYTES + 1), content_type="application/json")
        assert (too_large.status, too_large.json) == (413, {"error": "request body exceeds 1048576 bytes"})

    async def test_the_longest_list_is_taken(self, post: Callable[..., Any]) -> None:
        names = ["cart", *(f"f{n}" for n in range(MAX_LISTED - 1))]
        answer = await post(BULK, {"status": "muted", "fingerprints": names})
        assert (answer.status, answer.json["matched"], len(answer.json["unknown"])) == (200, 1, MAX_LISTED - 1)

    async def test_another_projects_errors_are_out_of_reach(
        self, client: Client, connection: Connection, make_token: Callable[..., str], post: Callable[..., Any]
    ) -> None:
        other = insert_project(connection, "other")
        token = make_token("errors:write", project_no=other.no)
        by_list = await post(BULK, {"status": "muted", "fingerprints": ["cart"]}, token=token)
        assert (by_list.json["matched"], by_list.json["unknown"]) == (0, ["cart"])
        by_filter = await post(BULK, {"status": "muted", "filter": {}, "all": True}, token=token)
        assert by_filter.json["matched"] == 0
        assert await status_of(client, "cart") == "unresolved"

    async def test_reading_is_not_enough(self, make_token: Callable[..., str], post: Callable[..., Any]) -> None:
        answer = await post(BULK, {"status": "muted", "fingerprints": ["cart"]}, token=make_token("errors:read"))
        assert answer.status == 403


@pytest.mark.usefixtures("_stored")
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
