"""The engine: what it fires for what is committed, and what it does not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.alerts.judging import sightings, threshold_counts
from bloop_trio.alerts.judging.engine import AGAIN_SECS
from bloop_trio.alerts.judging.recording import Recorder
from bloop_trio.alerts.judging.windows import Windows
from bloop_trio.db.connection import StoreError
from tests.conftest import accepted, insert_project, set_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trio.testing import MockClock

    from bloop_trio.alerts.judging.firing import Firing
    from bloop_trio.alerts.judging.sightings import Judged
    from bloop_trio.db.connection import Connection
    from tests.alerts.rigging import Rig


def cool_down(rig: Rig, until_ms: int) -> str:
    return f"INSERT OR REPLACE INTO alert_cooldowns SELECT rule_id, project_no, subject, {until_ms} FROM alerts"


SENT = "UPDATE alert_deliveries SET state = 'sent'"


class TestNewIssues:
    async def test_a_new_issue_is_told_once(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await rig.send(fingerprint="one")
        assert await rig.look() == [("new_issue", 1, "one")]
        await rig.send(fingerprint="one")
        assert await rig.look() == [("new_issue", 1, "one")]
        assert rig.outbox_nudges == 1

    async def test_the_alert_tells_of_the_first_event(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await rig.send(fingerprint="one", release="1.0", environment="prod", stack="TypeError: x\n  at f (a.js:1:2)")
        rig.now_ms += 5_000
        await rig.send(fingerprint="one", release="2.0", environment="beta")
        await rig.look()
        (content,) = await rig.contents()
        assert (content["release"], content["environment"], content["total_count"]) == ("1.0", "prod", 2)
        assert content["top_frames"] == ["TypeError: x", "at f (a.js:1:2)"]
        assert (content["project_slug"], content["status"]) == ("default", "unresolved")

    async def test_the_outbox_has_a_row_for_each_channel(self, rig: Rig) -> None:
        rule_id = await rig.rule(type="new_issue")
        for channel in ("slack", "email"):
            await rig.execute(
                "INSERT INTO alert_channels (rule_id, channel_type, config, created_secs) VALUES (?, ?, '{}', 1)",
                rule_id,
                channel,
            )
        await rig.send()
        await rig.look()
        assert await rig.rows("SELECT channel_id, channel_type, state FROM alert_deliveries ORDER BY id") == [
            (1, "slack", "pending"),
            (2, "email", "pending"),
        ]

    async def test_a_rule_without_channels_goes_where_the_environment_says(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await rig.send()
        await rig.look()
        assert await rig.rows("SELECT channel_id, channel_type FROM alert_deliveries") == [(None, "webhook")]

    async def test_one_fingerprint_in_two_projects_is_two_issues(self, rig: Rig) -> None:
        await rig.writer.run(lambda conn: insert_project(conn, "other"))
        await rig.rule(None, type="new_issue")
        await rig.rule(2, type="new_issue")
        await rig.send(fingerprint="one")
        await rig.send(fingerprint="one", project_no=2)
        assert sorted(await rig.look()) == [("new_issue", 1, "one"), ("new_issue", 2, "one"), ("new_issue", 2, "one")]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("environment_filter", "beta"),
            ("source_filter", "ios"),
            ("release_filter", "9.9"),
            ("route_filter", "/nowhere"),
            ("http_status_filter", "5xx"),
            ("http_status_filter", "403"),
        ],
    )
    async def test_a_filter_leaves_out_what_does_not_match(self, rig: Rig, name: str, value: str) -> None:
        await rig.rule(type="new_issue", filters={name: value})
        matching = {
            "environment_filter": "prod",
            "source_filter": "api",
            "release_filter": "1.0.0",
            "http_status_filter": "4xx" if value == "5xx" else "404",
        }
        await rig.rule(type="new_issue", filters={name: matching.get(name, "/api/users")})
        await rig.send(fingerprint="one", http_status=404)
        await rig.look()
        assert await rig.rows("SELECT rule_id FROM alerts") == [(2,)]

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    async def test_nobody_hears_of_what_was_silenced_before_it_was_judged(self, rig: Rig, status: str) -> None:
        await rig.rule(type="new_issue")
        await rig.send(fingerprint="one")
        await rig.writer.run(lambda conn: set_status(conn, status))
        assert await rig.look() == []

    async def test_a_storm_is_told_of_whole_and_once(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        events = [accepted(fingerprint=f"issue-{number}") for number in range(1_001)]
        rig.engine.on_batch(await rig.store(*events))
        assert len(set(await rig.look())) == len(await rig.alerts()) == 1_001

    async def test_a_rule_that_was_made_before_the_issue_sees_it(self, rig: Rig) -> None:
        await rig.look()
        await rig.rule(type="new_issue")
        await rig.send(fingerprint="one")
        assert await rig.look() == [("new_issue", 1, "one")]

    async def test_a_rule_does_not_see_what_was_there_before_it(self, rig: Rig) -> None:
        await rig.send(fingerprint="one")
        await rig.look()
        await rig.rule(type="new_issue")
        rig.engine.reload()
        assert await rig.look() == []

    async def test_a_rule_that_is_off_fires_no_more(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await rig.look()
        await rig.execute("UPDATE alert_rules SET is_enabled = 0")
        await rig.execute("UPDATE generations SET value = value + 1 WHERE name = 'alert_rules'")
        await rig.send(fingerprint="one")
        assert await rig.look() == []


class TestRegressions:
    async def resolve_and_send(self, rig: Rig, **changes: Any) -> None:
        await rig.send(fingerprint="one", environment="prod", release="1.0")
        await rig.look()
        await rig.execute(SENT)
        await rig.writer.run(lambda conn: set_status(conn, "resolved", changed_ms=rig.now_ms))
        rig.now_ms += 3_600_000
        await rig.send(fingerprint="one", **changes)

    async def test_what_comes_back_is_told_with_the_event_that_brought_it(self, rig: Rig) -> None:
        await rig.rule(type="regression")
        await self.resolve_and_send(rig, environment="beta", release="2.0")
        assert await rig.look() == [("regression", 1, "one")]
        (content,) = await rig.contents()
        assert (content["release"], content["environment"], content["status"]) == ("2.0", "beta", "unresolved")

    async def test_a_rule_of_new_issues_hears_of_it_too(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await self.resolve_and_send(rig)
        assert await rig.look() == [("new_issue", 1, "one"), ("regression", 1, "one")]

    async def test_unless_it_was_told_not_to(self, rig: Rig) -> None:
        await rig.rule(type="new_issue", regressions=False)
        await self.resolve_and_send(rig)
        assert await rig.look() == [("new_issue", 1, "one")]

    async def test_a_person_who_reopens_it_brings_nothing_back(self, rig: Rig) -> None:
        await rig.rule(type="regression")
        await rig.send(fingerprint="one")
        await rig.writer.run(lambda conn: set_status(conn, "resolved"))
        await rig.writer.run(lambda conn: set_status(conn, "unresolved"))
        rig.restart()
        assert await rig.look() == []


class TestRestarts:
    async def test_what_was_committed_and_not_judged_is_judged_after_a_restart(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await rig.store(accepted(fingerprint="one"))
        rig.restart()
        assert await rig.look() == [("new_issue", 1, "one")]
        rig.restart()
        assert await rig.look() == [("new_issue", 1, "one")]

    async def test_a_threshold_counts_on_after_a_restart(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=9, window_secs=300)
        await rig.send(5, fingerprint="one")
        assert await rig.look() == []
        rig.restart()
        rig.now_ms += 60_000
        await rig.send(5, fingerprint="one")
        assert await rig.look() == [("threshold", 1, "one")]


class TestTrouble:
    async def test_what_the_store_refused_is_judged_by_the_next_look(self, rig: Rig, connection: Connection) -> None:
        await rig.rule(type="new_issue")
        await rig.rule(type="threshold", threshold=0, window_secs=60)
        await rig.send(fingerprint="one")
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            await rig.look()
        assert rig.engine.statistics.waiting_since_ms == rig.now_ms
        connection.execute("ROLLBACK")
        assert await rig.look() == [("new_issue", 1, "one"), ("threshold", 1, "one")]
        assert rig.engine.statistics.waiting_since_ms is None
        assert rig.engine.statistics.fired == {"new_issue": 1, "threshold": 1}


class TestCooldown:
    async def test_a_rule_waits_until_its_alert_is_delivered(self, rig: Rig, mock_clock: MockClock) -> None:
        await rig.rule(type="threshold", threshold=0, window_secs=300)
        await rig.send(fingerprint="one")
        for _ in range(3):
            await rig.look()
            rig.now_ms += 100_000
            await rig.send(fingerprint="one")
        assert len(await rig.alerts()) == 1
        await rig.execute(SENT)
        assert len(await rig.look()) == 2

    async def test_it_is_quiet_for_one_subject_alone(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=0, window_secs=300)
        await rig.send(fingerprint="one")
        await rig.look()
        await rig.execute(SENT)
        await rig.execute(cool_down(rig, rig.now_ms + 900_000))
        rig.now_ms += 100_000
        await rig.send(fingerprint="one")
        await rig.send(fingerprint="two")
        assert [subject for _, _, subject in await rig.look()] == ["one", "two"]

    async def test_what_is_still_over_a_threshold_is_told_again_without_an_event(
        self, rig: Rig, mock_clock: MockClock
    ) -> None:
        await rig.rule(type="threshold", threshold=0, window_secs=3_600)
        await rig.send(fingerprint="one")
        await rig.look()
        await rig.execute(SENT)
        await rig.execute(cool_down(rig, rig.now_ms + 900_000))
        for _ in range(2):
            rig.now_ms += 450_000
            mock_clock.jump(AGAIN_SECS)
            await rig.look()
        assert len(await rig.alerts()) == 2

    async def test_one_that_got_through_to_nobody_is_tried_again_a_minute_later(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=0, window_secs=300)
        await rig.send(fingerprint="one")
        await rig.look()
        await rig.execute("UPDATE alert_deliveries SET state = 'failed'")
        for waited_ms, alerts in ((59_000, 1), (2_000, 2)):
            rig.now_ms += waited_ms
            await rig.send(fingerprint="one")
            assert len(await rig.look()) == alerts

    async def test_a_clock_that_was_put_back_silences_nobody(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=0, window_secs=300)
        await rig.send(fingerprint="one")
        await rig.look()
        await rig.execute(SENT)
        await rig.execute(cool_down(rig, rig.now_ms + 900_000))
        rig.now_ms -= 86_400_000
        await rig.send(fingerprint="one")
        assert len(await rig.look()) == 2


class TestUnreadableRules:
    @pytest.mark.parametrize("config", ["{}", "nonsense", '{"type": "of a later version"}'])
    async def test_one_is_left_out_and_said_while_the_others_fire(
        self, rig: Rig, config: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spoilt, sound = await rig.rule(type="new_issue"), await rig.rule(type="new_issue")
        await rig.execute("UPDATE alert_rules SET config = ? WHERE id = ?", config, spoilt)
        await rig.send(fingerprint="one")
        await rig.look()
        assert await rig.rows("SELECT rule_id FROM alerts") == [(sound,)]
        assert f"rule={spoilt}" in capsys.readouterr().out


class TestManyAtOnce:
    """What fires much at once goes into the outbox bit by bit, between which batches of events have their turn."""

    @pytest.fixture
    def few_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (threshold_counts, sightings):
            monkeypatch.setattr(module, "MAX_AT_ONCE", 2)

    @pytest.fixture
    def entered(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Sizes of what was fired at a time."""
        sizes: list[int] = []
        record = Recorder.record

        async def noted(recorder: Recorder, firings: Sequence[Firing], judged: Judged | None = None) -> None:
            sizes.append(len(firings))
            await record(recorder, firings, judged)

        monkeypatch.setattr(Recorder, "record", noted)
        return sizes

    @pytest.mark.usefixtures("few_at_once")
    async def test_new_issues_are_fired_a_few_at_a_time(self, rig: Rig, entered: list[int]) -> None:
        for _ in range(3):
            await rig.rule(type="new_issue")
        for number in range(5):
            await rig.send(fingerprint=f"f{number}")
        assert len(await rig.look()) == 15
        assert entered == [3, 3, 3, 3, 3]

    @pytest.mark.usefixtures("few_at_once")
    async def test_thresholds_are_fired_a_few_at_a_time(self, rig: Rig, entered: list[int]) -> None:
        await rig.rule(type="threshold", threshold=0, window_secs=60)
        for number in range(5):
            await rig.send(fingerprint=f"f{number}")
        assert len(await rig.look()) == 5
        assert [size for size in entered if size] == [2, 2, 1]


