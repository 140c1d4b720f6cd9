"""A lane on a real loopback socket, and a client that says exactly the bytes it is told to."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import attrs
import trio

from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.listener import Lane
from bloop_trio.lane.sockets import open_listening_sockets
from tests.conftest import PROJECT_KEY, an_event, as_json, signature

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from quart_trio import QuartTrio

    from bloop_trio.issues.ingest.intake import Intake
    from bloop_trio.lane.front import Asgi

PATIENCE_SECS = 10
"""How long a test waits for what must come; far above any limit that a test sets."""

TICK: dict[str, Any] = {"tick_secs": 0.02}
GENEROUS = LaneLimits(tick_secs=0.05, linger_secs=0.3)


@attrs.frozen
class Reply:
    """One answer as read from the wire."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@attrs.define
class Running:
    """A lane that serves."""

    lane: Lane
    address: tuple[str, int]
    nursery: trio.Nursery

    @property
    def stats(self) -> Any:
        return self.lane.stats


@asynccontextmanager
async def running_lane(
    intake: Intake,
    app: Asgi | QuartTrio,
    limits: LaneLimits = GENEROUS,
    tls: ssl.SSLContext | None = None,
    *,
    kind: type[Lane] = Lane,
) -> AsyncIterator[Running]:
    """Serve on a free port of loopback; at the end stop, without waiting for anybody."""
    trusted = TrustedProxies.from_texts(["127.0.0.0/8"])
    lane = kind(intake=intake, app=cast("Asgi", app), limits=limits, trusted_proxies=trusted, tls_context=tls)
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(lane.serve, open_listening_sockets("127.0.0.1", 0))
        yield Running(lane, addresses[0], nursery)
        await lane.stop(trio.current_time())


class Wire:
    """A client's end of a connection."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.received = b""

    async def send(self, *parts: bytes) -> None:
        """Send each part as a segment of its own, as far as the kernel lets us."""
        for part in parts:
            await self.stream.send_all(part)
            if len(parts) > 1:
                await trio.testing.wait_all_tasks_blocked()

    async def end(self) -> None:
        await self.stream.send_eof()

    async def reply(self) -> Reply:
        """Read one final answer; interim ones are skipped."""
        with trio.fail_after(PATIENCE_SECS):
            while True:
                reply = await self._one()
                if reply.status >= 200:
                    return reply

    async def _one(self) -> Reply:
        while b"\r\n\r\n" not in self.received:
            await self._more()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status_line, *lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        length = int(headers.get(b"content-length", b"0"))
        while len(self.received) < length:
            await self._more()
        body, self.received = self.received[:length], self.received[length:]
        return Reply(int(status_line.split()[1]), headers, body)

    async def _more(self) -> None:
        chunk = await self.stream.receive_some(65536)
        if not chunk:
            msg = f"the connection ended within an answer: {self.received!r}"
            raise EOFError(msg)
        self.received += chunk

    async def rest(self) -> bytes:
        """Read to the end of the connection, be it orderly or not."""
        with trio.fail_after(PATIENCE_SECS):
            try:
                while chunk := await self.stream.receive_some(65536):
                    self.received += chunk
            except trio.BrokenResourceError:
                pass
        rest, self.received = self.received, b""
        return rest

    async def replies(self) -> list[Reply]:
        """Read all answers up to the end of the connection."""
        self.received = await self.rest()
        found = []
        while self.received:
            reply = await self._one()
            if reply.status >= 200:
                found.append(reply)
        return found

    def reset(self) -> None:
        """Leave with a RST."""
        raw = self.stream.socket
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        raw.close()


@asynccontextmanager
async def wire(running: Running) -> AsyncIterator[Wire]:
    """Connect."""
    async with await trio.open_tcp_stream(*running.address) as stream:
        yield Wire(stream)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds, letting everybody else run meanwhile."""
    with trio.fail_after(PATIENCE_SECS):
        while True:
            if condition():
                return
            await trio.lowlevel.checkpoint()


def a_post(
    body: bytes | None = None,
    path: str = "/v1/ingest",
    *,
    extra: tuple[str, ...] = (),
    key: str = PROJECT_KEY,
    length: int | None = None,
    signed_as: bytes | None = None,
) -> bytes:
    """Return a request that the lane serves, with more header lines as given."""
    body = as_json(an_event()) if body is None else body
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"X-Signature: {signature(body if signed_as is None else signed_as, key)}",
        f"X-Project-Key: {key}",
        f"Content-Length: {len(body) if length is None else length}",
        *extra,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def a_get(path: str = "/health", *extra: str) -> bytes:
    """Return a request that the lane hands over."""
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *extra)).encode() + b"\r\n\r\n"


def accepted(ingest: Any) -> int:
    """Return how many events an intake has accepted."""
    return sum(project.accepted for project in ingest.accounting.snapshot().projects)
