"""What the tests of the API share: a house with projects of people, what they show at its door, and two errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

import attrs
import pytest

from bloop_trio.app import create_app
from bloop_trio.auth.scopes import SCOPES, allows
from bloop_trio.auth.session_values import new_session_value
from bloop_trio.auth.store import create_token, revoke_token
from bloop_trio.http.static import StaticFile
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from tests.api.access_table import Row, method_of
from tests.client import Answer, Client
from tests.conftest import NOW_MS, accepted, as_json, insert_project, insert_session, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

NOW_SECS = NOW_MS // 1000
DAY_SECS = 86_400

BULK = "/v1/status-changes"
"""Where the statuses of many errors are changed at once."""
JSON = {"content-type": "application/json"}

Headers: TypeAlias = dict[str, str]


def bearer(token: str) -> Headers:
    return {"authorization": f"Bearer {token}"}


@attrs.define
class House:
    """Two projects of people and what they show at the door."""

    client: Client
    conn: Connection
    token_id: str
    """Of a token of ada's project."""
    _users: dict[str, str]

    def cookie(self, username: str, *, created_secs: int = NOW_SECS) -> Headers:
        _, value = insert_session(self.conn, self._users[username], created_secs=created_secs)
        return {"cookie": f"bloop_session={value}"}

    def token(self, *scopes: str, project_no: int = 1, created_secs: int = NOW_SECS) -> tuple[str, str]:
        issued = create_token(
            self.conn,
            name="t",
            project_no=project_no,
            scopes=scopes,
            now_secs=created_secs,
            expires_in_days=1,
        )
        return issued.token.id, issued.plaintext

    def headers(self, credential: str, scope: str, project_no: int = 1) -> Headers:
        """Return what stands for a credential, for a route whose tokens need `scope`; "a token" is of `project_no`."""
        if credential == "a revoked token":
            token_id, plaintext = self.token(scope)
            revoke_token(self.conn, token_id, NOW_SECS)
            return bearer(plaintext)
        made: dict[str, Callable[[], Headers]] = {
            "nothing": dict,
            "a made-up token": lambda: bearer("bloop_tk_" + "A" * 43),
            "a token of all other scopes": lambda: bearer(
                self.token(*[s for s in SCOPES if not allows({s}, scope)])[1]
            ),
            "another project's token": lambda: bearer(self.token(scope, project_no=3)[1]),
            "an expired token": lambda: bearer(self.token(scope, created_secs=NOW_SECS - DAY_SECS)[1]),
            "a token": lambda: bearer(self.token(scope, project_no=project_no)[1]),
            "a made-up session": lambda: {"cookie": f"bloop_session={new_session_value()}"},
            "an expired session": lambda: self.cookie("root", created_secs=NOW_SECS - DAY_SECS),
            "a user": lambda: self.cookie("bert"),
            "the project's creator": lambda: self.cookie("ada"),
            "an administrator": lambda: self.cookie("root"),
            "an administrator on another site": lambda: (
                self.cookie("root") | {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
            ),
            "an administrator of an old browser on another site": lambda: (
                self.cookie("root") | {"origin": "https://evil.example"}
            ),
        }
        return made[credential]()

    async def ask(self, route: str, row: Row, headers: Headers) -> Answer:
        sent = b"" if row.body is None else row.body if isinstance(row.body, bytes) else as_json(row.body)
        typed = {"content-type": row.content_type} if sent else {}
        target = row.target.replace("{token}", self.token_id)
        return await self.client.request(
            method_of(route), target, headers=headers | typed, body=sent, peer="203.0.113.9"
        )

    def mark(self) -> int:
        """Return a number that changes whenever the server writes."""
        (version,) = self.conn.execute("PRAGMA data_version").fetchone()
        return int(version)


@pytest.fixture
def house(client: Client, connection: Connection, batches: BatchWriter) -> House:
    """The server's own project with an error, one that ada has made, and one of nobody in particular."""
    users = {name: insert_user(connection, name, is_admin=name == "root") for name in ("root", "ada", "bert")}
    adas = insert_project(connection, "adas")
    insert_project(connection, "other")
    connection.execute("UPDATE projects SET created_by = ? WHERE no = ?", (users["ada"], adas.no))
    batches.write(connection, [accepted(fingerprint="cart")])
    connection.execute(
        "INSERT INTO alert_rules (id, project_no, name, rule_type, config, is_enabled, created_secs, updated_secs)"
        """ VALUES (7, ?, 'New', 'new_issue', '{"type":"new_issue"}', 1, 0, 0)""",
        (adas.no,),
    )
    connection.execute("UPDATE sequences SET value = 7 WHERE name = 'alert_rule_id'")
    issued = create_token(connection, name="adas", project_no=adas.no, scopes=["errors:read"], now_secs=NOW_SECS)
    files = {
        name: StaticFile(content_type="text/html; charset=utf-8", body=b"a file")
        for name in ("index.html", "login.html", "assets/app.js", "favicon.svg")
    }
    services = attrs.evolve(client.services, dashboard=files)
    return House(Client(create_app(services), services, client.token), connection, issued.token.id, users)


@pytest.fixture
def owner(sign_in: Callable[..., Headers]) -> Headers:
    """The headers of a request of JSON that ada makes, who is an administrator."""
    return sign_in("ada") | JSON


@pytest.fixture
def post(client: Client, make_token: Callable[..., str]) -> Callable[..., Any]:
    """Sends a POST with `errors:write`: ``await post("/v1/errors/cart/resolve", {"reason": "…"})``."""
    token = make_token("errors:write")

    async def send(target: str, body: Any = b"", *, token: str = token, content_type: str | None = None) -> Answer:
        raw = body if isinstance(body, bytes) else as_json(body)
        sent_as = content_type or (None if isinstance(body, bytes) else "application/json")
        headers = {"authorization": f"Bearer {token}"} | ({"content-type": sent_as} if sent_as else {})
        return await client.request("POST", target, headers=headers, body=raw)

    return send


@pytest.fixture
def _two_errors(connection: Connection, batches: BatchWriter) -> None:
    """`cart` in two releases, and `pay`, which has another environment, source and route."""
    batches.write(
        connection,
        [
            accepted(fingerprint="cart", release="1"),
            accepted(fingerprint="cart", release="2"),
            accepted(fingerprint="pay", release="2", environment="test", source="ios", route_or_procedure="/pay"),
        ],
    )
    index_slice(connection, PayloadReader())


async def status_of(client: Client, fingerprint: str) -> str:
    """Return the status that all releases of an error have."""
    rows = (await client.get(f"/v1/errors/{quote(fingerprint, safe='')}")).json["aggregates"]
    (status,) = {row["status"] for row in rows}
    return str(status)
