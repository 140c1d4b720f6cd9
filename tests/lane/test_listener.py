from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, cast

import h2.config
import h2.connection
import h2.events
import pytest
import trio
import trio.testing
import trustme

from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.listener import Lane
from bloop_trio.lane.sockets import create_tls_context, open_listening_sockets
from bloop_trio.lane.stats import CloseReason
from tests.lane.harness import PATIENCE_SECS, TICK, Running, Wire, a_get, a_post, accepted, running_lane, until, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.issues.ingest.intake import IngestAnswer, IngestRequest
    from bloop_trio.lane.front import Asgi
    from tests.client import Client
    from tests.conftest import Ingest


class Gate:
    """The real intake behind a gate: a request is accepted, and its answer waits until somebody opens."""

    def __init__(self, ingest: Ingest) -> None:
        self._intake = ingest.intake
        self.max_body_bytes = ingest.intake.max_body_bytes
        self.waiting = 0
        self.open = trio.Event()

    async def answer(self, request: IngestRequest) -> IngestAnswer:
        answer = await self._intake.answer(request)
        self.waiting += 1
        await self.open.wait()
        return answer


class TestStopping:
    async def test_with_nothing_to_do_it_ends_at_once(self, ingest: Ingest, client: Client) -> None:
        lane = Lane(intake=ingest.intake, app=cast("Asgi", client.app))
        async with trio.open_nursery() as nursery:
            await nursery.start(lane.serve, open_listening_sockets("127.0.0.1", 0))
            with trio.fail_after(PATIENCE_SECS):
                await lane.stop(trio.current_time() + 3600)

    async def test_idle_connections_end_and_none_is_cut(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as one, wire(running) as two:
            await one.send(a_post())
            await two.send(a_get())
            assert (await one.reply()).status == (await two.reply()).status == 200
            async with wire(running) as silent:
                await until(lambda: running.stats.connections_open == 3)
                await self._stop(running)
                assert [await each.rest() for each in (one, two, silent)] == [b"", b"", b""]
        assert running.stats.closed_by_reason[CloseReason.SHUTDOWN] == 0

    async def test_a_request_that_was_accepted_gets_its_answer_and_is_told_of_the_end(
        self, ingest: Ingest, client: Client
    ) -> None:
        gate = Gate(ingest)
        async with running_lane(gate, client.app) as running, wire(running) as connection:  # type: ignore[arg-type]
            await connection.send(a_post())
            await until(lambda: gate.waiting == 1)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._stop, running)
                await trio.testing.wait_all_tasks_blocked(0.02)
                gate.open.set()
                (reply,) = await connection.replies()
            assert (reply.status, reply.headers[b"connection"]) == (200, b"close")

    async def test_a_request_on_the_ordinary_road_gets_its_answer_too(self, ingest: Ingest) -> None:
        called, proceed = trio.Event(), trio.Event()

        async def slow(_scope: Any, _receive: Any, send: Any) -> None:
            called.set()
            await proceed.wait()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})

        async with running_lane(ingest.intake, slow) as running, wire(running) as connection:
            await connection.send(a_get())
            await called.wait()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._stop, running)
                await trio.testing.wait_all_tasks_blocked(0.02)
                proceed.set()
                (reply,) = await connection.replies()
            assert (reply.body, reply.headers[b"connection"]) == (b"ok", b"close")

    async def test_requests_that_have_just_arrived_are_answered(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(a_post())
            assert (await connection.reply()).status == 200
            # Both are in the socket when stopping begins, and the lane's task has not run.
            await connection.send(a_post() + a_get())
            await self._stop(running)
            replies = await connection.replies()
        assert [reply.status for reply in replies] == [200, 200]
        assert replies[1].headers[b"connection"] == b"close"
        assert accepted(ingest) == 2

    async def test_a_connection_that_the_kernel_had_accepted_is_served(self, ingest: Ingest, client: Client) -> None:
        lane = Lane(intake=ingest.intake, app=cast("Asgi", client.app))
        async with trio.open_nursery() as nursery:
            (address,) = await nursery.start(lane.serve, open_listening_sockets("127.0.0.1", 0))
            await trio.testing.wait_all_tasks_blocked()
            async with await trio.open_tcp_stream(*address) as stream:
                await stream.send_all(a_post())
                await lane.stop(trio.current_time() + PATIENCE_SECS)
                (reply,) = await Wire(stream).replies()
        assert reply.status == 200

    async def test_under_load_every_accepted_event_was_answered(self, ingest: Ingest, client: Client) -> None:
        answered: list[int] = []

        async def keep_sending(running: Running) -> None:
            async with wire(running) as connection:
                try:
                    while True:
                        await connection.send(a_post())
                        answered.append((await connection.reply()).status)
                except (EOFError, trio.BrokenResourceError):
                    pass

        async with running_lane(ingest.intake, client.app) as running, trio.open_nursery() as nursery:
            for _ in range(16):
                nursery.start_soon(keep_sending, running)
            await until(lambda: running.stats.lane_requests_total > 200)
            await self._stop(running)
        assert set(answered) == {200}
        assert len(answered) == running.stats.lane_requests_total

    async def test_who_does_not_read_is_cut_at_the_deadline(self, ingest: Ingest) -> None:
        async def floods(_scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})

        async with running_lane(ingest.intake, floods) as running, wire(running) as connection:
            await connection.send(a_get())
            await until(lambda: running.stats.handed_over_total == 1)
            with trio.fail_after(PATIENCE_SECS):
                await running.lane.stop(trio.current_time() + 0.1)
            await connection.rest()
        assert running.stats.closed_by_reason[CloseReason.SHUTDOWN] == 1

    async def test_who_never_finishes_a_request_is_cut_at_the_deadline(self, ingest: Ingest, client: Client) -> None:
        gate = Gate(ingest)
        async with running_lane(gate, client.app) as running, wire(running) as body, wire(running) as stuck:  # type: ignore[arg-type]
            await body.send(a_post()[:-5])
            await stuck.send(a_post())
            await until(lambda: gate.waiting == 1)
            with trio.fail_after(PATIENCE_SECS):
                await running.lane.stop(trio.current_time() + 0.1)
        assert running.stats.closed_by_reason[CloseReason.SHUTDOWN] == 2

    async def _stop(self, running: Running) -> None:
        with trio.fail_after(PATIENCE_SECS):
            await running.lane.stop(trio.current_time() + 3600)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder: Path = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("localhost")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return create_tls_context(certificate, key)


