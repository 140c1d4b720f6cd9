"""Correlations: worked examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.analytics.questions.correlations import MAX_COMPARED, CorrelationsQuestion, lower_bound
from tests.analytics.asking import DEFAULT, OTHER, Error, asking, hours_ago

if TYPE_CHECKING:
    from tests.analytics.asking import Projection

QUESTION = CorrelationsQuestion()
RISING = {ago: 10 - ago for ago in range(1, 8)}


def test_errors_that_come_together_are_a_pair_in_the_order_of_their_fingerprints(projection: Projection) -> None:
    projection.add(Error(no=1, hours={ago: 3 * n for ago, n in RISING.items()}, fingerprint="z"))
    projection.add(Error(no=2, hours=RISING, fingerprint="a"))
    found = projection.answer(QUESTION, asking())
    (pair,) = found.pairs
    assert (pair.fingerprint_a, pair.fingerprint_b, pair.message_a, pair.message_b) == ("a", "z", "m2", "m1")
    assert (pair.correlation, pair.shared_hours, pair.overlap) == (pytest.approx(1), 7, 1)
    assert (found.compared, found.eligible, found.max_compared) == (2, 2, MAX_COMPARED)


def test_a_coefficient_is_that_of_pearson(projection: Projection) -> None:
    projection.add(Error(no=1, hours={1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}))
    projection.add(Error(no=2, hours={1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5}))
    (pair,) = projection.answer(QUESTION, asking()).pairs
    assert pair.correlation == pytest.approx(0.8285714286)
    assert pair.correlation_low == pytest.approx(0.0520, abs=1e-4)


def test_six_hours_have_to_be_shared(projection: Projection) -> None:
    shifted = {ago + 2: n for ago, n in RISING.items()}
    projection.add(Error(no=1, hours=RISING), Error(no=2, hours=shifted), Error(no=3, hours={1: 1, 2: 2}))
    found = projection.answer(QUESTION, asking())
    assert (found.pairs, found.eligible) == ([], 2)


def test_what_never_changes_has_no_correlation_and_never_is_nan(projection: Projection) -> None:
    flat = dict.fromkeys(RISING, 7)
    projection.add(Error(no=1, hours=RISING), Error(no=2, hours=flat), Error(no=3, hours={**flat, 20: 90}))
    assert projection.answer(QUESTION, asking()).pairs == []


def test_the_running_hour_makes_no_pair(projection: Projection) -> None:
    five = {ago: 10 - ago for ago in range(1, 6)}
    projection.add(Error(no=1, hours={**five, 0: 90}), Error(no=2, hours={**five, 0: 90}))
    found = projection.answer(QUESTION, asking())
    assert (found.pairs, found.eligible) == ([], 0)


def test_a_pair_is_told_of_once_whatever_its_releases_and_environments(projection: Projection) -> None:
    projection.add(Error(no=1, hours=RISING), Error(no=2, hours=RISING))
    for issue_id in (1, 2):
        for release in ("1.1", "1.2"):
            projection.release(issue_id, release, 5, environment="dev")
        projection.insert("hours", [(issue_id, 1, hours_ago(1), "dev", 3)])
    assert len(projection.answer(QUESTION, asking()).pairs) == 1


def test_errors_of_two_projects_are_no_pair(projection: Projection) -> None:
    projection.add(Error(no=1, hours=RISING), Error(no=2, hours=RISING, project_no=2))
    found = projection.answer(QUESTION, asking(projects=(DEFAULT, OTHER)))
    assert (found.pairs, found.eligible) == ([], 2)


def test_those_with_the_most_events_are_compared_and_the_others_counted(projection: Projection) -> None:
    for no in range(1, MAX_COMPARED + 3):
        extra = 1_000 - no
        projection.add(Error(no=no, hours={1: extra, 2: extra + 1, 3: 9, 4: 8, 5: 7, 6: 6}))
    found = projection.answer(QUESTION, asking(limit=100))
    assert (found.compared, found.eligible) == (MAX_COMPARED, MAX_COMPARED + 2)
    assert len(found.pairs) == 100
    last = {f"fp{MAX_COMPARED + 1}", f"fp{MAX_COMPARED + 2}"}
    assert not last & {name for pair in found.pairs for name in (pair.fingerprint_a, pair.fingerprint_b)}


@pytest.mark.parametrize(
    ("correlation", "points", "expected"), [(1.0, 6, 1.0), (0.9, 6, 0.3280), (0.9, 100, 0.8547), (0.7, 6, -0.2583)]
)
def test_few_points_prove_little(correlation: float, points: int, expected: float) -> None:
    assert lower_bound(correlation, points) == pytest.approx(expected, abs=1e-3)
