"""Movers: worked examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.analytics.questions.movers import MoversQuestion, mover_rule
from tests.analytics.asking import DEFAULT, OTHER, Error, asking, hours_ago

if TYPE_CHECKING:
    from tests.analytics.asking import Projection

QUESTION = MoversQuestion()


def test_the_window_is_set_against_the_one_before(projection: Projection) -> None:
    projection.add(Error(no=1, hours={30: 10, 10: 20, 5: 10}))
    (mover,) = projection.answer(QUESTION, asking(hours=24)).movers
    assert (mover.count_current, mover.count_previous, mover.delta, mover.delta_pct) == (30, 10, 20, 200)
    assert mover.message == "m1"


def test_the_window_holds_the_hours_that_began_in_it_and_the_running_one(projection: Projection) -> None:
    projection.add(Error(no=1, hours={0: 1, 23: 10, 24: 100, 47: 1_000, 48: 10_000}))
    found = projection.answer(QUESTION, asking(hours=24))
    (mover,) = found.movers
    assert (mover.count_current, mover.count_previous) == (11, 1_100)
    assert (found.current_from, found.previous_from) == (hours_ago(23), hours_ago(47))


def test_a_steady_error_has_not_moved_in_however_many_releases(projection: Projection) -> None:
    projection.add(Error(no=1, hours={30: 20, 3: 20}))
    projection.release(1, "1.1", 20)
    projection.release(1, "1.2", 20)
    (mover,) = projection.answer(QUESTION, asking(hours=24)).movers
    assert (mover.count_current, mover.count_previous, mover.delta, mover.delta_pct) == (20, 20, 0, 0)
    assert (mover.moved_at, mover.moved_first) == (None, False)


def test_what_has_come_and_what_has_gone_have_their_words_too(projection: Projection) -> None:
    projection.add(Error(no=1, hours={3: 7}), Error(no=2, hours={30: 5}))
    come, gone = projection.answer(QUESTION, asking(hours=24)).movers
    assert (come.fingerprint, come.error_type, come.delta, come.delta_pct) == ("fp1", "TypeError", 7, 100)
    assert (gone.fingerprint, gone.error_type, gone.delta, gone.delta_pct) == ("fp2", "TypeError", -5, -100)


def test_the_largest_change_comes_first_up_or_down(projection: Projection) -> None:
    projection.add(Error(no=1, hours={3: 7}), Error(no=2, hours={30: 50}), Error(no=3, hours={30: 5, 3: 6}))
    movers = projection.answer(QUESTION, asking(hours=24)).movers
    assert [mover.fingerprint for mover in movers] == ["fp2", "fp1", "fp3"]
    assert len(projection.answer(QUESTION, asking(hours=24, limit=2)).movers) == 2


def test_a_rise_began_in_the_first_hour_above_all_of_the_window_before(projection: Projection) -> None:
    projection.add(
        Error(no=1, hours={40: 5, 20: 5, 9: 6, 8: 90}),
        Error(no=2, hours={40: 5, 7: 50}),
        Error(no=3, hours={20: 1}, first_ago=20),
    )
    movers = projection.answer(QUESTION, asking(hours=24, limit=2)).movers
    assert [(mover.moved_at, mover.moved_first) for mover in movers] == [(hours_ago(9), True), (hours_ago(7), False)]


@pytest.mark.parametrize(
    ("hours", "ago"),
    [({30: 48, 12: 2, 10: 1}, 11), ({30: 48}, 23), ({30: 48, 1: 2}, None)],
    ids=["behind the last hour as before", "at once", "not before the running hour"],
)
def test_a_fall_began_behind_the_last_hour_as_before(
    projection: Projection, hours: dict[int, int], ago: int | None
) -> None:
    projection.add(Error(no=1, hours=hours))
    (mover,) = projection.answer(QUESTION, asking(hours=24)).movers
    assert mover.moved_at == (None if ago is None else hours_ago(ago))


def test_projects_and_environments_are_told_apart(projection: Projection) -> None:
    projection.add(Error(no=1, hours={3: 7}, fingerprint="same"))
    projection.add(Error(no=2, hours={3: 9}, fingerprint="same", project_no=2, environment="dev"))
    both = projection.answer(QUESTION, asking(projects=(DEFAULT, OTHER))).movers
    assert [(mover.project_id, mover.delta) for mover in both] == [("other", 9), ("default", 7)]
    dev = projection.answer(QUESTION, asking(projects=(DEFAULT, OTHER), environment="dev")).movers
    assert [mover.project_id for mover in dev] == ["other"]


@pytest.mark.parametrize(
    ("events", "previous", "hours", "expected"),
    [
        (300, 100, 24, {"direction": "up", "percent": 100.0, "min_change": 100, "window_secs": 24 * 3600}),
        (300, 100, 72, {"direction": "up", "percent": 100.0, "min_change": 33, "window_secs": 24 * 3600}),
        (0, 8, 6, {"direction": "down", "percent": 50.0, "min_change": 4, "window_secs": 6 * 3600}),
        (5, 5, 1, {"direction": "up", "percent": 1.0, "min_change": 1, "window_secs": 3600}),
    ],
)
def test_a_rule_for_the_like_is_met_by_half_of_it(
    events: int, previous: int, hours: int, expected: dict[str, object]
) -> None:
    assert mover_rule("cart", events, previous, hours) == {"type": "mover", "fingerprint": "cart", **expected}