class TestTls:
    @pytest.fixture
    async def running(self, ingest: Ingest, client: Client, server_tls: ssl.SSLContext) -> AsyncIterator[Running]:
        limits = LaneLimits(header_timeout_secs=0.3, **TICK)
        async with running_lane(ingest.intake, client.app, limits, server_tls) as running:
            yield running

    async def test_the_lane_serves_and_says_goodbye(self, running: Running, authority: trustme.CA) -> None:
        async with await secured(running, authority) as stream:
            connection = Wire(stream)
            await connection.send(a_post() * 2 + a_post(extra=("Connection: close",)))
            # A stream that ends without close_notify raises here.
            assert [reply.status for reply in await connection.replies()] == [200, 200, 200]
        assert running.stats.lane_requests_total == 3
        assert running.stats.handed_over_total == 0

    async def test_the_ordinary_road_takes_over(self, running: Running, authority: trustme.CA) -> None:
        async with await secured(running, authority) as stream:
            connection = Wire(stream)
            await connection.send(a_post() + a_get() + a_get("/nowhere", "Connection: close"))
            assert [reply.status for reply in await connection.replies()] == [200, 200, 404]

    async def test_a_refused_body_is_told_so(self, running: Running, authority: trustme.CA) -> None:
        async with await secured(running, authority) as stream:
            connection = Wire(stream)
            await connection.send(a_post(length=50_000))
            assert (await connection.reply()).status == 400

    async def test_http2_is_chosen_in_the_handshake(self, running: Running, authority: trustme.CA) -> None:
        async with await secured(running, authority, "h2", "http/1.1") as stream:
            assert stream.selected_alpn_protocol() == "h2"
            speaker = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
            speaker.initiate_connection()
            headers = [(":method", "GET"), (":path", "/health"), (":scheme", "https"), (":authority", "localhost")]
            speaker.send_headers(1, headers, end_stream=True)
            await stream.send_all(speaker.data_to_send())
            with trio.fail_after(PATIENCE_SECS):
                events: list[Any] = []
                while not any(isinstance(event, h2.events.StreamEnded) for event in events):
                    events += speaker.receive_data(await stream.receive_some(65536))
            (answer,) = [event for event in events if isinstance(event, h2.events.ResponseReceived)]
            assert dict(answer.headers)[b":status"] == b"200"
        assert running.stats.lane_requests_total == 0

    async def test_a_handshake_that_never_comes_is_cut(self, running: Running) -> None:
        async with wire(running) as connection:
            assert await connection.rest() == b""
            await until(lambda: running.stats.connections_open == 0)
        assert running.stats.closed_by_reason[CloseReason.HANDSHAKE_TIMEOUT] == 1

    async def test_plain_http_on_the_tls_port_is_a_failed_handshake(self, running: Running) -> None:
        async with wire(running) as connection:
            await connection.send(a_get())
            await connection.rest()
            await until(lambda: running.stats.connections_open == 0)
        assert running.stats.tls_failures_total == 1
        assert running.stats.connection_errors_total == 0

    async def test_stopping_ends_idle_connections_with_close_notify(
        self, running: Running, authority: trustme.CA
    ) -> None:
        async with await secured(running, authority) as stream:
            connection = Wire(stream)
            await connection.send(a_post())
            assert (await connection.reply()).status == 200
            with trio.fail_after(PATIENCE_SECS):
                await running.lane.stop(trio.current_time() + 3600)
            assert await stream.receive_some(1) == b""

    async def test_a_client_that_leaves_without_goodbye_is_no_error(
        self, running: Running, authority: trustme.CA
    ) -> None:
        stream = await secured(running, authority)
        connection = Wire(stream)
        await connection.send(a_post())
        assert (await connection.reply()).status == 200
        await stream.transport_stream.aclose()
        await until(lambda: running.stats.connections_open == 0)
        assert running.stats.connection_errors_total == 0


async def secured(running: Running, authority: trustme.CA, *protocols: str) -> trio.SSLStream[trio.SocketStream]:
    """Connect with TLS, and insist on a proper end of it."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if protocols:
        context.set_alpn_protocols(protocols)
    raw = await trio.open_tcp_stream(*running.address)
    stream = trio.SSLStream(raw, context, server_hostname="localhost")
    with trio.fail_after(PATIENCE_SECS):
        await stream.do_handshake()
    return stream
