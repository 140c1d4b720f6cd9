"""The ordinary road: connections that Hypercorn serves from their current message on, under guard.

This is the one module that knows Hypercorn's insides; `hypercorn==0.18.*` is pinned for its sake, and a test holds
what it relies on: the constructor of `TCPServer`, the three methods overridden here, the one that is replaced on the
protocol of HTTP/1, the buffer that is replaced for HTTP/2, and the stream members it uses.

The guard mends what would hurt a server that faces the internet. An exception of one connection ends that connection
and nothing else. A client that does not read runs into a write deadline. `Connection: close` closes, although
quart-trio cancels the task that is about to do so. A client that ends its half after the request gets its answer.
An HTTP/2 client that grants no window for an answer is one that does not read, and meets the same write deadline.
Deadlines are the reaper's, as in the lane, so that no task per connection waits for one.
"""

from __future__ import annotations

import logging
import socket
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Final, cast

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol import h2
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.utils import wrap_app

from bloop_trio.http.headers import INGEST_HEADERS
from bloop_trio.http.problems import MESSAGES
from bloop_trio.http.streaming import CUT
from bloop_trio.issues.ingest.intake import error_answer
from bloop_trio.lane.answers import HEAD_TOO_LONG
from bloop_trio.lane.front import Asgi, Front, Message, Send
from bloop_trio.lane.limits import MAX_HEAD_BYTES, MAX_LINGER_BYTES
from bloop_trio.lane.reaper import Phase, Reaper, Watched
from bloop_trio.lane.stats import CloseReason
from bloop_trio.lane.stream import RECEIVE_BYTES, ReadingEndedError, Replay

if TYPE_CHECKING:
    from hypercorn.typing import AppWrapper, ASGIFramework, LifespanState

    from bloop_trio.http.request_metrics import RequestMetrics
    from bloop_trio.lane.bodies import BodyBudget
    from bloop_trio.lane.limits import LaneLimits

_GONE: Final = (trio.BrokenResourceError, trio.ClosedResourceError)
_LEAST_PROGRESS_BYTES: Final = 1024
"""What an HTTP/2 client has to take of its answers within the write deadline; a window that grows by single bytes is
one that is shut."""
_FRAME_HEAD_BYTES: Final = 9
_DATA_FRAME: Final = 0


class _Buffer(h2.StreamBuffer):
    """What of an answer waits for the window of its stream: little more than one part.

    Hypercorn's own takes a look at a shut window for progress, and so takes in part after part of a client that reads
    nothing.
    """

    async def push(self, data: bytes) -> None:
        """Add a part, and return once there is room for another."""
        await super().push(data)
        while len(self.buffer) >= h2.BUFFER_HIGH_WATER and not self._complete:
            await self._paused.wait()
            await self._paused.clear()


h2.StreamBuffer = _Buffer  # type: ignore[misc] # made by the protocol of HTTP/2 for each stream


