"""Environments: where errors occur, and how many an hour.

Percentiles are of the hours with events, and the hour that is not over yet is one of them: an environment without
errors is not told of, and one whose first events have just come is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.analytics.questions.asked import Statement, Values, Window
from bloop_trio.analytics.shapes import EnvironmentLoad, EnvironmentLoads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.analytics.questions.asked import Asked

_SQL: Final = """
WITH hourly AS (
  SELECT project_no, environment, hour_ms, CAST(sum(count) AS BIGINT) AS events
  FROM hours
  WHERE {of_projects}{of_environment} AND hour_ms >= {first_ms} AND hour_ms <= {running_ms}
  GROUP BY project_no, environment, hour_ms
),
loaded AS (
  SELECT
    project_no,
    environment,
    sum(events) AS events,
    count(*) AS hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(events AS DOUBLE PRECISION)) AS p50,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(events AS DOUBLE PRECISION)) AS p90,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY CAST(events AS DOUBLE PRECISION)) AS p99
  FROM hourly
  GROUP BY project_no, environment
),
known AS (
  SELECT project_no, environment, count(DISTINCT issue_id) AS errors
  FROM issue_releases
  WHERE {of_projects}{of_environment}
  GROUP BY project_no, environment
)
SELECT
  l.project_no, l.environment, CAST(l.events AS BIGINT), CAST(sum(l.events) OVER () AS BIGINT), coalesce(k.errors, 0),
  l.hours, l.p50, l.p90, l.p99
FROM loaded AS l LEFT JOIN known AS k ON k.project_no = l.project_no AND k.environment = l.environment
ORDER BY l.events DESC, l.project_no, l.environment COLLATE "C"
LIMIT {limit}
"""


@attrs.frozen
class EnvironmentsQuestion:
    """Where do errors occur?"""

    def statement(self, asked: Asked, now_ms: int) -> Statement:
        """Return what the projection is asked: the environments, each also with the events of all."""
        window, values = Window(now_ms=now_ms, hours=asked.hours), Values()
        return values.statement(
            _SQL.format(
                of_projects=values.of_projects(asked),
                of_environment=values.of_environment(asked),
                first_ms=values.bind(window.first_ms, "BIGINT"),
                running_ms=values.bind(window.running_ms, "BIGINT"),
                limit=values.bind(asked.limit, "BIGINT"),
            )
        )

    def answer(self, asked: Asked, now_ms: int, rows: Sequence[tuple[Any, ...]]) -> EnvironmentLoads:
        """Return the environments of the rows."""
        return EnvironmentLoads(
            environments=[
                EnvironmentLoad(
                    environment=environment,
                    total_count=events,
                    unique_errors=errors,
                    pct_of_total=100 * events / total,
                    p50_hourly=p50,
                    p90_hourly=p90,
                    p99_hourly=p99,
                    project_id=asked.project_id(project_no),
                    hours=hours,
                )
                for project_no, environment, events, total, errors, hours, p50, p90, p99 in rows
            ],
            total_count=rows[0][3] if rows else 0,
            window_hours=asked.hours,
            computed_at=now_ms,
        )
