"""What holds for every ceremony: challenges are good once, and bodies are read with care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.people import (
    FAILED,
    INVALID,
    INVITE,
    LOGIN,
    REGISTER,
    Browser,
    a_first_user,
    nobody,
)
from tests.auth.authenticator import (
    Authenticator,
)

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.client import Client


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
