"""Browsers that register and sign in, as the tests of people drive them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from tests.auth.authenticator import Authenticator
from tests.conftest import as_json

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.client import Answer, Client

HERE = {"sec-fetch-site": "same-origin"}

REGISTER, INVITE, LOGIN = "/auth/register", "/auth/invite/register", "/auth/login"

INVALID = (400, {"error": "challenge expired or invalid"})
FAILED = (400, {"error": "registration failed"})
REFUSED = (401, {"error": "authentication failed"})
CLOSED = (403, {"error": "registration is closed"})


@attrs.define
class Browser:
    """Keeps cookies between requests."""

    client: Client
    peer: str = "127.0.0.1"
    cookies: dict[str, str] = attrs.field(factory=dict)

    async def send(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """Send a request as a page of ours would; `body` goes as JSON unless it is bytes."""
        sent = b"" if body is None else body if isinstance(body, bytes) else as_json(body)
        own = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "user-agent": "a test"}
        own |= {"content-type": "application/json"} if body is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.request(method, target, body=sent, headers=HERE | own | named, peer=self.peer)
        if "set-cookie" in answer.headers:
            name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    async def start(self, path: str, body: Any = None) -> tuple[str, dict[str, Any]]:
        """Begin a ceremony; return the id of its challenge and its options."""
        answer = await self.send("POST", f"{path}/start", body)
        assert answer.status == 200, answer.body
        return answer.json["challenge_id"], answer.json["publicKey"]

    async def register(self, path: str, authenticator: Authenticator, **body: Any) -> Answer:
        """Go through a registration."""
        challenge_id, options = await self.start(path, body)
        return await self.finish(path, challenge_id, authenticator.create(options))

    async def sign_in(self, authenticator: Authenticator) -> Answer:
        """Go through a sign-in."""
        challenge_id, options = await self.start("/auth/login")
        return await self.finish("/auth/login", challenge_id, authenticator.get(options))

    async def finish(self, path: str, challenge_id: str, credential: Any, **more: Any) -> Answer:
        """Send the end of a ceremony."""
        body = {"challenge_id": challenge_id, "credential": credential, **more}
        return await self.send("POST", f"{path}/finish", body)

    async def me(self) -> Answer:
        """Ask who is signed in."""
        return await self.send("GET", "/v1/me")


async def a_first_user(client: Client, username: str = "ada") -> tuple[Browser, Authenticator]:
    """Register the first user and return the browser that is signed in, and the passkey."""
    browser, authenticator = Browser(client), Authenticator()
    answer = await browser.register("/auth/register", authenticator, username=username)
    assert answer.status == 200, answer.body
    return browser, authenticator


def rows(conn: Connection, table: str) -> int:
    return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def nobody(conn: Connection) -> bool:
    return not any(rows(conn, table) for table in ("users", "passkeys", "sessions", "audit_entries"))


async def an_invite(browser: Browser, **given: Any) -> str:
    answer = await browser.send("POST", "/v1/admin/invites", given or None)
    return str(answer.json["token"])
