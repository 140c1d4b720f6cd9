from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h2 import H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.utils import wrap_app

from bloop_trio.lane.limits import LaneLimits
from tests.conftest import an_event, as_json, signed
from tests.lane.harness import PATIENCE_SECS, a_get, a_post, accepted, running_lane, until, wire
from tests.lane.http2_client import Http2

if TYPE_CHECKING:
    from tests.client import Client
    from tests.conftest import Ingest

UPGRADE = b"GET /live HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"


class TestWhatWeRelyOn:
    def test_the_server_of_one_connection_is_built_as_we_build_it(self) -> None:
        assert list(inspect.signature(TCPServer).parameters) == ["app", "config", "context", "state", "stream"]
        assert list(inspect.signature(WorkerContext).parameters) == ["max_requests"]
        assert list(inspect.signature(wrap_app).parameters) == ["app", "wsgi_max_body_size", "mode"]

    @pytest.mark.parametrize("method", ["run", "protocol_send", "_read_data", "_close", "_idle_timeout"])
    def test_what_we_call_or_override_is_there_and_async(self, method: str) -> None:
        assert inspect.iscoroutinefunction(getattr(TCPServer, method))

    def test_of_the_stream_it_uses_no_more_than_we_have(self) -> None:
        source = inspect.getsource(TCPServer)
        used = {name.split("(")[0].split(".")[0] for name in source.replace("\n", " ").split("self.stream.")[1:]}
        used = {name.split()[0].rstrip(")") for name in used}
        assert used == {
            "do_handshake",
            "selected_alpn_protocol",
            "transport_stream",
            "socket",
            "receive_some",
            "send_all",
            "send_eof",
            "aclose",
        }

    def test_an_error_of_the_parser_is_answered_by_the_method_that_is_replaced(self) -> None:
        assert "self._send_error_response(error.error_status_hint)" in inspect.getsource(H11Protocol)
        assert "await self._send_h11_event(" in inspect.getsource(H11Protocol._send_error_response)

    def test_a_stream_of_http2_waits_in_a_buffer_that_is_looked_up_by_name(self) -> None:
        assert "StreamBuffer(self.context.event_class)" in inspect.getsource(H2Protocol._create_stream)
        assert ".push(event.data)" in inspect.getsource(H2Protocol.stream_send)
        assert {"_paused", "_complete", "buffer"} <= set(StreamBuffer.__init__.__code__.co_names)

    def test_the_protocol_in_use_can_be_told(self) -> None:
        assert "protocol" in ProtocolWrapper.__annotations__ or "self.protocol" in inspect.getsource(ProtocolWrapper)
        assert inspect.isclass(H11Protocol)


