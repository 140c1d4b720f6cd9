"""Spikes: worked examples, and random projections against plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.analytics.questions.spikes import SpikesQuestion, spike_rule
from tests.analytics.asking import DEFAULT, OTHER, Error, asking, hours_ago

if TYPE_CHECKING:
    from tests.analytics.asking import Projection

QUESTION = SpikesQuestion(2.5)


def steady(hours: range, count: int = 1) -> dict[int, int]:
    return dict.fromkeys(hours, count)


def test_one_hour_of_100_after_twenty_of_1(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(2, 22)), 1: 100}))
    (spike,) = projection.answer(QUESTION, asking()).spikes
    assert (spike.hour_bucket, spike.count, spike.hours, spike.is_running) == (hours_ago(1), 100, 21, False)
    assert spike.mean == pytest.approx(5.714285714)
    assert spike.stddev == pytest.approx(21.603571133)
    assert spike.zscore == pytest.approx(4.364357805)


def test_hours_without_events_count_since_the_error_was_first_seen(projection: Projection) -> None:
    projection.add(Error(no=1, hours={10: 1, 5: 8}))
    (spike,) = projection.answer(QUESTION, asking()).spikes
    assert (spike.hours, spike.mean) == (10, pytest.approx(0.9))


def test_of_an_old_error_all_hours_of_the_window_count(projection: Projection) -> None:
    projection.add(Error(no=1, hours={3: 50}, first_ago=1_000))
    (spike,) = projection.answer(QUESTION, asking(hours=24)).spikes
    assert (spike.hours, spike.mean) == (23, pytest.approx(50 / 23))


def test_the_running_hour_is_judged_and_belongs_to_no_mean(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(2, 12), 2), 1: 3, 0: 100}))
    (spike,) = projection.answer(QUESTION, asking()).spikes
    assert (spike.hour_bucket, spike.count, spike.is_running) == (hours_ago(0), 100, True)
    assert (spike.hours, spike.mean) == (11, pytest.approx(23 / 11))


def test_a_running_hour_with_few_events_yet_takes_nothing_away(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(2, 22)), 1: 100, 0: 1}))
    (spike,) = projection.answer(QUESTION, asking()).spikes
    assert spike.zscore == pytest.approx(4.364357805)


@pytest.mark.parametrize(
    "hours",
    [{0: 100}, {1: 100}, steady(range(1, 30), 7), {2: 1, 1: 100}],
    ids=["only in the running hour", "only in one hour that is over", "always alike", "too few hours"],
)
def test_what_cannot_be_told_from_chance_is_no_spike(projection: Projection, hours: dict[int, int]) -> None:
    projection.add(Error(no=1, hours=hours))
    assert projection.answer(QUESTION, asking()).spikes == []


def test_an_error_is_told_of_once_whatever_its_releases_environments_and_hours(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(4, 22)), 3: 90, 2: 90, 1: 90}))
    projection.release(1, "1.1", 50)
    projection.release(1, "1.2", 50)
    projection.insert("hours", [(1, 1, hours_ago(2), "dev", 10), (1, 1, hours_ago(2), "dev", 10)])
    (spike,) = projection.answer(SpikesQuestion(2.0), asking()).spikes
    assert (spike.hour_bucket, spike.count) == (hours_ago(2), 110)


def test_of_several_highest_hours_the_last_is_told_of(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(1, 40)), 20: 90, 10: 90}))
    (spike,) = projection.answer(QUESTION, asking()).spikes
    assert spike.hour_bucket == hours_ago(10)


def test_in_one_environment_an_error_is_as_old_as_it_is_there(projection: Projection) -> None:
    projection.add(
        Error(no=1, hours={**steady(range(2, 13)), 1: 40}, environment="dev", first_ago=12),
        Error(no=2, hours={30: 5, 1: 40}, environment="prod"),
    )
    projection.conn.execute("UPDATE issues SET first_seen_ms = ?", [hours_ago(60)])
    projection.conn.execute("UPDATE issue_releases SET first_seen_ms = ?", [hours_ago(12)])
    (spike,) = projection.answer(QUESTION, asking(environment="dev")).spikes
    assert (spike.fingerprint, spike.hours) == ("fp1", 12)


def test_an_error_of_the_same_fingerprint_in_two_projects_is_two_errors(projection: Projection) -> None:
    hours = {**steady(range(2, 22)), 1: 100}
    projection.add(Error(no=1, hours=hours, fingerprint="same"))
    projection.add(Error(no=2, hours=hours, fingerprint="same", project_no=2))
    spikes = projection.answer(QUESTION, asking(projects=(DEFAULT, OTHER))).spikes
    assert [(spike.project_id, spike.count) for spike in spikes] == [("default", 100), ("other", 100)]
    assert [spike.project_id for spike in projection.answer(QUESTION, asking()).spikes] == ["default"]


def test_the_highest_come_first_up_to_the_limit_and_few_events_can_be_left_out(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(2, 22)), 1: 100}), Error(no=2, hours={30: 1}))
    assert [s.fingerprint for s in projection.answer(QUESTION, asking()).spikes] == ["fp2", "fp1"]
    assert [s.fingerprint for s in projection.answer(QUESTION, asking(limit=1)).spikes] == ["fp2"]
    assert [s.fingerprint for s in projection.answer(SpikesQuestion(2.5, 5), asking()).spikes] == ["fp1"]


def test_counts_of_millions_lose_nothing(projection: Projection) -> None:
    projection.add(Error(no=1, hours={**steady(range(2, 22), 10_000_000), 1: 10_000_001}))
    (spike,) = projection.answer(QUESTION, asking()).spikes
    assert spike.stddev == pytest.approx(0.2182178902)


def test_a_rule_for_the_like_is_met_by_half_of_it() -> None:
    assert spike_rule("cart", 100, 10.0, 72) == {
        "type": "spike",
        "fingerprint": "cart",
        "multiplier": 5.5,
        "baseline_window_secs": 72 * 3600,
        "compare_window_secs": 3600,
        "min_count": 5,
    }


@pytest.mark.parametrize(("hours", "baseline_hours"), [(1, 2), (24, 24), (720, 168)])
def test_a_rule_compares_with_as_much_as_a_rule_can(hours: int, baseline_hours: int) -> None:
    assert spike_rule("cart", 3, 1.0, hours)["baseline_window_secs"] == baseline_hours * 3600
