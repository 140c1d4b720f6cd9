"""Registering, with real signatures: the first user, and those who are invited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
import trio

from bloop_trio.config import Config
from bloop_trio.config.sections import AuthConfig
from tests.api.people import (
    CLOSED,
    FAILED,
    INVITE,
    REGISTER,
    Browser,
    a_first_user,
    an_invite,
    nobody,
    rows,
)
from tests.auth.authenticator import (
    PRESENT,
    Authenticator,
    EcKey,
    EdKey,
    RsaKey,
    b64,
    unb64,
)
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.client import Client


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
        for name, given in (("bob", {}), ("eve", {"is_admin": True})):
            browser = Browser(client)
            answer = await browser.register(
                INVITE, Authenticator(), username=name, invite_token=await an_invite(admin, **given)
            )
            assert answer.status == 200
            assert (await browser.me()).json["is_admin"] is bool(given)

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


def registrations(options: dict[str, Any]) -> dict[str, Any]:
    """Return credentials that are wrong in one way each."""
    good = Authenticator().create(options)
    off_curve = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})

    def object_of(**parts: Any) -> str:
        return b64(cbor2.dumps({"fmt": "none", "attStmt": {}, **parts}))

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


async def test_a_credential_that_is_known_cannot_be_registered_again(client: Client, connection: Connection) -> None:
    admin, authenticator = await a_first_user(client)
    browser, token = Browser(client), await an_invite(admin)
    answer = await browser.register(INVITE, authenticator, username="eve", invite_token=token)
    assert (answer.status, answer.json) == FAILED
    assert rows(connection, "users") == 1
    answer = await browser.register(INVITE, Authenticator(), username="eve", invite_token=token)
    assert answer.status == 200
