"""What one client may take: each bound is met on purpose, with limits of tenths of a second."""

from __future__ import annotations

import resource
import socket
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from bloop_trio.issues.ingest.intake import ACCEPTED, IngestAnswer
from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.stats import CloseReason
from tests.lane.harness import TICK, Running, Wire, a_get, a_post, running_lane, until, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client import Client
    from tests.conftest import Ingest

ENOUGH: dict[str, Any] = {
    "header_timeout_secs": 60,
    "body_timeout_secs": 60,
    "keep_alive_timeout_secs": 60,
    "write_timeout_secs": 60,
}


def limits(**tight: Any) -> LaneLimits:
    return LaneLimits(**TICK | ENOUGH | tight)


def closed_for(running: Running, reason: CloseReason) -> bool:
    return bool(running.stats.closed_by_reason[reason] == 1 and running.stats.connections_open == 0)


class TestSlowClients:
    async def test_a_connection_that_says_nothing_is_closed(self, ingest: Ingest, client: Client) -> None:
        tight = limits(header_timeout_secs=0.1)
        async with running_lane(ingest.intake, client.app, tight) as running, wire(running) as connection:
            assert await connection.rest() == b""
            await until(lambda: closed_for(running, CloseReason.IDLE_TIMEOUT))

    async def test_a_head_that_drips_is_closed_however_steadily(self, ingest: Ingest, client: Client) -> None:
        tight = limits(header_timeout_secs=0.2)
        async with running_lane(ingest.intake, client.app, tight) as running, wire(running) as connection:
            await self._drip(connection, a_post())
            await until(lambda: closed_for(running, CloseReason.HEADER_TIMEOUT))
            assert running.stats.handed_over_total == 0

    async def test_a_head_that_drips_is_closed_on_the_ordinary_road_too(self, ingest: Ingest, client: Client) -> None:
        tight = limits(header_timeout_secs=0.2)
        async with running_lane(ingest.intake, client.app, tight) as running, wire(running) as connection:
            await connection.send(a_get())
            assert (await connection.reply()).status == 200
            await self._drip(connection, a_get("/health", *(f"X-{i}: {i}" for i in range(900))))
            await until(lambda: closed_for(running, CloseReason.HEADER_TIMEOUT))

    async def test_a_silent_hand_over_is_closed(self, ingest: Ingest, client: Client) -> None:
        tight = limits(header_timeout_secs=0.1)
        async with running_lane(ingest.intake, client.app, tight) as running, wire(running) as connection:
            await connection.send(b"GET / HT")
            assert await connection.rest() == b""
            await until(lambda: closed_for(running, CloseReason.HEADER_TIMEOUT))

    async def test_a_body_that_stalls_is_told_so_and_counted(self, ingest: Ingest, client: Client) -> None:
        tight = limits(body_timeout_secs=0.1)
        async with running_lane(ingest.intake, client.app, tight) as running, wire(running) as connection:
            await connection.send(a_post()[:-10])
            (reply,) = await connection.replies()
            assert (reply.status, reply.body) == (400, b'{"error":"failed to read body"}')
            await until(lambda: running.stats.connections_open == 0)
            assert running.stats.closed_by_reason[CloseReason.BODY_TIMEOUT] == 1
        assert ingest.accounting.snapshot().projects[0].rejected == {"unreadable_body": 1}

    async def test_a_body_that_stalls_on_the_ordinary_road_ends_the_connection(
        self, ingest: Ingest, client: Client
    ) -> None:
        tight = limits(body_timeout_secs=0.1)
        async with running_lane(ingest.intake, _reads_body, tight) as running, wire(running) as connection:
            await connection.send(b"POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            (reply,) = await connection.replies()
            assert (reply.status, reply.headers[b"connection"]) == (408, b"close")

    async def test_an_idle_connection_is_closed_on_either_road(self, ingest: Ingest, client: Client) -> None:
        tight = limits(keep_alive_timeout_secs=0.1)
        async with running_lane(ingest.intake, client.app, tight) as running:
            for request in (a_post(), a_get()):
                async with wire(running) as connection:
                    await connection.send(request)
                    assert (await connection.reply()).status == 200
                    assert await connection.rest() == b""
            await until(lambda: running.stats.connections_open == 0)
            assert running.stats.closed_by_reason[CloseReason.IDLE_TIMEOUT] == 2

    async def _drip(self, connection: Wire, request: bytes) -> None:
        async def drip() -> None:
            for at in range(len(request)):
                await connection.send(request[at : at + 1])
                await trio.testing.wait_all_tasks_blocked(0.01)

        with trio.fail_after(10), pytest.raises(trio.BrokenResourceError):
            await drip()
        await connection.rest()


class TestClientsThatNeverRead:
    async def test_in_the_lane_they_are_closed_and_cost_no_more_than_the_kernels_buffers(self, client: Client) -> None:
        tight = limits(write_timeout_secs=0.2)
        async with running_lane(_Talkative(), client.app, tight) as running, wire(running) as connection:  # type: ignore[arg-type] # an intake whose answers fill buffers fast

            async def ask_for_ever() -> None:
                while True:
                    await connection.send(a_post() * 50)

            with trio.fail_after(10), pytest.raises(trio.BrokenResourceError):
                await ask_for_ever()
            await until(lambda: closed_for(running, CloseReason.WRITE_TIMEOUT))

    async def test_on_the_ordinary_road_they_are_closed_too(self, ingest: Ingest, client: Client) -> None:
        tight = limits(write_timeout_secs=0.2)
        async with running_lane(ingest.intake, _sends_a_lot, tight) as running, wire(running) as connection:
            await connection.send(a_get())
            await until(lambda: closed_for(running, CloseReason.WRITE_TIMEOUT))

    async def test_a_slow_reader_that_does_read_gets_it_all(self, ingest: Ingest, client: Client) -> None:
        tight = limits(write_timeout_secs=0.3)
        async with running_lane(ingest.intake, _sends_a_lot, tight) as running, wire(running) as connection:
            await connection.send(a_get("/", "Connection: close"))
            received = 0
            while chunk := await connection.stream.receive_some(65536):
                received += len(chunk)
            assert received > 100 * 100_000


class TestManyConnections:
    async def test_one_over_the_limit_is_told_503_and_served_once_there_is_room(
        self, ingest: Ingest, client: Client
    ) -> None:
        async with running_lane(ingest.intake, client.app, limits(max_connections=3)) as running:
            async with AsyncExitStack() as stack:
                for _ in range(3):
                    connection = await stack.enter_async_context(wire(running))
                    await connection.send(a_post())
                    assert (await connection.reply()).status == 200
                async with wire(running) as connection:
                    await connection.send(a_post())
                    (reply,) = await connection.replies()
                    assert (reply.status, reply.headers[b"retry-after"]) == (503, b"1")
                assert running.stats.rejected_limit_total == 1
            await until(lambda: running.stats.connections_open == 0)
            async with wire(running) as connection:
                await connection.send(a_post())
                assert (await connection.reply()).status == 200

    async def test_a_thousand_idle_connections_hinder_nobody(self, ingest: Ingest, client: Client) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        async with running_lane(ingest.intake, client.app, limits()) as running, AsyncExitStack() as stack:
            for _ in range(1000):
                await stack.enter_async_context(wire(running))
            await until(lambda: running.stats.connections_open == 1000)
            async with wire(running) as connection:
                await connection.send(a_post())
                assert (await connection.reply()).status == 200

    async def test_without_file_descriptors_accepting_pauses_and_goes_on(self, ingest: Ingest, client: Client) -> None:
        waiting = [socket.socket() for _ in range(5)]
        async with running_lane(ingest.intake, client.app, limits()) as running:
            with _no_more_descriptors():
                for one in waiting:
                    one.setblocking(False)
                    one.connect_ex(running.address)
                await until(lambda: running.stats.accept_errors_total > 0)
                assert running.stats.accepted_total == 0
            await until(lambda: running.stats.accepted_total == 5)
            async with wire(running) as connection:
                await connection.send(a_post())
                assert (await connection.reply()).status == 200
            for one in waiting:
                one.close()


class _Talkative:
    """An intake whose answers are long."""

    def max_body_bytes(self, _route: object) -> int:
        return 100_000

    async def answer(self, _request: object) -> IngestAnswer:
        await trio.lowlevel.checkpoint()
        return IngestAnswer(ACCEPTED.status, b"x" * 50_000)


async def _sends_a_lot(scope: Any, _receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(100):
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _reads_body(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@contextmanager
def _no_more_descriptors() -> Iterator[None]:
    """Let the process open nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = max(int(path.name) for path in Path("/proc/self/fd").iterdir() if path.name.isdigit())
    held = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        while True:
            held.append(socket.socket())
    except OSError:
        pass
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for one in held:
            one.close()
