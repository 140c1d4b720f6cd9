"""Releases: worked examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.analytics.questions.releases import ReleasesQuestion
from tests.analytics.asking import DEFAULT, OTHER, asking, hours_ago

if TYPE_CHECKING:
    from tests.analytics.asking import Projection

QUESTION = ReleasesQuestion()
A, B = 1, 2


@pytest.fixture
def three(projection: Projection) -> Projection:
    """1.0 has ten of a; 1.1 has fifteen of b and five of a; 1.2 has four of b."""
    projection.release(A, "1.0", 10, first_ms=hours_ago(30))
    projection.release(B, "1.1", 15, first_ms=hours_ago(20))
    projection.release(A, "1.1", 5, first_ms=hours_ago(19), last_ms=hours_ago(18))
    projection.release(B, "1.2", 4, first_ms=hours_ago(10))
    return projection


def test_new_errors_and_more_events_make_the_impact(three: Projection) -> None:
    newest, middle, first = three.answer(QUESTION, asking()).releases
    assert [r.release for r in (newest, middle, first)] == ["1.2", "1.1", "1.0"]
    assert [r.impact_score for r in (first, middle, newest)] == [10, 110, -80]
    assert [r.error_delta for r in (first, middle, newest)] == [10, 10, -16]
    assert [r.new_fingerprints for r in (first, middle, newest)] == [1, 1, 0]
    assert [r.unique_fingerprints for r in (first, middle, newest)] == [1, 2, 1]
    assert [r.error_count for r in (first, middle, newest)] == [10, 20, 4]
    assert [r.previous_release for r in (first, middle, newest)] == [None, "1.0", "1.1"]
    assert (middle.first_seen, middle.last_seen) == (hours_ago(20), hours_ago(18))


def test_a_rate_is_of_the_time_until_the_next_one_came(three: Projection) -> None:
    newest, middle, first = three.answer(QUESTION, asking()).releases
    assert [r.exposure_hours for r in (first, middle, newest)] == [10, 10, 10.5]
    assert [r.errors_per_hour for r in (first, middle)] == [1, 2]
    assert newest.errors_per_hour == pytest.approx(4 / 10.5)
    assert (first.rate_delta_pct, middle.rate_delta_pct) == (None, 100)
    assert newest.rate_delta_pct == pytest.approx(100 * (4 / 10.5 - 2) / 2)


def test_one_that_is_still_seen_is_exposed_for_longer_and_a_new_one_for_an_hour(projection: Projection) -> None:
    projection.release(A, "1.0", 10, first_ms=hours_ago(30), last_ms=hours_ago(5))
    projection.release(A, "1.1", 7, first_ms=hours_ago(20))
    projection.release(A, "1.2", 7, first_ms=hours_ago(0))
    newest, _, first = projection.answer(QUESTION, asking()).releases
    assert (first.exposure_hours, newest.exposure_hours, newest.errors_per_hour) == (25, 1, 7)


def test_neither_window_nor_environment_makes_a_difference(three: Projection) -> None:
    three.release(A, "1.2", 6, first_ms=hours_ago(9), environment="dev")
    everything = three.answer(QUESTION, asking())
    assert three.answer(QUESTION, asking(hours=1, environment="prod")) == everything
    assert [r.error_count for r in everything.releases] == [10, 20, 10]


def test_of_two_that_came_at_once_neither_was_before_the_other(projection: Projection) -> None:
    for release in ("1.0", "1.1"):
        projection.release(A, release, 5, first_ms=hours_ago(3))
    newest, first = projection.answer(QUESTION, asking()).releases
    assert [(r.release, r.new_fingerprints) for r in (newest, first)] == [("1.1", 1), ("1.0", 1)]


def test_each_project_has_its_own_order(projection: Projection) -> None:
    projection.release(A, "1.0", 10, first_ms=hours_ago(30))
    projection.release(B, "1.0", 5, first_ms=hours_ago(20), project_no=2)
    projection.release(A, "1.1", 20, first_ms=hours_ago(10))
    both = projection.answer(QUESTION, asking(projects=(DEFAULT, OTHER))).releases
    assert [(r.project_id, r.release, r.previous_release, r.error_delta) for r in both] == [
        ("default", "1.1", "1.0", 10),
        ("other", "1.0", None, 5),
        ("default", "1.0", None, 10),
    ]


def test_one_that_the_limit_leaves_out_is_still_compared_with(three: Projection) -> None:
    (newest,) = three.answer(QUESTION, asking(limit=1)).releases
    assert (newest.release, newest.impact_score) == ("1.2", -80)
