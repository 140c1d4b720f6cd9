"""Answers that last: sent part by part, counted while they are open, and ended together when the server stops.

The parts come from an awaitable function that is called again for each of them, not from a generator: whatever a part
needs (a cancel scope, a nursery, a reader) is opened and closed within one call, and nothing is left to a collector.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import trio
from quart import Response, request
from quart.wrappers.response import ResponseBody

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from bloop_trio.http.edge import AsgiApp, Message, Receive, Scope, Send

NextPart: TypeAlias = Callable[[], Awaitable[bytes | None]]
"""Returns the next part of an answer, waiting for it if need be; None ends the answer."""

CUT: Final = "bloop.cut"
"""Where the listener puts, in the scope of a request, a function that ends its connection from any task."""
FINISH_SECS: Final = 1.0
"""How long a client may take, when the server stops, to take what an answer still needs to end as it should."""
_EXCHANGE: Final = "bloop.exchange"


class Streams:
    """The streamed answers of a process.

    Resource handling: an answer is counted from `take` until its request is over, however that ends.
    """

    def __init__(self) -> None:
        self._open: set[_Exchange] = set()
        self.stopping = False
        """Once set, no streamed answer begins any more."""

    def take(self, kind: str, limit: int, finish: Callable[[], None] | None = None) -> bool:
        """Count the current request as a streamed answer of this kind; False if `limit` of them are open already.

        `finish` makes the answer end after the part that is being sent. It is called when the server stops, in place of
        a cut, and once the request is over, however that comes; so it may be called twice.
        """
        if self.stopping or self.count(kind) >= limit:
            return False
        exchange: _Exchange = request.scope[_EXCHANGE]  # type: ignore[typeddict-item] # a key of our own
        exchange.kind = kind
        exchange.finish = finish
        self._open.add(exchange)
        return True

    def cutter(self) -> Callable[[], None]:
        """Return a function that ends the current request's answer where it is, at the next checkpoint of its task."""
        exchange: _Exchange = request.scope[_EXCHANGE]  # type: ignore[typeddict-item] # a key of our own
        return exchange.cut

    def count(self, kind: str) -> int:
        """Return how many answers of this kind are open."""
        return sum(exchange.kind == kind for exchange in self._open)

    def end_all(self) -> None:
        """End all of them, and let none begin.

        One that can be finished ends after the part that is being sent. Of another the client sees that it is cut: its
        last chunk is missing, or its stream is reset.
        """
        self.stopping = True
        for exchange in self._open:
            exchange.end()

    async def cut_late(self) -> None:
        """After `end_all`, wait `FINISH_SECS`, and then cut those that have not ended: their clients do not read."""
        await trio.sleep(FINISH_SECS)
        for exchange in self._open:
            exchange.abandon()

    def around(self, app: AsgiApp) -> AsgiApp:
        """Return `app` with each request under the care of this."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            exchange = _Exchange(scope)

            async def send_noted(message: Message) -> None:
                exchange.sending = True
                try:
                    await send(message)
                finally:
                    exchange.sending = False

            try:
                with exchange.cancel_scope:
                    await app({**scope, _EXCHANGE: exchange}, receive, send_noted)
            except Exception:
                exchange.fail()
                raise
            finally:
                self._open.discard(exchange)
                if exchange.finish is not None:
                    exchange.finish()

        return serve


class _Exchange:
    """A request and its answer, as far as it takes to end them."""

    __slots__ = ("_cut", "_is_http1", "cancel_scope", "finish", "kind", "sending")

    def __init__(self, scope: Scope) -> None:
        self._cut: Callable[[], None] | None = scope.get(CUT)
        self._is_http1 = str(scope.get("http_version", "1.1")) < "2"
        self.cancel_scope = trio.CancelScope()
        self.kind: str | None = None
        self.finish: Callable[[], None] | None = None
        self.sending = False

    def end(self) -> None:
        if self.finish is None:
            self.abandon()
        else:
            self.finish()

    def abandon(self) -> None:
        self.cancel_scope.cancel()
        # What is on its way to the socket is not cancelled but closed; over HTTP/2 others share the connection.
        if self.sending and self._is_http1 and self._cut is not None:
            self._cut()

    def cut(self) -> None:
        self.cancel_scope.cancel()
        self.fail()

    def fail(self) -> None:
        """End the connection of a streamed answer that went wrong: over HTTP/2 the client would wait for the rest."""
        if self.kind is not None and not self._is_http1 and self._cut is not None:
            self._cut()


def stream_answer(next_part: NextPart, headers: Mapping[str, str]) -> Response:
    """Return the answer of which `next_part` gives the parts; a HEAD is answered with the headers alone.

    `next_part` is called when the part before it was sent, and never again after None or an exception.
    """
    # A body of unknown length has no content-length, and HEAD must not claim another.
    body = _no_parts if request.method == "HEAD" else next_part
    return Response(_Parts(body), headers=dict(headers))


async def _no_parts() -> None:
    return None


class _Parts(ResponseBody):
    """The body of a streamed answer, as Quart iterates it."""

    def __init__(self, next_part: NextPart) -> None:
        self._next_part = next_part

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, tb: TracebackType | None
    ) -> None:
        pass

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        part = await self._next_part()
        if part is None:
            raise StopAsyncIteration
        return part