async def test_a_damaged_sample_costs_an_alert_its_stack_alone(rig: Rig) -> None:
    await rig.rule(type="new_issue")
    await rig.send(fingerprint="one", stack="TypeError: x\n  at f (a.js:1:2)")
    await rig.execute("UPDATE samples SET payload = ?", b"\x01nonsense")
    assert await rig.look() == [("new_issue", 1, "one")]
    assert [content["top_frames"] for content in await rig.contents()] == [[]]


async def test_a_threshold_can_name_an_error_before_there_is_one_however_it_is_spelt(rig: Rig) -> None:
    await rig.rule(type="threshold", threshold=2, window_secs=60, fingerprint="no such page!")
    await rig.look()
    await rig.send(3, fingerprint="no such page!")
    assert [kind for kind, _, _ in await rig.look()] == ["threshold"]


async def test_errors_that_there_was_no_room_for_are_counted_for_good(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, mock_clock: MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threshold_counts, "Windows", partial(Windows, max_issues=2))
    await rig.rule(type="threshold", threshold=9, window_secs=60)
    await rig.look()
    for fingerprint in ("a", "b", "c", "d"):
        await rig.send(fingerprint=fingerprint)
    mock_clock.jump(AGAIN_SECS)
    await rig.look()
    evicted = rig.engine.statistics.evicted_issues
    assert evicted >= 2
    assert f"errors={evicted}" in capsys.readouterr().out
    await rig.rule(type="threshold", threshold=9, window_secs=600)  # for which all is counted anew
    rig.engine.reload()
    mock_clock.jump(AGAIN_SECS)
    await rig.look()
    assert rig.engine.statistics.evicted_issues >= evicted
