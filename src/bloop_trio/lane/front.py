"""What the ordinary road refuses before the app sees it, so that both roads keep the same rules.

Hypercorn's parser reads more than the lane does: a message with two framings, a head of any length that arrives whole.
It also knows no deadline for a body. This thin ASGI layer in front of the app adds those, and says `connection: close`
while the server stops.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import trio

from bloop_trio.http.headers import JSON_CONTENT_TYPE, NO_STORE, SECURITY_HEADERS
from bloop_trio.issues.intake import IngestAnswer, error_answer
from bloop_trio.lane.answers import AMBIGUOUS_FRAMING, HEAD_TOO_LONG
from bloop_trio.lane.limits import MAX_HEAD_BYTES

if TYPE_CHECKING:
    from bloop_trio.lane.limits import LaneLimits

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY_TOO_SLOW: Final = error_answer(408, "the request body took too long")
_HEAD_OVERHEAD_BYTES: Final = len(b": \r\n")
_REFUSAL_HEADERS: Final = (JSON_CONTENT_TYPE, NO_STORE, *SECURITY_HEADERS)


class Front:
    """An ASGI app around another one."""

    __slots__ = ("_app", "_limits", "stopping")

    def __init__(self, app: Asgi, limits: LaneLimits) -> None:
        self._app = app
        self._limits = limits
        self.stopping = False
        """Once set, each answer over HTTP/1 says that its connection closes."""

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuse the request, or let the app answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send_last = send
        if scope["http_version"] < "2":
            send_last = _closing(send)
            refusal = _judge_head(scope)
            if refusal is not None:
                await _refuse(send_last, refusal)
                return
            if self.stopping:
                send = send_last
        # A tick later than the routes' own deadlines, so that one that has an answer of its own gets to give it.
        exchange = _Exchange(receive, send, send_last, self._limits.body_timeout_secs + self._limits.tick_secs)
        await self._app(scope, exchange.receive, exchange.send)


class _Exchange:
    """One request and its answer, with a deadline for the request's body from when the app is called."""

    __slots__ = ("_answered", "_complete", "_deadline", "_given_up", "_receive", "_send", "_send_last")

    def __init__(self, receive: Receive, send: Send, send_last: Send, timeout_secs: float) -> None:
        self._receive = receive
        self._send = send
        self._send_last = send_last
        self._complete = False
        self._answered = False
        self._given_up = False
        self._deadline = trio.current_time() + timeout_secs

    async def send(self, message: Message) -> None:
        """Pass the app's answer on, unless the client was told already that its body took too long."""
        self._answered = True
        if not self._given_up:
            await self._send(message)

    async def receive(self) -> Message:
        """Return the next part of the body; past the deadline, that the client left."""
        if self._complete:
            return await self._receive()
        message = None
        with trio.move_on_at(self._deadline):
            message = await self._receive()
        if message is None:
            self._complete = True
            return await self._give_up()
        self._complete = not message.get("more_body", False)
        return message

    async def _give_up(self) -> Message:
        """Tell the client, unless the app has begun to answer; to the app it is a client that left."""
        if not self._answered:
            self._given_up = True
            await _refuse(self._send_last, BODY_TOO_SLOW)
        return {"type": "http.disconnect"}


def _judge_head(scope: MutableMapping[str, Any]) -> IngestAnswer | None:
    size = len(scope["method"]) + len(scope["raw_path"]) + len(scope["query_string"]) + len(b"  HTTP/1.1\r\n\r\n")
    framings = 0
    for name, value in scope["headers"]:
        size += len(name) + len(value) + _HEAD_OVERHEAD_BYTES
        if name == b"transfer-encoding":
            framings |= 1
        elif name == b"content-length":
            framings |= 2
    if framings == 3:
        return AMBIGUOUS_FRAMING
    return HEAD_TOO_LONG if size > MAX_HEAD_BYTES else None


def _closing(send: Send) -> Send:
    async def send_closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return send_closing


async def _refuse(send: Send, answer: IngestAnswer) -> None:
    headers = [*_REFUSAL_HEADERS, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
