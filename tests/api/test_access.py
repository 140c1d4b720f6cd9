"""Who may use which route: every route with every kind of credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.access import ACCESS
from bloop_trio.app import create_app
from bloop_trio.auth.scopes import SCOPES
from bloop_trio.auth.store import create_token, revoke_token
from bloop_trio.http.access import Who
from tests.conftest import NOW_MS, Client, accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writer import BatchWriter

FOR_TOKENS = [(method, rule) for (method, rule), access in ACCESS.items() if access.who is Who.READER]
FOR_ANYONE = [
    (method, rule) for (method, rule), access in ACCESS.items() if access.who is Who.ANYONE and method == "GET"
]

BODIES = {"/v1/status-changes": b'{"status":"muted","filter":{},"all":true}'}
"""What a route has to be sent to do its work; the others need no body."""

QUERIES = {"/v1/error-trends": "?fingerprint=cart"}
"""What a route has to be asked for, and repeats in its answer."""

every_token_route = pytest.mark.parametrize(("method", "rule"), FOR_TOKENS)


def path_of(rule: str) -> str:
    path = rule.replace("<segment:fingerprint>", "cart").replace("<segment:release>", "1.0.0")
    return path + QUERIES.get(rule, "")


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@every_token_route
async def test_no_credential_is_asked_for_one(client: Client, method: str, rule: str) -> None:
    answer = await client.request(method, path_of(rule))
    assert (answer.status, answer.json) == (401, {"error": "authentication required"})
    assert answer.headers["www-authenticate"] == "Bearer"


@every_token_route
async def test_an_unknown_token_is_refused(client: Client, method: str, rule: str) -> None:
    answer = await client.request(method, path_of(rule), headers=bearer("bloop_tk_" + "A" * 43))
    assert (answer.status, answer.json) == (401, {"error": "invalid or expired token"})


@every_token_route
async def test_a_token_without_the_scope_is_told_which(
    client: Client, make_token: Callable[..., str], method: str, rule: str
) -> None:
    needed = ACCESS[method, rule].scope
    others = make_token(*[scope for scope in SCOPES if scope != needed])
    answer = await client.request(method, path_of(rule), headers=bearer(others))
    assert (answer.status, answer.json) == (403, {"error": f"token lacks required scope: {needed}"})


@every_token_route
async def test_a_token_of_another_project_sees_nothing_of_this_one(
    client: Client,
    connection: Connection,
    batches: BatchWriter,
    make_token: Callable[..., str],
    method: str,
    rule: str,
) -> None:
    other = insert_project(connection, "other")
    batches.write(connection, [accepted(fingerprint="cart")])
    scope = ACCESS[method, rule].scope
    theirs = bearer(make_token(scope, project_no=other.no))
    ours = bearer(make_token(scope))
    sent = {"body": BODIES.get(rule, b"")}
    json = {"content-type": "application/json"}
    for query in ("", "&project_id=default" if rule in QUERIES else "?project_id=default"):
        answer = await client.request(method, path_of(rule) + query, headers=theirs | json, **sent)
        assert b"cart" not in answer.body or answer.status == 404 or rule in QUERIES
        assert b"Cannot read" not in answer.body
        assert b'"count":1' not in answer.body
    assert (await client.request(method, path_of(rule), headers=ours | json, **sent)).status == 200


@every_token_route
async def test_head_is_guarded_as_get_is(client: Client, method: str, rule: str) -> None:
    if method == "GET":
        assert (await client.request("HEAD", path_of(rule))).status == 401


@pytest.mark.parametrize(("method", "rule"), FOR_ANYONE)
async def test_public_routes_ask_for_nothing(client: Client, method: str, rule: str) -> None:
    assert (await client.request(method, path_of(rule), peer="203.0.113.9")).status == 200


async def test_a_revoked_token_stops_working(client: Client, connection: Connection) -> None:
    issued = create_token(connection, name="t", project_no=1, scopes=["errors:read"], now_secs=NOW_MS // 1000)
    assert (await client.get("/v1/errors", token=issued.plaintext)).status == 200
    revoke_token(connection, issued.token.id, NOW_MS // 1000)
    client.services.bearer.clear()
    assert (await client.get("/v1/errors", token=issued.plaintext)).status == 401


async def test_an_expired_token_stops_working(client: Client, connection: Connection) -> None:
    day_ago = NOW_MS // 1000 - 86_400
    issued = create_token(
        connection, name="t", project_no=1, scopes=["errors:read"], now_secs=day_ago, expires_in_days=1
    )
    assert (await client.get("/v1/errors", token=issued.plaintext)).status == 401


class TestMetrics:
    async def test_they_are_open_to_this_host(self, client: Client) -> None:
        assert (await client.request("GET", "/metrics", peer="127.0.0.1")).status == 200

    @pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded"])
    async def test_they_are_closed_to_whom_a_proxy_forwards(self, client: Client, header: str) -> None:
        answer = await client.request("GET", "/metrics", headers={header: "203.0.113.9"})
        assert answer.status == 403
        assert answer.json == {"error": "open to this host alone, or with server.metrics_token as bearer token"}

    async def test_they_are_closed_to_other_hosts_and_to_tokens_of_projects(self, client: Client) -> None:
        answer = await client.request("GET", "/metrics", headers=bearer(client.token), peer="203.0.113.9")
        assert answer.status == 403


async def test_a_route_without_declared_access_keeps_the_app_from_being_built(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A copy: an entry that is taken out and put back would stand at the end of the table.
    others = {route: access for route, access in ACCESS.items() if route != ("GET", "/v1/stats")}
    monkeypatch.setattr("bloop_trio.app.ACCESS", others)
    with pytest.raises(RuntimeError, match=r"differ in \[\('GET', '/v1/stats'\)\]"):
        create_app(client.services)


async def test_a_route_that_nothing_documents_keeps_the_app_from_being_built(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bloop_trio.http.openapi.endpoints.operation_of", lambda function: None)
    with pytest.raises(RuntimeError, match=r"^routes that nothing documents: .*'/v1/stats'"):
        create_app(client.services)
