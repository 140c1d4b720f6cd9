"""Bearer tokens over HTTP: who may make, see and revoke them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.auth.hashing import secret_hash
from tests.api.test_projects import acts, made, send
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Client

    Headers = dict[str, str]
    SignIn = Callable[..., Headers]

NOW_SECS = NOW_MS // 1000
GIVEN = {"name": "CI", "project_id": "default", "scopes": ["errors:read"]}

MISFITS = [
    ({"name": None}, "name must be a string"),
    ({"name": 5}, "name must be a string"),
    ({"name": ""}, "name must be 1-100 characters"),
    ({"name": " \n"}, "name must be 1-100 characters"),
    ({"name": "a" * 101}, "name must be 1-100 characters"),
    ({"name": "a\x1b[2J"}, "name must not have control characters"),
    ({"name": "\u200d"}, "name must have characters that can be seen"),
    ({"project_id": None}, "project_id must be a string"),
    ({"project_id": 1}, "project_id must be a string"),
    ({"project_id": ""}, "project not found"),
    ({"project_id": "nowhere"}, "project not found"),
    ({"project_id": "\0"}, "project not found"),
    ({"project_id": "a" * 5_000}, "project not found"),
    ({"scopes": None}, "scopes must be a list"),
    ({"scopes": "errors:read"}, "scopes must be a list"),
    ({"scopes": []}, "at least one scope is required"),
    ({"scopes": ["errors:read", 1]}, "scopes[1] must be a string"),
    ({"scopes": ["errors:admin"]}, "invalid scope: errors:admin"),
    ({"scopes": ["Errors:read"]}, "invalid scope: Errors:read"),
    ({"scopes": ["x" * 4_000]}, f"invalid scope: {'x' * 100}"),
    ({"expires_in_days": 0}, "expires_in_days must be 1-3650"),
    ({"expires_in_days": -1}, "expires_in_days must be 1-3650"),
    ({"expires_in_days": 3_651}, "expires_in_days must be 1-3650"),
    ({"expires_in_days": 2**63}, "expires_in_days must be 1-3650"),
    ({"expires_in_days": "7"}, "expires_in_days must be a whole number"),
    ({"expires_in_days": True}, "expires_in_days must be a whole number"),
    ({"token": "mine"}, "there is no field token"),
]


async def make(client: Client, who: Headers, **changes: Any) -> dict[str, Any]:
    answer = await send(client, who, "POST", "/v1/tokens", GIVEN | changes)
    assert answer.status == 201, answer.body
    token: dict[str, Any] = answer.json
    return token


class TestCreate:
    async def test_the_plaintext_is_shown_once_and_works_at_once(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        token = await make(client, sign_in(), scopes=["errors:read", "errors:write", "errors:read"], expires_in_days=7)
        plaintext = token.pop("token")
        assert token == {
            "id": token["id"],
            "name": "CI",
            "token_prefix": plaintext[:16],
            "project_id": "default",
            "scopes": ["errors:read", "errors:write"],
            "created_at": NOW_SECS,
            "expires_at": NOW_SECS + 7 * 86_400,
        }
        assert (await client.get("/v1/errors", token=plaintext)).status == 200
        (stored,) = connection.execute("SELECT token_hash FROM bearer_tokens WHERE id = ?", (token["id"],)).fetchone()
        assert stored == secret_hash(plaintext)
        assert plaintext not in str(acts(connection))
        assert acts(connection) == [
            (
                "token.created",
                "ada",
                "CI",
                f'{{"scopes":["errors:read","errors:write"],"expires_at":{NOW_SECS + 7 * 86_400}}}',
            )
        ]

    async def test_a_token_that_was_tried_before_it_was_made_works_at_once(
        self, client: Client, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plaintext = "bloop_tk_" + "A" * 43
        assert (await client.get("/v1/errors", token=plaintext)).status == 401
        monkeypatch.setattr("bloop_trio.auth.store.new_token", lambda: plaintext)
        await make(client, sign_in())
        assert (await client.get("/v1/errors", token=plaintext)).status == 200

    async def test_the_project_is_named_by_id_or_slug(self, client: Client, sign_in: SignIn) -> None:
        project = await made(client, sign_in())
        for address in ("shop", project["id"]):
            assert (await make(client, sign_in(), project_id=address))["project_id"] == project["id"]

    async def test_without_a_lifetime_it_does_not_expire(self, client: Client, sign_in: SignIn) -> None:
        for changes in ({}, {"expires_in_days": None}):
            assert (await make(client, sign_in(), **changes))["expires_at"] is None

    @pytest.mark.parametrize(("changes", "message"), MISFITS)
    async def test_what_does_not_fit_is_refused_in_a_sentence(
        self, client: Client, sign_in: SignIn, connection: Connection, changes: dict[str, Any], message: str
    ) -> None:
        answer = await send(client, sign_in(), "POST", "/v1/tokens", GIVEN | changes)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert connection.execute("SELECT count(*) FROM bearer_tokens WHERE name = 'CI'").fetchone() == (0,)
        assert acts(connection) == []

    @pytest.mark.parametrize("missing", ["name", "project_id", "scopes"])
    async def test_what_is_missing_is_named(self, client: Client, sign_in: SignIn, missing: str) -> None:
        body = {name: value for name, value in GIVEN.items() if name != missing}
        answer = await send(client, sign_in(), "POST", "/v1/tokens", body)
        assert (answer.status, answer.json) == (400, {"error": f"{missing} is required"})


class TestWhoMay:
    async def test_only_administrators_and_the_creator_of_the_project(self, client: Client, sign_in: SignIn) -> None:
        bob, eve, ada = sign_in("bob", is_admin=False), sign_in("eve", is_admin=False), sign_in("ada")
        await made(client, bob)
        refused = (403, {"error": "you do not have access to this project"})
        for who in (bob, ada):
            assert (await make(client, who, project_id="shop"))["name"] == "CI"
            assert len((await send(client, who, "GET", "/v1/tokens?project_id=shop")).json) > 0
        for project in ("shop", "default"):
            made_by_eve = await send(client, eve, "POST", "/v1/tokens", GIVEN | {"project_id": project})
            listed_by_eve = await send(client, eve, "GET", f"/v1/tokens?project_id={project}")
            assert (made_by_eve.status, made_by_eve.json) == (listed_by_eve.status, listed_by_eve.json) == refused
        assert (await send(client, bob, "GET", "/v1/tokens?project_id=default")).status == 403

    async def test_no_token_makes_lists_or_revokes_tokens(self, client: Client) -> None:
        bearer = {"authorization": f"Bearer {client.token}"}
        for method, path in (
            ("GET", "/v1/tokens?project_id=default"),
            ("POST", "/v1/tokens"),
            ("DELETE", "/v1/tokens/x"),
        ):
            answer = await send(client, bearer, method, path, GIVEN if method == "POST" else None)
            assert (answer.status, answer.json) == (401, {"error": "authentication required"})

    async def test_its_creator_revokes_it_although_the_project_is_not_theirs(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        bob, eve = sign_in("bob", is_admin=False), sign_in("eve", is_admin=False)
        await made(client, bob)
        token = await make(client, bob, project_id="shop")
        assert (await send(client, eve, "DELETE", f"/v1/tokens/{token['id']}")).status == 403
        connection.execute("UPDATE projects SET created_by = NULL WHERE slug = 'shop'")
        assert (await send(client, bob, "GET", "/v1/tokens?project_id=shop")).status == 403
        assert (await send(client, bob, "DELETE", f"/v1/tokens/{token['id']}")).status == 200


class TestList:
    async def test_the_newest_comes_first_and_revoked_ones_are_among_them(
        self, client: Client, sign_in: SignIn
    ) -> None:
        project = await made(client, sign_in())
        first = await make(client, sign_in(), project_id="shop", name="first")
        second = await make(client, sign_in(), project_id="shop", name="second")
        await send(client, sign_in(), "DELETE", f"/v1/tokens/{first['id']}")
        listed = (await send(client, sign_in(), "GET", "/v1/tokens?project_id=shop")).json
        assert listed == [
            {
                "id": token["id"],
                "name": token["name"],
                "token_prefix": token["token_prefix"],
                "project_id": project["id"],
                "scopes": ["errors:read"],
                "created_at": NOW_SECS,
                "expires_at": None,
                "last_used_at": None,
                "revoked_at": revoked_at,
            }
            for token, revoked_at in ((second, None), (first, NOW_SECS))
        ]

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("", "project_id is required"),
            ("?project_id=", "project_id is required"),
            ("?project_id=nowhere", "project not found"),
            ("?project_id=%00", "project not found"),
            ("?project_id=" + "a" * 501, "project_id must be at most 500 characters"),
        ],
    )
    async def test_the_project_has_to_be_named(self, client: Client, sign_in: SignIn, query: str, message: str) -> None:
        answer = await send(client, sign_in(), "GET", f"/v1/tokens{query}")
        assert (answer.status, answer.json) == (400, {"error": message})


class TestRevoke:
    async def test_it_is_worth_nothing_at_once(self, client: Client, sign_in: SignIn, connection: Connection) -> None:
        token = await make(client, sign_in())
        assert (await client.get("/v1/errors", token=token["token"])).status == 200
        answer = await send(client, sign_in(), "DELETE", f"/v1/tokens/{token['id']}")
        assert (answer.status, answer.json) == (200, {"revoked": token["id"]})
        assert (await client.get("/v1/errors", token=token["token"])).status == 401
        assert acts(connection)[-1] == ("token.revoked", "ada", "CI", "{}")

    async def test_a_second_time_there_is_nothing_to_revoke(self, client: Client, sign_in: SignIn) -> None:
        token = await make(client, sign_in())
        statuses = [(await send(client, sign_in(), "DELETE", f"/v1/tokens/{token['id']}")).status for _ in range(2)]
        assert statuses == [200, 404]

    @pytest.mark.parametrize("token_id", ["nowhere", "%00", "'", "a%2Fb", "a" * 500])
    async def test_an_unknown_one_is_not_found(self, client: Client, sign_in: SignIn, token_id: str) -> None:
        answer = await send(client, sign_in(), "DELETE", f"/v1/tokens/{token_id}")
        assert (answer.status, answer.json) == (404, {"error": "token not found or already revoked"})

    async def test_one_of_a_deleted_project_is_not_found(self, client: Client, sign_in: SignIn) -> None:
        await made(client, sign_in())
        token = await make(client, sign_in(), project_id="shop")
        await send(client, sign_in(), "DELETE", "/v1/projects/shop")
        assert (await send(client, sign_in(), "DELETE", f"/v1/tokens/{token['id']}")).status == 404
