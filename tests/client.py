"""Calling the app in this process: a request as it stands on the wire, and what comes back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING, Any, cast

import attrs
import msgspec
import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from quart_trio import QuartTrio

    from bloop_trio.services import Services


@attrs.frozen
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@attrs.define
class Client:
    """Calls the app in this process, with a bearer token unless told otherwise."""

    app: QuartTrio
    services: Services
    token: str
    """Of the project `default`, with `errors:read`."""

    async def get(self, target: str, *, token: str | None = "", headers: dict[str, str] | None = None) -> Answer:
        """GET a target as it stands on the request line; `token=None` sends none."""
        bearer = self.token if token == "" else token
        authorization = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return await self.request("GET", target, headers=authorization | (headers or {}))

    async def request(
        self,
        method: str,
        target: str,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        peer: str = "127.0.0.1",
    ) -> Answer:
        """Send one request as the client at `peer`; of an answer without an end, return the first part."""
        path, _, query = target.partition("?")
        if (method, path) == ("GET", "/v1/stream"):
            async with self.listen(target, headers or {}) as messages:
                start, first = await messages.receive(), await messages.receive()
            given = {name.decode(): value.decode() for name, value in start["headers"]}
            return Answer(start["status"], given, first["body"])
        client: Any = self.app.test_client()
        response = await client.open(
            path,
            method=method,
            headers=headers,
            data=body,
            # The test client would decode the path; a server passes on what was sent.
            scope_base={"client": (peer, 40000), "raw_path": path.encode(), "query_string": query.encode()},
        )
        raw = await response.get_data(as_text=False)
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, raw)

    @asynccontextmanager
    async def listen(self, target: str, headers: dict[str, str]) -> AsyncIterator[trio.MemoryReceiveChannel[Any]]:
        """GET a target and yield the messages of its answer, as ASGI has them; on leaving, the client leaves."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 40000),
            "extensions": {},
        }
        requests, messages = trio.open_memory_channel[Any](2), trio.open_memory_channel[Any](inf)
        requests[0].send_nowait({"type": "http.request", "body": b"", "more_body": False})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cast("Any", self.app), scope, requests[1].receive, messages[0].send)
            yield messages[1]
            requests[0].send_nowait({"type": "http.disconnect"})
