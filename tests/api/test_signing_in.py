"""Signing in and out, with real signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.config import Config
from bloop_trio.config.sections import AuthConfig
from tests.api.people import (
    INVITE,
    LOGIN,
    REFUSED,
    REGISTER,
    Browser,
    a_first_user,
    an_invite,
    rows,
)
from tests.auth.authenticator import (
    ORIGIN,
    PRESENT,
    Authenticator,
    EcKey,
    b64,
)
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Client


class TestSigningIn:
    async def test_without_passkeys_there_is_nothing_to_sign_in_with(self, client: Client) -> None:
        answer = await Browser(client).send("POST", f"{LOGIN}/start")
        assert (answer.status, answer.json) == (400, {"error": "no credentials registered"})

    async def test_the_options_name_no_credential(self, client: Client) -> None:
        await a_first_user(client)
        _, options = await Browser(client).start(LOGIN)
        assert options["allowCredentials"] == []
        assert (options["rpId"], options["userVerification"]) == ("localhost", "required")

    async def test_another_browser_signs_in(self, client: Client, connection: Connection) -> None:
        _, authenticator = await a_first_user(client)
        browser = Browser(client, peer="203.0.113.9")
        assert (await browser.sign_in(authenticator)).status == 200
        assert (await browser.me()).json["username"] == "ada"
        (session, _) = (await browser.send("GET", "/v1/me/sessions")).json
        assert (session["address"], session["user_agent"]) == ("203.0.113.9", "a test")
        assert connection.execute("SELECT last_used_secs FROM passkeys").fetchone() == (NOW_MS // 1000,)

    async def test_signing_in_again_replaces_the_browsers_session(self, client: Client, connection: Connection) -> None:
        browser, authenticator = await a_first_user(client)
        former = browser.cookies["bloop_session"]
        await browser.sign_in(authenticator)
        assert rows(connection, "sessions") == 1
        browser.cookies["bloop_session"] = former
        assert (await browser.me()).status == 401

    async def test_a_passkey_that_counts_must_count_on(self, client: Client) -> None:
        authenticator = Authenticator(counts=True, count=5)
        await Browser(client).register(REGISTER, authenticator, username="ada")
        assert (await Browser(client).sign_in(authenticator)).status == 200
        authenticator.count = 5
        answer = await Browser(client).sign_in(authenticator)
        assert (answer.status, answer.json) == REFUSED

    async def test_of_two_copies_of_a_counting_passkey_one_signs_in(
        self, client: Client, connection: Connection
    ) -> None:
        authenticator = Authenticator(counts=True)
        await Browser(client).register(REGISTER, authenticator, username="ada")
        ready = []
        for _ in range(2):
            browser = Browser(client)
            challenge_id, options = await browser.start(LOGIN)
            authenticator.count = 0
            ready.append((browser, challenge_id, authenticator.get(options)))
        statuses = []

        async def finish(browser: Browser, challenge_id: str, credential: Any) -> None:
            statuses.append((await browser.finish(LOGIN, challenge_id, credential)).status)

        async with trio.open_nursery() as nursery:
            for one in ready:
                nursery.start_soon(finish, *one)
        assert sorted(statuses) == [200, 401]

    async def test_a_stranger_is_refused(self, client: Client) -> None:
        await a_first_user(client)
        answer = await Browser(client).sign_in(Authenticator())
        assert (answer.status, answer.json) == REFUSED

    async def test_somebody_elses_handle_is_refused(self, client: Client) -> None:
        admin, adas = await a_first_user(client)
        bobs = Authenticator()
        await Browser(client).register(INVITE, bobs, username="bob", invite_token=await an_invite(admin))
        bobs.user_handle = adas.user_handle
        assert (await Browser(client).sign_in(bobs)).status == 401
        bobs.user_handle = b""
        assert (await Browser(client).sign_in(bobs)).status == 401

    async def test_another_key_for_a_known_credential_is_refused(self, client: Client) -> None:
        _, authenticator = await a_first_user(client)
        authenticator.key = EcKey()
        assert (await Browser(client).sign_in(authenticator)).status == 401

    @pytest.mark.parametrize(
        "change",
        [
            {"origin": "http://localhost:5333"},
            {"origin": "https://localhost:5332"},
            {"origin": f"{ORIGIN}.evil.example"},
            {"challenge": b64(bytes(32))},
            {"type": "webauthn.create"},
        ],
    )
    async def test_client_data_of_something_else_is_refused(self, client: Client, change: dict[str, str]) -> None:
        _, authenticator = await a_first_user(client)
        browser = Browser(client)
        challenge_id, options = await browser.start(LOGIN)
        answer = await browser.finish(LOGIN, challenge_id, authenticator.get(options, **change))
        assert (answer.status, answer.json) == REFUSED

    @pytest.mark.parametrize("change", [{"flags": PRESENT}, {"flags": 0x04}, {"rp_id": "evil.example"}])
    async def test_what_the_authenticator_did_not_check_is_refused(
        self, client: Client, change: dict[str, Any]
    ) -> None:
        _, authenticator = await a_first_user(client)
        for name, value in change.items():
            setattr(authenticator, name, value)
        answer = await Browser(client).sign_in(authenticator)
        assert (answer.status, answer.json) == REFUSED

    async def test_a_removed_passkey_signs_nobody_in(self, client: Client, connection: Connection) -> None:
        _, authenticator = await a_first_user(client)
        connection.execute("UPDATE passkeys SET credential_id = x'00'")
        assert (await Browser(client).sign_in(authenticator)).status == 401


async def test_bad_sign_ins_are_refused(client: Client) -> None:
    _, authenticator = await a_first_user(client)

    def wrong(options: dict[str, Any]) -> dict[str, Any]:
        good = authenticator.get(options)
        response = good["response"]
        return {
            "nothing": {},
            "no response": good | {"response": None},
            "a list for a response": good | {"response": []},
            "no handle": good | {"response": {name: v for name, v in response.items() if name != "userHandle"}},
            "a null handle": good | {"response": response | {"userHandle": None}},
            "a handle that is no text": good | {"response": response | {"userHandle": {}}},
            "a handle that is not ASCII": good | {"response": response | {"userHandle": "ü"}},
            "an id that is no text": good | {"rawId": {}},
            "an id that is not ASCII": good | {"rawId": "ü"},
            "an empty id": good | {"rawId": "", "id": ""},
            "another type": good | {"type": None},
            "no signature": good | {"response": response | {"signature": None}},
            "a short signature": good | {"response": response | {"signature": "AA"}},
            "a flipped bit": good | {"response": response | {"authenticatorData": b64(bytes(37))}},
            "short data": good | {"response": response | {"authenticatorData": "AA"}},
            "client data that is a list": good | {"response": response | {"clientDataJSON": b64(b"[]")}},
            "client data that is null": good | {"response": response | {"clientDataJSON": b64(b"null")}},
        }

    browser = Browser(client)
    for name in wrong((await browser.start(LOGIN))[1]):
        challenge_id, options = await browser.start(LOGIN)
        answer = await browser.finish(LOGIN, challenge_id, wrong(options)[name])
        assert (answer.status, answer.json) == REFUSED, name


class TestSigningOut:
    async def test_the_session_ends_and_the_cookie_is_cleared(self, client: Client, connection: Connection) -> None:
        browser, _ = await a_first_user(client)
        cookie = browser.cookies["bloop_session"]
        answer = await browser.send("POST", "/auth/logout")
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert answer.headers["set-cookie"] == "bloop_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        assert rows(connection, "sessions") == 0
        browser.cookies["bloop_session"] = cookie
        assert (await browser.me()).status == 401
        assert connection.execute("SELECT action FROM audit_entries ORDER BY id DESC").fetchone() == ("session.ended",)

    @pytest.mark.parametrize("cookie", ["", "garbage", "A" * 43])
    async def test_it_works_for_whoever_is_not_signed_in(self, client: Client, cookie: str) -> None:
        answer = await Browser(client, cookies={"bloop_session": cookie}).send("POST", "/auth/logout")
        assert (answer.status, answer.json) == (200, {"status": "ok"})

    async def test_another_site_cannot_ask_for_it(self, client: Client, sign_in: Callable[..., dict[str, str]]) -> None:
        answer = await client.request("POST", "/auth/logout", headers=sign_in() | {"sec-fetch-site": "cross-site"})
        assert answer.status == 403


class TestSecureCookies:
    @pytest.fixture
    def config(self) -> Config:
        return Config(auth=AuthConfig(rp_id="bloop.example", rp_origin="https://bloop.example", session_ttl_secs=60))

    async def test_off_this_host_cookies_go_over_tls_alone(self, client: Client) -> None:
        browser, authenticator = Browser(client), Authenticator(origin="https://bloop.example", rp_id="bloop.example")
        answer = await browser.register(REGISTER, authenticator, username="ada")
        assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=Lax; Path=/; Max-Age=60; Secure")
        answer = await browser.send("POST", "/auth/logout")
        assert answer.headers["set-cookie"] == "bloop_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure"
