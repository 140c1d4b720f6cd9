"""Receivers of alerts on this machine: they remember what they got, and answer as they are told."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Stream: TypeAlias = "trio.SocketStream | trio.SSLStream[trio.SocketStream]"
Answer: TypeAlias = Callable[["Received", Stream], Awaitable[None]]


@attrs.frozen
class Received:
    """A request as it came."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as what it stands for."""
        return json.loads(self.body)


def answering(status: int, *headers: str, body: bytes = b"") -> Answer:
    """Return an answer of this status."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *headers))

    async def answer(_: Received, stream: Stream) -> None:
        await stream.send_all(head.encode() + b"\r\n" + body)

    return answer


async def hanging(_: Received, __: Stream) -> None:
    """Say nothing for ever."""
    await trio.sleep_forever()


async def closing(_: Received, __: Stream) -> None:
    """Close the connection without a word."""


def saying(raw: bytes, *, then_for_ever: bytes = b"") -> Answer:
    """Return an answer of these bytes, and perhaps of others without an end."""

    async def answer(_: Received, stream: Stream) -> None:
        await stream.send_all(raw)
        while then_for_ever:
            await stream.send_all(then_for_ever)

    return answer


@attrs.define(eq=False)
class Receiver:
    """A server that takes alerts."""

    answer: Answer = attrs.field(factory=lambda: answering(200))
    requests: list[Received] = attrs.field(factory=list)
    connections: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None
    _news: trio.Event = attrs.field(factory=trio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/hook"

    async def wait_for(self, count: int) -> list[Received]:
        """Return the requests once there are so many."""
        with trio.fail_after(20):
            while len(self.requests) < count:
                await self._news.wait()
        return self.requests

    async def handle(self, connection: trio.SocketStream) -> None:
        """Take one request."""
        self.connections += 1
        stream: Stream = connection
        try:
            if self.tls is not None:
                stream = trio.SSLStream(connection, self.tls, server_side=True, https_compatible=True)
            request = await _read(stream)
            if request is not None:
                self.requests.append(request)
                self._news.set()
                self._news = trio.Event()
                await self.answer(request, stream)
        except (trio.BrokenResourceError, ssl.SSLError):
            pass  # the client has gone: its business
        finally:
            await trio.aclose_forcefully(stream)


@asynccontextmanager
async def receiving(answer: Answer | None = None, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Open a receiver on a free port."""
    receiver = Receiver(tls=tls) if answer is None else Receiver(answer, tls=tls)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, receiver.handle, 0, host="127.0.0.1"))
        receiver.port = listeners[0].socket.getsockname()[1]
        yield receiver
        nursery.cancel_scope.cancel()


async def _read(stream: Stream) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = await stream.receive_some(65_536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        part = await stream.receive_some(65_536)
        if not part:
            return None
        body += part
    return Received(first.split(" ")[1], headers, body)
