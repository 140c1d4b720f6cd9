from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from bloop_trio.lane.limits import LaneLimits
from tests.conftest import an_event, as_json
from tests.lane.harness import TICK, a_get, a_post, accepted, running_lane, wire

if TYPE_CHECKING:
    from tests.client import Client
    from tests.conftest import Ingest


async def test_a_plain_request_is_answered_in_the_lane_with_the_headers_of_ingest(
    ingest: Ingest, client: Client
) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post())
        reply = await connection.reply()

        assert (reply.status, reply.body) == (200, b'{"status":"accepted"}')
        assert reply.headers[b"access-control-allow-origin"] == b"*"
        assert reply.headers[b"cache-control"] == b"no-store"
        assert reply.headers[b"date"].endswith(b"GMT")
        assert b"connection" not in reply.headers
        assert running.stats.lane_requests_total == 1
        assert running.stats.handed_over_total == 0


async def test_a_connection_serves_one_request_after_the_other(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        for _ in range(5):
            await connection.send(a_post())
            assert (await connection.reply()).status == 200
        await connection.send(a_post(as_json({"events": [an_event()] * 3}), "/v1/ingest/batch"))
        assert (await connection.reply()).body == b'{"accepted":3,"dropped":0,"errors":[]}'
        await connection.send(a_post(b"{}"))
        assert (await connection.reply()).status == 400
        assert accepted(ingest) == 8


async def test_pipelined_requests_are_answered_in_order_and_together(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post() * 20 + a_post(signed_as=b"other") + a_post())
        await connection.end()
        statuses = [reply.status for reply in await connection.replies()]

        assert statuses == [200] * 20 + [401, 200]
        assert accepted(ingest) == 21


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_a_request_may_come_in_segments_of_any_size(ingest: Ingest, client: Client, size: int) -> None:
    request = a_post() + a_post(as_json(an_event(message="second")))
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(*(request[at : at + size] for at in range(0, len(request), size)))
        assert (await connection.reply()).status == 200
        assert (await connection.reply()).status == 200
        assert running.stats.handed_over_total == 0


async def test_a_large_batch_is_read_to_its_end_and_not_a_byte_further(ingest: Ingest, client: Client) -> None:
    events = [an_event(stack="x" * 8000, message=f"m{i}") for i in range(40)]
    request = a_post(as_json({"events": events}), "/v1/ingest/batch")
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(request + a_post())
        assert (await connection.reply()).body == b'{"accepted":40,"dropped":0,"errors":[]}'
        assert (await connection.reply()).status == 200
        assert running.stats.handed_over_total == 0


async def test_connection_close_is_honoured_and_what_follows_is_not_read(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post(extra=("Connection: close",)) + a_post())
        (reply,) = await connection.replies()

        assert reply.status == 200
        assert reply.headers[b"connection"] == b"close"
        assert accepted(ingest) == 1
        assert running.stats.handed_over_total == 0


async def test_a_client_that_half_closes_gets_its_answer(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post())
        await connection.end()
        (reply,) = await connection.replies()
        assert reply.status == 200


async def test_a_body_that_ends_early_is_refused_and_counted(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post()[:-1])
        await connection.end()
        (reply,) = await connection.replies()

        assert (reply.status, reply.body) == (400, b'{"error":"failed to read body"}')
        assert reply.headers[b"connection"] == b"close"
        assert ingest.accounting.snapshot().projects[0].rejected == {"unreadable_body": 1}


@pytest.mark.parametrize(("path", "cap"), [("/v1/ingest", 32_768), ("/v1/ingest/batch", 1_638_400)])
async def test_a_body_over_its_cap_is_refused_before_it_is_read_and_the_refusal_arrives(
    ingest: Ingest, client: Client, path: str, cap: int
) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        # The whole body is sent, so that a close with unread bytes would reset the connection.
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.send, a_post(b"x" * (cap + 1), path))
            reply = await connection.reply()

        assert (reply.status, reply.body) == (400, b'{"error":"failed to read body"}')
        assert await connection.rest() == b""
        assert running.stats.closed_by_reason["refused_body"] == 1


