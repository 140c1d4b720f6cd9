"""Rates out of the ordinary, as figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.judging.rates import baseline_ms, compare_move, compare_spike, compare_week, week_hours
from bloop_trio.alerts.rules.rule import Direction, Escalating, Mover, Spike
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from tests.conftest import NOW_MS

SPIKE = Spike(multiplier=3.0, baseline_window_secs=3_600, compare_window_secs=600)
ESCALATING = Escalating(multiplier=2.0, window_secs=3_600)


@pytest.mark.parametrize(("count", "is_over"), [(30, False), (31, True)])
def test_a_spike_is_over_the_multiple_and_not_at_it(count: int, is_over: bool) -> None:
    comparison = compare_spike(SPIKE, count, 60, MS_PER_HOUR)
    assert comparison.is_over is is_over
    assert comparison.figures == {
        "count": count,
        "window_secs": 600,
        "rate": count / 10,
        "baseline_rate": 1.0,
        "multiplier": 3.0,
    }


def test_anything_is_more_than_nothing() -> None:
    assert compare_spike(SPIKE, 5, 0, MS_PER_HOUR).is_over


SPAN = (NOW_MS, NOW_MS + MS_PER_HOUR)


@pytest.mark.parametrize(
    ("first_ms", "unwatched", "length_ms"),
    [
        (0, [], MS_PER_HOUR),
        (NOW_MS + MS_PER_HOUR // 2, [], MS_PER_HOUR // 2),
        (NOW_MS + MS_PER_HOUR - 1, [], 600_000),
        (NOW_MS + MS_PER_DAY, [], 600_000),
        (0, [(NOW_MS, NOW_MS + 1_000)], MS_PER_HOUR - 1_000),
        (0, [(NOW_MS, NOW_MS + MS_PER_HOUR - 599_999)], None),
        (0, [SPAN], None),
    ],
    ids=["all", "half a life", "a short life", "no life", "a nap", "hardly known", "unknown"],
)
def test_a_baseline_is_as_long_as_what_is_known_of_it(
    first_ms: int, unwatched: list[tuple[int, int]], length_ms: int | None
) -> None:
    assert baseline_ms(SPAN, first_ms=first_ms, compare_ms=600_000, unwatched=unwatched) == length_ms


def week(
    hours: dict[int, int], *, known_from_ms: int = 0, unwatched: list[tuple[int, int]] | None = None
) -> float | None:
    comparison = compare_week(
        ESCALATING, 10, hours, now_ms=NOW_MS, known_from_ms=known_from_ms, unwatched=unwatched or []
    )
    return None if comparison is None else comparison.baseline_rate * 60


def hours_before(*counts: int) -> dict[int, int]:
    """Counts of the hour before this time of day, yesterday first."""
    return {NOW_MS - day * MS_PER_DAY - MS_PER_HOUR: count for day, count in enumerate(counts, 1)}


def test_a_week_is_the_mean_of_seven_days_and_quiet_ones_count() -> None:
    assert week(hours_before(7, 0, 0, 0, 0, 0, 7)) == pytest.approx(2.0)


def test_only_the_same_time_of_day_is_compared_with() -> None:
    assert week({NOW_MS - MS_PER_DAY: 100, NOW_MS - 2 * MS_PER_HOUR: 100}) == 0.0


def test_days_before_the_issue_lived_do_not_count() -> None:
    assert week(hours_before(6, 2), known_from_ms=NOW_MS - 3 * MS_PER_DAY) == pytest.approx(4.0)
    assert week(hours_before(6), known_from_ms=NOW_MS - MS_PER_DAY // 2) is None


def test_days_that_nobody_watched_do_not_count() -> None:
    asleep = (NOW_MS - 7 * MS_PER_DAY - MS_PER_HOUR, NOW_MS - 2 * MS_PER_DAY)
    assert week(hours_before(6), unwatched=[asleep]) == pytest.approx(6.0)
    assert week(hours_before(6), unwatched=[(0, NOW_MS)]) is None


@given(
    minutes=st.integers(0, 59),
    hours=st.dictionaries(st.integers(1, 8 * 24).map(lambda n: NOW_MS - n * MS_PER_HOUR), st.integers(0, 1_000)),
)
def test_events_of_an_hour_are_spread_over_it(minutes: int, hours: dict[int, int]) -> None:
    now_ms = NOW_MS + minutes * 60_000
    comparison = compare_week(ESCALATING, 1, hours, now_ms=now_ms, known_from_ms=0, unwatched=[])
    assert comparison is not None
    share = minutes / 60
    expected = sum(
        hours.get(NOW_MS - day * MS_PER_DAY - MS_PER_HOUR, 0) * (1 - share)
        + hours.get(NOW_MS - day * MS_PER_DAY, 0) * share
        for day in range(1, 8)
    )
    assert comparison.baseline_rate * 60 == pytest.approx(expected / 7)
    needed = {hour_ms: hours.get(hour_ms, 0) for hour_ms in week_hours(ESCALATING, now_ms)}
    assert compare_week(ESCALATING, 1, needed, now_ms=now_ms, known_from_ms=0, unwatched=[]) == comparison


MOVER = Mover(percent=50, window_secs=3_600, min_change=5)
MOVED = ((NOW_MS - 2 * MS_PER_HOUR, NOW_MS - MS_PER_HOUR), (NOW_MS - MS_PER_HOUR, NOW_MS))


@pytest.mark.parametrize(
    ("count", "previous", "direction", "is_over"),
    [
        (15, 10, "both", True),
        (14, 10, "both", False),
        (5, 10, "both", True),
        (6, 10, "both", False),
        (15, 10, "down", False),
        (5, 10, "up", False),
        (15, 10, "up", True),
        (5, 10, "down", True),
        (1_014, 1_000, "both", False),
        (7, 3, "both", False),
        (5, 0, "up", True),
        (0, 5, "down", True),
        (0, 0, "both", False),
    ],
)
def test_a_move_is_far_enough_and_goes_the_right_way(count: int, previous: int, direction: str, is_over: bool) -> None:
    config = Mover(percent=50, window_secs=3_600, min_change=5, direction=Direction(direction))
    move = compare_move(config, count, previous, MOVED, ())
    assert move is not None
    assert move.is_over(config) is is_over


def test_a_move_tells_of_both_windows() -> None:
    move = compare_move(MOVER, 30, 40, MOVED, ())
    assert move is not None
    assert move.figures == {"count": 30, "window_secs": 3_600, "previous": 40, "change": -10, "percent": 25}


def test_what_was_before_is_taken_in_proportion_to_what_was_watched() -> None:
    begin_ms = MOVED[0][0]
    slept = [(begin_ms, begin_ms + MS_PER_HOUR // 4)]
    move = compare_move(MOVER, 40, 30, MOVED, slept)
    assert move is not None
    assert (move.previous, move.change) == (40, 0)
    assert compare_move(MOVER, 40, 30, MOVED, [(begin_ms, begin_ms + MS_PER_HOUR * 3 // 4)]) is None
