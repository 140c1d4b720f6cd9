"""Assigning errors, commenting on them, and reading what has happened to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.auth.store import create_token
from bloop_trio.issues.triage.comments import MAX_COMMENT_BYTES
from tests.conftest import NOW_MS, accepted, as_json, insert_project, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

CART = "/v1/errors/cart"
ASSIGNEE = f"{CART}/assignee"
COMMENTS = f"{CART}/comments"


@pytest.fixture(autouse=True)
def _stored(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint=name) for name in ("cart", "pay")])


@pytest.fixture
def send(client: Client, make_token: Callable[..., str]) -> Callable[..., Any]:
    """Sends a request with `errors:write`, or with the headers of somebody who is signed in."""
    token = {"authorization": f"Bearer {make_token('errors:write')}"}

    async def request(method: str, target: str, body: Any = None, *, headers: dict[str, str] = token) -> Answer:
        sent = headers | {"content-type": "application/json"}
        return await client.request(method, target, headers=sent, body=b"" if body is None else as_json(body))

    return request


async def activity(client: Client, target: str = f"{CART}/activity") -> list[Any]:
    answer = await client.get(target)
    assert answer.status == 200
    return list(answer.json)


def a_change(old_status: str, new_status: str, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"reason": None, "in_release": None, "fix": None, "snooze": None}
    return {"old_status": old_status, "new_status": new_status} | nothing | more


class TestAssigning:
    @pytest.mark.parametrize("by", ["user_id", "username"])
    async def test_an_error_is_assigned_to_a_user_and_to_nobody_again(
        self, client: Client, connection: Connection, send: Callable[..., Any], by: str
    ) -> None:
        ada = {"user_id": insert_user(connection, "ada"), "username": "ada"}
        answer = await send("PUT", ASSIGNEE, {by: ada[by]})
        assert (answer.status, answer.json) == (200, {"fingerprint": "cart", "assignee": ada})
        assert (await client.get(CART)).json["assignee"] == ada
        answer = await send("PUT", ASSIGNEE, {by: None})
        assert (answer.status, answer.json) == (200, {"fingerprint": "cart", "assignee": None})
        assert (await client.get(CART)).json["assignee"] is None
        assert [(entry["kind"], entry["content"]) for entry in await activity(client)] == [
            ("assigned", {"user_id": None, "username": None}),
            ("assigned", ada),
        ]

    async def test_who_has_it_already_keeps_it_and_nothing_is_noted(
        self, client: Client, connection: Connection, send: Callable[..., Any]
    ) -> None:
        insert_user(connection, "ada")
        await send("PUT", ASSIGNEE, {"user_id": None})
        for _ in range(3):
            assert (await send("PUT", ASSIGNEE, {"username": "ADA"})).json["assignee"]["username"] == "ada"
        assert len(await activity(client)) == 1
        (count,) = connection.execute("SELECT count(*) FROM audit_entries WHERE action = 'error.assigned'").fetchone()
        assert count == 1

    @pytest.mark.parametrize(
        ("body", "status", "message"),
        [
            ({}, 400, "give either user_id or username"),
            ({"user_id": "x", "username": "y"}, 400, "give either user_id or username"),
            ({"user_id": "nobody"}, 404, "user not found"),
            ({"username": "nobody"}, 404, "user not found"),
            ({"user_id": ""}, 400, "user_id must be a string of 1 to 500 characters"),
            ({"user_id": 1}, 400, "user_id must be a string of 1 to 500 characters"),
            ({"username": "x" * 501}, 400, "username must be a string of 1 to 500 characters"),
            ({"name": "ada"}, 400, "there is no field name"),
        ],
        ids=str,
    )
    async def test_what_names_nobody_is_refused(
        self, client: Client, send: Callable[..., Any], body: dict[str, Any], status: int, message: str
    ) -> None:
        answer = await send("PUT", ASSIGNEE, body)
        assert (answer.status, answer.json) == (status, {"error": message})
        assert await activity(client) == []

    async def test_everybody_can_be_assigned_to(self, connection: Connection, send: Callable[..., Any]) -> None:
        assert (await send("GET", "/v1/assignees")).json == []
        users = {name: insert_user(connection, name) for name in ("eve", "Ada", "bob")}
        assert (await send("GET", "/v1/assignees")).json == [
            {"user_id": users[name], "username": name} for name in ("Ada", "bob", "eve")
        ]

    @pytest.mark.parametrize("everybody", [False, True])
    async def test_who_is_removed_has_nothing_any_more(
        self,
        client: Client,
        connection: Connection,
        send: Callable[..., Any],
        sign_in: Callable[..., dict[str, str]],
        *,
        everybody: bool,
    ) -> None:
        admin = sign_in("root")
        user_id = insert_user(connection, "ada")
        await send("PUT", ASSIGNEE, {"user_id": user_id})
        if everybody:
            removed = await send("POST", "/v1/admin/reset", {"confirm": True}, headers=admin)
        else:
            removed = await client.request("DELETE", f"/v1/admin/users/{user_id}", headers=admin)
        assert removed.status == 200
        assert (await client.get(CART)).json["assignee"] is None
        (entry,) = await activity(client)
        assert entry["content"] == {"user_id": user_id, "username": "ada"}


class TestList:
    @pytest.fixture(autouse=True)
    def _assigned(self, connection: Connection, _stored: None) -> None:
        ada = insert_user(connection, "ada", is_admin=True)
        insert_user(connection, "none")
        connection.execute(
            "INSERT INTO issue_assignments SELECT id, project_no, ?, 0 FROM issues WHERE fingerprint = 'cart'", (ada,)
        )

    @pytest.mark.parametrize(
        ("assignee", "found"),
        [("ada", ["cart"]), ("ADA", ["cart"]), ("none", ["pay"]), ("eve", []), ("", ["cart", "pay"])],
    )
    @pytest.mark.parametrize("group", ["release", "fingerprint"])
    async def test_it_keeps_what_is_assigned_to_somebody(
        self, client: Client, assignee: str, found: list[str], group: str
    ) -> None:
        rows = (await client.get(f"/v1/errors?assignee={assignee}&group={group}")).json
        assert sorted(row["fingerprint"] for row in rows) == found

    async def test_me_is_who_is_signed_in(
        self, client: Client, connection: Connection, sign_in: Callable[..., dict[str, str]]
    ) -> None:
        insert_project(connection, "other")
        for name, found in (("ada", ["cart"]), ("none", [])):
            for target in ("/v1/errors?assignee=me", "/v1/errors?assignee=me&project_id=default"):
                answer = await client.get(target, token=None, headers=sign_in(name))
                assert [row["fingerprint"] for row in answer.json] == found
        answer = await client.get("/v1/errors?assignee=me")
        assert (answer.status, answer.json) == (400, {"error": "assignee me needs somebody who is signed in"})

    async def test_a_change_of_many_means_the_same(self, client: Client, send: Callable[..., Any]) -> None:
        changed = {"status": "muted", "filter": {"assignee": "none"}}
        assert (await send("POST", "/v1/status-changes", changed)).json["changed"] == 1
        assert [row["fingerprint"] for row in (await client.get("/v1/errors?status=muted")).json] == ["pay"]


class TestComments:
    async def test_one_is_written_edited_and_deleted(
        self, client: Client, connection: Connection, send: Callable[..., Any]
    ) -> None:
        issued = create_token(connection, name="t", project_no=1, scopes=["errors:write"], now_secs=NOW_MS // 1000)
        me = {"authorization": f"Bearer {issued.plaintext}"}
        answer = await send("POST", COMMENTS, {"text": "  see **#3**\n"}, headers=me)
        number = answer.json["id"]
        assert (answer.status, answer.json) == (200, {"fingerprint": "cart", "id": number})
        (entry,) = await activity(client)
        assert entry == {
            "id": number,
            "project_id": "default",
            "fingerprint": "cart",
            "kind": "comment",
            "actor": f"token:{issued.token.id}",
            "actor_name": "t",
            "at": NOW_MS,
            "edited_at": None,
            "content": {"text": "see **#3**"},
        }
        assert (await send("PUT", f"{COMMENTS}/{number}", {"text": "<b>x</b> é"}, headers=me)).status == 200
        (edited,) = await activity(client)
        assert edited == entry | {"edited_at": NOW_MS, "content": {"text": "<b>x</b> é"}}
        assert (await send("DELETE", f"{COMMENTS}/{number}", headers=me)).status == 200
        assert await activity(client) == []
        ((action, target),) = connection.execute("SELECT action, target FROM audit_entries")
        assert (action, target) == ("comment.deleted", "cart")
        gone = await send("DELETE", f"{COMMENTS}/{number}", headers=me)
        assert (gone.status, gone.json) == (404, {"error": f"comment {number} not found"})

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "text must be a string of 1 to 8192 characters"),
            (" \n", "text must not be empty"),
            ("é" * (MAX_COMMENT_BYTES // 2 + 1), "text must be at most 8192 bytes"),
            ("x" * (MAX_COMMENT_BYTES + 1), "text must be a string of 1 to 8192 characters"),
            (None, "text must be a string of 1 to 8192 characters"),
        ],
    )
    async def test_a_text_that_is_none_or_too_long_is_refused(
        self, client: Client, send: Callable[..., Any], text: str | None, message: str
    ) -> None:
        number = (await send("POST", COMMENTS, {"text": "first"})).json["id"]
        for method, target in (("POST", COMMENTS), ("PUT", f"{COMMENTS}/{number}")):
            answer = await send(method, target, {"text": text})
            assert (answer.status, answer.json) == (400, {"error": message})
        assert [entry["content"] for entry in await activity(client)] == [{"text": "first"}]

    async def test_the_longest_text_is_kept_as_it_is(self, client: Client, send: Callable[..., Any]) -> None:
        text = "é" * (MAX_COMMENT_BYTES // 2)
        await send("POST", COMMENTS, {"text": text})
        assert (await activity(client))[0]["content"]["text"] == text

    async def test_half_a_character_is_refused(
        self, client: Client, send: Callable[..., Any], make_token: Callable[..., str]
    ) -> None:
        headers = {"authorization": f"Bearer {make_token('errors:write')}", "content-type": "application/json"}
        answer = await client.request("POST", COMMENTS, headers=headers, body=b'{"text": "\\ud800"}')
        assert answer.status == 400
        assert await activity(client) == []

    async def test_only_the_author_and_administrators_change_one(
        self, client: Client, send: Callable[..., Any], sign_in: Callable[..., dict[str, str]], make_token: Any
    ) -> None:
        author, other, admin = sign_in("ada", is_admin=False), sign_in("bob", is_admin=False), sign_in("root")
        token = {"authorization": f"Bearer {make_token('errors:write')}"}
        number = (await send("POST", COMMENTS, {"text": "mine"}, headers=author)).json["id"]
        target = f"{COMMENTS}/{number}"
        for headers in (other, token):
            for method, body in (("PUT", {"text": "theirs"}), ("DELETE", None)):
                answer = await send(method, target, body, headers=headers)
                assert (answer.status, answer.json) == (
                    403,
                    {"error": "only its author or an administrator may change a comment"},
                )
        assert (await send("PUT", target, {"text": "still mine"}, headers=author)).status == 200
        assert (await send("PUT", target, {"text": "corrected"}, headers=admin)).status == 200
        (entry,) = await activity(client)
        assert (entry["actor_name"], entry["content"]["text"]) == ("ada", "corrected")
        assert (await send("DELETE", target, headers=admin)).status == 200

    async def test_a_comment_belongs_to_its_error_and_other_entries_are_no_comments(
        self, client: Client, connection: Connection, send: Callable[..., Any]
    ) -> None:
        insert_user(connection, "ada")
        number = (await send("POST", COMMENTS, {"text": "of cart"})).json["id"]
        await send("PUT", ASSIGNEE, {"username": "ada"})
        assigned = (await activity(client))[0]["id"]
        for target in (f"/v1/errors/pay/comments/{number}", f"{COMMENTS}/{assigned}", f"{COMMENTS}/{'9' * 19}"):
            assert (await send("DELETE", target)).status == 404
        assert len(await activity(client)) == 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "assignee", {"user_id": None}),
        ("POST", "comments", {"text": "x"}),
        ("PUT", "comments/1", {"text": "x"}),
        ("DELETE", "comments/1", None),
    ],
)
async def test_an_unknown_error_is_not_found(
    connection: Connection,
    batches: BatchWriter,
    send: Callable[..., Any],
    sign_in: Callable[..., dict[str, str]],
    *,
    method: str,
    path: str,
    body: Any,
) -> None:
    other = insert_project(connection, "other")
    batches.write(connection, [accepted(fingerprint="theirs", project_no=other.no)])
    for name in ("nothing", "theirs"):
        answer = await send(method, f"/v1/errors/{name}/{path}", body)
        assert (answer.status, answer.json) == (404, {"error": f"no errors with fingerprint {name}"})
    answer = await send(method, f"/v1/errors/nothing/{path}", body, headers=sign_in())
    assert (answer.status, answer.json) == (404, {"error": "no errors with fingerprint nothing"})


class TestTimeline:
    async def test_all_that_happened_stands_in_one_order_and_pages_follow_each_other(
        self, client: Client, connection: Connection, batches: BatchWriter, send: Callable[..., Any]
    ) -> None:
        insert_user(connection, "ada")
        await send("POST", COMMENTS, {"text": "one"})
        await send("POST", f"{CART}/resolve", {"reason": "done"})
        batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS + 1)])
        await send("PUT", ASSIGNEE, {"username": "ada"})
        await send("POST", f"{CART}/mute")
        await send("POST", COMMENTS, {"text": "two"})
        whole = await activity(client)
        assert [(entry["kind"], entry["content"]) for entry in whole] == [
            ("comment", {"text": "two"}),
            ("status", a_change("unresolved", "muted")),
            ("assigned", whole[2]["content"]),
            ("status", a_change("resolved", "unresolved", reason="regression", in_release="1.0.0")),
            ("status", a_change("unresolved", "resolved", reason="done")),
            ("comment", {"text": "one"}),
        ]
        assert [entry["actor"] is None for entry in whole] == [False, False, False, True, False, False]
        pages, target = [], f"{CART}/activity?limit=2"
        while target:
            answer = await client.get(target)
            pages += answer.json
            target = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
        assert pages == whole
        assert await activity(client, f"{CART}/activity?offset=1&limit=3") == whole[1:4]

    async def test_a_change_tells_what_was_to_end_it_also_when_that_is_over(
        self, client: Client, connection: Connection, batches: BatchWriter, send: Callable[..., Any]
    ) -> None:
        terms = {"until": NOW_MS + 60_000, "more_events": 9, "more_users": None, "after_release": "1.0.0"}
        await send("POST", f"{CART}/mute", {"until_count": 9, "for_secs": 60, "until_next_release": True})
        (muted,) = await activity(client)
        assert muted["content"] == a_change("unresolved", "muted", snooze=terms)

        await send("POST", f"{CART}/resolve", {"in_release": "next"})
        resolved = a_change("muted", "resolved", fix={"release": "1.0.0", "is_next": True})
        assert [entry["content"] for entry in await activity(client)] == [resolved, muted["content"]]

        batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS + 1, release="2.0.0")])
        back = a_change("resolved", "unresolved", reason="regression", in_release="2.0.0")
        assert [entry["content"] for entry in await activity(client)] == [back, resolved, muted["content"]]

    async def test_of_an_unknown_error_there_is_nothing(self, client: Client) -> None:
        assert await activity(client, "/v1/errors/nothing/activity") == []


class TestDetail:
    async def test_it_shows_what_may_end_the_status(self, client: Client, send: Callable[..., Any]) -> None:
        detail = (await client.get(CART)).json
        assert (detail["snooze"], detail["fix"]) == (None, None)
        await send("POST", f"{CART}/mute", {"until_count": 9, "for_secs": 60, "until_next_release": True})
        detail = (await client.get(CART)).json
        assert detail["snooze"] == {
            "until": NOW_MS + 60_000,
            "until_total_count": 10,
            "until_users_affected": None,
            "after_release": "1.0.0",
        }
        await send("POST", f"{CART}/resolve", {"in_release": "next"})
        detail = (await client.get(CART)).json
        assert (detail["snooze"], detail["fix"]) == (None, {"release": "1.0.0", "is_next": True})
