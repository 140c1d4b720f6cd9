"""The outbox: what is pending goes out once, in spite of receivers and of the store."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bloop_trio.alerts.delivery.outbox import MAX_WORKERS, pause_after
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, MS_PER_SEC
from bloop_trio.config import DirectSettings
from bloop_trio.config.sections import AlertingConfig
from tests.alerts.receivers import Received, Stream, answering, hanging, receiving
from tests.alerts.sending import SLACK, Rig, insert_alert, insert_channel, insert_slack
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection


def cooldowns(conn: Connection) -> list[tuple[int, int, str, int]]:
    return conn.execute(
        "SELECT rule_id, project_no, subject, until_ms FROM alert_cooldowns ORDER BY subject"
    ).fetchall()


def has_attempts(rig: Rig, count: int) -> bool:
    return bool(rig.deliveries()[0]["attempts"] == count)


class TestSending:
    async def test_what_is_pending_is_sent_once_and_written_down(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel)
            async with rig() as opened:
                (delivery,) = await opened.all_settled()
        (got,) = receiver.requests
        assert got.json == {
            "text": "*[bloop alert: New in production]*\nNew error in 1.2.3 (prod): [TypeError] Cannot read property id"
            " of undefined - a1b2c3\n<https://bloop.example.com/issues/a1b2c3?project=shop|Open in bloop>"
        }
        assert (delivery["state"], delivery["attempts"], delivery["http_status"]) == ("sent", 1, 200)
        assert delivery["error"] is None
        assert delivery["finished_ms"] >= NOW_MS

    async def test_what_comes_later_is_sent_when_a_nudge_is_given(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver, rig() as opened:
            channel = insert_slack(connection, receiver.url)
            for subject in ("a", "b"):
                insert_alert(connection, channel, subject=subject)
                await opened.all_settled()
            assert opened.states() == ["sent", "sent"]
            assert len(receiver.requests) == 2

    async def test_a_success_begins_the_cooldown_of_its_alert(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as good, receiving(answering(410)) as bad:
            channels = [
                insert_slack(connection, good.url),
                insert_slack(connection, bad.url, 2),
            ]
            insert_alert(connection, *channels, subject="reaches one of two")
            insert_alert(connection, channels[1], subject="reaches nobody")
            async with rig() as opened:
                await opened.all_settled()
            ((rule_id, project_no, subject, until_ms),) = cooldowns(connection)
        assert (rule_id, project_no, subject) == (7, 1, "reaches one of two")
        assert 900 <= (until_ms - NOW_MS) / MS_PER_SEC < 1_000

    async def test_rules_without_channels_use_what_the_environment_names(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as slack, receiving() as webhook:
            insert_alert(connection, (None, "slack"), (None, "webhook"))
            async with rig(direct=DirectSettings(slack_webhook_url=slack.url, webhook_url=webhook.url)) as opened:
                await opened.all_settled()
            assert opened.states() == ["sent", "sent"]
            assert list(slack.requests[0].json) == ["text"]
            assert webhook.requests[0].json["source"] == "bloop"

    async def test_without_a_channel_any_more_it_is_cancelled(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        insert_alert(connection, (99, "slack"), (None, "webhook"))
        async with rig() as opened:
            settled = await opened.all_settled()
        assert [(one["state"], one["error"]) for one in settled] == [
            ("cancelled", "the channel was removed"),
            ("cancelled", "the environment names no such receiver any more"),
        ]


class TestFailures:
    async def test_about_a_project_that_was_deleted_nothing_is_sent(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel)
            connection.execute("UPDATE projects SET deleted_secs = 1 WHERE no = 1")
            async with rig() as opened:
                (delivery,) = await opened.all_settled()
        assert (delivery["state"], delivery["error"]) == ("cancelled", "the project was deleted")
        assert receiver.requests == []

    async def test_it_is_tried_four_times_with_pauses_in_between(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], mock_clock: MockClock
    ) -> None:
        async with receiving(answering(500)) as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel)
            async with rig() as opened:
                waits = []
                for attempt in (1, 2, 3):
                    await opened.until(partial(has_attempts, opened, attempt))
                    (delivery,) = opened.deliveries()
                    waits.append(round((delivery["next_ms"] - opened.now_ms()) / MS_PER_SEC))
                    assert delivery["state"] == "pending"
                    await opened.at_rest()
                    mock_clock.jump(waits[-1] + 1)
                (delivery,) = await opened.all_settled()
        assert waits == [5, 60, 300]
        assert (delivery["state"], delivery["attempts"], delivery["error"]) == ("failed", 4, "answered 500")
        assert len(receiver.requests) == 4
        assert cooldowns(connection) == []

    async def test_what_cannot_get_better_fails_at_once(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving(answering(404)) as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel)
            async with rig() as opened:
                (delivery,) = await opened.all_settled()
        assert (delivery["state"], delivery["attempts"], delivery["http_status"]) == ("failed", 1, 404)

    async def test_a_receiver_is_left_alone_for_as_long_as_it_asks(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], mock_clock: MockClock
    ) -> None:
        async with receiving(answering(429, "retry-after: 120")) as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel, subject="a")
            insert_alert(connection, channel, subject="b")
            async with rig() as opened:
                await opened.until(lambda: opened.deliveries()[0]["attempts"] == 1)
                assert round((opened.deliveries()[0]["next_ms"] - opened.now_ms()) / MS_PER_SEC) == 120
                receiver.answer = answering(200)
                await opened.at_rest()
                mock_clock.jump(121)
                await opened.all_settled()
                assert [one["attempts"] for one in opened.deliveries()] == [2, 1]
        assert len(receiver.requests) == 3

    async def test_a_private_address_fails_with_the_reason(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel)
            async with rig(alerting=AlertingConfig(allow_private_webhooks=False)) as opened:
                (delivery,) = await opened.all_settled()
            assert (delivery["state"], delivery["error"]) == ("failed", "its host has an address that is not public")
            assert receiver.connections == 0

    async def test_what_could_not_be_sent_for_a_day_is_given_up(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver, receiving() as other:

            async def refuse_the_first(request: Received, stream: Stream) -> None:
                await answering(500 if len(receiver.requests) == 1 else 200)(request, stream)

            receiver.answer = refuse_the_first
            channel = insert_slack(connection, receiver.url)
            another = insert_slack(connection, other.url, 2)
            insert_alert(connection, channel, at_ms=NOW_MS - 2 * MS_PER_DAY)
            insert_alert(connection, channel, another, at_ms=NOW_MS - MS_PER_DAY - 1)
            insert_alert(connection, channel, at_ms=NOW_MS - MS_PER_DAY + 60_000, subject="recent")
            async with rig() as opened:
                old, older, elsewhere, recent = await opened.all_settled()
            assert (old["state"], old["attempts"]) == ("failed", 1)
            assert old["error"] == "could not be delivered within 24 hours: answered 500"
            assert (older["state"], older["error"]) == ("failed", "could not be delivered within 24 hours")
            assert (elsewhere["state"], elsewhere["attempts"]) == ("sent", 1)
            assert recent["state"] == "sent"
            assert opened.sending.outbox.serving.statistics.expired == 2

    @pytest.mark.parametrize(
        "age_ms", [3 * MS_PER_DAY, 20_000 * MS_PER_DAY], ids=["a weekend", "a clock that began anew"]
    )
    async def test_what_waited_for_a_server_is_sent_however_old_it_is(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], age_ms: int
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            for number in range(3):
                insert_alert(connection, channel, at_ms=NOW_MS - age_ms, subject=f"{number}")
            async with rig() as opened:
                assert [delivery["state"] for delivery in await opened.all_settled()] == ["sent"] * 3
        assert len(receiver.requests) == 3

    @pytest.mark.parametrize("ahead_ms", [MS_PER_HOUR, 30 * MS_PER_DAY], ids=["an hour", "a month"])
    async def test_a_clock_that_is_put_back_delays_nothing(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], ahead_ms: int
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel, at_ms=NOW_MS + ahead_ms)
            async with rig() as opened:
                (delivery,) = await opened.all_settled()
        assert delivery["state"] == "sent"

    async def test_content_that_cannot_be_read_keeps_nothing_else_from_being_sent(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel, subject="a")
            connection.execute("UPDATE alerts SET content = '{}'")
            insert_alert(connection, channel, subject="b")
            async with rig() as opened:
                settled = await opened.all_settled()
        assert [one["state"] for one in settled] == ["failed", "sent"]

    async def test_what_no_message_can_be_made_of_keeps_nothing_else_from_being_sent(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            pager = insert_channel(connection, 1, type="pagerduty", routing_key="a", url=receiver.url)
            other = insert_channel(connection, 2, type=SLACK, webhook_url=receiver.url)
            insert_alert(connection, (pager, "pagerduty"), (other, SLACK))
            connection.execute("UPDATE alerts SET content = json_set(content, '$.fired_ms', 1000000000000000000)")
            async with rig() as opened:
                await opened.until(lambda: has_attempts(opened, 1) and "sent" in opened.states())
                (failing, sent) = opened.deliveries()
        assert (failing["state"], failing["error"]) == ("pending", "the server cannot send it: ValueError")
        assert sent["state"] == "sent"


class TestSideBySide:
    async def test_a_receiver_that_hangs_holds_up_nobody_else(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving(hanging) as slow, receiving() as fast:
            first = insert_slack(connection, slow.url)
            second = insert_slack(connection, fast.url, 2)
            for number in range(5):
                insert_alert(connection, first, second, subject=str(number))
            async with rig() as opened:
                await slow.wait_for(1)
                await fast.wait_for(5)
                await opened.until(lambda: opened.states().count("sent") == 5)
                assert len(slow.requests) == 1

    async def test_more_channels_than_can_be_served_at_once_take_turns(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], mock_clock: MockClock
    ) -> None:
        async with receiving(hanging) as slow, receiving() as fast:
            for number in range(1, MAX_WORKERS + 1):
                insert_alert(connection, insert_slack(connection, slow.url, number))
            async with rig() as opened:
                await slow.wait_for(MAX_WORKERS)
                late = insert_slack(connection, fast.url, 999)
                insert_alert(connection, late, subject="late")
                opened.sending.outbox.nudge()
                mock_clock.jump(10)  # what hangs is given up
                await fast.wait_for(1)


class TestBudget:
    async def test_beyond_it_all_that_waits_goes_out_as_one_message(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], mock_clock: MockClock
    ) -> None:
        async with receiving() as receiver:
            channel = (insert_channel(connection, 1, type="webhook", url=receiver.url), "webhook")
            for number in range(50):
                insert_alert(connection, channel, subject=f"f{number}", rule_name="A" if number % 2 else "B")
            alerting = AlertingConfig(allow_private_webhooks=True, max_per_minute=5)
            async with rig(alerting=alerting) as opened:
                await receiver.wait_for(5)
                await opened.until(lambda: opened.states().count("sent") == 5)
                await opened.overflow()
                mock_clock.jump(61)
                settled = await opened.all_settled()
                assert len(receiver.requests) == 6
                digest = receiver.requests[-1].json
                assert (digest["event"], digest["count"]) == ("digest", 45)
                assert digest["digest"]["rules"] == {"A": 23, "B": 22}
                assert digest["message"].count("New error in") == 20
                assert Counter(one["digest_size"] for one in settled) == {None: 5, 45: 45}
                assert len(cooldowns(connection)) == 50

                insert_alert(connection, channel, subject="later")
                await opened.all_settled()
                assert receiver.requests[-1].json["event"] == "new_issue"

    async def test_what_was_sent_before_a_restart_counts(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            for number in range(5):
                insert_alert(connection, channel, subject=str(number))
            connection.execute(
                "UPDATE alert_deliveries SET state = 'sent', finished_ms = ?, digest_size = iif(id > 3, 2, NULL)",
                (NOW_MS - 1_000,),
            )
            insert_alert(connection, channel, subject="next")
            insert_alert(connection, channel, subject="one too many")
            alerting = AlertingConfig(allow_private_webhooks=True, max_per_minute=5)
            async with rig(alerting=alerting) as opened:
                await opened.until(lambda: opened.states().count("sent") == 6)
                await opened.sending.outbox.drain()
                assert opened.states()[-2:] == ["sent", "pending"]

    async def test_a_digest_that_fails_is_tried_again_as_one(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]], mock_clock: MockClock
    ) -> None:
        async with receiving() as receiver:
            channel = (insert_channel(connection, 1, type="webhook", url=receiver.url), "webhook")
            for number in range(4):
                insert_alert(connection, channel, subject=str(number))
            alerting = AlertingConfig(allow_private_webhooks=True, max_per_minute=1)
            async with rig(alerting=alerting) as opened:
                await opened.until(lambda: opened.states().count("sent") == 1)
                await opened.overflow()
                receiver.answer = answering(503)
                mock_clock.jump(61)
                await opened.until(lambda: [one["attempts"] for one in opened.deliveries()] == [1, 1, 1, 1])
                receiver.answer = answering(200)
                await opened.at_rest()
                mock_clock.jump(61)
                await opened.all_settled()
        assert [got.json["event"] for got in receiver.requests] == ["new_issue", "digest", "digest"]
        assert len({got.headers["x-bloop-delivery"] for got in receiver.requests[1:]}) == 1


@pytest.mark.parametrize(("took_secs", "pause_secs"), [(0.0, 0.05), (0.001, 0.05), (0.04, 0.36), (20.0, 2.0)])
def test_looks_leave_readers_to_others_however_much_waits(took_secs: float, pause_secs: float) -> None:
    assert pause_after(took_secs) == pytest.approx(pause_secs)
