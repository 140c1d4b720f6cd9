"""Spikes and escalating issues, from stored events to alerts: over quiet hours, naps and clocks that jump."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.alerts.judging.engine import AGAIN_SECS, RATES_SECS
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.retention.purge import purge
from tests.alerts.rigging import Rig, build_rig
from tests.conftest import accepted, insert_project, set_status

if TYPE_CHECKING:
    from trio.testing import MockClock

    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

SPIKE = {"type": "spike", "multiplier": 3, "baseline_window_secs": 3_600, "compare_window_secs": 600}
ESCALATING = {"type": "escalating", "multiplier": 2, "window_secs": 3_600, "min_count": 5}
MOVER = {"type": "mover", "percent": 50, "window_secs": 3_600}
MINUTE_MS = 60_000


@pytest.fixture
async def rig(readers: Readers, writer: Writer) -> Rig:
    """An engine upon a store with the project `default`."""
    return await build_rig(readers, writer)


async def past(rig: Rig, minutes_ago: float, count: int = 1, **changes: Any) -> None:
    """Have events from some time ago."""
    changes.setdefault("fingerprint", "one")
    received_ms = rig.now_ms - int(minutes_ago * MINUTE_MS)
    await rig.store(*(accepted(received_ms=received_ms, **changes) for _ in range(count)))


async def pass_time(rig: Rig, clock: MockClock, ms: int) -> list[tuple[str, int, str]]:
    """Let the wall clock go on, and as much time pass as there is between two evaluations."""
    rig.now_ms += ms
    clock.jump(RATES_SECS + AGAIN_SECS)
    return await rig.look()


class TestSpikes:
    @pytest.mark.parametrize(("count", "alerts"), [(30, []), (31, [("spike", 1, "*")])])
    async def test_it_fires_over_the_multiple_and_not_at_it(self, rig: Rig, count: int, alerts: object) -> None:
        await rig.rule(**SPIKE)
        await past(rig, 300)
        await past(rig, 40, 60)
        await past(rig, 5, count)
        assert await rig.look() == alerts

    async def test_the_alert_tells_of_both_rates(self, rig: Rig) -> None:
        await rig.rule(**SPIKE)
        await past(rig, 300)
        await past(rig, 40, 60)
        await past(rig, 5, 40)
        await rig.look()
        (content,) = await rig.contents()
        assert content["figures"] == {
            "count": 40, "window_secs": 600, "rate": 4.0, "baseline_rate": 1.0, "multiplier": 3.0,
        }  # fmt: skip
        assert (content["project_name"], content["fingerprint"]) == ("Default", None)

    @pytest.mark.parametrize(("count", "fires"), [(4, False), (5, True)])
    async def test_after_a_quiet_hour_the_least_count_decides(self, rig: Rig, count: int, fires: bool) -> None:
        await rig.rule(**SPIKE)
        await past(rig, 300, 100)
        await past(rig, 5, count)
        assert bool(await rig.look()) is fires

    async def test_each_project_is_compared_with_itself(self, rig: Rig) -> None:
        await rig.writer.run(lambda conn: insert_project(conn, "other"))
        await rig.rule(None, **SPIKE)
        for project_no, count in ((1, 60), (2, 6)):
            await past(rig, 300, project_no=project_no)
            await past(rig, 40, count, project_no=project_no)
            await past(rig, 5, 20, project_no=project_no)
        assert await rig.look() == [("spike", 2, "*")]

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    async def test_silenced_issues_count_for_nothing(self, rig: Rig, status: str) -> None:
        await rig.rule(**SPIKE)
        await past(rig, 300)
        await past(rig, 5, 50, fingerprint="loud")
        await rig.writer.run(lambda conn: set_status(conn, status, "loud"))
        assert await rig.look() == []

    @pytest.mark.parametrize(
        ("name", "value"), [("environment_filter", "beta"), ("source_filter", "ios"), ("route_filter", "/nowhere")]
    )
    async def test_a_filter_leaves_out_what_does_not_match(self, rig: Rig, name: str, value: str) -> None:
        await rig.rule(**SPIKE, filters={name: value})
        await past(rig, 300)
        await past(rig, 5, 50)
        assert await rig.look() == []

    async def test_a_long_baseline_is_counted_by_hours_and_seconds(self, rig: Rig) -> None:
        rig.now_ms += 25 * MINUTE_MS
        await rig.rule(**SPIKE | {"baseline_window_secs": 86_400})
        await past(rig, 3 * 1_440)
        for hour in range(1, 24):
            await past(rig, 60 * hour, 6)  # 138 events in 24 hours: 0.096 a minute
        await past(rig, 5, 6)
        await rig.look()
        (content,) = await rig.contents()
        assert content["figures"]["count"] == 6
        # The hour in which the baseline begins is left out, of the count as of the time.
        assert content["figures"]["baseline_rate"] == pytest.approx(138 / (23 * 60 + 15))

    async def test_what_comes_after_a_night_asleep_is_no_spike(self, rig: Rig, mock_clock: MockClock) -> None:
        await rig.rule(**SPIKE)
        await past(rig, 60 * 24 * 3)
        await rig.look()
        rig.now_ms += 10 * MS_PER_HOUR
        for _ in range(6):
            await past(rig, 0, 10)
            assert await pass_time(rig, mock_clock, 4 * MINUTE_MS) == []
        await past(rig, 0, 300)
        assert await pass_time(rig, mock_clock, MINUTE_MS) == [("spike", 1, "*")]

    async def test_a_restart_makes_no_difference(self, rig: Rig, mock_clock: MockClock) -> None:
        await rig.rule(**SPIKE)
        await past(rig, 300)
        await past(rig, 40, 60)
        await past(rig, 5, 30)
        await rig.look()
        rig.restart()
        await past(rig, 0, 1)
        assert await pass_time(rig, mock_clock, 0) == [("spike", 1, "*")]


class TestEscalating:
    async def a_week(self, rig: Rig, *, count: int = 10, **changes: object) -> None:
        for day in range(8, 0, -1):
            await past(rig, day * 1_440 + 30, count, **changes)

    @pytest.mark.parametrize(("count", "alerts"), [(20, []), (21, [("escalating", 1, "one")])])
    async def test_it_fires_over_the_multiple_of_its_own_week(self, rig: Rig, count: int, alerts: object) -> None:
        await rig.rule(**ESCALATING)
        await self.a_week(rig)
        await past(rig, 30, count)
        assert await rig.look() == alerts

    async def test_each_issue_is_compared_with_itself(self, rig: Rig) -> None:
        await rig.rule(**ESCALATING)
        await self.a_week(rig, fingerprint="loud", count=50)
        await self.a_week(rig, fingerprint="low", count=1)
        await past(rig, 30, 50, fingerprint="loud")
        await past(rig, 30, 50, fingerprint="low")
        assert await rig.look() == [("escalating", 1, "low")]

    async def test_an_issue_of_today_has_nothing_to_escalate_from(self, rig: Rig) -> None:
        await rig.rule(**ESCALATING)
        await past(rig, 30, 500)
        assert await rig.look() == []

    async def test_few_events_are_no_matter(self, rig: Rig) -> None:
        await rig.rule(**ESCALATING)
        await self.a_week(rig, count=1)
        await past(rig, 30, 4)
        assert await rig.look() == []

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    async def test_nobody_hears_of_silenced_issues(self, rig: Rig, status: str) -> None:
        await rig.rule(**ESCALATING)
        await self.a_week(rig)
        await past(rig, 30, 500)
        await rig.writer.run(lambda conn: set_status(conn, status))
        assert await rig.look() == []

    async def test_a_release_chooses_the_issues_that_have_occurred_in_it(self, rig: Rig) -> None:
        await rig.rule(**ESCALATING, filters={"release_filter": "2.0"})
        for fingerprint, release in (("one", "1.0"), ("two", "2.0")):
            await self.a_week(rig, fingerprint=fingerprint)
            await past(rig, 30, 50, fingerprint=fingerprint, release=release)
        assert await rig.look() == [("escalating", 1, "two")]

    async def test_a_week_asleep_is_nothing_to_compare_with(self, rig: Rig, mock_clock: MockClock) -> None:
        await rig.rule(**ESCALATING)
        await past(rig, 30, 10)
        await rig.look()
        rig.now_ms += 9 * MS_PER_DAY
        await past(rig, 0, 500)
        assert await pass_time(rig, mock_clock, 0) == []


class TestSpikesOfOneError:
    @pytest.mark.parametrize(("count", "alerts"), [(30, []), (31, [("spike", 1, "one")])])
    async def test_its_own_rate_is_compared_whatever_the_others_do(self, rig: Rig, count: int, alerts: object) -> None:
        await rig.rule(**SPIKE, fingerprint="one")
        await past(rig, 300)
        await past(rig, 40, 60)
        await past(rig, 5, count)
        await past(rig, 5, 900, fingerprint="loud")
        assert await rig.look() == alerts

    async def test_the_alert_is_about_the_error(self, rig: Rig) -> None:
        await rig.rule(**SPIKE, fingerprint="one")
        await past(rig, 300)
        await past(rig, 40, 60)
        await past(rig, 5, 40)
        await rig.look()
        (content,) = await rig.contents()
        assert (content["fingerprint"], content["figures"]["rate"], content["figures"]["baseline_rate"]) == (
            "one",
            4,
            1,
        )

    async def test_a_long_baseline_is_counted_by_hours_and_seconds(self, rig: Rig) -> None:
        await rig.rule(**SPIKE | {"baseline_window_secs": 86_400}, fingerprint="one")
        await past(rig, 3 * 1_440)
        for hour in range(1, 24):
            await past(rig, 60 * hour, 6)
            await past(rig, 60 * hour, 50, fingerprint="loud")
        await past(rig, 5, 6)
        assert await rig.look() == [("spike", 1, "one")]
        (content,) = await rig.contents()
        assert content["figures"]["baseline_rate"] == pytest.approx(138 / (23 * 60 + 50), rel=0.05)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("environment_filter", "beta"), ("source_filter", "ios"), ("route_filter", "/no"), ("release_filter", "9")],
    )
    async def test_a_filter_leaves_out_what_does_not_match(self, rig: Rig, name: str, value: str) -> None:
        await rig.rule(**SPIKE, fingerprint="one", filters={name: value})
        await past(rig, 300)
        await past(rig, 5, 50)
        assert await rig.look() == []

    async def test_nobody_hears_of_it_when_it_is_muted_and_none_of_one_that_is_not_there(self, rig: Rig) -> None:
        await rig.rule(**SPIKE, fingerprint="one")
        await rig.rule(**SPIKE, fingerprint="nobody")
        await past(rig, 300)
        await past(rig, 5, 50)
        await rig.writer.run(lambda conn: set_status(conn, "muted", "one"))
        assert await rig.look() == []


async def test_an_escalating_rule_may_be_about_one_error(rig: Rig) -> None:
    await rig.rule(**ESCALATING, fingerprint="two")
    for fingerprint in ("one", "two"):
        for day in range(8, 0, -1):
            await past(rig, day * 1_440 + 30, 10, fingerprint=fingerprint)
        await past(rig, 30, 50, fingerprint=fingerprint)
    assert await rig.look() == [("escalating", 1, "two")]


class TestWhatIsKeptForLess:
    """Counts by the hour may be kept for less than rules compare with."""

    async def test_a_baseline_is_as_long_as_there_are_counts(self, rig: Rig) -> None:
        rule = SPIKE | {"baseline_window_secs": 7 * 86_400, "compare_window_secs": 3_600, "multiplier": 2}
        await rig.rule(**rule)
        await rig.rule(**rule, fingerprint="one")
        await past(rig, 8 * 1_440)
        for hour in range(24 * 7, 1, -1):
            await past(rig, hour * 60, 10)
        await past(rig, 30, 15)
        await purge(rig.writer, RetentionConfig(hourly_counts_days=2), now_ms=rig.now_ms)
        rig.batches.forget()
        rig.engine.retention = RetentionConfig(hourly_counts_days=2)
        assert await rig.look() == []

    async def test_a_window_that_is_gone_is_nothing_to_have_moved_from(self, rig: Rig) -> None:
        await rig.rule(**MOVER | {"window_secs": 86_400})
        for hour in range(60, 0, -1):
            await past(rig, hour * 60, 5)
        await purge(rig.writer, RetentionConfig(hourly_counts_days=1), now_ms=rig.now_ms)
        rig.batches.forget()
        rig.engine.retention = RetentionConfig(hourly_counts_days=1)
        assert await rig.look() == []


class TestMovers:
    @pytest.mark.parametrize(
        ("before", "now", "is_told"),
        [(20, 29, False), (20, 30, True), (20, 11, False), (20, 10, True), (4, 8, False), (0, 5, True), (9, 0, True)],
    )
    async def test_it_fires_when_there_are_many_more_or_many_fewer(
        self, rig: Rig, before: int, now: int, is_told: bool
    ) -> None:
        await rig.rule(**MOVER)
        await past(rig, 300)
        for minutes, count in ((90, before), (30, now)):
            if count:
                await past(rig, minutes, count)
        assert await rig.look() == ([("mover", 1, "one")] if is_told else [])

    async def test_the_alert_tells_of_both_windows(self, rig: Rig) -> None:
        await rig.rule(**MOVER)
        await past(rig, 90, 20)
        await past(rig, 30, 50)
        await rig.look()
        (content,) = await rig.contents()
        assert content["fingerprint"] == "one"
        assert content["figures"] == {
            "count": 50, "window_secs": 3_600, "previous": 20.0, "change": 30.0, "percent": 150.0,
        }  # fmt: skip

    @pytest.mark.parametrize(("direction", "told"), [("up", ["more"]), ("down", ["less"]), ("both", ["less", "more"])])
    async def test_it_may_be_about_one_direction_alone(self, rig: Rig, direction: str, told: list[str]) -> None:
        await rig.rule(**MOVER, direction=direction)
        for fingerprint, before, now in (("more", 10, 30), ("less", 30, 10)):
            await past(rig, 90, before, fingerprint=fingerprint)
            await past(rig, 30, now, fingerprint=fingerprint)
        assert sorted(subject for _, _, subject in await rig.look()) == told

    async def test_it_may_be_about_one_error_of_one_project(self, rig: Rig) -> None:
        await rig.writer.run(lambda conn: insert_project(conn, "other"))
        await rig.rule(**MOVER, fingerprint="two")
        for project_no, fingerprint in ((1, "one"), (1, "two"), (2, "two")):
            await past(rig, 30, 30, fingerprint=fingerprint, project_no=project_no)
        assert await rig.look() == [("mover", 1, "two")]

    async def test_windows_of_a_day_are_counted_by_hours(self, rig: Rig) -> None:
        await rig.rule(**MOVER | {"window_secs": 86_400})
        for hours in (30, 40):
            await past(rig, hours * 60, 10)
        await past(rig, 600, 100)
        assert await rig.look() == [("mover", 1, "one")]

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    async def test_nobody_hears_of_silenced_issues(self, rig: Rig, status: str) -> None:
        await rig.rule(**MOVER)
        await past(rig, 30, 500)
        await rig.writer.run(lambda conn: set_status(conn, status))
        assert await rig.look() == []

    async def test_what_was_told_is_not_told_again_after_a_restart(self, rig: Rig, mock_clock: MockClock) -> None:
        await rig.rule(**MOVER)
        await past(rig, 30, 50)
        assert await rig.look() == [("mover", 1, "one")]
        rig.restart()
        assert await pass_time(rig, mock_clock, MINUTE_MS) == [("mover", 1, "one")]  # the one alert that there is

    async def test_a_night_asleep_is_no_fall(self, rig: Rig, mock_clock: MockClock) -> None:
        await rig.rule(**MOVER)
        await past(rig, 90, 50)
        await past(rig, 30, 50)
        assert await rig.look() == []
        rig.now_ms += 90 * MINUTE_MS
        assert await pass_time(rig, mock_clock, 0) == []
