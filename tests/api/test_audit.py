"""The audit log over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.audit.entry import Action, Entry, by_server, by_shell
from bloop_trio.audit.store import record
from bloop_trio.db.connection import transaction
from tests.api.test_projects import made, send
from tests.conftest import NOW_MS, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Client

    Headers = dict[str, str]
    SignIn = Callable[..., Headers]


def an_entry(**changes: Any) -> Entry:
    given: dict[str, Any] = {
        "actor": "user-1",
        "actor_name": "ada",
        "address": "203.0.113.9",
        "action": Action.PROJECT_CREATED,
    }
    return Entry(**given | changes)


def note(conn: Connection, *entries: Entry, at_ms: int = NOW_MS) -> None:
    with transaction(conn):
        for entry in entries:
            record(conn, entry, at_ms)


async def listed(client: Client, who: Headers, query: str = "") -> list[dict[str, Any]]:
    answer = await send(client, who, "GET", f"/v1/admin/audit{query}")
    assert answer.status == 200, answer.body
    entries: list[dict[str, Any]] = answer.json
    return entries


async def test_an_entry_says_who_did_what_when_and_from_where(client: Client, sign_in: SignIn) -> None:
    project = await made(client, sign_in())
    (entry,) = await listed(client, sign_in())
    assert entry == {
        "id": entry["id"],
        "at": NOW_MS,
        "actor": "10000000-0000-4000-8000-000000000001",
        "actor_name": "ada",
        "address": "127.0.0.1",
        "action": "project.created",
        "target": project["id"],
        "target_name": "Shop",
        "project_id": project["id"],
        "details": {"slug": "shop"},
    }


async def test_what_the_server_and_commands_do_has_no_actor(
    client: Client, sign_in: SignIn, connection: Connection
) -> None:
    note(connection, by_shell(Action.TOKEN_CREATED), by_server(Action.PROJECT_PURGED))
    found = [(e["actor"], e["actor_name"], e["address"], e["target"]) for e in await listed(client, sign_in())]
    assert found == [(None, "server", None, None), (None, "shell", None, None)]


async def test_only_administrators_read_it(client: Client, sign_in: SignIn, make_token: Callable[..., str]) -> None:
    bearer = {"authorization": f"Bearer {make_token('errors:read', 'errors:write')}"}
    for who, status in (({}, 401), (bearer, 401), (sign_in("bob", is_admin=False), 403)):
        assert (await send(client, who, "GET", "/v1/admin/audit")).status == status


class TestPages:
    async def test_pages_follow_each_other_to_the_end(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        note(connection, *(an_entry(target=str(number)) for number in range(7)))
        who, path, seen = sign_in(), "/v1/admin/audit?limit=3", []
        for size, more in ((3, True), (3, True), (1, False)):
            answer = await send(client, who, "GET", path)
            seen += [entry["target"] for entry in answer.json]
            assert (len(answer.json), "link" in answer.headers) == (size, more)
            path = answer.headers.get("link", "<>").partition(">")[0][1:]
        assert seen == ["6", "5", "4", "3", "2", "1", "0"]

    async def test_what_comes_in_meanwhile_moves_nothing(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        note(connection, *(an_entry(target=str(number)) for number in range(4)))
        answer = await send(client, sign_in(), "GET", "/v1/admin/audit?limit=2&action=project.created")
        note(connection, an_entry(target="late"))
        path = answer.headers["link"].partition(">")[0][1:]
        assert "action=project.created" in path
        assert [entry["target"] for entry in (await send(client, sign_in(), "GET", path)).json] == ["1", "0"]

    async def test_a_clock_that_was_set_back_does_not_change_the_order(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        note(connection, an_entry(target="first"))
        note(connection, an_entry(target="second"), at_ms=NOW_MS - 5_000)
        assert [entry["target"] for entry in await listed(client, sign_in())] == ["second", "first"]

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("limit=abc", "limit must be a whole number"),
            ("since=now", "since must be a whole number"),
            ("until=1e3", "until must be a whole number"),
            ("cursor=abc", "cursor must be one that this list gave out, with the same order and grouping"),
            ("cursor=WyJlcnJvcnMiLDFd", "cursor must be one that this list gave out, with the same order and grouping"),
            ("actor=" + "a" * 501, "actor must be at most 500 characters"),
        ],
    )
    async def test_what_cannot_be_understood_is_refused(
        self, client: Client, sign_in: SignIn, query: str, message: str
    ) -> None:
        answer = await send(client, sign_in(), "GET", f"/v1/admin/audit?{query}")
        assert (answer.status, answer.json) == (400, {"error": message})

    @pytest.mark.parametrize(("limit", "size"), [("0", 1), ("-5", 1), ("", 50), ("1000", 200)])
    async def test_a_limit_out_of_bounds_is_brought_within(
        self, client: Client, sign_in: SignIn, connection: Connection, limit: str, size: int
    ) -> None:
        note(connection, *(an_entry() for _ in range(201)))
        assert len(await listed(client, sign_in(), f"?limit={limit}")) == size


class TestFilters:
    @pytest.fixture
    def who(self, connection: Connection, sign_in: SignIn) -> Headers:
        shop = insert_project(connection, "shop")
        note(connection, an_entry(target="a", project_id=shop.id), at_ms=1_000)
        note(connection, an_entry(target="b", actor="token:t", action=Action.STATUS_CHANGED), at_ms=2_000)
        note(connection, by_shell(Action.TOKEN_REVOKED, target="c", project_id="gone"), at_ms=3_000)
        note(connection, an_entry(target="d", actor="user-2", actor_name="shell", project_id=shop.id), at_ms=4_000)
        return sign_in()

    @pytest.mark.parametrize(
        ("query", "targets"),
        [
            ("", "dcba"),
            ("actor=user-1", "a"),
            ("actor=token:t", "b"),
            ("actor=shell", "c"),
            ("actor=ada", ""),
            ("action=status.changed", "b"),
            ("action=nonsense", ""),
            ("project_id=shop", "da"),
            ("project_id=00000000-0000-4000-8000-000000000002", "da"),
            ("project_id=gone", "c"),
            ("project_id=%25", ""),
            ("since=3000", "dc"),
            ("until=2000", "ba"),
            ("since=2000&until=3000", "cb"),
            ("since=99999999999999999999999999", ""),
            ("project_id=shop&actor=user-2", "d"),
            ("actor=&action=&project_id=&since=&until=&cursor=", "dcba"),
        ],
    )
    async def test_each_keeps_what_matches(self, client: Client, who: Headers, query: str, targets: str) -> None:
        assert "".join(entry["target"] for entry in await listed(client, who, f"?{query}")) == targets
