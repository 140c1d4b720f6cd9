"""One listener: where it goes on, when it hears a heartbeat, and when it has to go."""

from __future__ import annotations

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from bloop_trio.exceptions import AuthenticationError, QueryTimeoutError
from bloop_trio.issues.events.accounting import Accounting
from bloop_trio.issues.live.feed import Feed
from bloop_trio.issues.live.messages import StatusChanged
from bloop_trio.issues.live.ring import RING_MESSAGES
from bloop_trio.issues.live.subscription import CHECK_SECS, HEARTBEAT_SECS, Subscription
from tests.conftest import NOW_MS
from tests.server_sent import EventReader


@pytest.fixture
def autojump_clock() -> MockClock:
    return MockClock(autojump_threshold=0)


@pytest.fixture
def feed() -> Feed:
    return Feed(Accounting().counts_of)


@attrs.define
class Credential:
    """A credential that can be taken away."""

    problem: Exception | None = None
    looks: int = 0

    async def readmit(self) -> None:
        self.looks += 1
        await trio.lowlevel.checkpoint()
        if self.problem is not None:
            raise self.problem


def publish(feed: Feed, *names: str) -> None:
    channel = feed.join(1)
    for name in names:
        channel.ring.append(
            StatusChanged(
                fingerprint=name,
                old_status="ignored",
                new_status="muted",
                changed_by=None,
                changed_by_name=None,
                changed_at=NOW_MS,
            )
        )


async def drain(subscription: Subscription, reader: EventReader) -> None:
    """Read what is there."""
    with trio.move_on_after(0.001):
        while data := await subscription.receive():
            reader.feed(data)


async def opened(feed: Feed, last_id: str | None = None) -> tuple[Subscription, EventReader]:
    subscription, reader = Subscription(feed, 1, last_id, Credential().readmit), EventReader()
    await drain(subscription, reader)
    return subscription, reader


def names(reader: EventReader) -> list[str]:
    return [data["fingerprint"] for data in reader.of("status")]


class TestGoingOn:
    async def test_a_new_listener_hears_what_comes_and_not_what_was(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        publish(feed, "before")
        subscription, reader = await opened(feed)
        assert (reader.kinds(), reader.retry_ms) == (["counters"], 2000)
        publish(feed, "a", "b")
        await drain(subscription, reader)
        assert names(reader) == ["a", "b"]

    @pytest.mark.parametrize("read", [0, 1, 2, 5])
    async def test_it_goes_on_exactly_where_it_was(self, feed: Feed, autojump_clock: MockClock, read: int) -> None:
        first, reader = await opened(feed)
        publish(feed, *"abcde"[:read])
        await drain(first, reader)
        first.close()
        publish(feed, *"abcde"[read:])
        second, again = await opened(feed, reader.last_id)
        publish(feed, "f")
        await drain(second, again)
        assert names(reader) + names(again) == list("abcdef")
        assert set(again.kinds()) == {"status"}
        assert feed.statistics().resets_total == 0

    @pytest.mark.parametrize("last_id", ["garbage", "00000000-1", "-", "x" * 10_000])
    async def test_after_an_unknown_id_it_is_told_to_read_anew(
        self, feed: Feed, autojump_clock: MockClock, last_id: str
    ) -> None:
        publish(feed, "before")
        subscription, reader = await opened(feed, last_id)
        assert reader.kinds() == ["reset", "counters"]
        assert reader.of("reset") == [{"reason": "unknown_id"}]
        publish(feed, "a")
        await drain(subscription, reader)
        subscription.close()
        assert names(reader) == ["a"]
        publish(feed, "b")
        assert names((await opened(feed, reader.told[1].id))[1]) == ["a", "b"]  # the reset has an id to go on from
        assert feed.statistics().resets_total == 1

    async def test_one_that_reads_too_slowly_is_told_to_read_anew(self, feed: Feed, autojump_clock: MockClock) -> None:
        slow, reader = await opened(feed)
        quick, other = await opened(feed)
        for n in range(RING_MESSAGES + 5):
            publish(feed, f"f{n}")
            if n % 100 == 0:
                await drain(quick, other)
        await drain(quick, other)
        assert names(other) == [f"f{n}" for n in range(RING_MESSAGES + 5)]
        publish(feed, "last")
        assert names(reader) == []
        await drain(slow, reader)
        assert reader.kinds() == ["counters", "reset", "counters"]
        assert reader.of("reset") == [{"reason": "too_slow"}]
        publish(feed, "live")
        await drain(slow, reader)
        assert names(reader) == ["live"]
        assert feed.statistics().sent_total == 1 + RING_MESSAGES + 5 + 1 + 2 + 1


class TestWaiting:
    async def test_silence_is_broken_by_comments(self, feed: Feed, autojump_clock: MockClock) -> None:
        subscription, reader = await opened(feed)
        began = trio.current_time()
        for turn in range(1, 4):
            data = await subscription.receive()
            assert data == b":\n\n"
            reader.feed(data)
            assert trio.current_time() - began == pytest.approx(turn * HEARTBEAT_SECS, abs=0.01)
        assert (reader.kinds(), reader.comments) == (["counters"], 3)

    async def test_a_message_is_heard_at_once(self, feed: Feed, autojump_clock: MockClock) -> None:
        subscription, reader = await opened(feed)

        async def publish_later() -> None:
            await trio.sleep(0.5)
            publish(feed, "a")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish_later)
            began = trio.current_time()
            reader.feed(await subscription.receive() or b"")
            assert trio.current_time() - began == 0.5
        assert names(reader) == ["a"]

    async def test_publishing_waits_for_nobody(self, feed: Feed, autojump_clock: MockClock) -> None:
        listeners = [await opened(feed) for _ in range(50)]
        began = trio.current_time()
        publish(feed, *(f"f{n}" for n in range(5000)))  # a plain function: there is nothing in it to wait with
        assert trio.current_time() == began
        for subscription, reader in listeners:
            await drain(subscription, reader)
            assert reader.kinds()[1:] == ["reset", "counters"]


