"""Environments: worked examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.analytics.questions.environments import EnvironmentsQuestion
from tests.analytics.asking import DEFAULT, OTHER, Error, asking

if TYPE_CHECKING:
    from tests.analytics.asking import Projection

QUESTION = EnvironmentsQuestion()


def test_percentiles_lie_between_the_hours_with_events(projection: Projection) -> None:
    projection.add(Error(no=1, hours={2: 1, 7: 2, 20: 3, 50: 4}))
    (load,) = projection.answer(QUESTION, asking()).environments
    assert (load.p50_hourly, load.p90_hourly, load.p99_hourly) == pytest.approx((2.5, 3.7, 3.97))
    assert (load.hours, load.total_count) == (4, 10)


def test_hours_are_summed_over_errors_and_each_environment_has_its_share(projection: Projection) -> None:
    projection.add(Error(no=1, hours={2: 10, 1: 20}), Error(no=2, hours={2: 30}))
    projection.add(Error(no=3, hours={2: 20}, environment="dev"))
    found = projection.answer(QUESTION, asking())
    prod, dev = found.environments
    assert found.total_count == 80
    assert (prod.environment, prod.total_count, prod.pct_of_total, prod.p50_hourly) == ("prod", 60, 75, 30)
    assert (dev.environment, dev.total_count, dev.pct_of_total, dev.unique_errors) == ("dev", 20, 25, 1)


def test_errors_count_that_ever_occurred_there_once_for_all_releases(projection: Projection) -> None:
    projection.add(Error(no=1, hours={2: 10}))
    projection.release(1, "1.1", 5)
    projection.release(2, "0.9", 5)
    (load,) = projection.answer(QUESTION, asking()).environments
    assert load.unique_errors == 2


def test_the_running_hour_is_one_of_the_hours(projection: Projection) -> None:
    projection.add(Error(no=1, hours={0: 3}))
    (load,) = projection.answer(QUESTION, asking()).environments
    assert (load.total_count, load.p50_hourly, load.p99_hourly) == (3, 3, 3)


def test_what_the_limit_leaves_out_is_in_the_total(projection: Projection) -> None:
    for no, (environment, count) in enumerate([("prod", 50), ("dev", 30), ("test", 20)], 1):
        projection.add(Error(no=no, hours={2: count}, environment=environment))
    found = projection.answer(QUESTION, asking(limit=1))
    assert ([load.pct_of_total for load in found.environments], found.total_count) == ([50], 100)


def test_of_one_environment_the_total_is_its_own(projection: Projection) -> None:
    projection.add(Error(no=1, hours={2: 10}), Error(no=2, hours={2: 30}, environment="dev"))
    found = projection.answer(QUESTION, asking(environment="dev"))
    assert ([load.pct_of_total for load in found.environments], found.total_count) == ([100], 30)


def test_the_same_name_in_two_projects_is_two_environments(projection: Projection) -> None:
    projection.add(Error(no=1, hours={2: 10}), Error(no=2, hours={2: 30}, project_no=2))
    found = projection.answer(QUESTION, asking(projects=(DEFAULT, OTHER)))
    assert [(load.project_id, load.pct_of_total) for load in found.environments] == [("other", 75), ("default", 25)]


def test_without_events_there_is_nothing(projection: Projection) -> None:
    found = projection.answer(QUESTION, asking())
    assert (found.environments, found.total_count) == ([], 0)
