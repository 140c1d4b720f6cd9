"""The accept loops, what becomes of each connection, and how all of it stops without losing an answer."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog
import trio

from bloop_trio.clock import now_secs
from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.lane.answers import TOO_MANY_CONNECTIONS, AnswerWriter
from bloop_trio.lane.bodies import BodyBudget
from bloop_trio.lane.connection import LaneConnection, LaneParts
from bloop_trio.lane.handover import Fallback
from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.reaper import Phase, Reaper
from bloop_trio.lane.stats import CloseReason, LaneStats
from bloop_trio.lane.stream import RawStream, TlsTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from bloop_trio.issues.ingest.intake import Intake
    from bloop_trio.lane.front import Asgi

_log = structlog.get_logger("bloop.lane")

ACCEPTS_PER_WAKEUP: Final = 64
"""Taken in one go before other tasks get their turn."""
_OUT_OF_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_OUT_OF_RESOURCES_PAUSE_SECS: Final = 0.1
_GONE: Final = (trio.BrokenResourceError, trio.ClosedResourceError)


class Lane:
    """Serves connections: ingest in the express lane, all else by way of the app.

    Error handling: an exception of one connection is counted, logged (one stack a tick at most) and ends that
    connection alone. What ends `serve` with an exception is a bug of the listener itself.

    Resource handling: `serve` owns the listening sockets it is given, and closes them.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        app: Asgi,
        limits: LaneLimits | None = None,
        trusted_proxies: TrustedProxies | None = None,
        tls_context: ssl.SSLContext | None = None,
        stats: LaneStats | None = None,
    ) -> None:
        self.stats = stats or LaneStats()
        """What it counts."""
        self._limits = limits or LaneLimits()
        self._answers = AnswerWriter(now_secs())
        self._reaper = Reaper(self._limits.tick_secs, self.stats, self._on_tick)
        self.bodies = BodyBudget(self._limits.max_body_bytes_in_flight, self._limits.crowded_body_secs)
        self._parts = LaneParts(
            intake=intake,
            answers=self._answers,
            reaper=self._reaper,
            bodies=self.bodies,
            limits=self._limits,
            stats=self.stats,
            trusted=trusted_proxies or TrustedProxies(),
        )
        self._fallback = Fallback(app, self._limits, self._reaper, self.bodies, self.stats.requests)
        self._tls_context = tls_context
        self._accepting = trio.CancelScope()
        self._serving = trio.CancelScope()
        self._no_connections = trio.Event()
        self._may_log_error = True

    async def serve(
        self,
        sockets: Sequence[socket.socket],
        *,
        task_status: trio.TaskStatus[list[tuple[str, int]]] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Accept and serve until `stop` was called and is through.

        `task_status.started` gets the bound addresses as (host, port), once connections are accepted.
        """
        with self._serving:
            async with trio.open_nursery() as nursery:
                self._reaper.read_clock()
                nursery.start_soon(self._reaper.run)
                nursery.start_soon(self._parts.turnstile.run)
                with self._accepting:
                    async with trio.open_nursery() as accepting:
                        for listening in sockets:
                            accepting.start_soon(self._accept_from, listening, nursery)
                        task_status.started([listening.getsockname()[:2] for listening in sockets])
                await trio.sleep_forever()

    async def stop(self, deadline: float) -> None:
        """Accept no more, let requests in flight be answered, and end `serve`.

        Idle connections are shut for reading and not cancelled: one whose request has just arrived still answers it.
        At `deadline` (in Trio's time) what is left is cut.
        """
        self._parts.stopping = True
        self._accepting.cancel()
        # The accept loops take what the kernel has already accepted for them before they close.
        await trio.lowlevel.checkpoint()
        await self._fallback.stop()
        for watched in self._reaper.watched:
            if watched.phase is Phase.IDLE:
                watched.raw.end_reading()
        with trio.move_on_at(deadline):
            if self._reaper.watched:
                await self._no_connections.wait()
        for watched in self._reaper.watched:
            self._reaper.cut(watched, CloseReason.SHUTDOWN)
        self._serving.cancel()

    async def _accept_from(self, listening: socket.socket, nursery: trio.Nursery) -> None:
        try:
            while True:
                await trio.lowlevel.wait_readable(listening)
                if not self._accept_some(listening, nursery):
                    await trio.sleep(_OUT_OF_RESOURCES_PAUSE_SECS)
        finally:
            if self._parts.stopping:
                self._accept_some(listening, nursery)
            listening.close()

    def _accept_some(self, listening: socket.socket, nursery: trio.Nursery) -> bool:
        """Accept what waits, up to a bound; returns False if the process has no room for more."""
        stats = self.stats
        for _ in range(ACCEPTS_PER_WAKEUP):
            try:
                accepted, address = listening.accept()
            except BlockingIOError:
                return True
            except OSError as error:
                if error.errno not in _OUT_OF_RESOURCES:
                    continue  # that client has left again
                stats.accept_errors_total += 1
                if self._may_log_error:
                    self._may_log_error = False
                    _log.error("cannot accept connections", reason=error.strerror)
                return False
            accepted.setblocking(False)
            stats.accepted_total += 1
            if stats.connections_open >= self._limits.max_connections:
                self._refuse(accepted)
            else:
                stats.connections_open += 1
                nursery.start_soon(self._run_connection, accepted, address)
        return True

    def _refuse(self, accepted: socket.socket) -> None:
        self.stats.rejected_limit_total += 1
        if self._tls_context is None:
            with suppress(OSError):
                accepted.send(self._answers.encode(TOO_MANY_CONNECTIONS, close=True))
                accepted.shutdown(socket.SHUT_WR)
            self._reaper.hold_refused(accepted)
        else:
            accepted.close()  # a handshake costs more than the refusal is worth

    async def _run_connection(self, accepted: socket.socket, address: tuple[str, int]) -> None:
        tls = self._tls_context
        raw = (RawStream if tls is None else TlsTransport)(accepted, self._limits.write_timeout_secs)
        stream = raw if tls is None else trio.SSLStream(raw, tls, server_side=True)
        peer = address[0]
        connection = LaneConnection(raw, stream, peer, self._parts)
        watched = self._reaper.watched
        watched.add(connection)
        try:
            await self._converse(connection, stream)
        except _GONE:
            pass  # reset by the client, or cut by the reaper, which has counted it
        except Exception:  # noqa: BLE001 - one connection's trouble is not the server's
            self.stats.connection_errors_total += 1
            if self._may_log_error:
                self._may_log_error = False
                _log.exception("connection failed", peer=peer)
        finally:
            raw.close()
            watched.discard(connection)
            self.stats.connections_open -= 1
            if self._parts.stopping and not watched:
                self._no_connections.set()

    async def _converse(self, connection: LaneConnection, stream: RawStream | trio.SSLStream[RawStream]) -> None:
        """Take the connection through the lane, and over to the app if it leads there."""
        replay: bytes | None = b""
        if isinstance(stream, RawStream) or await self._shake_hands(connection, stream) != "h2":
            replay = await connection.run()
        if replay is not None:
            self.stats.handed_over_total += 1
            await self._fallback.serve(stream, replay, connection)
        elif not isinstance(stream, RawStream):
            await stream.aclose()

    async def _shake_hands(self, connection: LaneConnection, stream: trio.SSLStream[RawStream]) -> str | None:
        """Do the handshake and return the protocol that the client chose."""
        connection.phase = Phase.HANDSHAKE
        try:
            await stream.do_handshake()
        except trio.BrokenResourceError:
            self.stats.tls_failures_total += 1
            raise
        connection.phase = Phase.IDLE
        connection.deadline = self._reaper.deadline_in(self._limits.header_timeout_secs)
        protocol: str | None = stream.selected_alpn_protocol()
        return protocol

    def _on_tick(self) -> None:
        self._answers.renew_date(now_secs())
        self.bodies.relieve(self._reaper.now)
        self._may_log_error = True