async def test_a_body_at_its_cap_is_read(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post(b" " * 32_768))
        assert (await connection.reply()).body.startswith(b'{"error":"malformed JSON')


async def test_a_head_over_16_kib_is_refused_whole_or_in_parts(ingest: Ingest, client: Client) -> None:
    request = a_post(extra=(f"X-Filler: {'x' * 16_384}",))
    async with running_lane(ingest.intake, client.app) as running:
        for parts in ((request,), (request[:9_000], request[9_000:16_500])):
            async with wire(running) as connection:
                await connection.send(*parts)
                (reply,) = await connection.replies()
                assert (reply.status, reply.body) == (431, b'{"error":"request head too large"}')
        assert running.stats.closed_by_reason["refused_head"] == 2
    assert accepted(ingest) == 0


async def test_two_framings_in_one_message_are_refused(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post(extra=("Transfer-Encoding: chunked",)) + a_post())
        (reply,) = await connection.replies()
        assert reply.status == 400
        assert running.stats.handed_over_total == 0
    assert accepted(ingest) == 0


async def test_the_first_foreign_message_takes_the_connection_along_and_nothing_is_lost(
    ingest: Ingest, client: Client
) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(a_post() * 2 + a_get() + a_post() + a_get("/nowhere"))
        statuses = [(await connection.reply()).status for _ in range(5)]

        assert statuses == [200, 200, 200, 200, 404]
        assert running.stats.lane_requests_total == 2
        assert running.stats.handed_over_total == 1
        assert accepted(ingest) == 3


async def test_a_beginning_that_can_no_longer_be_ours_is_handed_over_at_once(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running, wire(running) as connection:
        await connection.send(b"POST /v1/ingest HTTP/1.0\r\n")
        await trio.testing.wait_all_tasks_blocked(0.01)
        while running.stats.handed_over_total == 0:
            await trio.testing.wait_all_tasks_blocked(0.01)


async def test_a_connection_that_is_reset_anywhere_troubles_nobody(ingest: Ingest, client: Client) -> None:
    async with running_lane(ingest.intake, client.app) as running:
        request = a_post() + a_get()
        for at in (0, 3, 60, len(a_post()) - 10, len(a_post()), len(request) - 5, len(request)):
            async with wire(running) as connection:
                await connection.send(request[:at])
                await trio.testing.wait_all_tasks_blocked(0.01)
                connection.reset()
        while running.stats.connections_open:
            await trio.testing.wait_all_tasks_blocked(0.01)
        assert running.stats.connection_errors_total == 0
        async with wire(running) as connection:
            await connection.send(a_post())
            assert (await connection.reply()).status == 200


async def test_the_rate_limit_counts_for_the_client_that_a_trusted_proxy_names(ingest: Ingest, client: Client) -> None:
    seen: list[str | None] = []

    class Listening:
        """The real intake, with an ear at the door."""

        max_body_bytes = ingest.intake.max_body_bytes

        async def answer(self, request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            seen.append(request.client)
            return await ingest.intake.answer(request)

    async with running_lane(Listening(), client.app) as running, wire(running) as connection:  # type: ignore[arg-type]
        await connection.send(a_post() + a_post(extra=("X-Forwarded-For: 6.6.6.6, 198.51.100.7",)) + a_post())
        for _ in range(3):
            assert (await connection.reply()).status == 200
    assert seen == [None, "198.51.100.7", None]


async def test_a_refused_client_that_sends_for_ever_is_cut(ingest: Ingest, client: Client) -> None:
    limits = LaneLimits(linger_secs=0.1, **TICK)
    async with running_lane(ingest.intake, client.app, limits) as running, wire(running) as connection:
        await connection.send(a_post(length=999_999_999))
        assert (await connection.reply()).status == 400

        async def send_for_ever() -> None:
            while True:
                await connection.send(b"x" * 1000)
                await trio.testing.wait_all_tasks_blocked(0.01)

        with trio.fail_after(10), pytest.raises(trio.BrokenResourceError):
            await send_for_ever()
        assert running.stats.closed_by_reason["linger_timeout"] == 1
