"""One's own passkeys and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.auth.passkeys import MAX_PASSKEYS
from tests.api.people import HERE, Browser, a_first_user
from tests.auth.authenticator import Authenticator
from tests.conftest import NOW_MS, as_json, insert_session, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Answer, Client

PASSKEYS = "/v1/me/passkeys"
NOW_SECS = NOW_MS // 1000


async def add(browser: Browser, authenticator: Authenticator, **more: Any) -> Answer:
    challenge_id, options = await browser.start(PASSKEYS)
    return await browser.finish(PASSKEYS, challenge_id, authenticator.create(options), **more)


def actions(conn: Connection) -> list[str]:
    return [action for (action,) in conn.execute("SELECT action FROM audit_entries ORDER BY id")]


class TestPasskeys:
    async def test_a_second_one_signs_in_too(self, client: Client, connection: Connection) -> None:
        browser, first = await a_first_user(client)
        second = Authenticator()
        added = await add(browser, second)
        assert (added.status, added.json["name"], added.json["created_at"]) == (200, "Passkey 2", NOW_SECS)
        for authenticator in (first, second):
            other = Browser(client)
            assert (await other.sign_in(authenticator)).status == 200
            assert (await other.me()).json["username"] == "ada"
        listed = (await browser.send("GET", PASSKEYS)).json
        assert [(passkey["name"], passkey["last_used_at"]) for passkey in listed] == [
            ("Passkey 1", NOW_SECS),
            ("Passkey 2", NOW_SECS),
        ]
        assert listed[1] == added.json | {"last_used_at": NOW_SECS}
        assert (listed[0]["is_synced"], listed[0]["transports"]) == (True, ["internal", "hybrid"])
        assert "passkey.added" in actions(connection)

    async def test_the_options_leave_out_authenticators_that_have_one(self, client: Client) -> None:
        browser, authenticator = await a_first_user(client)
        _, options = await browser.start(PASSKEYS)
        (excluded,) = options["excludeCredentials"]
        assert excluded["id"] == authenticator.create({**options, "excludeCredentials": []})["id"]
        assert options["user"]["name"] == "ada"

    async def test_it_can_be_given_a_name(self, client: Client, connection: Connection) -> None:
        browser, _ = await a_first_user(client)
        passkey = (await add(browser, Authenticator(), name=" <b>Phone</b> ")).json
        assert passkey["name"] == "<b>Phone</b>"
        answer = await browser.send("PUT", f"{PASSKEYS}/{passkey['id']}", {"name": "Laptop"})
        assert (answer.status, answer.json) == (200, passkey | {"name": "Laptop"})
        details = connection.execute("SELECT details FROM audit_entries WHERE action = 'passkey.renamed'").fetchone()
        assert details == ('{"was":"<b>Phone</b>"}',)

    async def test_a_name_that_is_free_again_is_given_again(self, client: Client) -> None:
        browser, _ = await a_first_user(client)
        second = (await add(browser, Authenticator())).json
        await add(browser, Authenticator())
        await browser.send("DELETE", f"{PASSKEYS}/{second['id']}")
        assert (await add(browser, Authenticator())).json["name"] == "Passkey 2"

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "name is required"),
            ({"name": None}, "name must be a string"),
            ({"name": ""}, "name must be 1-64 printable characters"),
            ({"name": " \t"}, "name must be 1-64 printable characters"),
            ({"name": "x" * 65}, "name must be 1-64 printable characters"),
            ({"name": "a\nb"}, "name must be 1-64 printable characters"),
            ({"name": "\u202egnp"}, "name must be 1-64 printable characters"),
            (b"{", "malformed JSON: Input data was truncated"),
        ],
    )
    async def test_names_that_cannot_be_used(self, client: Client, body: Any, message: str) -> None:
        browser, _ = await a_first_user(client)
        ((passkey),) = (await browser.send("GET", PASSKEYS)).json
        answer = await browser.send("PUT", f"{PASSKEYS}/{passkey['id']}", body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert (await browser.send("GET", PASSKEYS)).json == [passkey]

    async def test_a_bad_name_at_the_finish_leaves_the_challenge_good(self, client: Client) -> None:
        browser, _ = await a_first_user(client)
        challenge_id, options = await browser.start(PASSKEYS)
        credential = Authenticator().create(options)
        assert (await browser.finish(PASSKEYS, challenge_id, credential, name="\0")).status == 400
        assert (await browser.finish(PASSKEYS, challenge_id, credential)).status == 200

    async def test_a_removed_one_signs_in_no_more(self, client: Client, connection: Connection) -> None:
        browser, first = await a_first_user(client)
        await add(browser, Authenticator())
        passkey = (await browser.send("GET", PASSKEYS)).json[0]
        answer = await browser.send("DELETE", f"{PASSKEYS}/{passkey['id']}")
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert (await Browser(client).sign_in(first)).status == 401
        assert (await browser.me()).status == 200
        assert actions(connection)[-1] == "passkey.removed"

    async def test_the_last_one_stays(self, client: Client) -> None:
        browser, _ = await a_first_user(client)
        (passkey,) = (await browser.send("GET", PASSKEYS)).json
        answer = await browser.send("DELETE", f"{PASSKEYS}/{passkey['id']}")
        assert (answer.status, answer.json) == (400, {"error": "cannot remove the last passkey"})

    async def test_those_of_others_are_not_there(self, client: Client, sign_in: Callable[..., dict[str, str]]) -> None:
        browser, _ = await a_first_user(client)
        await add(browser, Authenticator())
        (passkey, _) = (await browser.send("GET", PASSKEYS)).json
        other = sign_in("bob", is_admin=True) | HERE | {"content-type": "application/json"}
        assert (await client.request("GET", PASSKEYS, headers=other)).json == []
        for method, body in (("PUT", as_json({"name": "x"})), ("DELETE", b"")):
            for passkey_id in (passkey["id"], "x", "%00", "%F0%9F%98%80"):
                answer = await client.request(method, f"{PASSKEYS}/{passkey_id}", headers=other, body=body)
                assert (answer.status, answer.json) == (404, {"error": "passkey not found"})

    async def test_a_ceremony_of_another_user_in_the_same_browser_is_refused(
        self, client: Client, connection: Connection
    ) -> None:
        browser, _ = await a_first_user(client)
        challenge_id, options = await browser.start(PASSKEYS)
        _, browser.cookies["bloop_session"] = insert_session(connection, insert_user(connection, "bob"))
        answer = await browser.finish(PASSKEYS, challenge_id, Authenticator().create(options))
        assert (answer.status, answer.json) == (400, {"error": "challenge expired or invalid"})

    async def test_one_known_to_the_server_is_refused(self, client: Client, connection: Connection) -> None:
        browser, authenticator = await a_first_user(client)
        challenge_id, options = await browser.start(PASSKEYS)
        credential = authenticator.create(options | {"excludeCredentials": []})
        answer = await browser.finish(PASSKEYS, challenge_id, credential)
        assert (answer.status, answer.json) == (400, {"error": "registration failed"})
        assert connection.execute("SELECT count(*) FROM passkeys").fetchone() == (1,)

    async def test_there_is_an_end_to_them(self, client: Client, connection: Connection) -> None:
        browser, _ = await a_first_user(client)
        late_id, late = await browser.start(PASSKEYS)
        first_cookie = dict(browser.cookies)
        for _ in range(MAX_PASSKEYS - 1):
            assert (await add(browser, Authenticator())).status == 200
        answer = await browser.send("POST", f"{PASSKEYS}/start")
        assert (answer.status, answer.json) == (400, {"error": "a user can have 20 passkeys"})
        browser.cookies = first_cookie
        assert (await browser.finish(PASSKEYS, late_id, Authenticator().create(late))).status == 400
        assert connection.execute("SELECT count(*) FROM passkeys").fetchone() == (MAX_PASSKEYS,)

    async def test_its_cookie_goes_nowhere_else(self, client: Client) -> None:
        browser, _ = await a_first_user(client)
        answer = await browser.send("POST", f"{PASSKEYS}/start")
        assert answer.headers["set-cookie"].endswith("; SameSite=Strict; Path=/v1/me/passkeys; Max-Age=120")


class TestSessions:
    async def test_they_are_listed_the_newest_first(
        self, client: Client, sign_in: Callable[..., dict[str, str]], connection: Connection
    ) -> None:
        sign_in("bob")
        headers = sign_in("ada")
        other = Browser(client)
        (ada,) = connection.execute("SELECT id FROM users WHERE username = 'ada'").fetchone()
        insert_session(connection, ada, created_secs=NOW_SECS - 86_400)
        session_id, value = insert_session(connection, ada, created_secs=NOW_SECS + 1)
        newest, current = (await client.request("GET", "/v1/me/sessions", headers=headers)).json
        assert newest == {
            "id": session_id,
            "created_at": NOW_SECS + 1,
            "expires_at": NOW_SECS + 86_401,
            "last_used_at": NOW_SECS + 1,
            "address": "127.0.0.1",
            "user_agent": "a test",
            "is_current": False,
        }
        assert current["is_current"] is True
        other.cookies["bloop_session"] = value
        assert (await other.me()).json["session_id"] == session_id

    async def test_one_is_ended_at_once(self, client: Client, connection: Connection) -> None:
        browser, authenticator = await a_first_user(client)
        other = Browser(client)
        await other.sign_in(authenticator)
        session_id = (await other.me()).json["session_id"]
        answer = await browser.send("DELETE", f"/v1/me/sessions/{session_id}")
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert "set-cookie" not in answer.headers
        assert [(await other.me()).status, (await browser.me()).status] == [401, 200]
        assert actions(connection)[-1] == "session.ended"

    async def test_ending_ones_own_clears_the_cookie(self, client: Client) -> None:
        browser, _ = await a_first_user(client)
        answer = await browser.send("DELETE", f"/v1/me/sessions/{(await browser.me()).json['session_id']}")
        assert "Max-Age=0" in answer.headers["set-cookie"]

    async def test_those_of_others_are_not_there(self, client: Client, connection: Connection) -> None:
        browser, _ = await a_first_user(client)
        session_id, _ = insert_session(connection, insert_user(connection, "bob"))
        for target in (session_id, "x", "%00"):
            answer = await browser.send("DELETE", f"/v1/me/sessions/{target}")
            assert (answer.status, answer.json) == (404, {"error": "session not found"})

    @pytest.mark.parametrize(("query", "spared"), [("", False), ("?keep_current=true", True)])
    async def test_signing_out_everywhere(
        self, client: Client, connection: Connection, query: str, spared: bool
    ) -> None:
        browser, authenticator = await a_first_user(client)
        other = Browser(client)
        await other.sign_in(authenticator)
        insert_session(connection, insert_user(connection, "bob"))
        answer = await browser.send("DELETE", f"/v1/me/sessions{query}")
        assert answer.json == {"ended": 1 if spared else 2}
        assert ("set-cookie" in answer.headers) is not spared
        browser.cookies.setdefault("bloop_session", "")
        assert (await other.me()).status == 401
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (2 if spared else 1,)

    async def test_keep_current_is_true_or_false(self, client: Client) -> None:
        browser, _ = await a_first_user(client)
        answer = await browser.send("DELETE", "/v1/me/sessions?keep_current=yes")
        assert (answer.status, answer.json) == (400, {"error": "keep_current must be true or false"})
        assert (await browser.me()).status == 200


class TestHostileCookies:
    @pytest.mark.parametrize("value", ["", "x", "A" * 43, "é", "A" * 5000, "..", '"'])
    async def test_they_name_nobody(self, client: Client, value: str) -> None:
        headers = {"cookie": f"bloop_session={value}; bloop_challenge_login={value}"}
        assert (await client.request("GET", "/v1/me", headers=headers)).status == 401
        body = as_json({"challenge_id": "x", "credential": {}})
        sent = headers | {"content-type": "application/json"}
        answer = await client.request("POST", "/auth/login/finish", headers=sent, body=body)
        assert (answer.status, answer.json) == (400, {"error": "challenge expired or invalid"})

    async def test_the_alias_is_read(self, client: Client, sign_in: Callable[..., dict[str, str]]) -> None:
        alias = {"cookie": sign_in()["cookie"].replace("bloop_session", "session")}
        assert (await client.request("GET", "/v1/me", headers=alias)).json["username"] == "ada"
