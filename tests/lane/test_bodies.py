"""The memory for bodies: how it is shared out, and that it comes back whatever becomes of a connection."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from bloop_trio.issues.ingest.intake import ACCEPTED, IngestAnswer, IngestRequest, error_answer
from bloop_trio.lane.bodies import FREE_BODY_BYTES, BodyBudget, BodyShare
from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.stats import CloseReason
from tests.lane.harness import PATIENCE_SECS, TICK, Running, Wire, a_post, running_lane, until, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONG = b"x" * 100_000
"""Two of these are more than the connections of these tests may take."""
SLOW: dict[str, Any] = {
    "header_timeout_secs": 60,
    "body_timeout_secs": 60,
    "write_timeout_secs": 60,
    "crowded_body_secs": 60,
}


def a_share(budget: BodyBudget, given_up: list[str] | None = None, name: str = "") -> BodyShare:
    return BodyShare(budget, lambda: (given_up if given_up is not None else []).append(name))


async def grown(budget: BodyBudget, size: int) -> BodyShare:
    share = a_share(budget)
    assert await share.grow(size)
    return share


class TestSharing:
    async def test_what_fits_is_given_at_once_and_comes_back(self) -> None:
        budget = BodyBudget(100, 5)
        first, second = await grown(budget, 60), await grown(budget, 40)
        assert budget.held_bytes == 100
        first.release()
        first.release()
        assert budget.held_bytes == 40
        second.release()
        assert budget.held_bytes == 0

    async def test_who_waits_is_served_in_turn_even_if_a_later_one_would_fit(self) -> None:
        budget = BodyBudget(100, 5)
        holding = await grown(budget, 90)
        order: list[int] = []

        async def want(size: int) -> None:
            order.append((await grown(budget, size)).held_bytes)

        async with trio.open_nursery() as nursery:
            for size in (50, 5, 20):
                nursery.start_soon(want, size)
                await trio.testing.wait_all_tasks_blocked()
            assert (order, budget.waiting) == ([], 3)
            holding.release()
            assert (budget.waiting, budget.held_bytes) == (0, 75)
        assert sorted(order) == [5, 20, 50]

    async def test_a_body_longer_than_everything_is_served_alone(self) -> None:
        budget = BodyBudget(100, 5)
        holding = await grown(budget, 1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(grown, budget, 5_000)
            await trio.testing.wait_all_tasks_blocked()
            assert budget.waiting == 1
            holding.release()
        assert budget.held_bytes == 5_000

    async def test_the_only_one_may_always_grow(self) -> None:
        budget = BodyBudget(100, 5)
        share = await grown(budget, 80)
        assert await share.grow(80)
        assert share.held_bytes == budget.held_bytes == 160

    @pytest.mark.parametrize("how", ["cancel", "withdraw", "release"])
    async def test_who_leaves_the_queue_makes_way(self, how: str) -> None:
        budget = BodyBudget(100, 5)
        holding = await grown(budget, 50)
        leaving = a_share(budget)
        scope = trio.CancelScope()
        got: list[bool] = []

        async def leave() -> None:
            with scope:
                got.append(await leaving.grow(90))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(leave)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(grown, budget, 10)
            await trio.testing.wait_all_tasks_blocked()
            assert budget.waiting == 2
            {"cancel": scope.cancel, "withdraw": leaving.withdraw, "release": leaving.release}[how]()
        assert got == ([] if how == "cancel" else [False])
        assert (budget.waiting, budget.held_bytes) == (0, 60)
        holding.release()

    async def test_a_share_granted_to_one_that_is_cancelled_is_its_to_release(self) -> None:
        budget = BodyBudget(100, 5)
        holding, late = await grown(budget, 100), a_share(budget)
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(late.grow, 70)
                await trio.testing.wait_all_tasks_blocked()
                holding.release()
                scope.cancel()
        assert budget.held_bytes == late.held_bytes == 70
        late.release()
        assert budget.held_bytes == 0


class TestGivingUp:
    async def test_nobody_is_given_up_while_there_is_room(self, autojump_clock: trio.testing.MockClock) -> None:
        given_up: list[str] = []
        budget = BodyBudget(100, 5)
        await a_share(budget, given_up).grow(100)
        budget.relieve(trio.current_time() + 1_000)
        assert given_up == []

    async def test_the_oldest_go_first_and_no_more_than_needed(self, autojump_clock: trio.testing.MockClock) -> None:
        given_up: list[str] = []
        budget = BodyBudget(100, 5)
        shares = [a_share(budget, given_up, name) for name in ("whole", "old", "young")]
        for share in shares:
            await share.grow(30)
        shares[0].complete()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(grown, budget, 40)
            await trio.testing.wait_all_tasks_blocked()
            now = trio.current_time()
            budget.relieve(now + 4.9)
            assert given_up == []
            budget.relieve(now + 5)
            assert given_up == ["old"]
            shares[1].release()
        assert budget.held_bytes == 100


class Recording:
    """An intake that takes long bodies, and may take its time."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.proceed = trio.Event()
        self.proceed.set()

    def max_body_bytes(self, _route: object) -> int:
        return 100_000_000

    async def answer(self, request: IngestRequest) -> IngestAnswer:
        await self.proceed.wait()
        self.lengths.append(len(request.body))
        return error_answer(400, "failed to read body") if request.too_large else ACCEPTED


