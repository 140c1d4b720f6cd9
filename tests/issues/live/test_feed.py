"""What the feed tells of, what it keeps, and what it forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from trio.testing import MockClock

from bloop_trio.exceptions import UnavailableError
from bloop_trio.issues.events.accounting import Accounting, Drop
from bloop_trio.issues.events.batch import combine
from bloop_trio.issues.live.channel import MAX_CHANGED, MAX_SINGLES_PER_TICK
from bloop_trio.issues.live.feed import KEPT_SECS, Feed
from bloop_trio.issues.live.messages import StatusChanged
from bloop_trio.issues.live.subscription import Subscription
from bloop_trio.issues.writing.upserts import IssueSeen
from tests.conftest import NOW_MS, accepted
from tests.issues.live.listener import listen, still_welcome

if TYPE_CHECKING:
    from bloop_trio.issues.events.batch import AcceptedEvent


@pytest.fixture
def autojump_clock() -> MockClock:
    return MockClock(autojump_threshold=0)


@pytest.fixture
def accounting() -> Accounting:
    return Accounting()


@pytest.fixture
def feed(accounting: Accounting) -> Feed:
    return Feed(accounting.counts_of)


def commit(feed: Feed, *events: AcceptedEvent, new: tuple[str, ...] = (), back: tuple[str, ...] = ()) -> None:
    """Publish a batch that has just been written."""
    feed.publish_batch(
        combine(events),
        [
            IssueSeen(project_no=1, issue_id=n, fingerprint=fingerprint, regression=fingerprint in back)
            for n, fingerprint in enumerate((*new, *back))
        ],
    )


class TestMerged:
    """Issues of several fingerprints are told of as a whole."""

    async def test_their_counts_are_added_up_under_one_address(self, feed: Feed, autojump_clock: MockClock) -> None:
        listener = await listen(feed)
        events = [accepted(fingerprint=f, received_ms=NOW_MS + n) for n, f in enumerate(("pay", "cart", "pay", "ship"))]
        feed.publish_batch(combine(events), [], {(1, "cart"): "cart", (1, "pay"): "cart"})
        feed.tick()
        assert await listener.read() == ["changed"]
        assert listener.reader.of("changed") == [
            {
                "issues": [
                    {"fingerprint": "cart", "events": 3, "last_seen": NOW_MS + 2},
                    {"fingerprint": "ship", "events": 1, "last_seen": NOW_MS + 3},
                ],
                "left_out": 0,
            }
        ]

    async def test_one_that_is_back_is_told_of_once(self, feed: Feed, autojump_clock: MockClock) -> None:
        listener = await listen(feed)
        events = [accepted(fingerprint=f, message=f) for f in ("cart", "pay", "pay")]
        back = IssueSeen(project_no=1, issue_id=1, fingerprint="pay", regression=True)
        feed.publish_batch(combine(events), [back], {(1, "cart"): "cart", (1, "pay"): "cart"})
        feed.tick()
        assert await listener.read() == ["regressed"]
        (told,) = listener.reader.of("regressed")
        assert (told["fingerprint"], told["message"], told["events"]) == ("cart", "pay", 3)

    async def test_when_they_are_merged_lists_are_to_be_read_again(self, feed: Feed, autojump_clock: MockClock) -> None:
        listener, elsewhere = await listen(feed), await listen(feed, project_no=2)
        feed.publish_regrouping(1)
        feed.publish_regrouping(3)
        feed.tick()
        assert await listener.read() == ["changed"]
        assert listener.reader.of("changed") == [{"issues": [], "left_out": 1}]
        assert await elsewhere.read() == []


def a_change(fingerprint: str = "cart") -> StatusChanged:
    return StatusChanged(
        fingerprint=fingerprint,
        old_status="unresolved",
        new_status="resolved",
        changed_by="token:t",
        changed_by_name="ci",
        changed_at=NOW_MS,
    )


class TestTelling:
    async def test_a_new_issue_is_told_at_once_with_what_describes_it(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        listener = await listen(feed)
        commit(
            feed,
            accepted(fingerprint="cart", message="m" * 900),
            accepted(fingerprint="cart", received_ms=NOW_MS + 5),
            new=("cart",),
        )
        assert await listener.read() == ["new"]
        assert listener.reader.of("new") == [
            {
                "fingerprint": "cart",
                "error_type": "TypeError",
                "message": "m" * 500,
                "status": "unresolved",
                "events": 2,
                "first_seen": NOW_MS,
                "last_seen": NOW_MS + 5,
            }
        ]
        feed.tick()
        assert await listener.read() == []  # its first events are not told twice

    async def test_a_regression_is_told_with_the_event_that_brought_it_back(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        listener = await listen(feed)
        commit(feed, accepted(fingerprint="cart", error_type="KeyError"), back=("cart",))
        assert await listener.read() == ["regressed"]
        assert listener.reader.of("regressed") == [
            {
                "fingerprint": "cart",
                "error_type": "KeyError",
                "message": "Cannot read property id of undefined",
                "status": "unresolved",
                "events": 1,
                "last_seen": NOW_MS,
            }
        ]

    async def test_more_events_of_an_issue_are_told_together_at_the_tick(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        listener = await listen(feed)
        for n in range(5):
            commit(feed, accepted(fingerprint="cart", received_ms=NOW_MS + n), accepted(fingerprint=f"other-{n % 2}"))
        assert await listener.read() == []
        feed.tick()
        assert await listener.read() == ["changed"]
        (changed,) = listener.reader.of("changed")
        assert changed["left_out"] == 0
        assert changed["issues"] == [
            {"fingerprint": "cart", "events": 5, "last_seen": NOW_MS + 4},
            {"fingerprint": "other-0", "events": 3, "last_seen": NOW_MS},
            {"fingerprint": "other-1", "events": 2, "last_seen": NOW_MS},
        ]
        feed.tick()
        assert await listener.read() == []

    async def test_a_change_of_status_is_told(self, feed: Feed, autojump_clock: MockClock) -> None:
        listener = await listen(feed)
        feed.publish_status(1, [a_change()])
        assert await listener.read() == ["status"]
        assert listener.reader.of("status") == [attrs.asdict(a_change())]

    async def test_counters_are_told_first_and_then_when_they_have_moved(
        self, feed: Feed, accounting: Accounting, autojump_clock: MockClock
    ) -> None:
        listener = await listen(feed)
        assert listener.reader.kinds() == ["counters"]
        assert set(listener.reader.of("counters")[0].values()) == {0}
        feed.tick()
        assert await listener.read() == []
        tally = accounting.of(1, "default")
        tally.received, tally.accepted, tally.stored, tally.dropped[Drop.RATE_LIMITED] = 9, 8, 5, 1
        feed.tick()
        feed.tick()
        assert await listener.read() == ["counters"]
        assert listener.reader.of("counters")[1] == {
            "received": 9,
            "accepted": 8,
            "dropped": 1,
            "rejected": 0,
            "stored": 5,
            "duplicate": 0,
            "dead_lettered": 0,
            "lost": 0,
            "buffered": 3,
        }

    async def test_it_is_told_every_second_by_itself(
        self, feed: Feed, accounting: Accounting, autojump_clock: MockClock
    ) -> None:
        listener = await listen(feed)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.run)
            for turn in range(3):
                accounting.of(1, "default").received += 1
                commit(feed, accepted(fingerprint="cart"))
                await trio.sleep(1.0)
                assert await listener.read() == ["changed", "counters"], turn
            nursery.cancel_scope.cancel()

    async def test_a_project_hears_nothing_of_another(
        self, feed: Feed, accounting: Accounting, autojump_clock: MockClock
    ) -> None:
        listener, other = await listen(feed), await listen(feed, project_no=2)
        commit(feed, accepted(fingerprint="mine"), accepted(fingerprint="cart"), new=("mine",))
        feed.publish_status(1, [a_change()])
        accounting.of(1, "default").received += 1
        feed.tick()
        assert await listener.read() == ["new", "status", "changed", "counters"]
        assert await other.read() == []
        commit(feed, accepted(fingerprint="theirs", project_no=2))
        feed.tick()
        assert await listener.read() == []
        assert await other.read() == ["changed"]


class TestBounds:
    async def test_a_flood_of_new_issues_is_counted_beyond_some(self, feed: Feed, autojump_clock: MockClock) -> None:
        listener = await listen(feed)
        names = tuple(f"f{n}" for n in range(MAX_SINGLES_PER_TICK + 7))
        commit(feed, *(accepted(fingerprint=name) for name in names), new=names)
        feed.publish_status(1, [a_change()])
        feed.tick()
        kinds = await listener.read()
        assert kinds == ["new"] * MAX_SINGLES_PER_TICK + ["changed"]
        assert listener.reader.of("changed") == [{"issues": [], "left_out": 8}]
        feed.publish_status(1, [a_change()])
        assert await listener.read() == ["status"]

    async def test_of_many_changed_issues_some_are_named_and_the_rest_counted(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        listener = await listen(feed)
        commit(feed, *(accepted(fingerprint=f"f{n:04}") for n in range(MAX_CHANGED + 30)))
        feed.tick()
        await listener.read()
        (changed,) = listener.reader.of("changed")
        assert [issue["fingerprint"] for issue in changed["issues"]] == [f"f{n:04}" for n in range(MAX_CHANGED)]
        assert changed["left_out"] == 30

    async def test_a_project_takes_only_so_many_listeners(self, accounting: Accounting) -> None:
        feed = Feed(accounting.counts_of, max_streams_per_project=2)
        first = Subscription(feed, 1, None, still_welcome)
        Subscription(feed, 1, None, still_welcome)
        with pytest.raises(UnavailableError, match="of this project") as refused:
            Subscription(feed, 1, None, still_welcome)
        assert refused.value.retry_after_secs
        Subscription(feed, 2, None, still_welcome)
        first.close()
        first.close()
        Subscription(feed, 1, None, still_welcome)
        assert feed.statistics().streams_open == 3

    async def test_nothing_is_kept_for_projects_without_listeners(self, feed: Feed) -> None:
        commit(feed, accepted(fingerprint="cart"), new=("cart",))
        feed.publish_status(1, [a_change()])
        feed.tick()
        assert feed._channels == {}

    async def test_a_project_is_forgotten_some_time_after_its_last_listener(
        self, feed: Feed, autojump_clock: MockClock
    ) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.run)
            listener = await listen(feed)
            await trio.sleep(2 * KEPT_SECS)
            assert len(feed._channels) == 1
            listener.subscription.close()
            await trio.sleep(KEPT_SECS - 5)
            assert len(feed._channels) == 1
            await trio.sleep(10)
            assert feed._channels == {}
            nursery.cancel_scope.cancel()

    async def test_of_very_many_projects_the_one_that_was_left_first_is_forgotten(
        self, feed: Feed, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bloop_trio.issues.live.feed.MAX_PROJECTS", 3)
        kept = await listen(feed, project_no=1)
        for project_no in (2, 3):
            (await listen(feed, project_no=project_no)).subscription.close()
            await trio.sleep(1)
        await listen(feed, project_no=4)
        assert set(feed._channels) == {1, 3, 4}
        kept.subscription.close()