class GuardedTCPServer(TCPServer):
    """Hypercorn's server of one connection, with our deadlines and a close that is one."""

    def __init__(  # noqa: PLR0913 - Hypercorn's own five, and what guards it
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
        stream: Replay,
        *,
        watched: Watched,
        reaper: Reaper,
        limits: LaneLimits,
        secure: bool,
    ) -> None:
        super().__init__(cast("AppWrapper", self._run_app), config, context, state, cast("Any", stream))
        self._watched = watched
        self._reaper = reaper
        self._limits = limits
        self._secure = secure
        self._busy = False
        self._closing = False
        self._settled = trio.Event()
        self._front = app
        self._running = 0
        self._held_up = 0
        self._taken_bytes = 0

    async def _run_app(self, scope: Any, receive: Any, send: Send, *spawners: Any) -> None:
        """Run the app, and see to it that no connection stays open on which nothing runs any more.

        Hypercorn may forget a connection after a failure (the answer to a WebSocket that it had given up, for one).
        An answer that is through has set the phase to another by now.
        """
        self._running += 1
        if self._watched.phase is Phase.LINGER and not self._closing:
            # The app of the request before has ended between the coming of this one and its start.
            self._watched.phase = Phase.ANSWER
            self._watched.deadline = inf
        scope[CUT] = partial(self._reaper.cut, self._watched, CloseReason.SHUTDOWN)
        if scope.get("http_version") == "2":
            send = partial(self._send_through_window, send)
        try:
            await self._front(scope, receive, cast("Any", send), *spawners)
        finally:
            self._running -= 1
            if self._running == 0 and self._watched.phase is Phase.ANSWER:
                self._watched.phase = Phase.LINGER
                self._watched.deadline = self._reaper.deadline_in(self._limits.linger_secs)

    async def _send_through_window(self, send: Send, message: Message) -> None:
        """Send a part of an answer over HTTP/2, where it may wait for a window and not for the socket.

        That wait is in Hypercorn's buffer of the stream. While any of the connection's streams is in it, the client
        has to take something within the write deadline; a stream that joins the wait does not extend it.
        """
        self._held_up += 1
        if self._held_up == 1:
            self._taken_bytes = 0
            self._expect_progress()
        try:
            await send(message)
        finally:
            self._held_up -= 1
            if self._held_up == 0 and self._watched.phase is Phase.WRITE:
                self._watched.phase = Phase.ANSWER
                self._watched.deadline = inf

    def _expect_progress(self) -> None:
        watched = self._watched
        if watched.phase is Phase.ANSWER or watched.phase is Phase.WRITE:
            watched.phase = Phase.WRITE
            watched.deadline = self._reaper.deadline_in(self._limits.write_timeout_secs)

    def _note_taken(self, frames: bytes) -> None:
        self._taken_bytes += _content_bytes(frames)
        if self._taken_bytes >= _LEAST_PROGRESS_BYTES:
            self._taken_bytes = 0
            self._expect_progress()

    async def protocol_send(self, event: Event) -> None:
        """Carry out what the protocol wants done, whatever becomes of the task that asks for it.

        quart-trio cancels the task of an answered request before Hypercorn has noted the end of the answer, so each
        of these steps is shielded; the reaper bounds them, by closing the socket that they wait on.
        """
        if isinstance(event, RawData):
            # Here, and nowhere else on its way, an app that sends without end can be cancelled.
            await trio.lowlevel.checkpoint_if_cancelled()
        with trio.CancelScope(shield=True):
            if isinstance(event, RawData):
                await self._send(event.data)
            elif isinstance(event, Updated):
                self._note_idle(idle=event.idle)
            elif isinstance(event, Closed):
                await self._end()

    async def _send(self, data: bytes) -> None:
        async with self.send_lock:
            try:
                await self.stream.send_all(data)
            except _GONE:
                await self.protocol.handle(Closed())
            else:
                if self._held_up:
                    self._note_taken(data)

    def _note_idle(self, *, idle: bool) -> None:
        if self._closing:
            return
        watched = self._watched
        self._busy = not idle
        if idle:
            watched.phase = Phase.IDLE
            watched.deadline = self._reaper.deadline_in(self._limits.keep_alive_timeout_secs)
            self._settled.set()
            if self.context.terminated.is_set():
                watched.raw.end_reading()
        else:
            self._settled = trio.Event()
            if watched.phase is not Phase.WRITE:
                watched.phase = Phase.ANSWER
                watched.deadline = inf
                if self._held_up:
                    self._expect_progress()

    async def _end(self) -> None:
        """Say that nothing more will be sent, and let the reader wait for the client to see it."""
        if not self._closing:
            self._closing = True
            self._watched.phase = Phase.LINGER
            self._watched.deadline = self._reaper.deadline_in(self._limits.linger_secs)
            self._settled.set()
            if self._secure:
                # TLS knows no half-closed connection: this sends close_notify, and closes.
                await self.stream.aclose()
            else:
                self._watched.raw.shutdown(socket.SHUT_WR)
        await self.protocol.handle(Closed())

    async def _read_data(self) -> None:
        protocol = self.protocol.protocol
        if isinstance(protocol, H11Protocol):
            # Hypercorn would say nothing but a number.
            protocol._send_error_response = partial(_refuse, protocol)  # type: ignore[method-assign] # noqa: SLF001
        read_in_vain = 0
        while read_in_vain < MAX_LINGER_BYTES:
            try:
                data = await self.stream.receive_some(RECEIVE_BYTES)
            except ReadingEndedError:
                data = b""
            except _GONE:
                break
            if self._closing:
                read_in_vain += len(data)
            else:
                try:
                    await self.protocol.handle(RawData(bytes(data)))
                except Exception as error:
                    # Not with what led to it: Hypercorn goes over to HTTP/2 by an exception that repeats all that was sent.
                    raise error from None
                self._note_head(data)
            if not data:
                await self._answer_half_closed()
                break
        await self.protocol.handle(Closed())

    def _note_head(self, data: bytes | bytearray) -> None:
        """Start the clock of a head: bytes came, and they are not a whole one yet."""
        watched = self._watched
        if data and not self._busy and watched.phase is Phase.IDLE and self._speaks_http1():
            watched.phase = Phase.HEAD
            watched.deadline = self._reaper.deadline_in(self._limits.header_timeout_secs)

    async def _answer_half_closed(self) -> None:
        """Let a request be answered whose client has said all it will, and may well be reading."""
        if self._busy and self._speaks_http1():
            with trio.move_on_after(self._limits.write_timeout_secs):
                await self._settled.wait()

    def _speaks_http1(self) -> bool:
        return isinstance(self.protocol.protocol, H11Protocol)

    async def _close(self) -> None:
        # Called when the connection is over, maybe in a cancelled task: nothing here may wait.
        if not self._secure:
            self._watched.raw.close()
            return
        with trio.move_on_after(self._limits.linger_secs, shield=True):
            await self.stream.aclose()
        self._watched.raw.close()

    async def _idle_timeout(self) -> None:
        """Return at once: the reaper has the idle connections."""