async def app(_scope: Any, receive: Any, send: Any) -> None:
    """Collect the body."""
    while (message := await receive()).get("more_body", False):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def crowded(recording: Recording | None = None, **limits: Any) -> AsyncIterator[Running]:
    """A lane with room for one long body."""
    tight = LaneLimits(**TICK | SLOW | {"max_body_bytes_in_flight": 150_000} | limits)
    async with running_lane(recording or Recording(), app, tight) as running:  # type: ignore[arg-type] # Intake-shaped
        yield running


def bodies(running: Running) -> BodyBudget:
    return running.lane.bodies


async def time_passes(running: Running, seconds: float) -> None:
    """Wait until so much time went by for the reaper."""
    reaper = running.lane._reaper
    begun = reaper.now
    await until(lambda: reaper.now >= begun + seconds)


def to_the_app(body: bytes) -> bytes:
    return b"POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def chunked_to_the_app(body: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:50_000], body[50_000:]) if part)
    return b"POST /other HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


@pytest.mark.parametrize("post", [a_post, to_the_app, chunked_to_the_app])
class TestOnEitherRoad:
    async def test_a_long_body_waits_for_another_and_short_ones_for_none(self, post: Any) -> None:
        async with crowded() as running, wire(running) as first, wire(running) as second, wire(running) as short:
            await first.send(post(LONG)[:-1])
            await until(lambda: bodies(running).held_bytes >= len(LONG))
            await second.send(post(LONG))
            await until(lambda: bodies(running).waiting == 1)
            for size in (10, FREE_BODY_BYTES):
                await short.send(post(b"x" * size))
                assert (await short.reply()).status == 200
            assert bodies(running).waiting == 1
            await first.send(post(LONG)[-1:])
            assert (await first.reply()).status == 200
            assert (await second.reply()).status == 200
            await until(lambda: bodies(running).held_bytes == 0)

    async def test_the_sender_of_a_body_that_waits_is_held_back(self, post: Any) -> None:
        huge = b"x" * 24_000_000
        async with crowded() as running, wire(running) as first, wire(running) as second:
            await first.send(post(LONG)[:-1])
            await until(lambda: bodies(running).held_bytes >= len(LONG))
            sent = trio.Event()

            async def send() -> None:
                await second.send(post(huge))
                sent.set()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(send)
                await until(lambda: bodies(running).waiting == 1)
                await time_passes(running, 0.1)
                assert not sent.is_set()
                await first.send(post(LONG)[-1:])
                assert (await second.reply()).status == 200
            assert (await first.reply()).status == 200
            await until(lambda: bodies(running).held_bytes == 0)

    @pytest.mark.parametrize("end", ["reset", "half-close", "close", "body timeout", "crowd"])
    async def test_a_share_comes_back_however_its_body_ends(self, post: Any, end: str) -> None:
        limits: dict[str, Any] = {"body timeout": {"body_timeout_secs": 0.3}, "crowd": {"crowded_body_secs": 0.2}}.get(
            end, {}
        )
        async with crowded(**limits) as running, wire(running) as first, wire(running) as second:
            await first.send(post(LONG)[:-1])
            await until(lambda: bodies(running).held_bytes >= len(LONG))
            if end != "body timeout":
                await second.send(post(LONG))
                await until(lambda: bodies(running).waiting == 1)
            if end == "reset":
                first.reset()
            elif end == "half-close":
                await first.end()
            elif end == "close":
                await first.stream.aclose()
            else:
                (reply,) = await first.replies()
                assert reply.status in {400, 408}
            if end != "body timeout":
                assert (await second.reply()).status == 200
            await until(lambda: bodies(running).held_bytes == 0)
            assert running.stats.connection_errors_total == 0

    async def test_one_that_waits_too_long_is_told_so_and_leaves_the_queue(self, post: Any) -> None:
        async with crowded(body_timeout_secs=0.3) as running, wire(running) as connection:
            holding = await grown(bodies(running), 150_000)
            await connection.send(post(LONG))
            await until(lambda: bodies(running).waiting == 1)
            assert (await connection.reply()).status in {400, 408}
            assert (bodies(running).waiting, bodies(running).held_bytes) == (0, 150_000)
            holding.release()

    async def test_one_that_goes_on_sending_while_it_waits_too_long_is_told_so_as_well(self, post: Any) -> None:
        async with crowded(body_timeout_secs=0.3) as running, wire(running) as connection:
            holding = await grown(bodies(running), 150_000)

            async def send() -> None:
                with suppress(trio.BrokenResourceError):
                    await connection.send(post(b"x" * 8_000_000))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(send)
                await until(lambda: bodies(running).waiting == 1)
                (reply,) = await connection.replies()
                assert reply.status in {400, 408}
                nursery.cancel_scope.cancel()
            assert (bodies(running).waiting, bodies(running).held_bytes) == (0, 150_000)
            holding.release()

    async def test_stopping_cuts_who_holds_and_who_waits(self, post: Any) -> None:
        async with crowded() as running, wire(running) as first, wire(running) as second:
            await first.send(post(LONG)[:-1])
            await until(lambda: bodies(running).held_bytes >= len(LONG))
            await second.send(post(LONG))
            await until(lambda: bodies(running).waiting == 1)
            with trio.fail_after(PATIENCE_SECS):
                await running.lane.stop(trio.current_time() + 0.1)
            await until(lambda: running.stats.connections_open == 0)
            assert (bodies(running).held_bytes, bodies(running).waiting) == (0, 0)
            assert running.stats.closed_by_reason[CloseReason.SHUTDOWN] == 2


