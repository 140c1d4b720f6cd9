"""What the ordinary road refuses before the app sees it, so that both roads keep the same rules.

Hypercorn's parser reads more than the lane does: a message with two framings, a head of any length that arrives whole.
It also knows no deadline for a body, and no bound for the memory of all. This thin ASGI layer in front of the app adds
those, and says `connection: close` while the server stops.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from math import inf
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import trio

from bloop_trio.http.headers import INGEST_HEADERS
from bloop_trio.http.request_metrics import named_route
from bloop_trio.issues.ingest.intake import IngestAnswer, error_answer
from bloop_trio.lane.answers import AMBIGUOUS_FRAMING, HEAD_TOO_LONG
from bloop_trio.lane.bodies import FREE_BODY_BYTES, BodyShare
from bloop_trio.lane.limits import MAX_HEAD_BYTES

if TYPE_CHECKING:
    from bloop_trio.http.request_metrics import RequestMetrics
    from bloop_trio.lane.bodies import BodyBudget
    from bloop_trio.lane.limits import LaneLimits

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY_TOO_SLOW: Final = error_answer(408, "the request body took too long")
_SHARE_BYTES: Final = 2 * 1024 * 1024
"""What a long body reserves at a time. A declared length may be a lie, and a chunked body has none; an ordinary batch
fits at once, so that no two of them wait for each other's second share."""
_HEAD_OVERHEAD_BYTES: Final = len(b": \r\n")
_READING: Final = frozenset({"GET", "HEAD"})
_CLOSE: Final = (b"connection", b"close")


class Front:
    """An ASGI app around another one."""

    __slots__ = ("_app", "bodies", "limits", "requests", "stopping")

    def __init__(self, app: Asgi, limits: LaneLimits, bodies: BodyBudget, requests: RequestMetrics) -> None:
        self._app = app
        self.limits = limits
        self.bodies = bodies
        self.requests = requests
        self.stopping = False
        """Once set, each answer over HTTP/1 says that its connection closes."""

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuse the request, or let the app answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_http1 = scope["http_version"] < "2"
        refusal = _judge_head(scope) if is_http1 else None
        exchange = _Exchange(self, scope, receive, send, is_http1=is_http1)
        self.requests.in_progress += 1
        try:
            if refusal is None:
                await self._app(scope, exchange.receive, exchange.send)
            else:
                await exchange.refuse(refusal)
        finally:
            self.requests.in_progress -= 1
            exchange.stop_waiting()
            exchange.release_share()


class _Exchange:
    """One request and its answer, with a deadline for the request's body from when the app is called."""

    __slots__ = (
        "_answered",
        "_asked",
        "_complete",
        "_deadline",
        "_front",
        "_given_up",
        "_is_http1",
        "_receive",
        "_received_bytes",
        "_receiving",
        "_scope",
        "_send",
        "_share",
        "_waits",
    )

    def __init__(
        self, front: Front, scope: MutableMapping[str, Any], receive: Receive, send: Send, *, is_http1: bool
    ) -> None:
        self._asked = time.perf_counter()
        self._front = front
        self._scope = scope
        self._receive = receive
        self._send = send
        self._is_http1 = is_http1
        self._complete = False
        self._answered = False
        self._given_up = False
        self._received_bytes = 0
        self._receiving: trio.CancelScope | None = None
        self._share: BodyShare | None = None
        self._waits = scope["method"] in _READING
        front.requests.unanswered_reads += self._waits
        limits = front.limits
        # A tick later than the routes' own deadlines, so that one that has an answer of its own gets to give it.
        self._deadline = trio.current_time() + limits.body_timeout_secs + limits.tick_secs

    async def send(self, message: Message) -> None:
        """Pass the app's answer on, unless the client was told already that its body took too long."""
        if self._given_up:
            return
        if not self._answered:
            self._answered = True
            self.stop_waiting()
            self._count(message["status"])
            if self._is_http1 and self._front.stopping:
                message["headers"] = [*message.get("headers", ()), _CLOSE]
        await self._send(message)

    async def receive(self) -> Message:
        """Return the next part of the body; past the deadline, that the client left."""
        if self._complete:
            return await self._receive()
        message = None
        with trio.move_on_at(self._deadline) as self._receiving:
            if self._received_bytes > FREE_BODY_BYTES:
                await self._grow_share()
            message = await self._receive()
        self._receiving = None
        if message is None:
            self._complete = True
            if not self._answered:
                self._given_up = True
                self.release_share()
                async with trio.open_nursery() as nursery:
                    # Hypercorn puts a last message behind those of the body that wait, and has room for few of them.
                    nursery.start_soon(self._throw_away)
                    await self._send_refusal(BODY_TOO_SLOW)
                    nursery.cancel_scope.cancel()
            return {"type": "http.disconnect"}
        self._received_bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._complete and self._share is not None:
            self._share.complete()
        return message

    async def _throw_away(self) -> None:
        while True:
            await self._receive()

    def _count(self, status: int) -> None:
        requests = self._front.requests.of(self._scope["method"], named_route(self._scope))
        requests.note(status, time.perf_counter() - self._asked)

    def stop_waiting(self) -> None:
        """Tell the lane that this one needs no more way; what streams on takes the turns that are left to it."""
        self._front.requests.unanswered_reads -= self._waits
        self._waits = False

    def release_share(self) -> None:
        """Let others have the memory that the body took."""
        if self._share is not None:
            self._share.release()

    async def _grow_share(self) -> None:
        if self._share is None:
            self._share = BodyShare(self._front.bodies, self._give_up_body)
        if self._received_bytes > self._share.held_bytes:
            await self._share.grow(_SHARE_BYTES)

    def _give_up_body(self) -> None:
        """Make the body's deadline be now."""
        self._deadline = -inf
        if self._receiving is not None:
            self._receiving.cancel()

    async def refuse(self, refusal: IngestAnswer) -> None:
        """Read the request to its end, then refuse it.

        Hypercorn takes what a client sends after an answer that closes for a breach of protocol, and would cut the
        answer short; between two messages it does not read.
        """
        while (await self.receive()).get("more_body", False):
            self._received_bytes = 0  # thrown away
        if not self._given_up:
            await self._send_refusal(refusal)

    async def _send_refusal(self, answer: IngestAnswer) -> None:
        # The lane's headers, for the lane's refusals: the request may well have been one for ingest.
        headers = [*INGEST_HEADERS, (b"content-length", b"%d" % len(answer.body))]
        if self._is_http1:
            headers.append(_CLOSE)
        self._count(answer.status)
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": answer.body, "more_body": False})


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