class TestEnding:
    @pytest.mark.parametrize("problem", [AuthenticationError("revoked"), QueryTimeoutError("too slow")])
    async def test_it_ends_soon_after_its_credential(
        self, feed: Feed, autojump_clock: MockClock, problem: Exception
    ) -> None:
        credential = Credential()
        subscription = Subscription(feed, 1, None, credential.readmit)
        await subscription.receive()
        with trio.move_on_after(2.5 * CHECK_SECS):
            await subscription.receive()
        assert credential.looks == 2
        credential.problem = problem
        began = trio.current_time()
        assert await subscription.receive() is None
        assert trio.current_time() - began <= CHECK_SECS
        assert await subscription.receive() is None

    async def test_also_while_there_is_always_something_to_tell(self, feed: Feed, autojump_clock: MockClock) -> None:
        credential = Credential(AuthenticationError("revoked"))
        subscription = Subscription(feed, 1, None, credential.readmit)
        began = trio.current_time()
        while await subscription.receive():
            publish(feed, "more")
            await trio.sleep(0.01)
        assert trio.current_time() - began <= CHECK_SECS + 0.02

    async def test_closing_wakes_whoever_waits(self, feed: Feed, autojump_clock: MockClock) -> None:
        subscription, _ = await opened(feed)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.expect_end, subscription)
            await wait_all_tasks_blocked()
            subscription.close()
        assert feed.statistics().streams_open == 0

    async def test_closing_does_not_wait_for_a_look_at_the_credential(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        subscription = Subscription(feed, 1, None, trio.sleep_forever)
        await subscription.receive()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.expect_end, subscription)
            await trio.sleep(10 * CHECK_SECS)
            subscription.close()

    async def test_it_ends_at_once_when_it_is_told_to_look_again(self, feed: Feed, autojump_clock: MockClock) -> None:
        credential = Credential()
        subscription = Subscription(feed, 1, None, credential.readmit)
        await subscription.receive()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.expect_end, subscription)
            await wait_all_tasks_blocked()
            credential.problem = AuthenticationError("revoked")
            began = trio.current_time()
            publish(feed, "secret")
            feed.look_again()
        assert trio.current_time() == began
        assert credential.looks == 1

    async def test_a_look_that_was_begun_before_does_not_count(self, feed: Feed, autojump_clock: MockClock) -> None:
        looks: list[float] = []

        async def readmit() -> None:
            looks.append(trio.current_time())
            if len(looks) == 1:
                await trio.sleep_forever()
            raise AuthenticationError("revoked")

        subscription = Subscription(feed, 1, None, readmit)
        await subscription.receive()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.expect_end, subscription)
            await trio.sleep(1.5 * CHECK_SECS)
            began = trio.current_time()
            feed.look_again()
        assert trio.current_time() == began
        assert len(looks) == 2

    async def test_one_whose_credential_is_still_good_goes_on(self, feed: Feed, autojump_clock: MockClock) -> None:
        subscription, reader = await opened(feed)
        feed.look_again()
        publish(feed, "more")
        await drain(subscription, reader)
        assert names(reader) == ["more"]

    async def test_what_is_closed_before_it_began_says_its_first_words_and_ends(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        subscription = Subscription(feed, 1, None, Credential().readmit)
        subscription.close()
        assert await subscription.receive()
        assert await subscription.receive() is None

    @staticmethod
    async def expect_end(subscription: Subscription) -> None:
        assert await subscription.receive() is None