class TestInTheLane:
    async def test_the_share_lasts_until_the_answer(self) -> None:
        recording = Recording()
        recording.proceed = trio.Event()
        async with crowded(recording) as running, wire(running) as first, wire(running) as second:
            await first.send(a_post(LONG))
            await until(lambda: bodies(running).held_bytes == len(LONG))
            await second.send(a_post(LONG))
            await until(lambda: bodies(running).waiting == 1)
            recording.proceed.set()
            assert (await first.reply()).status == 200
            assert (await second.reply()).status == 200
        assert recording.lengths == [len(LONG)] * 2

    async def test_bodies_of_what_is_free_take_no_share_and_one_more_byte_does(self) -> None:
        async with crowded() as running, wire(running) as connection:
            free = b"x" * FREE_BODY_BYTES
            await connection.send(a_post(free)[:-1])
            await time_passes(running, 0.1)
            assert bodies(running).held_bytes == 0
            await connection.send(a_post(free)[-1:] + a_post(free + b"y")[:-1])
            await until(lambda: bodies(running).held_bytes == len(free) + 1)
            await connection.send(b"y")
            assert [(await connection.reply()).status for _ in range(2)] == [200, 200]

    async def test_what_was_only_announced_takes_no_share(self) -> None:
        async with crowded() as running, wire(running) as idle, wire(running) as busy:
            await idle.send(a_post(b"{}", length=50_000_000))
            await busy.send(a_post(LONG))
            assert (await busy.reply()).status == 200
            await until(lambda: bodies(running).held_bytes == 0)

    async def test_a_pipeline_of_long_bodies_takes_one_share_at_a_time(self) -> None:
        async with crowded() as running, wire(running) as connection:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send, connection, a_post(LONG) * 20)
                assert [(await connection.reply()).status for _ in range(20)] == [200] * 20
            await until(lambda: bodies(running).held_bytes == 0)

    async def test_many_at_once_all_get_their_turn(self) -> None:
        recording = Recording()
        async with crowded(recording) as running, trio.open_nursery() as nursery:

            async def one() -> None:
                async with wire(running) as connection:
                    await connection.send(a_post(LONG))
                    assert (await connection.reply()).status == 200

            for _ in range(40):
                nursery.start_soon(one)
        assert recording.lengths == [len(LONG)] * 40

    async def _send(self, connection: Wire, data: bytes) -> None:
        await connection.stream.send_all(data)
