from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.channels.outcome import Outcome, judge_answer
from bloop_trio.alerts.delivery.attempt import judge
from bloop_trio.alerts.delivery.budget import Budget
from bloop_trio.alerts.delivery.metrics import DeliveryStatistics, delivery_families
from bloop_trio.alerts.delivery.outbox_store import ChannelKey, Waiting
from bloop_trio.alerts.delivery.sending import build_sending
from bloop_trio.config import Config, DirectSettings
from bloop_trio.exceptions import ConfigError
from bloop_trio.http.metrics import render
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

FAILED = Outcome(ok=False, error="x")


class TestJudging:
    @pytest.mark.parametrize(("before", "wait_secs"), [(0, 5), (1, 60), (2, 300)])
    def test_a_failure_is_tried_again_after_a_while(self, before: int, wait_secs: int) -> None:
        verdict = judge(FAILED, before, NOW_MS)
        assert (verdict.state, verdict.attempts, verdict.next_ms) == ("pending", before + 1, NOW_MS + wait_secs * 1000)

    def test_the_fourth_is_the_last(self) -> None:
        assert judge(FAILED, 3, NOW_MS).state == "failed"

    def test_what_is_final_is_not_tried_again(self) -> None:
        assert judge(Outcome(ok=False, error="x", is_final=True), 0, NOW_MS).state == "failed"

    def test_what_the_receiver_asks_for_counts_if_it_is_longer(self) -> None:
        waits = [judge(Outcome(ok=False, retry_after_secs=secs), 1, NOW_MS).next_ms - NOW_MS for secs in (1, 90)]
        assert waits == [60_000, 90_000]


class TestAnswers:
    @pytest.mark.parametrize(
        ("header", "secs"),
        [
            (None, None),
            ("0", 0),
            ("3600", 3_600),
            ("99999999", 3_600),
            ("9" * 30, None),
            ("1.5", None),
            ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
            ("Thu, 01 Jan 2026 12:00:30", 30),
            ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
            ("Thu, 01 Jan 2099 11:00:00 GMT", 3_600),
            ("Mon, 99 Foo 2026", None),
        ],
    )
    def test_retry_after_is_seconds_or_a_date_within_bounds(self, header: str | None, secs: int | None) -> None:
        assert judge_answer(503, header, "", NOW_MS).retry_after_secs == secs

    @given(st.integers(100, 999), st.none() | st.text(), st.text(max_size=200))
    def test_every_answer_is_sent_or_has_a_reason(self, status: int, header: str | None, excerpt: str) -> None:
        outcome = judge_answer(status, header, excerpt, NOW_MS)
        assert outcome.ok == (200 <= status < 300)
        assert (outcome.error is None) == outcome.ok


class TestBudget:
    def test_within_any_minute_there_are_no_more_messages_than_allowed(self) -> None:
        budget = Budget(3)
        taken = []
        for quarter in range(1_200):
            now = quarter / 4
            if budget.room(now):
                assert budget.next_room(now) == 0
                budget.take(now)
                taken.append(now)
            else:
                assert 0 < budget.next_room(now) <= 60
        assert all(later - sooner >= 60 for sooner, later in zip(taken, taken[3:], strict=False))
        assert len(taken) == 15

    def test_after_a_quiet_minute_there_is_nothing_to_remember(self) -> None:
        budget = Budget(1)
        budget.take(0)
        assert [budget.is_unused(now) for now in (0, 59.9, 60)] == [False, False, True]


def test_the_metrics_tell_what_became_of_deliveries() -> None:
    statistics = DeliveryStatistics()
    statistics.note("slack", "sent", 2)
    statistics.note("email", "failed")
    waiting = Waiting(key=ChannelKey("slack", 1), count=3, due=1, next_ms=0, oldest_ms=NOW_MS - 5_000)
    statistics.note_waiting([waiting])
    page = render(delivery_families(statistics, NOW_MS)).decode()
    assert 'bloop_alert_deliveries_total{channel_type="slack",outcome="sent"} 2' in page
    assert 'bloop_alert_deliveries_total{channel_type="email",outcome="failed"} 1' in page
    assert "bloop_alert_deliveries_pending 3" in page
    assert "bloop_alert_deliveries_oldest_age_seconds 5.0" in page


@pytest.mark.parametrize("name", ["slack_webhook_url", "webhook_url"])
async def test_a_url_of_the_environment_that_is_none_keeps_the_server_from_starting(
    name: str, readers: Readers, writer: Writer
) -> None:
    with pytest.raises(ConfigError, match=rf"^BLOOP_{name.upper()}: invalid channel URL: "):
        build_sending(
            Config(), DirectSettings(**{name: "hooks.slack.com"}), readers=readers, writer=writer, clock=lambda: NOW_MS
        )
