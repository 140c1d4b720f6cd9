"""One connection for as long as it is in the express lane.

    IDLE ──first bytes──▶ HEAD ──whole head──▶ BODY ──whole body──▶ ANSWER ──▶ IDLE …

A wakeup takes what the socket has, answers every whole request in it, and sends the answers in one write. The first
message that is not for the lane ends the lane's part: its bytes are returned, and the connection goes the ordinary
road from there on.
"""

from __future__ import annotations

import socket
import time
from math import inf
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.http.client_address import TrustedProxies, client_address
from bloop_trio.http.request_metrics import OTHER, RouteRequests
from bloop_trio.issues.ingest.intake import Intake, Route
from bloop_trio.lane.answers import AMBIGUOUS_FRAMING, HEAD_TOO_LONG, AnswerWriter
from bloop_trio.lane.bodies import FREE_BODY_BYTES, BodyBudget, BodyShare
from bloop_trio.lane.http1 import HeadParser, Verdict
from bloop_trio.lane.limits import MAX_LINGER_BYTES, LaneLimits
from bloop_trio.lane.reaper import Phase, Reaper, Watched
from bloop_trio.lane.stats import CloseReason, LaneStats
from bloop_trio.lane.stream import RECEIVE_BYTES, ReadingEndedError
from bloop_trio.lane.turnstile import Turnstile

if TYPE_CHECKING:
    import trio

    from bloop_trio.issues.ingest.intake import IngestAnswer
    from bloop_trio.lane.stream import RawStream

_HOLD_SECS: Final = 0.001
"""An answer is held for the next one of a pipeline only while answers come faster than this."""


@attrs.define(eq=False, kw_only=True)
class LaneParts:
    """What all connections of a lane share."""

    intake: Intake
    answers: AnswerWriter
    reaper: Reaper
    bodies: BodyBudget
    limits: LaneLimits
    stats: LaneStats
    trusted: TrustedProxies
    turnstile: Turnstile = attrs.field(factory=Turnstile)
    caps: dict[Route, int] = attrs.field(init=False)
    requests: dict[Route, RouteRequests] = attrs.field(init=False)
    """What counts the requests of each route."""
    stopping: bool = False
    """Once set, a connection with no further request at hand is told that it closes."""

    def __attrs_post_init__(self) -> None:
        self.caps = {route: self.intake.max_body_bytes(route) for route in Route}
        self.requests = {route: self.stats.requests.of("POST", route.value) for route in Route}