class TestOneConnectionIsNotTheServer:
    async def test_a_websocket_upgrade_with_a_byte_too_many(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running:
            async with wire(running) as connection:
                await connection.send(UPGRADE + b"x")
                await connection.rest()
            await self._assert_all_is_well(running)

    async def test_http2_data_after_an_early_answer(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running:
            async with wire(running) as connection:
                speaker = Http2(connection)
                stream_id = await speaker.open("POST", "/nowhere")
                assert await speaker.status_of(stream_id) == 404
                speaker.h2.send_data(stream_id, b"too late")
                await speaker.flush()
                await connection.rest()
            assert running.stats.connection_errors_total == 1
            await self._assert_all_is_well(running)

    async def test_an_app_that_fails_over_http1(self, ingest: Ingest, caplog: pytest.LogCaptureFixture) -> None:
        async def fails(*_: object) -> None:
            raise LookupError("a bug")

        async with running_lane(ingest.intake, fails) as running:
            async with wire(running) as connection:
                await connection.send(a_get())
                assert (await connection.reply()).status == 500
            await self._assert_all_is_well(running)
        assert "a bug" in caplog.text

    async def _assert_all_is_well(self, running: Any) -> None:
        await until(lambda: running.stats.connections_open == 0)
        async with wire(running) as connection:
            await connection.send(a_post())
            assert (await connection.reply()).status == 200


class TestOneRequestAfterAnother:
    @pytest.mark.parametrize("turns", range(4))
    async def test_an_answer_lasts_though_the_one_before_ended_after_its_request_had_come(
        self, ingest: Ingest, turns: int
    ) -> None:
        limits = LaneLimits(tick_secs=0.02, linger_secs=0.02)

        async def answers(scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            if scope["path"] == "/lasting":
                await trio.sleep(5 * limits.linger_secs)
            await send({"type": "http.response.body", "body": b"ok"})
            for _ in range(turns if scope["path"] == "/quick" else 0):
                await trio.lowlevel.checkpoint()  # as what tidies up behind an answer

        async with running_lane(ingest.intake, answers, limits) as running, wire(running) as connection:
            await connection.send(a_get("/quick") + a_get("/lasting"))
            assert (await connection.reply()).body == b"ok"
            assert (await connection.reply()).body == b"ok"
            assert sum(running.stats.closed_by_reason.values()) == 0


class TestClosing:
    async def test_connection_close_closes(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(a_get("/health", "Connection: close"))
            (reply,) = await connection.replies()
            assert reply.status == 200

    async def test_http_1_0_closes(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(b"GET /health HTTP/1.0\r\nHost: a\r\n\r\n")
            (reply,) = await connection.replies()
            assert reply.status == 200

    async def test_a_client_that_half_closes_gets_its_answer(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(a_get() + a_get("/nowhere"))
            await connection.end()
            assert [reply.status for reply in await connection.replies()] == [200, 404]

    async def test_a_refusal_arrives_although_the_body_is_not_read(self, ingest: Ingest, client: Client) -> None:
        body = b"x" * 3_000_000
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connection.send, a_post(body, extra=("Expect: 100-continue",)))
                reply = await connection.reply()
            assert (reply.status, reply.body) == (400, b'{"error":"failed to read body"}')
            await connection.rest()

    async def test_a_client_that_leaves_cancels_its_request(self, ingest: Ingest) -> None:
        cancelled = trio.Event()

        async def waits(_scope: Any, receive: Any, _send: Any) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            cancelled.set()

        async with running_lane(ingest.intake, waits) as running:
            async with wire(running) as connection:
                await connection.send(a_get())
                await until(lambda: running.stats.handed_over_total == 1)
                connection.reset()
            with trio.fail_after(PATIENCE_SECS):
                await cancelled.wait()


class TestOtherWaysToSendAnEvent:
    async def test_expect_100_continue(self, ingest: Ingest, client: Client) -> None:
        head, _, body = a_post(extra=("Expect: 100-continue",)).partition(b"\r\n\r\n")
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(head + b"\r\n\r\n")
            assert (await connection.stream.receive_some(4096)).startswith(b"HTTP/1.1 100 ")
            await connection.send(body)
            assert (await connection.reply()).status == 200

    async def test_chunked(self, ingest: Ingest, client: Client) -> None:
        body = as_json(an_event())
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
        head = f"POST /v1/ingest HTTP/1.1\r\nHost: a\r\n{lines}Transfer-Encoding: chunked\r\n\r\n".encode()
        chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(head, chunks[:20], chunks[20:])
            assert (await connection.reply()).body == b'{"status":"accepted"}'

    async def test_http2_with_prior_knowledge(self, ingest: Ingest, client: Client) -> None:
        body = as_json(an_event())
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            speaker = Http2(connection)
            for _ in range(3):
                stream_id = await speaker.open("POST", "/v1/ingest", signed(body))
                speaker.h2.send_data(stream_id, body, end_stream=True)
                await speaker.flush()
                assert await speaker.status_of(stream_id) == 200
        assert accepted(ingest) == 3

    async def test_an_http2_query_of_any_bytes_is_answered(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            speaker = Http2(connection)
            for query in (b"\xff", "é".encode(), b"%ff", b"%ED%A0%80"):
                stream_id = await speaker.get(b"/health?q=" + query)
                assert await speaker.status_of(stream_id) == 200


class TestOneRule:
    async def test_two_framings_are_refused_after_the_hand_over_too(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            smuggled = a_post(b"5\r\nhello\r\n0\r\n\r\n", extra=("Transfer-Encoding: chunked",), length=5)
            await connection.send(a_get() + smuggled + a_post())
            first, second = await connection.replies()
            assert (first.status, second.status) == (200, 400)
            assert b"exclude each other" in second.body
        assert accepted(ingest) == 0

    async def test_a_long_head_that_arrives_whole_is_refused_after_the_hand_over_too(
        self, ingest: Ingest, client: Client
    ) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(a_get("/health", f"X-Filler: {'x' * 16_384}"))
            (reply,) = await connection.replies()
            assert (reply.status, reply.body) == (431, b'{"error":"request head too large"}')

    @pytest.mark.parametrize("length", [70_000, 200_000])
    async def test_a_head_that_is_too_long_for_any_parser_is_refused_with_the_same_words(
        self, ingest: Ingest, client: Client, length: int
    ) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(b"GET /health?x=" + b"x" * length + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            reply = await connection.reply()
            assert (reply.status, reply.body) == (431, b'{"error":"request head too large"}')

    async def test_what_is_no_http_is_refused_in_words_too(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
            await connection.send(b"GET /health HTTP/1.1\r\nno header\r\n\r\n")
            reply = await connection.reply()
            assert (reply.status, reply.body) == (400, b'{"error":"bad request"}')
