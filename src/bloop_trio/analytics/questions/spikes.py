"""Spikes: the hours of errors that stand out from their others.

An hour without events is an hour like any other. What an hour is compared with are therefore all complete hours since
the error was first seen, or since the window began, whichever is later; the hour itself is one of them. The hour that
is not over yet is judged, and compared with the complete ones alone: it could only lower their mean.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.analytics.questions.asked import Statement, Values, Window
from bloop_trio.analytics.shapes import ErrorSpike, Spikes
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.analytics.questions.asked import Asked

MAX_BASELINE_HOURS: Final = 168
"""That an alert rule can compare with."""

# Of whole numbers, the sums are exact, and so is their difference: an hour without events adds to neither of them.
# A count and the number of its hour in one: the largest has the most events, and is the last of several alike.
_HOUR_BITS: Final = 10

_SQL: Final = """
WITH hourly AS (
  SELECT issue_id, hour_ms, CAST(sum(count) AS BIGINT) AS events
  FROM hours
  WHERE {of_projects}{of_environment} AND hour_ms >= {first_ms} AND hour_ms <= {running_ms}
  GROUP BY issue_id, hour_ms
),
summed AS (
  SELECT
    issue_id,
    min(hour_ms) AS first_ms,
    sum(events) FILTER (WHERE hour_ms < {running_ms}) AS events,
    sum(events * events) FILTER (WHERE hour_ms < {running_ms}) AS squares,
    max((events << {hour_bits}) + CAST((hour_ms - {first_ms}) / {hour_length} AS BIGINT)) AS top
  FROM hourly
  GROUP BY issue_id
),
seen AS (
  {seen}
),
counted AS (
  SELECT
    s.issue_id,
    s.events,
    s.squares,
    s.top >> {hour_bits} AS top_events,
    {first_ms} + (s.top - ((s.top >> {hour_bits}) << {hour_bits})) * {hour_length} AS top_ms,
    CAST(
      ({running_ms} - greatest({first_ms}, least(s.first_ms, seen.first_ms - seen.first_ms % {hour_length})))
      / {hour_length} AS BIGINT
    ) AS hours
  FROM summed AS s JOIN seen ON seen.issue_id = s.issue_id
),
measured AS (
  SELECT
    *,
    CAST(events AS DOUBLE PRECISION) / hours AS mean,
    sqrt(CAST(hours * squares - events * events AS DOUBLE PRECISION) / hours / (hours - 1)) AS stddev
  FROM counted
  WHERE hours > 1
),
judged AS (
  SELECT *, (top_events - mean) / stddev AS zscore
  FROM measured
  WHERE stddev > 0
)
SELECT
  i.project_no, i.fingerprint, i.error_type, i.message,
  j.top_ms, j.top_events, j.mean, j.stddev, j.zscore, j.hours
FROM judged AS j JOIN issues AS i ON i.issue_id = j.issue_id
WHERE j.zscore >= {threshold} AND j.top_events >= {min_count}
ORDER BY j.zscore DESC, j.top_events DESC, j.issue_id
LIMIT {limit}
"""
_SEEN: Final = "SELECT issue_id, first_seen_ms AS first_ms FROM issues WHERE {of_projects}"
_SEEN_IN_ENVIRONMENT: Final = (
    "SELECT issue_id, min(first_seen_ms) AS first_ms FROM issue_releases WHERE {of_projects}{of_environment}"
    " GROUP BY issue_id"
)


@attrs.frozen
class SpikesQuestion:
    """Which errors had an hour out of the ordinary?"""

    threshold: float
    """Standard deviations above the mean that make an hour a spike."""
    min_count: int = 1
    """Events that the hour has at least."""

    def statement(self, asked: Asked, now_ms: int) -> Statement:
        """Return what the projection is asked: the highest hour of each error, and how it compares."""
        window, values = Window(now_ms=now_ms, hours=asked.hours), Values()
        filters = {"of_projects": values.of_projects(asked), "of_environment": values.of_environment(asked)}
        seen = _SEEN if asked.environment is None else _SEEN_IN_ENVIRONMENT
        return values.statement(
            _SQL.format(
                **filters,
                seen=seen.format(**filters),
                first_ms=values.bind(window.first_ms, "BIGINT"),
                running_ms=values.bind(window.running_ms, "BIGINT"),
                hour_length=values.bind(MS_PER_HOUR, "BIGINT"),
                hour_bits=values.bind(_HOUR_BITS, "INTEGER"),
                threshold=values.bind(self.threshold, "DOUBLE PRECISION"),
                min_count=values.bind(self.min_count, "BIGINT"),
                limit=values.bind(asked.limit, "BIGINT"),
            )
        )

    def answer(self, asked: Asked, now_ms: int, rows: Sequence[tuple[Any, ...]]) -> Spikes:
        """Return the spikes of the rows."""
        running_ms = Window(now_ms=now_ms, hours=asked.hours).running_ms
        return Spikes(
            spikes=[
                ErrorSpike(
                    fingerprint=fingerprint,
                    error_type=error_type,
                    message=message,
                    hour_bucket=hour_ms,
                    count=count,
                    mean=mean,
                    stddev=stddev,
                    zscore=zscore,
                    project_id=asked.project_id(project_no),
                    hours=hours,
                    is_running=hour_ms == running_ms,
                    rule=spike_rule(fingerprint, count, mean, asked.hours),
                )
                for (
                    project_no,
                    fingerprint,
                    error_type,
                    message,
                    hour_ms,
                    count,
                    mean,
                    stddev,
                    zscore,
                    hours,
                ) in rows
            ],
            threshold=self.threshold,
            window_hours=asked.hours,
            computed_at=now_ms,
        )


def spike_rule(fingerprint: str, count: int, mean: float, hours: int) -> dict[str, Any]:
    """Return the config of an alert rule for the like of a spike: half as far above the mean as it was."""
    baseline_hours = max(2, min(hours, MAX_BASELINE_HOURS))
    return {
        "type": "spike",
        "fingerprint": fingerprint,
        "multiplier": max(1.01, floor((1 + count / mean) * 50) / 100),
        "baseline_window_secs": baseline_hours * MS_PER_HOUR // MS_PER_SEC,
        "compare_window_secs": MS_PER_HOUR // MS_PER_SEC,
        "min_count": max(1, min(5, count)),
    }
