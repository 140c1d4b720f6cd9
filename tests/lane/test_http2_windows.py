from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
import trio
import trio.testing

from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.stats import CloseReason
from tests.lane.harness import PATIENCE_SECS, TICK, Wire, running_lane, until, wire
from tests.lane.http2_client import Http2

if TYPE_CHECKING:
    from tests.client import Client
    from tests.conftest import Ingest

MEGABYTE = 1_000_000


async def _sends_a_megabyte(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * MEGABYTE})


class TestHttp2ClientsThatGrantNoWindow:
    """Their answers wait in a buffer of Hypercorn's, where no deadline of a socket reaches."""

    TIGHT = LaneLimits(write_timeout_secs=0.3, **TICK)
    PATIENT = LaneLimits(write_timeout_secs=3600, **TICK)

    async def test_they_are_closed_however_lively_they_are_otherwise(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app, self.TIGHT) as running, wire(running) as connection:
            speaker = Http2(connection, window=0)
            await speaker.get("/health")

            async def stay_lively() -> None:
                while True:
                    speaker.h2.ping(b"lively!!")
                    speaker.h2.reset_stream(await speaker.get("/health"))
                    await speaker.flush()
                    await speaker.read()

            with trio.fail_after(PATIENCE_SECS), pytest.raises((trio.BrokenResourceError, EOFError)):
                await stay_lively()
            await until(lambda: running.stats.connections_open == 0)
            assert running.stats.closed_by_reason[CloseReason.WRITE_TIMEOUT] == 1
            assert running.stats.connection_errors_total == 0

    async def test_no_more_of_an_answer_than_fits_is_asked_for(self, ingest: Ingest) -> None:
        parts = 0

        async def sends_without_end(_scope: Any, _receive: Any, send: Any) -> None:
            nonlocal parts
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while parts < 1000:
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
                parts += 1

        async with running_lane(ingest.intake, sends_without_end, self.TIGHT) as running, wire(running) as connection:
            await Http2(connection, window=50_000).get("/")
            await until(lambda: running.stats.closed_by_reason[CloseReason.WRITE_TIMEOUT] == 1)
        assert parts == 0

    async def test_a_window_that_opens_a_byte_at_a_time_is_shut(self, ingest: Ingest) -> None:
        async with running_lane(ingest.intake, _sends_a_megabyte, self.TIGHT) as running, wire(running) as connection:
            speaker = Http2(connection, window=0)
            stream_id = await speaker.get("/")

            async def drip() -> None:
                while True:
                    await self._let_pass(running, 0.02)
                    speaker.h2.increment_flow_control_window(1, stream_id)
                    await speaker.flush()
                    await speaker.read()

            with trio.fail_after(PATIENCE_SECS), pytest.raises((trio.BrokenResourceError, EOFError)):
                await drip()
            await until(lambda: running.stats.connections_open == 0)
            assert running.stats.closed_by_reason[CloseReason.WRITE_TIMEOUT] == 1

    async def test_a_window_that_opens_slowly_gets_it_all(self, ingest: Ingest) -> None:
        limits = LaneLimits(write_timeout_secs=0.5, **TICK)
        async with running_lane(ingest.intake, _sends_a_megabyte, limits) as running, wire(running) as connection:
            speaker = Http2(connection, window=0)
            stream_id = await speaker.get("/")
            received = 0
            with trio.fail_after(PATIENCE_SECS):
                while received < MEGABYTE:
                    # Together these rests are far longer than the deadline.
                    await self._let_pass(running, 0.1)
                    for connection_or_stream in (None, stream_id):
                        speaker.h2.increment_flow_control_window(125_000, connection_or_stream)
                    await speaker.flush()
                    wanted = min(received + 125_000, MEGABYTE)
                    while received < wanted:
                        received += sum(
                            len(e.data) for e in await speaker.read() if isinstance(e, h2.events.DataReceived)
                        )
            assert running.stats.closed_by_reason[CloseReason.WRITE_TIMEOUT] == 0

    async def test_an_app_that_takes_long_meanwhile_is_not_blamed_on_them(self, ingest: Ingest) -> None:
        proceed = trio.Event()

        async def thinks(scope: Any, receive: Any, send: Any) -> None:
            if scope["path"] == "/slow":
                await proceed.wait()
            await _sends_a_megabyte(scope, receive, send)

        async with running_lane(ingest.intake, thinks, self.TIGHT) as running, wire(running) as connection:
            speaker = Http2(connection, window=2 * MEGABYTE)
            speaker.h2.increment_flow_control_window(4 * MEGABYTE)
            slow = await speaker.get("/slow")
            assert await speaker.status_of(await speaker.get("/fast")) == 200
            await trio.testing.wait_all_tasks_blocked(0.01)
            (watched,) = running.lane._reaper.watched
            assert watched.deadline == float("inf")
            proceed.set()
            assert await speaker.status_of(slow) == 200

    async def test_stopping_waits_for_them_no_longer_than_the_write_deadline(
        self, ingest: Ingest, client: Client
    ) -> None:
        async with running_lane(ingest.intake, client.app, self.TIGHT) as running, wire(running) as connection:
            await self._hold_up(connection, running)
            with trio.fail_after(PATIENCE_SECS):
                await running.lane.stop(trio.current_time() + 3600)
            assert running.stats.closed_by_reason[CloseReason.WRITE_TIMEOUT] == 1

    async def test_stopping_waits_for_them_no_longer_than_its_own_deadline(
        self, ingest: Ingest, client: Client
    ) -> None:
        async with running_lane(ingest.intake, client.app, self.PATIENT) as running, wire(running) as connection:
            await self._hold_up(connection, running)
            with trio.fail_after(PATIENCE_SECS):
                await running.lane.stop(trio.current_time() + 0.05)
            assert running.stats.closed_by_reason[CloseReason.SHUTDOWN] == 1

    async def _let_pass(self, running: Any, seconds: float) -> None:
        """Let time pass as the reaper sees it."""
        reaper = running.lane._reaper
        begun = reaper.now
        await until(lambda: reaper.now >= begun + seconds)

    async def _hold_up(self, connection: Wire, running: Any) -> None:
        speaker = Http2(connection, window=0)
        await speaker.get("/health")
        with trio.fail_after(PATIENCE_SECS):
            while not any(isinstance(event, h2.events.ResponseReceived) for event in await speaker.read()):
                pass
        assert running.stats.connections_open == 1
