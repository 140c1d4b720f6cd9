"""People at a real server: registration, commands beside it, and what it does for sessions on its own."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from tests.conftest import NOW_MS, as_json, insert_session, insert_user
from tests.server.process import DEADLINE_SECS, ServerProcess, wait_until
from tests.server.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path


async def finish_together(visitors: list[Visitor], path: str, bodies: list[dict[str, str]]) -> list[int]:
    """Let all begin, then all finish at the same time; return what they are told."""
    begun = [visitor.send("POST", f"{path}/start", body)[1] for visitor, body in zip(visitors, bodies, strict=True)]
    statuses = []

    async def finish(visitor: Visitor, started: Any) -> None:
        statuses.append((await trio.to_thread.run_sync(visitor.finish, path, started))[0])

    async with trio.open_nursery() as nursery:
        for visitor, started in zip(visitors, begun, strict=True):
            nursery.start_soon(finish, visitor, started)
    return sorted(statuses)


async def test_of_many_who_register_at_once_one_is_the_first(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        visitors = [Visitor(server.port) for _ in range(6)]
        statuses = await finish_together(
            visitors, "/auth/register", [{"username": f"user{number}"} for number in range(6)]
        )
        assert statuses == [200, 403, 403, 403, 403, 403]
        assert server.rows("SELECT is_admin, (SELECT count(*) FROM passkeys) FROM users") == [(1, 1)]

        (admin,) = [visitor for visitor in visitors if visitor.send("GET", "/v1/me")[0] == 200]
        _, invite = admin.send("POST", "/v1/admin/invites")
        statuses = await finish_together(
            [Visitor(server.port) for _ in range(6)],
            "/auth/invite/register",
            [{"username": f"guest{number}", "invite_token": invite["token"]} for number in range(6)],
        )
        assert statuses == [200, 400, 400, 400, 400, 400]
        assert server.rows("SELECT count(*) FROM users UNION ALL SELECT count(*) FROM sessions") == [(2,), (2,)]
        assert server.stop() == 0


def test_commands_beside_the_server_are_seen_within_a_second_or_so(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        visitor = Visitor(server.port)
        assert visitor.register("/auth/register", username="ada") == (200, {"status": "ok"})
        assert visitor.send("GET", "/v1/me")[1]["username"] == "ada"
        assert server.run("admin", "reset", "--yes") == {"users_removed": 1}
        wait_until(lambda: visitor.send("GET", "/v1/me")[0] == 401, "the session has ended")

        token = server.run("admin", "invite", "--admin")["token"]
        other = Visitor(server.port)
        assert other.register("/auth/invite/register", username="eve", invite_token=token)[0] == 200
        assert other.send("GET", "/v1/me")[1]["is_admin"] is True
        assert other.send("POST", "/auth/logout") == (200, {"status": "ok"})
        assert other.send("GET", "/v1/me")[0] == 401


SLOW = [
    ("POST", "/v1/tokens", {"name": "x", "project_id": "default", "scopes": ["errors:read"]}),
    ("POST", "/v1/projects", {"name": "x", "slug": "x"}),
    ("PUT", "/v1/projects/default", {}),
    ("PUT", "/v1/projects/default", {"name": "x"}),
    ("POST", "/v1/projects/default/rotate-key", {"grace_hours": 1}),
    ("POST", "/v1/status-changes?project_id=default", {"status": "muted", "filter": {}, "all": True}),
    ("POST", "/v1/admin/invites", {"is_admin": True}),
]


def begin(server: ServerProcess, session: str, method: str, path: str, body: Any) -> tuple[socket.socket, bytes]:
    """Send a request but for the end of its body, which is returned with the connection."""
    sent = as_json(body)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: bloop_session={session}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECS)
    connection.sendall(head.encode() + sent[:1])
    return connection, sent[1:]


def test_whoever_is_removed_while_a_body_is_on_its_way_changes_nothing_by_it(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server, ExitStack() as opened:
        ada, eve = Visitor(server.port), Visitor(server.port)
        ada.register("/auth/register", username="ada")
        _, invite = ada.send("POST", "/v1/admin/invites", {"is_admin": True})
        eve.register("/auth/invite/register", username="eve", invite_token=invite["token"])
        _, me = eve.send("GET", "/v1/me")
        begun = [begin(server, eve.session, *request) for request in SLOW]
        # Asked for on another connection, and answered once the loop has been through all of the above.
        assert eve.send("GET", "/v1/me")[0] == 200
        assert ada.send("DELETE", f"/v1/admin/users/{me['id']}") == (200, {"status": "ok"})
        for connection, rest in begun:
            opened.enter_context(connection).sendall(rest)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 401 ")
        assert server.rows("SELECT count(*) FROM bearer_tokens") == [(0,)]
        assert server.rows("SELECT slug, name FROM projects") == [("default", "Default")]


def test_the_server_removes_sessions_that_are_over_and_keeps_the_others(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        assert server.stop() == 0
        with closing(sqlite3.connect(server.database, isolation_level=None)) as conn:
            ada = insert_user(conn, "ada")
            insert_session(conn, ada, created_secs=NOW_MS // 1000 - 10 * 365 * 86_400)
            insert_session(conn, ada, created_secs=NOW_MS // 1000 + 100 * 365 * 86_400)
        server.start()
        wait_until(partial(has_sessions, server, 1), "the expired session is removed")
        assert "background work failed" not in server.log()


def has_sessions(server: ServerProcess, count: int) -> bool:
    return server.rows("SELECT count(*) FROM sessions") == [(count,)]
