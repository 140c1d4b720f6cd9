"""What the express lane gives way to: requests that only read, until their answer begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from tests.lane.harness import a_get, a_post, running_lane, until, wire

if TYPE_CHECKING:
    from tests.conftest import Ingest


class SlowApp:
    """An ASGI app that is asked, waits, begins its answer, waits again, and ends it."""

    def __init__(self) -> None:
        self.asked, self.begin, self.end = trio.Event(), trio.Event(), trio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any, *_: Any) -> None:
        self.asked.set()
        await self.begin.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await self.end.wait()
        await send({"type": "http.response.body", "body": b"k", "more_body": False})


async def test_a_read_waits_until_its_answer_begins_and_a_stream_holds_nobody_up(ingest: Ingest) -> None:
    app = SlowApp()
    async with running_lane(ingest.intake, app) as running, wire(running) as reader:
        requests = running.stats.requests
        await reader.send(a_get("/v1/stream"))
        await app.asked.wait()
        assert requests.unanswered_reads == 1
        app.begin.set()
        await until(lambda: requests.unanswered_reads == 0)
        assert requests.in_progress == 1
        app.end.set()
        assert (await reader.reply()).body == b"ok"
        assert requests.unanswered_reads == 0


async def test_a_write_is_no_read(ingest: Ingest) -> None:
    app = SlowApp()
    async with running_lane(ingest.intake, app) as running, wire(running) as writer:
        await writer.send(a_post(b"{}", "/v1/status-changes"))
        await app.asked.wait()
        assert (running.stats.requests.in_progress, running.stats.requests.unanswered_reads) == (1, 0)
        app.begin.set()
        app.end.set()
        assert (await writer.reply()).status == 200


@pytest.mark.parametrize("connections", [1, 20])
async def test_the_lane_gives_way_and_goes_on(ingest: Ingest, connections: int) -> None:
    app = SlowApp()
    async with running_lane(ingest.intake, app) as running, wire(running) as reader, trio.open_nursery() as nursery:
        await reader.send(a_get("/v1/errors"))
        await app.asked.wait()

        async def send_some() -> None:
            async with wire(running) as writer:
                for _ in range(3):
                    await writer.send(a_post())
                    assert (await writer.reply()).status == 200

        for _ in range(connections):
            nursery.start_soon(send_some)
        await until(lambda: running.stats.lane_requests_total == 3 * connections)
        assert running.stats.requests.unanswered_reads == 1
        app.begin.set()
        app.end.set()
        assert (await reader.reply()).status == 200


async def test_a_reader_who_leaves_is_waited_for_no_longer(ingest: Ingest) -> None:
    app = SlowApp()
    async with running_lane(ingest.intake, app) as running:
        async with wire(running) as reader:
            await reader.send(a_get("/v1/errors"))
            await app.asked.wait()
        app.begin.set()
        app.end.set()
        await until(lambda: running.stats.requests.unanswered_reads == 0)
