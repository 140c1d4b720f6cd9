"""Users and invites, as administrators manage them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.alerts.rules.rule import NewIssue, Rule
from bloop_trio.alerts.rules.store import create_rule
from bloop_trio.auth.store import create_token
from tests.api.people import HERE, Browser, a_first_user
from tests.auth.authenticator import Authenticator
from tests.conftest import NOW_MS, as_json, insert_session, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Answer, Client

NOW_SECS = NOW_MS // 1000
USERS, INVITES, RESET = "/v1/admin/users", "/v1/admin/invites", "/v1/admin/reset"
UNKNOWN = "10000000-0000-4000-8000-999999999999"


def user_id(conn: Connection, name: str) -> str:
    (found,) = conn.execute("SELECT id FROM users WHERE username = ?", (name,)).fetchone()
    return str(found)


def names(conn: Connection) -> list[str]:
    return [name for (name,) in conn.execute("SELECT username FROM users ORDER BY created_secs, rowid")]


def last_entry(conn: Connection) -> tuple[Any, ...]:
    action, actor, target, name, details = conn.execute(
        "SELECT action, actor_name, target, target_name, details FROM audit_entries ORDER BY id DESC"
    ).fetchone()
    return action, actor, target, name, json.loads(details)


@pytest.fixture
def send(client: Client, sign_in: Callable[..., dict[str, str]]) -> Callable[..., Any]:
    """Sends a request as the administrator ada, or as whose headers are given."""
    ada = sign_in("ada", is_admin=True)

    async def request(method: str, target: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Answer:
        sent = b"" if body is None else body if isinstance(body, bytes) else as_json(body)
        return await client.request(
            method, target, body=sent, headers=(headers or ada) | HERE | {"content-type": "application/json"}
        )

    return request


class TestUsers:
    async def test_they_are_listed_the_oldest_first(
        self, send: Callable[..., Any], sign_in: Callable[..., dict[str, str]], connection: Connection
    ) -> None:
        sign_in("bob", is_admin=False)
        ada, bob = (await send("GET", USERS)).json
        assert ada == {"id": user_id(connection, "ada"), "username": "ada", "is_admin": True, "created_at": NOW_SECS}
        assert (bob["username"], bob["is_admin"]) == ("bob", False)

    async def test_a_removed_user_is_gone_with_all_that_opens_something(
        self,
        client: Client,
        send: Callable[..., Any],
        sign_in: Callable[..., dict[str, str]],
        connection: Connection,
    ) -> None:
        headers = sign_in("bob", is_admin=True)
        bob = user_id(connection, "bob")
        issued = create_token(
            connection, name="t", project_no=1, scopes=["errors:read"], now_secs=NOW_SECS, created_by=bob
        )
        connection.execute("UPDATE projects SET created_by = ?", (bob,))
        rule = Rule(id=0, project_no=1, name="r", config=NewIssue(), is_enabled=True)
        create_rule(connection, rule, created_by=bob)
        invite = (await send("POST", INVITES, headers=headers)).json["token"]
        assert (await client.get("/v1/errors", token=issued.plaintext)).status == 200

        answer = await send("DELETE", f"{USERS}/{bob}")

        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert (await client.request("GET", "/v1/me", headers=headers)).status == 401
        assert (await client.get("/v1/errors", token=issued.plaintext)).status == 401
        answer = await send("POST", "/auth/invite/register/start", {"username": "eve", "invite_token": invite})
        assert answer.status == 400
        assert names(connection) == ["ada"]
        for table in ("projects", "bearer_tokens", "invites", "alert_rules"):
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE created_by IS NOT NULL").fetchone() == (0,)
        assert last_entry(connection) == ("user.removed", "ada", bob, "bob", {"tokens_revoked": 1})

    async def test_an_invited_user_can_be_removed_and_the_name_is_free_again(
        self, client: Client, connection: Connection
    ) -> None:
        admin, _ = await a_first_user(client)
        for _ in range(2):
            token = (await admin.send("POST", INVITES)).json["token"]
            answer = await Browser(client).register(
                "/auth/invite/register", Authenticator(), username="bob", invite_token=token
            )
            assert answer.status == 200
            assert (await admin.send("DELETE", f"{USERS}/{user_id(connection, 'bob')}")).status == 200
        assert connection.execute("SELECT count(*) FROM passkeys").fetchone() == (1,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    async def test_nobody_removes_themselves_or_somebody_unknown(
        self, send: Callable[..., Any], connection: Connection
    ) -> None:
        answer = await send("DELETE", f"{USERS}/{user_id(connection, 'ada')}")
        assert (answer.status, answer.json) == (400, {"error": "cannot delete yourself"})
        for target in (UNKNOWN, "x", "%00", "..%2F.."):
            answer = await send("DELETE", f"{USERS}/{target}")
            assert (answer.status, answer.json) == (404, {"error": "user not found"})

    async def test_two_administrators_who_remove_each_other_leave_one(
        self, send: Callable[..., Any], sign_in: Callable[..., dict[str, str]], connection: Connection
    ) -> None:
        bobs = sign_in("bob", is_admin=True)
        ada, bob = user_id(connection, "ada"), user_id(connection, "bob")
        statuses = []

        async def remove(target: str, headers: dict[str, str] | None) -> None:
            statuses.append((await send("DELETE", f"{USERS}/{target}", headers=headers)).status)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(remove, bob, None)
            nursery.start_soon(remove, ada, bobs)
        assert sorted(statuses) == [200, 401]
        assert len(names(connection)) == 1


class TestRoles:
    @pytest.mark.parametrize("body", [{"is_admin": True}, {"role": "admin"}])
    async def test_a_user_becomes_administrator_and_is_one_at_once(
        self,
        send: Callable[..., Any],
        sign_in: Callable[..., dict[str, str]],
        connection: Connection,
        body: Any,
    ) -> None:
        bobs = sign_in("bob", is_admin=False)
        bob = user_id(connection, "bob")
        assert (await send("GET", USERS, headers=bobs)).status == 403
        answer = await send("PUT", f"{USERS}/{bob}/role", body)
        assert (answer.status, answer.json) == (200, {"status": "ok", "user_id": bob, "is_admin": True})
        assert (await send("GET", USERS, headers=bobs)).status == 200
        assert last_entry(connection) == ("user.role_changed", "ada", bob, "bob", {"is_admin": True})

    @pytest.mark.parametrize("body", [{"is_admin": False}, {"role": "user"}])
    async def test_and_an_ordinary_user_again_whose_invites_are_worthless(
        self,
        send: Callable[..., Any],
        sign_in: Callable[..., dict[str, str]],
        connection: Connection,
        body: Any,
    ) -> None:
        bobs = sign_in("bob", is_admin=True)
        await send("POST", INVITES, {"is_admin": True}, headers=bobs)
        assert (await send("PUT", f"{USERS}/{user_id(connection, 'bob')}/role", body)).status == 200
        assert (await send("GET", USERS, headers=bobs)).status == 403
        assert connection.execute("SELECT revoked_secs FROM invites").fetchall() == [(NOW_SECS,)]

    async def test_a_role_that_one_has_is_no_change(
        self, send: Callable[..., Any], sign_in: Callable[..., dict[str, str]], connection: Connection
    ) -> None:
        sign_in("bob", is_admin=True)
        answer = await send("PUT", f"{USERS}/{user_id(connection, 'bob')}/role", {"role": "admin"})
        assert answer.status == 200
        assert connection.execute("SELECT count(*) FROM audit_entries").fetchone() == (0,)

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "give either is_admin or role"),
            ({"is_admin": True, "role": "admin"}, "give either is_admin or role"),
            ({"is_admin": None}, "give either is_admin or role"),
            ({"is_admin": 1}, "is_admin must be true or false"),
            ({"is_admin": "true"}, "is_admin must be true or false"),
            ({"role": "owner"}, "role must be admin or user"),
            ({"role": True}, "role must be admin or user"),
            ({"admin": True}, "there is no field admin"),
            ([], "the body must be an object"),
            (b"", "malformed JSON: Input data was truncated"),
        ],
    )
    async def test_bodies_that_do_not_say_which(self, send: Callable[..., Any], body: Any, message: str) -> None:
        answer = await send("PUT", f"{USERS}/{UNKNOWN}/role", body)
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_ones_own_and_that_of_somebody_unknown(
        self, send: Callable[..., Any], connection: Connection
    ) -> None:
        answer = await send("PUT", f"{USERS}/{user_id(connection, 'ada')}/role", {"is_admin": False})
        assert (answer.status, answer.json) == (400, {"error": "cannot change your own role"})
        answer = await send("PUT", f"{USERS}/{UNKNOWN}/role", {"is_admin": False})
        assert (answer.status, answer.json) == (404, {"error": "user not found"})


class TestInvites:
    async def test_the_token_is_told_once(self, send: Callable[..., Any], connection: Connection) -> None:
        made = (await send("POST", INVITES)).json
        assert len(made["token"]) == 43
        assert made["token"].startswith(made["token_prefix"])
        assert made["url"] == f"http://localhost:5332/auth/login?invite={made['token']}"
        assert made["expires_at"] == NOW_SECS + 7 * 86_400
        answer = await send("GET", INVITES)
        assert answer.json == [
            {
                "id": made["id"],
                "token_prefix": made["token_prefix"],
                "is_admin": False,
                "created_at": NOW_SECS,
                "created_by": user_id(connection, "ada"),
                "expires_at": made["expires_at"],
                "used": False,
                "used_at": None,
                "used_by": None,
                "revoked_at": None,
            }
        ]
        assert made["token"].encode() not in answer.body
        (stored,) = connection.execute("SELECT token_hash FROM invites").fetchone()
        assert made["token"] not in stored
        assert last_entry(connection)[:3] == ("invite.created", "ada", made["id"])

    async def test_the_newest_come_first(self, send: Callable[..., Any]) -> None:
        first, second = [(await send("POST", INVITES, body)).json for body in ({"is_admin": True}, {})]
        assert [invite["id"] for invite in (await send("GET", INVITES)).json] == [second["id"], first["id"]]

    async def test_a_used_one_names_its_user(self, client: Client, connection: Connection) -> None:
        admin, _ = await a_first_user(client)
        token = (await admin.send("POST", INVITES)).json["token"]
        await Browser(client).register("/auth/invite/register", Authenticator(), username="bob", invite_token=token)
        (invite,) = (await admin.send("GET", INVITES)).json
        assert (invite["used"], invite["used_at"], invite["used_by"]) == (True, NOW_SECS, user_id(connection, "bob"))
        answer = await admin.send("DELETE", f"{INVITES}/{invite['id']}")
        assert (answer.status, answer.json) == (404, {"error": "invite not found, or already used or revoked"})

    async def test_it_is_revoked_once(self, send: Callable[..., Any], connection: Connection) -> None:
        made = (await send("POST", INVITES)).json
        assert (await send("DELETE", f"{INVITES}/{made['id']}")).json == {"status": "ok"}
        assert last_entry(connection)[:4] == ("invite.revoked", "ada", made["id"], made["token_prefix"])
        for target in (made["id"], made["token"], "x", "%00"):
            assert (await send("DELETE", f"{INVITES}/{target}")).status == 404

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"is_admin": "yes"}, "is_admin must be true or false"),
            ({"is_admin": None}, "is_admin must be true or false"),
            ({"admin": True}, "there is no field admin"),
            ([], "the body must be an object"),
        ],
    )
    async def test_bodies_that_cannot_be_understood(
        self, send: Callable[..., Any], connection: Connection, body: Any, message: str
    ) -> None:
        answer = await send("POST", INVITES, body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert connection.execute("SELECT count(*) FROM invites").fetchone() == (0,)

    async def test_the_first_user_of_all_is_administrator_whatever_the_invite_says(
        self, client: Client, connection: Connection, send: Callable[..., Any]
    ) -> None:
        token = (await send("POST", INVITES)).json["token"]
        connection.execute("UPDATE invites SET created_by = NULL")
        for table in ("sessions", "users"):
            connection.execute(f"DELETE FROM {table}")
        browser = Browser(client)
        await browser.register("/auth/invite/register", Authenticator(), username="eve", invite_token=token)
        assert (await browser.me()).json["is_admin"] is True


class TestReset:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "confirm is required"),
            ({"confirm": False}, "confirm must be true"),
            ({"confirm": None}, "confirm must be true or false"),
            ({"confirm": 1}, "confirm must be true or false"),
            ({"confirm": "true"}, "confirm must be true or false"),
            (b"", "malformed JSON: Input data was truncated"),
        ],
    )
    async def test_it_has_to_be_confirmed(
        self, send: Callable[..., Any], connection: Connection, body: Any, message: str
    ) -> None:
        answer = await send("POST", RESET, body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert names(connection) == ["ada"]

    async def test_everybody_goes_and_registration_is_open_again(self, client: Client, connection: Connection) -> None:
        admin, authenticator = await a_first_user(client)
        ada = user_id(connection, "ada")
        of_ada, of_shell = (
            create_token(connection, name="t", project_no=1, scopes=["errors:read"], now_secs=NOW_SECS, created_by=by)
            for by in (ada, None)
        )
        connection.execute("UPDATE projects SET created_by = ?", (ada,))
        await admin.send("POST", INVITES)
        insert_session(connection, insert_user(connection, "bob"))
        assert (await client.get("/v1/errors", token=of_ada.plaintext)).status == 200
        cookie = admin.cookies["bloop_session"]

        answer = await admin.send("POST", RESET, {"confirm": True})

        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert "Max-Age=0" in answer.headers["set-cookie"]
        admin.cookies["bloop_session"] = cookie
        assert (await admin.me()).status == 401
        assert (await client.get("/v1/errors", token=of_ada.plaintext)).status == 401
        assert (await client.get("/v1/errors", token=of_shell.plaintext)).status == 200
        for table in ("users", "passkeys", "sessions", "invites"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert last_entry(connection)[0::4] == ("people.reset", {"users_removed": 2, "tokens_revoked": 1})
        assert (await client.get("/auth/status", token=None)).json["setup_complete"] is False
        answer = await Browser(client).register("/auth/register", authenticator, username="ada")
        assert answer.status == 200


ADMIN_CALLS = [
    ("GET", USERS),
    ("DELETE", f"{USERS}/{UNKNOWN}"),
    ("PUT", f"{USERS}/{UNKNOWN}/role"),
    ("GET", INVITES),
    ("POST", INVITES),
    ("DELETE", f"{INVITES}/x"),
    ("POST", RESET),
]


@pytest.mark.parametrize(("method", "target"), ADMIN_CALLS)
async def test_they_are_for_administrators_who_are_still_such(
    send: Callable[..., Any],
    sign_in: Callable[..., dict[str, str]],
    client: Client,
    connection: Connection,
    method: str,
    target: str,
) -> None:
    body = {"is_admin": True} if target.endswith("role") else {"confirm": True} if target == RESET else None
    answer = await send(method, target, body, headers=sign_in("bob", is_admin=False))
    assert (answer.status, answer.json) == (403, {"error": "admin access required"})
    assert (await client.request(method, target, headers={"authorization": f"Bearer {client.token}"})).status == 401
    # Whoever is demoted between the door and the transaction changes nothing either.
    assert (await send("GET", USERS)).status == 200
    connection.execute("UPDATE users SET is_admin = 0")
    if method != "GET":
        answer = await send(method, target, body)
        assert (answer.status, answer.json) == (403, {"error": "admin access required"})


async def test_a_change_in_the_store_of_another_process_is_seen(client: Client, connection: Connection) -> None:
    admin, _ = await a_first_user(client)
    before = dict(connection.execute("SELECT name, value FROM generations"))
    await admin.send("POST", RESET, {"confirm": True})
    after = dict(connection.execute("SELECT name, value FROM generations"))
    assert after["sessions"] > before["sessions"]
    assert after["tokens"] > before["tokens"]
