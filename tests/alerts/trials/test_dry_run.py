"""Dry runs: what a rule would have fired in the last days, and how surely that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.alerts.trials.dry_run import dry_run
from bloop_trio.alerts.trials.shapes import MAX_SHOWN, DryRun
from bloop_trio.analytics.questions.movers import mover_rule
from bloop_trio.analytics.questions.spikes import spike_rule
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.retention.purge import purge
from tests.alerts.rigging import Rig, a_rule, build_rig
from tests.conftest import accepted, insert_project, set_status

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

MINUTE_MS = 60_000
HOURS = 60
DAYS = 24 * HOURS


@pytest.fixture
async def rig(readers: Readers, writer: Writer) -> Rig:
    """A store with the project `default`."""
    rig = await build_rig(readers, writer)
    await past(rig, 60 * DAYS, fingerprint="old")  # the project is not of today
    return rig


async def past(rig: Rig, minutes_ago: float, count: int = 1, **changes: Any) -> None:
    """Have events from some time ago, in their order."""
    changes.setdefault("fingerprint", "one")
    received_ms = rig.now_ms - int(minutes_ago * MINUTE_MS)
    await rig.store(*(accepted(received_ms=received_ms, **changes) for _ in range(count)))


async def resolve(rig: Rig, at_ms: int) -> None:
    await rig.writer.run(lambda conn: set_status(conn, "resolved", "one", changed_ms=at_ms))


async def run(rig: Rig, project_no: int | None = 1, *, raw_events_days: int = 30, **config: Any) -> DryRun:
    rule = a_rule(project_no, **config)
    return await dry_run(
        rig.readers,
        rule,
        retention=RetentionConfig(raw_events_days=raw_events_days),
        cooldown_secs=900,
        now_ms=rig.now_ms,
    )


def minutes_ago(rig: Rig, found: DryRun) -> list[float]:
    return [(rig.now_ms - alert.fired_at) / MINUTE_MS for alert in found.fired]


class TestSightings:
    async def test_new_issues_and_what_came_back_are_found_where_they_happened(self, rig: Rig) -> None:
        await past(rig, 5 * DAYS, release="1.0")
        await resolve(rig, rig.now_ms - 4 * MS_PER_DAY)
        await past(rig, 3 * DAYS, release="2.0", environment="beta")
        await past(rig, 1 * DAYS, fingerprint="two")
        found = await run(rig, type="new_issue")
        assert [(a.kind, a.subject, a.message[:28]) for a in found.fired] == [
            ("new_issue", "two", "New error in 1.0.0 (prod): ["),
            ("regression", "one", "Error is back in 2.0 (beta):"),
            ("new_issue", "one", "New error in 1.0 (prod): [Ty"),
        ]
        assert minutes_ago(rig, found) == [1 * DAYS, 3 * DAYS, 5 * DAYS]
        assert (found.total, found.is_exact, found.notes) == (3, True, [])
        assert found.oldest_at == rig.now_ms - 7 * MS_PER_DAY

    async def test_filters_and_projects_hold(self, rig: Rig) -> None:
        await rig.writer.run(lambda conn: insert_project(conn, "other"))
        await past(rig, 10, fingerprint="a", environment="beta")
        await past(rig, 10, fingerprint="b", project_no=2)
        assert [a.subject for a in (await run(rig, type="new_issue")).fired] == ["a"]
        assert [a.subject for a in (await run(rig, 2, type="new_issue")).fired] == ["b"]
        assert (await run(rig, None, type="new_issue")).total == 2
        assert (await run(rig, type="new_issue", filters={"environment_filter": "prod"})).total == 0
        assert (await run(rig, type="regression")).total == 0

    async def test_the_cooldown_of_each_issue_is_kept(self, rig: Rig) -> None:
        for minutes, status in ((30, "resolved"), (20, "resolved"), (1, "")):
            await past(rig, minutes)
            at_ms = rig.now_ms - minutes * MINUTE_MS
            if status:
                await resolve(rig, at_ms)
        found = await run(rig, type="new_issue")
        assert minutes_ago(rig, found) == [1, 30]

    async def test_many_are_counted_and_the_newest_shown(self, rig: Rig) -> None:
        await rig.store(*(accepted(fingerprint=f"issue-{n}", received_ms=rig.now_ms - n) for n in range(250)))
        found = await run(rig, type="new_issue")
        assert (found.total, len(found.fired), found.fired[0].subject) == (250, MAX_SHOWN, "issue-0")


class TestThresholds:
    async def test_it_is_found_when_the_window_was_over_it(self, rig: Rig) -> None:
        for minutes in (3 * DAYS + 4, 3 * DAYS + 3, 3 * DAYS + 2):
            await past(rig, minutes, 2)
        await past(rig, 2 * DAYS, 5)
        found = await run(rig, type="threshold", threshold=5, window_secs=300)
        assert [(a.subject, a.count, a.kind) for a in found.fired] == [("one", 6, "threshold")]
        assert minutes_ago(rig, found) == [pytest.approx(3 * DAYS + 2, abs=0.2)]
        assert found.is_exact

    async def test_a_long_window_is_counted_more_closely_than_it_is_judged(self, rig: Rig) -> None:
        await past(rig, 10, 9)
        found = await run(rig, type="threshold", threshold=5, window_secs=7_201)
        assert (found.total, found.is_exact, len(found.notes)) == (1, False, 1)

    async def test_the_cooldown_is_kept(self, rig: Rig) -> None:
        for minute in range(40):
            await past(rig, 100 - minute, 10)
        found = await run(rig, type="threshold", threshold=5, window_secs=60)
        assert found.total == 3

    async def test_what_stays_over_it_is_told_again_after_each_cooldown(self, rig: Rig) -> None:
        await past(rig, 100, 9)
        found = await run(rig, type="threshold", threshold=5, window_secs=3_600)
        assert minutes_ago(rig, found) == [pytest.approx(minutes, abs=0.2) for minutes in (55, 70, 85, 100)]

    async def test_a_route_is_counted_over_all_its_issues(self, rig: Rig) -> None:
        for fingerprint in ("a", "b", "c"):
            await past(rig, 20, 2, fingerprint=fingerprint, route_or_procedure="/pay")
        found = await run(rig, type="threshold", threshold=5, window_secs=60, route="/pay")
        assert [(a.subject, a.count) for a in found.fired] == [("/pay", 6)]
        assert (await run(rig, type="threshold", threshold=5, window_secs=60, route="/other")).total == 0

    async def test_a_filter_by_http_status_is_asked_of_samples(self, rig: Rig) -> None:
        await past(rig, 20, 1, fingerprint="gone", http_status=404)
        await past(rig, 20, 1, fingerprint="down", http_status=503)
        await past(rig, 20, 1, fingerprint="none")
        found = await run(rig, type="new_issue", filters={"http_status_filter": "5xx"})
        assert [a.subject for a in found.fired] == ["down"]

    async def test_filters_hold(self, rig: Rig) -> None:
        await past(rig, 20, 5, release="1.0", environment="prod")
        await past(rig, 20, 5, release="2.0", environment="beta")
        config: dict[str, Any] = {"type": "threshold", "threshold": 4, "window_secs": 60}
        for filters, count in (
            ({"release_filter": "2.0"}, 5),
            ({"environment_filter": "prod"}, 5),
            ({"environment_filter": "prod", "release_filter": "2.0"}, None),
            ({"route_filter": "/api/users"}, 10),
            ({"route_filter": "'; --"}, None),
        ):
            found = await run(rig, **config, filters=filters)
            assert [a.count for a in found.fired] == ([] if count is None else [count]), filters
        assert [a.subject for a in (await run(rig, **config, fingerprint="one")).fired] == ["one"]
        assert (await run(rig, **config, fingerprint="two")).total == 0

    async def test_what_is_silenced_today_is_left_out(self, rig: Rig) -> None:
        await past(rig, 20, 9)
        await rig.writer.run(lambda conn: set_status(conn, "muted", "one"))
        assert (await run(rig, type="threshold", threshold=5, window_secs=60)).total == 0

    async def test_it_reaches_back_as_far_as_events_are_stored(self, rig: Rig) -> None:
        await past(rig, 5 * DAYS, 9)
        await past(rig, 20, 9)
        found = await run(rig, type="threshold", threshold=5, window_secs=60, raw_events_days=3)
        assert found.oldest_at == rig.now_ms - 3 * MS_PER_DAY
        await rig.execute("DROP TABLE events_20251227")
        assert (await run(rig, type="threshold", threshold=5, window_secs=60)).total == 1

    async def test_events_that_were_only_counted_make_it_inexact(self, rig: Rig) -> None:
        await past(rig, 20, 9)
        await rig.execute("UPDATE project_counts_hourly SET thinned = 1")
        found = await run(rig, type="threshold", threshold=5, window_secs=60)
        assert (found.is_exact, len(found.notes)) == (False, 1)


class TestRates:
    async def test_a_spike_is_found_to_the_minute(self, rig: Rig) -> None:
        for minute in range(0, 10 * HOURS, 10):
            await past(rig, 2 * DAYS + minute)
        await past(rig, 2 * DAYS, 30)
        config = {"multiplier": 3, "baseline_window_secs": 3_600, "compare_window_secs": 600}
        found = await run(rig, type="spike", **config)
        assert [(a.subject, a.kind) for a in found.fired] == [("*", "spike")]
        assert minutes_ago(rig, found) == [pytest.approx(2 * DAYS, abs=1)]
        assert not found.is_exact

    async def test_a_baseline_may_lie_before_what_is_stored(self, rig: Rig) -> None:
        for hour in range(1, 6 * 24):
            await past(rig, hour * HOURS, 10)
        await past(rig, 5, 10)
        for (table,) in await rig.rows("SELECT name FROM sqlite_master WHERE name GLOB 'events_2025????'"):
            await rig.execute(f"DROP TABLE {table}")
        config = {"multiplier": 3, "baseline_window_secs": 2 * 86_400, "compare_window_secs": 3_600}
        found = await run(rig, type="spike", **config)
        assert (found.total, found.oldest_at) == (0, rig.now_ms - MS_PER_DAY // 2)

    @pytest.mark.parametrize("fingerprint", [None, "one"])
    async def test_a_baseline_is_as_long_as_there_are_counts(self, rig: Rig, fingerprint: str | None) -> None:
        for hour in range(7 * 24, 0, -1):
            await past(rig, hour * HOURS, 10)
        kept = RetentionConfig(raw_events_days=1, hourly_counts_days=2)
        await purge(rig.writer, kept, now_ms=rig.now_ms)
        spike: dict[str, Any] = {"multiplier": 2, "baseline_window_secs": 7 * 86_400, "compare_window_secs": 3_600}
        rule = a_rule(type="spike", fingerprint=fingerprint, **spike)
        found = await dry_run(rig.readers, rule, retention=kept, cooldown_secs=900, now_ms=rig.now_ms)
        assert found.total == 0

    async def test_an_issue_that_escalated_is_found_by_the_hour(self, rig: Rig) -> None:
        for day in range(9, 1, -1):
            await past(rig, day * DAYS, 10)
        await past(rig, 1 * DAYS, 50)
        found = await run(rig, type="escalating", multiplier=2, window_secs=3_600)
        assert [(a.subject, a.count) for a in found.fired] == [("one", 50)]
        assert found.fired[0].fired_at == rig.now_ms - MS_PER_DAY + MS_PER_HOUR

    async def test_without_data_nothing_would_have_fired(self, rig: Rig) -> None:
        configs: tuple[dict[str, Any], ...] = (
            {"type": "spike", "multiplier": 3, "baseline_window_secs": 3_600, "compare_window_secs": 600},
            {"type": "escalating", "multiplier": 3, "window_secs": 600},
            {"type": "mover", "percent": 50, "window_secs": 600},
            {"type": "threshold", "threshold": 0, "window_secs": 600, "route": "/nowhere"},
        )
        for config in configs:
            assert (await run(rig, **config)).total == 0

    async def test_the_spike_of_one_error_is_found_to_the_minute(self, rig: Rig) -> None:
        for minute in range(0, 10 * HOURS, 10):
            await past(rig, 2 * DAYS + minute)
        await past(rig, 2 * DAYS, 30)
        await past(rig, 1 * DAYS, 500, fingerprint="loud")
        config = {"multiplier": 3, "baseline_window_secs": 3_600, "compare_window_secs": 600}
        found = await run(rig, type="spike", fingerprint="one", **config)
        assert [(a.subject, a.kind) for a in found.fired] == [("one", "spike")]
        assert minutes_ago(rig, found) == [pytest.approx(2 * DAYS, abs=1)]
        assert (await run(rig, type="spike", fingerprint="nobody", **config)).total == 0

    async def test_an_error_that_moved_is_found_by_the_hour_also_when_it_falls(self, rig: Rig) -> None:
        await past(rig, 3 * DAYS, 50)
        await past(rig, 3 * DAYS, 50, fingerprint="two")
        found = await run(rig, type="mover", percent=80, window_secs=86_400, fingerprint="one")
        assert [(a.subject, a.kind, a.count) for a in found.fired][-1] == ("one", "mover", 50)
        told = {alert.message.split(" % ")[1].split()[0] for alert in found.fired}
        assert told == {"more", "fewer"}
        rising = await run(rig, type="mover", percent=80, window_secs=3_600, direction="up")
        assert sorted(alert.subject for alert in rising.fired) == ["one", "two"]
        assert rising.fired[0].fired_at == rig.now_ms - 3 * MS_PER_DAY + MS_PER_HOUR


class TestRulesOfInsights:
    async def test_the_rule_of_a_spike_would_have_found_it(self, rig: Rig) -> None:
        for hour in range(2, 22):
            await past(rig, 2 * DAYS + hour * HOURS)
        await past(rig, 2 * DAYS + HOURS, 100)
        found = await run(rig, **spike_rule("one", 100, 5.714, 72))
        assert {alert.subject for alert in found.fired} == {"one"}
        assert max(minutes_ago(rig, found)) == pytest.approx(2 * DAYS + HOURS, abs=1)

    @pytest.mark.parametrize(("before", "now"), [(20, 60), (60, 20)])
    async def test_so_would_the_rule_of_a_mover(self, rig: Rig, before: int, now: int) -> None:
        await past(rig, 3 * DAYS + 12 * HOURS, before)
        await past(rig, 2 * DAYS + 12 * HOURS, now)
        found = await run(rig, **mover_rule("one", now, before, 24))
        word = "more" if now > before else "fewer"
        assert (rig.now_ms - 2 * MS_PER_DAY) in {alert.fired_at for alert in found.fired}
        assert all(f" % {word} than " in alert.message for alert in found.fired)