class Fallback:
    """Serves connections with the app by way of Hypercorn."""

    def __init__(
        self, app: Asgi, limits: LaneLimits, reaper: Reaper, bodies: BodyBudget, requests: RequestMetrics
    ) -> None:
        self._front = Front(app, limits, bodies, requests)
        self._limits = limits
        self._reaper = reaper
        self._config = _hypercorn_config(limits)
        self._app = wrap_app(cast("ASGIFramework", self._front), self._config.wsgi_max_body_size, "asgi")
        self._context = WorkerContext(None)

    async def serve(self, stream: trio.abc.Stream, replay: bytes, watched: Watched) -> None:
        """Serve a connection to its end, beginning with the bytes of `replay`.

        Whatever goes wrong in Hypercorn is raised; the caller guards. When the reaper cuts the connection, its tasks
        are cancelled and this returns.
        """
        secure = stream is not watched.raw
        server = GuardedTCPServer(
            self._app,
            self._config,
            self._context,
            cast("LifespanState", {}),
            Replay(stream, replay),
            watched=watched,
            reaper=self._reaper,
            limits=self._limits,
            secure=secure,
        )
        watched.phase = Phase.IDLE
        watched.deadline = self._reaper.deadline_in(self._limits.header_timeout_secs)
        with trio.CancelScope() as watched.cancel_scope:
            await server.run()

    async def stop(self) -> None:
        """Let each connection end with the request that it is on."""
        self._front.stopping = True
        await self._context.terminated.set()


async def _refuse(protocol: H11Protocol, status: int) -> None:
    """Answer what the parser cannot read, in the words of all other refusals."""
    refusal = (
        HEAD_TOO_LONG if status == HEAD_TOO_LONG.status else error_answer(status, MESSAGES.get(status, MESSAGES[400]))
    )
    headers = [*INGEST_HEADERS, (b"content-length", b"%d" % len(refusal.body)), (b"connection", b"close")]
    events = (h11.Response(status_code=status, headers=headers), h11.Data(refusal.body), h11.EndOfMessage())
    # In one piece: between two the app could begin an answer of its own, and neither would be whole.
    await protocol.send(RawData(data=b"".join(protocol.connection.send(event) or b"" for event in events)))


def _content_bytes(frames: bytes) -> int:
    """Return how much of an answer is in some whole HTTP/2 frames; what only keeps a connection alive is none."""
    at = content = 0
    while at < len(frames):
        length = int.from_bytes(frames[at : at + 3])
        if frames[at + 3] == _DATA_FRAME:
            content += length
        at += _FRAME_HEAD_BYTES + length
    return content


def _hypercorn_config(limits: LaneLimits) -> Config:
    config = Config()
    config.errorlog = logging.getLogger("hypercorn.error")
    config.accesslog = None
    config.include_server_header = False
    config.h11_max_incomplete_size = MAX_HEAD_BYTES
    config.h2_max_header_list_size = MAX_HEAD_BYTES
    config.ssl_handshake_timeout = int(limits.header_timeout_secs) + 1
    config.read_timeout = None
    # Parts of a body that wait for the app. What waits here is nobody's share of the memory for bodies.
    config.max_app_queue_size = 2
    return config
