"""Every text of SQL runs unchanged on DuckDB and on PostgreSQL, and finds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from bloop_trio.analytics.questions.correlations import CorrelationsQuestion
from bloop_trio.analytics.questions.environments import EnvironmentsQuestion
from bloop_trio.analytics.questions.movers import MoversQuestion
from bloop_trio.analytics.questions.releases import ReleasesQuestion
from bloop_trio.analytics.questions.spikes import SpikesQuestion
from bloop_trio.analytics.schema import TABLES
from tests.analytics import postgresql
from tests.analytics.asking import DEFAULT, HALF_PAST_MS, OTHER, Error, Projection, asking
from tests.analytics.made_up import PROJECTS, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.analytics.insights import Question
    from tests.analytics.postgresql import PostgreSql
    from tests.analytics.reference import Tables

QUESTIONS: tuple[Question, ...] = (
    SpikesQuestion(1.7),
    MoversQuestion(),
    CorrelationsQuestion(),
    ReleasesQuestion(),
    EnvironmentsQuestion(),
)
NAMES = [type(question).__name__ for question in QUESTIONS]

pytestmark = pytest.mark.skipif(not postgresql.is_there(), reason="PostgreSQL is not installed")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSql]:
    with postgresql.run_postgresql() as running:
        running.script(TABLES)
        yield running


def fill(postgres: PostgreSql, projection: Projection) -> None:
    for table in ("hours", "issues", "issue_releases"):
        postgres.fill(table, projection.conn.execute(f"SELECT * FROM {table}").fetchall())


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_they_agree_about_two_projects(postgres: PostgreSql, projection: Projection, question: Question) -> None:
    rising = {ago: 10 - ago for ago in range(1, 9)}
    projection.add(
        Error(no=1, hours={**dict.fromkeys(range(2, 22), 1), 1: 100, 0: 7}, fingerprint="it's"),
        Error(no=2, hours=rising),
        Error(no=3, hours={ago: n * n for ago, n in rising.items()}),
        Error(no=4, hours=dict.fromkeys(range(1, 9), 5)),
        Error(no=5, hours=rising, project_no=2, environment="dev"),
        Error(no=6, hours={80: 3}, environment="Dev"),
    )
    projection.release(2, "1.1", 3, first_ms=HALF_PAST_MS)
    projection.release(2, "1.1-rc", 3, first_ms=HALF_PAST_MS)
    fill(postgres, projection)
    for projects in ((DEFAULT,), (DEFAULT, OTHER)):
        for environment in (None, "prod"):
            asked = asking(projects=projects, environment=environment)
            rows = projection.rows(question, asked)
            assert rows
            found = postgres.rows(question.statement(asked, HALF_PAST_MS), rows)
            assert [pytest.approx(row) for row in rows] == found


@seed(1)
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(made=tables())
def test_they_agree_about_whatever_there_is(postgres: PostgreSql, projection: Projection, made: Tables) -> None:
    projection.fill(made)
    fill(postgres, projection)
    for question in QUESTIONS:
        asked = asking(projects=PROJECTS[2], hours=16)
        rows = projection.rows(question, asked)
        if rows:
            found = postgres.rows(question.statement(asked, HALF_PAST_MS), rows)
            assert [pytest.approx(row) for row in rows] == found
