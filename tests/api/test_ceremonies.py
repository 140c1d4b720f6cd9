"""Registering, signing in and out, with real signatures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
import trio

from bloop_trio.config import Config
from bloop_trio.config.sections import AuthConfig
from tests.api.people import Browser, a_first_user
from tests.auth.authenticator import (
    ORIGIN,
    PRESENT,
    Authenticator,
    EcKey,
    EdKey,
    RsaKey,
    b64,
    unb64,
)
from tests.conftest import NOW_MS, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection

REGISTER, INVITE, LOGIN = "/auth/register", "/auth/invite/register", "/auth/login"

INVALID = (400, {"error": "challenge expired or invalid"})
FAILED = (400, {"error": "registration failed"})
REFUSED = (401, {"error": "authentication failed"})
CLOSED = (403, {"error": "registration is closed"})


def rows(conn: Connection, table: str) -> int:
    return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def nobody(conn: Connection) -> bool:
    return not any(rows(conn, table) for table in ("users", "passkeys", "sessions", "audit_entries"))


async def an_invite(browser: Browser, **wish: Any) -> str:
    answer = await browser.send("POST", "/v1/admin/invites", wish or None)
    return str(answer.json["token"])


class TestFirstRegistration:
    async def test_the_first_user_is_an_administrator_and_signed_in(
        self, client: Client, connection: Connection
    ) -> None:
        assert (await client.get("/auth/status", token=None)).json == {
            "setup_complete": False,
            "setup_token_required": False,
        }
        browser, _ = await a_first_user(client, "  Ada ")
        assert (await client.get("/auth/status", token=None)).json["setup_complete"] is True
        me = (await browser.me()).json
        assert (me["username"], me["is_admin"], me["created_at"]) == ("Ada", True, NOW_MS // 1000)
        assert me["expires_at"] == NOW_MS // 1000 + AuthConfig().session_ttl_secs
        entries = connection.execute("SELECT action, actor, actor_name, address FROM audit_entries").fetchall()
        assert entries == [
            ("user.registered", me["id"], "Ada", "127.0.0.1"),
            ("session.started", me["id"], "Ada", "127.0.0.1"),
        ]

    async def test_the_options_ask_for_a_passkey_that_is_found_by_itself_and_checks_its_owner(
        self, client: Client
    ) -> None:
        challenge_id, options = await Browser(client).start(REGISTER, {"username": "ada"})
        assert re.fullmatch(r"[\w-]{43}", challenge_id)
        assert options["rp"] == {"id": "localhost", "name": "localhost"}
        assert (options["user"]["name"], options["user"]["displayName"]) == ("ada", "ada")
        assert len(unb64(options["user"]["id"])) == 16
        assert len(unb64(options["challenge"])) == 32
        assert [entry["alg"] for entry in options["pubKeyCredParams"]] == [-7, -257, -8]
        assert options["authenticatorSelection"] == {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        }
        assert (options["attestation"], options["timeout"]) == ("none", 120_000)

    async def test_the_cookie_of_the_session(self, client: Client, connection: Connection) -> None:
        browser = Browser(client)
        answer = await browser.register(REGISTER, Authenticator(), username="ada")
        assert answer.json == {"status": "ok"}
        pattern = r"bloop_session=[\w-]{43}; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800"
        assert re.fullmatch(pattern, answer.headers["set-cookie"])
        (stored,) = connection.execute("SELECT token_hash FROM sessions").fetchone()
        assert browser.cookies["bloop_session"] not in stored

    @pytest.mark.parametrize("key", [EcKey, RsaKey, EdKey])
    async def test_every_algorithm_registers_and_signs_in(self, client: Client, key: type[EcKey]) -> None:
        authenticator = Authenticator(key=key())
        assert (await Browser(client).register(REGISTER, authenticator, username="ada")).status == 200
        assert (await Browser(client).sign_in(authenticator)).status == 200

    async def test_it_is_closed_once_somebody_has_registered(self, client: Client) -> None:
        late, authenticator = Browser(client), Authenticator()
        challenge_id, options = await late.start(REGISTER, {"username": "eve"})
        await a_first_user(client)
        answer = await late.finish(REGISTER, challenge_id, authenticator.create(options))
        assert (answer.status, answer.json) == CLOSED
        answer = await late.send("POST", f"{REGISTER}/start", {"username": "eve"})
        assert (answer.status, answer.json) == CLOSED

    async def test_of_two_at_once_one_is_first(self, client: Client, connection: Connection) -> None:
        answers = []
        ready = [(browser := Browser(client), *await browser.start(REGISTER, {"username": name})) for name in "ab"]

        async def finish(browser: Browser, challenge_id: str, options: dict[str, Any]) -> None:
            answers.append(await browser.finish(REGISTER, challenge_id, Authenticator().create(options)))

        async with trio.open_nursery() as nursery:
            for one in ready:
                nursery.start_soon(finish, *one)
        assert sorted(answer.status for answer in answers) == [200, 403]
        assert [rows(connection, table) for table in ("users", "passkeys", "sessions")] == [1, 1, 1]


class TestSetupToken:
    @pytest.fixture
    def config(self) -> Config:
        return Config(auth=AuthConfig(setup_token="let me in"))

    async def test_it_is_demanded(self, client: Client, connection: Connection) -> None:
        assert (await client.get("/auth/status", token=None)).json["setup_token_required"] is True
        for body in ({"username": "a"}, {"username": "a", "setup_token": "é"}, {"username": "a", "setup_token": None}):
            answer = await Browser(client).send("POST", f"{REGISTER}/start", body)
            assert (answer.status, answer.json) == (403, {"error": "the setup token is missing or wrong"})
        browser = Browser(client)
        answer = await browser.register(REGISTER, Authenticator(), username="ada", setup_token="let me in")
        assert answer.status == 200
        assert (await client.get("/auth/status", token=None)).json["setup_token_required"] is False


class TestUsernames:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "malformed JSON: Input data was truncated"),
            (b"[]", "the body must be an object"),
            ({}, "username is required"),
            ({"username": None}, "username must be a string"),
            ({"username": 1}, "username must be a string"),
            ({"username": ""}, "username is required"),
            ({"username": " \u3000\n"}, "username is required"),
            ({"username": "a" * 65}, "username must be at most 64 characters"),
            ({"username": "a" * 4000}, "username must be at most 64 characters"),
            ({"username": "a\x00b"}, "username must not have characters that cannot be seen"),
            ({"username": "\u202eada"}, "username must not have characters that cannot be seen"),
            ({"username": "ad\u200ba"}, "username must not have characters that cannot be seen"),
            ({"username": "ada", "admin": True}, "there is no field admin"),
            ({"username": "ada", "setup_token": 1}, "setup_token must be a string"),
        ],
    )
    async def test_what_cannot_be_used_is_named(self, client: Client, body: Any, message: str) -> None:
        answer = await Browser(client).send("POST", f"{REGISTER}/start", body)
        assert (answer.status, answer.json["error"][: len(message)]) == (400, message)

    async def test_half_a_character_is_no_text(self, client: Client) -> None:
        answer = await Browser(client).send("POST", f"{REGISTER}/start", b'{"username":"\\ud800"}')
        assert answer.status == 400
        assert answer.json["error"].startswith("malformed JSON")

    async def test_markup_is_a_name_like_any_other(self, client: Client) -> None:
        browser, _ = await a_first_user(client, "<script>alert(1)</script>")
        assert (await browser.me()).json["username"] == "<script>alert(1)</script>"

    async def test_a_taken_one_is_refused_at_the_start_and_at_the_end(
        self, client: Client, connection: Connection
    ) -> None:
        admin, _ = await a_first_user(client, "Ada")
        first, second = await an_invite(admin), await an_invite(admin)
        for name in ("ada", "ADA", "\uff21\uff44\uff41", " ada "):
            answer = await Browser(client).send("POST", f"{INVITE}/start", {"username": name, "invite_token": first})
            assert (answer.status, answer.json) == (409, {"error": "username is taken"})
        late = Browser(client)
        challenge_id, options = await late.start(INVITE, {"username": "bob", "invite_token": first})
        answer = await Browser(client).register(INVITE, Authenticator(), username="Bob", invite_token=second)
        assert answer.status == 200
        answer = await late.finish(INVITE, challenge_id, Authenticator().create(options))
        assert (answer.status, answer.json) == (409, {"error": "username is taken"})
        assert rows(connection, "users") == 2
        (used,) = connection.execute("SELECT count(*) FROM invites WHERE used_secs IS NOT NULL").fetchone()
        assert used == 1


class TestInvites:
    async def test_an_invited_user_is_no_administrator_unless_the_invite_says_so(self, client: Client) -> None:
        admin, _ = await a_first_user(client)
        for name, wish in (("bob", {}), ("eve", {"is_admin": True})):
            browser = Browser(client)
            answer = await browser.register(
                INVITE, Authenticator(), username=name, invite_token=await an_invite(admin, **wish)
            )
            assert answer.status == 200
            assert (await browser.me()).json["is_admin"] is bool(wish)

    async def test_it_is_good_once(self, client: Client) -> None:
        admin, _ = await a_first_user(client)
        token = await an_invite(admin)
        await Browser(client).register(INVITE, Authenticator(), username="bob", invite_token=token)
        answer = await Browser(client).send("POST", f"{INVITE}/start", {"username": "eve", "invite_token": token})
        assert (answer.status, answer.json) == (400, {"error": "invite token is invalid or expired"})

    async def test_of_two_parallel_registrations_with_one_invite_one_makes_a_user(
        self, client: Client, connection: Connection
    ) -> None:
        admin, _ = await a_first_user(client)
        token = await an_invite(admin)
        answers = []
        ready = [
            (browser := Browser(client), *await browser.start(INVITE, {"username": name, "invite_token": token}))
            for name in ("bob", "eve")
        ]

        async def finish(browser: Browser, challenge_id: str, options: dict[str, Any]) -> None:
            credential = Authenticator().create(options)
            answers.append(await browser.finish(INVITE, challenge_id, credential, invite_token=token))

        async with trio.open_nursery() as nursery:
            for one in ready:
                nursery.start_soon(finish, *one)
        assert sorted(answer.status for answer in answers) == [200, 400]
        assert {"error": "invite token is invalid or expired"} in [answer.json for answer in answers]
        assert [rows(connection, table) for table in ("users", "passkeys", "sessions")] == [2, 2, 2]

    @pytest.mark.parametrize("token", ["", "A" * 43, "é" * 43, "x" * 3000])
    async def test_others_open_nothing(self, client: Client, token: str) -> None:
        await a_first_user(client)
        answer = await Browser(client).send("POST", f"{INVITE}/start", {"username": "eve", "invite_token": token})
        assert (answer.status, answer.json) == (400, {"error": "invite token is invalid or expired"})

    async def test_a_revoked_or_expired_one_is_refused_at_the_end_too(
        self, client: Client, connection: Connection
    ) -> None:
        admin, _ = await a_first_user(client)
        for name, fate in (("bob", "revoked_secs = 1"), ("eve", f"expires_secs = {NOW_MS // 1000}")):
            browser, token = Browser(client), await an_invite(admin)
            challenge_id, options = await browser.start(INVITE, {"username": name, "invite_token": token})
            connection.execute(f"UPDATE invites SET {fate}")
            answer = await browser.finish(INVITE, challenge_id, Authenticator().create(options))
            assert (answer.status, answer.json) == (400, {"error": "invite token is invalid or expired"})
        assert rows(connection, "users") == 1


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


class TestChallenges:
    async def test_an_answer_works_once(self, client: Client) -> None:
        _, authenticator = await a_first_user(client)
        browser = Browser(client)
        challenge_id, options = await browser.start(LOGIN)
        credential = authenticator.get(options)
        assert (await browser.finish(LOGIN, challenge_id, credential)).status == 200
        answer = await browser.finish(LOGIN, challenge_id, credential)
        assert (answer.status, answer.json) == INVALID

    async def test_a_failed_attempt_uses_the_challenge_up(self, client: Client, connection: Connection) -> None:
        browser = Browser(client)
        challenge_id, options = await browser.start(REGISTER, {"username": "ada"})
        answer = await browser.finish(REGISTER, challenge_id, {})
        assert (answer.status, answer.json) == FAILED
        answer = await browser.finish(REGISTER, challenge_id, Authenticator().create(options))
        assert (answer.status, answer.json) == INVALID
        assert nobody(connection)

    async def test_another_browser_cannot_use_it(self, client: Client) -> None:
        _, authenticator = await a_first_user(client)
        challenge_id, options = await Browser(client).start(LOGIN)
        thief = Browser(client)
        await thief.start(LOGIN)
        answer = await thief.finish(LOGIN, challenge_id, authenticator.get(options))
        assert (answer.status, answer.json) == INVALID

    async def test_one_of_another_kind_is_told_so(self, client: Client) -> None:
        await a_first_user(client)
        browser = Browser(client)
        challenge_id, _ = await browser.start(LOGIN)
        answer = await browser.finish(INVITE, challenge_id, {})
        assert (answer.status, answer.json) == (400, {"error": "wrong challenge type"})

    async def test_the_cookie_is_for_the_ceremony_alone(self, client: Client) -> None:
        answer = await Browser(client).send("POST", f"{REGISTER}/start", {"username": "ada"})
        name, _, rest = answer.headers["set-cookie"].partition("=")
        assert name == "bloop_challenge_register"
        assert rest.endswith("; HttpOnly; SameSite=Strict; Path=/auth; Max-Age=120")

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "challenge_id is required"),
            ({"challenge_id": None, "credential": {}}, "challenge_id must be a string"),
            ({"challenge_id": 1, "credential": {}}, "challenge_id must be a string"),
            ({"challenge_id": "x"}, "credential is required"),
            ({"challenge_id": "x", "credential": None}, "credential must be an object"),
            ({"challenge_id": "x", "credential": "x"}, "credential must be an object"),
            ({"challenge_id": "", "credential": {}}, "challenge expired or invalid"),
            ({"challenge_id": "ü" * 5000, "credential": {}}, "challenge expired or invalid"),
            ({"challenge_id": "x", "credential": {}, "extra": 1}, "there is no field extra"),
        ],
    )
    @pytest.mark.parametrize("path", [REGISTER, INVITE, LOGIN])
    async def test_what_is_wrong_with_a_body_is_named(self, client: Client, path: str, body: Any, message: str) -> None:
        answer = await Browser(client).send("POST", f"{path}/finish", body)
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_a_body_over_its_cap_is_not_read(self, client: Client) -> None:
        body = {"challenge_id": "x", "credential": {"id": "x" * 65536}}
        assert (await Browser(client).send("POST", f"{LOGIN}/finish", body)).status == 413


def registrations(options: dict[str, Any]) -> dict[str, Any]:
    """Return credentials that are wrong in one way each."""
    good = Authenticator().create(options)
    off_curve = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
    object_of = lambda **parts: b64(cbor2.dumps({"fmt": "none", "attStmt": {}, **parts}))  # noqa: E731 - a table's abbreviation
    return {
        "nothing": {},
        "no response": good | {"response": None},
        "response of another type": good | {"response": [1]},
        "another type": good | {"type": "password"},
        "no id": good | {"id": None},
        "another id": good | {"id": b64(b"other")},
        "an id that is not the authenticator's": good | {"id": b64(b"other"), "rawId": b64(b"other")},
        "id as a number": good | {"rawId": 7},
        "not base64": good | {"response": good["response"] | {"attestationObject": "?" * 50}},
        "not ASCII": good | {"response": good["response"] | {"clientDataJSON": "é😀"}},
        "not CBOR": good | {"response": good["response"] | {"attestationObject": b64(b"\xff" * 100)}},
        "CBOR of another shape": good | {"response": good["response"] | {"attestationObject": b64(cbor2.dumps([1]))}},
        "deep CBOR": good | {"response": good["response"] | {"attestationObject": b64(b"\x81" * 30_000)}},
        "data that is too short": good
        | {"response": good["response"] | {"attestationObject": object_of(authData=b"")}},
        "client data that is no JSON": good | {"response": good["response"] | {"clientDataJSON": b64(b"{")}},
        "client data of a sign-in": Authenticator().create(options, type="webauthn.get"),
        "another challenge": Authenticator().create(options, challenge=b64(bytes(32))),
        "another origin": Authenticator(origin="https://evil.example").create(options),
        "another site": Authenticator(rp_id="evil.example").create(options),
        "without the owner's check": Authenticator(flags=PRESENT).create(options),
        "a key that is no point": Authenticator().create(options, cose=off_curve),
        "a key of an unknown kind": Authenticator().create(options, cose=cbor2.dumps({1: 99, 3: -7})),
        "a key of an unwanted algorithm": Authenticator().create(
            options, cose=cbor2.dumps({1: 2, 3: -36, -1: 3, -2: bytes(66), -3: bytes(66)})
        ),
        "an id that is too long": Authenticator(credential_id=bytes(1024)).create(options),
        "an empty id": Authenticator(credential_id=b"").create(options),
    }


async def test_bad_registrations_are_refused_and_leave_nothing(client: Client, connection: Connection) -> None:
    browser = Browser(client)
    _, options = await browser.start(REGISTER, {"username": "ada"})
    for name in registrations(options):
        challenge_id, options = await browser.start(REGISTER, {"username": "ada"})
        answer = await browser.finish(REGISTER, challenge_id, registrations(options)[name])
        assert (answer.status, answer.json) == FAILED, name
    assert nobody(connection)


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


async def test_a_credential_that_is_known_cannot_be_registered_again(client: Client, connection: Connection) -> None:
    admin, authenticator = await a_first_user(client)
    browser, token = Browser(client), await an_invite(admin)
    answer = await browser.register(INVITE, authenticator, username="eve", invite_token=token)
    assert (answer.status, answer.json) == FAILED
    assert rows(connection, "users") == 1
    answer = await browser.register(INVITE, Authenticator(), username="eve", invite_token=token)
    assert answer.status == 200


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
