"""Who may use which route: every route of the app with every kind of credential, held against a table by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bloop_trio.access import ACCESS
from bloop_trio.app import create_app
from bloop_trio.auth.store import create_token, revoke_token
from tests.api.access_table import CREDENTIALS, LEVELS, ROWS, method_of
from tests.api.conftest import NOW_SECS, bearer
from tests.conftest import accepted, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.api.conftest import House
    from tests.client import Client

READERS = [route for route, row in ROWS.items() if row.level == "reader"]


def as_written(method: str, rule: str) -> str:
    path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule)
    return f"{method} {path}"


def groups() -> list[tuple[str, tuple[str, ...]]]:
    """Return the credentials that each route lets in, one by one where the first would spoil it for the others."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for route, row in ROWS.items():
        method = method_of(route)
        admitted = tuple(credential for credential in CREDENTIALS if row.expected(method, credential) is None)
        found += [(route, (credential,)) for credential in admitted] if row.once else [(route, admitted)]
    return [(route, credentials) for route, credentials in found if credentials]


async def test_every_route_of_the_app_has_a_row_here_and_every_row_a_route(client: Client) -> None:
    routes = {
        as_written(method, rule.rule)
        for rule in client.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == ROWS.keys()
    assert {as_written(method, rule) for method, rule in ACCESS} == ROWS.keys()


def test_every_level_says_what_becomes_of_every_credential() -> None:
    for level, expected in LEVELS.items():
        assert expected.keys() == set(CREDENTIALS), level


@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_whoever_is_refused_is_told_why_and_changes_nothing(house: House, credential: str) -> None:
    for route, row in ROWS.items():
        refusal = row.expected(method_of(route), credential)
        if refusal is not None:
            headers = house.headers(credential, row.scope or "errors:read", row.project_no)
            before = house.mark()
            answer = await house.ask(route, row, headers)
            assert (answer.status, answer.json) == (refusal[0], {"error": refusal[1]}), route
            assert ("www-authenticate" in answer.headers) is (answer.status == 401 and row.level != "sender"), route
            assert "set-cookie" not in answer.headers, route
            assert house.mark() == before, route


@pytest.mark.parametrize(("route", "credentials"), groups())
async def test_whoever_is_let_in_is_answered(house: House, route: str, credentials: tuple[str, ...]) -> None:
    row = ROWS[route]
    for credential in credentials:
        answer = await house.ask(route, row, house.headers(credential, row.scope or "errors:read", row.project_no))
        assert answer.status == row.status(credential), (credential, answer.body)


@pytest.mark.parametrize("route", READERS)
async def test_a_token_sees_nothing_of_another_project_whatever_it_asks_for(
    client: Client, connection: Connection, batches: BatchWriter, make_token: Callable[..., str], route: str
) -> None:
    other = insert_project(connection, "other")
    batches.write(connection, [accepted(fingerprint="cart")])
    row = ROWS[route]
    theirs = make_token(row.scope, project_no=other.no)
    path = row.target.partition("?")[0]
    repeated = "fingerprint=cart&" if "fingerprint=" in row.target else ""
    sent = b"" if row.body is None else as_json(row.body)
    headers = bearer(theirs) | ({"content-type": "application/json"} if sent else {})
    for query in ("", "project_id=default", "project_id=other"):
        target = f"{path}?{repeated}{query}"
        answer = await client.request(method_of(route), target, headers=headers, body=sent)
        assert answer.status == row.status("another project's token"), target
        assert b"cart" not in answer.body or answer.status == 404 or repeated or b"cart" in sent
        assert b"Cannot read" not in answer.body
        assert b'"count":1' not in answer.body
    assert connection.execute("SELECT count(*) FROM status_changes").fetchone() == (0,)


async def test_head_is_guarded_as_get_is(house: House) -> None:
    for route, row in ROWS.items():
        if method_of(route) == "GET":
            answer = await house.client.request("HEAD", row.target, peer="203.0.113.9")
            refusal = row.expected("GET", "nothing")
            assert answer.status == (row.status("nothing") if refusal is None else refusal[0]), route


async def test_a_revoked_token_stops_working_though_it_was_remembered(client: Client, connection: Connection) -> None:
    issued = create_token(connection, name="t", project_no=1, scopes=["errors:read"], now_secs=NOW_SECS)
    assert (await client.get("/v1/errors", token=issued.plaintext)).status == 200
    revoke_token(connection, issued.token.id, NOW_SECS)
    client.services.bearer.clear()
    assert (await client.get("/v1/errors", token=issued.plaintext)).status == 401


async def test_one_who_is_no_administrator_any_more_is_none_at_once(
    client: Client, connection: Connection, sign_in: Callable[..., dict[str, str]]
) -> None:
    ada = sign_in("ada", is_admin=True)
    assert (await client.request("GET", "/v1/admin/users", headers=ada)).status == 200
    connection.execute("UPDATE users SET is_admin = 0")
    client.services.sessions.clear()
    assert (await client.request("GET", "/v1/admin/users", headers=ada)).status == 403


async def test_what_a_form_of_any_site_can_send_is_not_taken_from_a_session(
    client: Client, sign_in: Callable[..., dict[str, str]]
) -> None:
    form = sign_in("ada") | {"content-type": "text/plain"}
    answer = await client.request("POST", "/v1/projects", headers=form, body=b'{"name":"New","slug":"new"}')
    assert (answer.status, answer.json) == (415, {"error": "the Content-Type must be application/json"})


async def test_a_name_of_ours_that_is_no_cookie_of_ours_signs_nobody_in(
    client: Client, sign_in: Callable[..., dict[str, str]]
) -> None:
    value = sign_in("ada")["cookie"].partition("=")[2]
    for cookie in (f"bloop_session=x{value}", f"bloop_session={value}x", f"Bloop_Session={value}", f"sessions={value}"):
        assert (await client.request("GET", "/v1/me", headers={"cookie": cookie})).status == 401
    assert (await client.request("GET", "/v1/me", headers={"cookie": f"session={value}"})).status == 200


async def test_a_cookie_for_a_part_of_the_site_does_not_take_the_place_of_ours(
    client: Client, sign_in: Callable[..., dict[str, str]]
) -> None:
    ours, theirs = sign_in("ada")["cookie"], sign_in("eve")["cookie"]
    for before in (theirs, "bloop_session=x", "bloop_session="):
        answer = await client.request("GET", "/v1/me", headers={"cookie": f"{before}; {ours}"})
        assert (answer.status, answer.json["username"]) == (200, "ada")


class TestMetrics:
    async def test_they_are_open_to_this_host(self, client: Client) -> None:
        assert (await client.request("GET", "/metrics", peer="127.0.0.1")).status == 200

    @pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded"])
    async def test_they_are_closed_to_whom_a_proxy_forwards(self, client: Client, header: str) -> None:
        answer = await client.request("GET", "/metrics", headers={header: "203.0.113.9"})
        assert answer.status == 403
        assert answer.json == {"error": "open to this host alone, or with server.metrics_token as bearer token"}


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