class LaneConnection(Watched):
    """Serves the requests of one connection that the lane understands."""

    __slots__ = ("_client", "_held", "_parser", "_parts", "_peer", "_share", "_stream")

    def __init__(self, raw: RawStream, stream: trio.abc.Stream, peer: str | None, parts: LaneParts) -> None:
        # A connection's silence before its first request is bounded like a head: there is nothing to keep alive yet.
        super().__init__(raw, Phase.IDLE, parts.reaper.deadline_in(parts.limits.header_timeout_secs))
        self._stream = stream
        self._peer = peer
        self._parts = parts
        self._client = client_address(peer, parts.trusted)
        self._parser = HeadParser()
        self._held: list[bytes] = []
        self._share: BodyShare | None = None

    async def run(self) -> bytes | None:
        """Serve until the connection ends.

        Returns:
            The bytes to replay if the connection goes the ordinary road; None if it is to be closed.

        Raises:
            trio.BrokenResourceError: the connection was reset.
            trio.ClosedResourceError: the reaper or the end of the server closed it.
        """
        try:
            return await self._run()
        finally:
            self._release_share()

    async def _run(self) -> bytes | None:
        receive_some = self._stream.receive_some
        requests = self._parts.stats.requests
        pending = b""
        while True:
            try:
                chunk = await receive_some(RECEIVE_BYTES)
            except ReadingEndedError:
                return None
            if not chunk:
                # An end within a head is the ordinary road's to judge: to the lane it is no request.
                return pending or None
            if requests.unanswered_reads:
                await self._parts.turnstile.pass_through()
            pending = pending + chunk if pending else bytes(chunk)
            verdict, pending = await self._answer_all(pending)
            if verdict is Verdict.INCOMPLETE:
                self._wait_for_more(pending)
            elif verdict is Verdict.HAND_OVER:
                return pending
            else:
                return None

    def expire(self) -> None:
        """End the connection at its deadline; one whose body does not come still gets its answer."""
        if self.phase is Phase.BODY:
            self.raw.end_reading()
            if self._share is not None:
                self._share.withdraw()
        else:
            self.cut()

    def _wait_for_more(self, pending: bytes) -> None:
        """Set the deadline for what comes next: the rest of a head, or the next request."""
        parts = self._parts
        if not pending:
            self.phase = Phase.IDLE
            self.deadline = parts.reaper.deadline_in(parts.limits.keep_alive_timeout_secs)
            if parts.stopping:
                self.raw.end_reading()
        elif self.phase is not Phase.HEAD:
            self.phase = Phase.HEAD
            self.deadline = parts.reaper.deadline_in(parts.limits.header_timeout_secs)

    async def _answer_all(self, data: bytes) -> tuple[Verdict, bytes]:
        """Answer every request in `data`; returns why it stopped and the bytes that are left."""
        parser, parts = self._parser, self._parts
        start = 0
        while True:
            verdict = parser.read(data, start)
            if verdict is not Verdict.HEAD:
                break
            end = parser.body_start + parser.content_length
            if parser.content_length > parts.caps[parser.route]:
                await self._refuse_body()
                return verdict, b""
            if end <= len(data):
                body = data[parser.body_start : end]
                start = end
            else:
                rest = await self._read_rest(data[parser.body_start :])
                if rest is None:
                    await self._refuse_body()
                    return verdict, b""
                body, data, start = rest, b"", 0
            if not parser.finish(body):
                msg = "llhttp and the lane disagree about where a message ends"
                raise RuntimeError(msg)
            closes = await self._answer(body, more=start < len(data))
            if self._share is not None:
                self._release_share()
            if closes:
                await self._linger(known_end=start == len(data))
                return verdict, b""
        await self._flush()
        if verdict is Verdict.TOO_LONG or verdict is Verdict.AMBIGUOUS:
            await self._refuse_head(HEAD_TOO_LONG if verdict is Verdict.TOO_LONG else AMBIGUOUS_FRAMING)
        return verdict, data[start:]

    async def _answer(self, body: bytes, *, more: bool) -> bool:
        """Answer one request; returns whether that was the last answer of the connection.

        With `more` bytes at hand the answer may be held, to go out with the next.
        """
        parts = self._parts
        self.phase = Phase.ANSWER
        self.deadline = inf
        asked = time.perf_counter()
        answer = await parts.intake.answer(self._parser.request(body, self._limited_client()))
        took_secs = time.perf_counter() - asked
        parts.stats.lane_requests_total += 1
        parts.requests[self._parser.route].note(answer.status, took_secs)
        close = self._parser.close or (parts.stopping and not more)
        built = parts.answers.encode(answer, close=close)
        if more and not close and took_secs < _HOLD_SECS:
            self._held.append(built)
            return False
        if self._held:
            self._held.append(built)
            await self._flush()
        else:
            await self._stream.send_all(built)
        return close

    async def _flush(self) -> None:
        """Send the answers held back."""
        if self._held:
            joined = b"".join(self._held)
            self._held.clear()
            await self._stream.send_all(joined)

    def _limited_client(self) -> str | None:
        forwarding = self._parser.forwarding()
        if forwarding is None:
            return self._client
        return client_address(self._peer, self._parts.trusted, *forwarding)

    async def _read_rest(self, begun: bytes) -> bytes | None:
        """Read the body to its end, and not a byte further; None if it ends early.

        Beyond what is free it is read with a share of the memory for bodies, which lasts until it is answered.
        """
        await self._flush()
        parts = self._parts
        self.phase = Phase.BODY
        self.deadline = parts.reaper.deadline_in(parts.limits.body_timeout_secs)
        length = self._parser.content_length
        readable = min(length, FREE_BODY_BYTES)
        # One buffer and not a list of chunks: of those that arrive byte by byte, each costs fifty.
        body = bytearray(begun)
        while len(body) < length:
            if len(body) >= readable:
                if not await self._wait_for_share(length):
                    return None
                readable = length
            try:
                chunk = await self._stream.receive_some(min(readable - len(body), RECEIVE_BYTES))
            except ReadingEndedError:
                return None
            if not chunk:
                return None
            body += chunk
        if self._share is not None:
            self._share.complete()
        return bytes(body)

    async def _wait_for_share(self, size: int) -> bool:
        """Wait for room for a long body, in turn; returns False at the body's deadline."""
        self._share = BodyShare(self._parts.bodies, self._give_up_body)
        return await self._share.grow(size)

    def _give_up_body(self) -> None:
        """Make the reaper see the body's deadline as over."""
        if self.phase is Phase.BODY:
            self.deadline = self._parts.reaper.now

    def _release_share(self) -> None:
        if self._share is not None:
            self._share.release()
            self._share = None

    async def _refuse_body(self) -> None:
        """Answer for a body that is over its cap or ended early; the intake says what, and counts it."""
        parts = self._parts
        self._release_share()
        self.phase = Phase.ANSWER
        self.deadline = inf
        asked = time.perf_counter()
        answer = await parts.intake.answer(self._parser.request(b"", self._limited_client(), too_large=True))
        parts.stats.lane_requests_total += 1
        parts.requests[self._parser.route].note(answer.status, time.perf_counter() - asked)
        parts.stats.closed_by_reason[CloseReason.REFUSED_BODY] += 1
        self._held.append(parts.answers.encode(answer, close=True))
        await self._flush()
        await self._linger(known_end=False)

    async def _refuse_head(self, answer: IngestAnswer) -> None:
        parts = self._parts
        parts.stats.closed_by_reason[CloseReason.REFUSED_HEAD] += 1
        parts.stats.requests.of(OTHER, OTHER).note(answer.status, 0.0)
        await self._stream.send_all(parts.answers.encode(answer, close=True))
        await self._linger(known_end=False)

    async def _linger(self, *, known_end: bool) -> None:
        """Read on and throw away until the client is done, so that no reset overtakes the last answer.

        Needless where nothing of the client's can be left unread, and bounded in time by the reaper and in bytes here.
        """
        if known_end:
            return
        parts = self._parts
        self.phase = Phase.LINGER
        self.deadline = parts.reaper.deadline_in(parts.limits.linger_secs)
        if self._stream is self.raw:
            self.raw.shutdown(socket.SHUT_WR)
        read = 0
        while read < MAX_LINGER_BYTES:
            try:
                chunk = await self._stream.receive_some(RECEIVE_BYTES)
            except ReadingEndedError:
                return
            if not chunk:
                return
            read += len(chunk)
