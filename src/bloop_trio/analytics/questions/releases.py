"""Releases: what each has changed, against the one before it.

Releases are in the order in which the server first saw them, those of each project by themselves. Counts are of all
events ever, so a release that is older has had more time: what can be compared fairly is the rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.analytics.questions.asked import Statement, Values
from bloop_trio.analytics.shapes import ReleaseImpact, ReleaseImpacts
from bloop_trio.clock import MS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.analytics.questions.asked import Asked

POINTS_FOR_NEW: Final = 10
"""Of the impact, for each new error."""

_SQL: Final = """
WITH summed AS (
  SELECT
    project_no,
    release,
    min(first_seen_ms) AS first_ms,
    max(last_seen_ms) AS last_ms,
    CAST(sum(count) AS BIGINT) AS events,
    count(DISTINCT issue_id) AS errors
  FROM issue_releases
  WHERE {of_projects}
  GROUP BY project_no, release
),
occurred AS (
  SELECT DISTINCT r.project_no, r.release, r.issue_id, s.first_ms
  FROM issue_releases AS r JOIN summed AS s ON s.project_no = r.project_no AND s.release = r.release
),
begun AS (
  SELECT issue_id, min(first_ms) AS first_ms FROM occurred GROUP BY issue_id
),
brought AS (
  SELECT o.project_no, o.release, count(*) AS new_errors
  FROM occurred AS o JOIN begun AS b ON b.issue_id = o.issue_id AND b.first_ms = o.first_ms
  GROUP BY o.project_no, o.release
),
compared AS (
  SELECT
    s.*,
    lag(s.release) OVER in_order AS previous_release,
    lag(s.events) OVER in_order AS previous_events,
    lag(s.first_ms) OVER in_order AS previous_first_ms,
    lag(s.last_ms) OVER in_order AS previous_last_ms,
    lead(s.first_ms) OVER in_order AS next_first_ms
  FROM summed AS s
  WINDOW in_order AS (PARTITION BY s.project_no ORDER BY s.first_ms, s.release COLLATE "C")
)
SELECT
  c.project_no, c.release, c.first_ms, c.last_ms, c.events, c.errors, coalesce(b.new_errors, 0), c.previous_release,
  c.previous_events, c.previous_first_ms, c.previous_last_ms, c.next_first_ms
FROM compared AS c LEFT JOIN brought AS b ON b.project_no = c.project_no AND b.release = c.release
ORDER BY c.first_ms DESC, c.project_no, c.release COLLATE "C" DESC
LIMIT {limit}
"""


@attrs.frozen
class ReleasesQuestion:
    """What has each release changed? Neither the window nor the environment makes a difference."""

    def statement(self, asked: Asked, now_ms: int) -> Statement:
        """Return what the projection is asked: the releases, each with the one before it and when the next one came."""
        values = Values()
        return values.statement(
            _SQL.format(of_projects=values.of_projects(asked), limit=values.bind(asked.limit, "BIGINT"))
        )

    def answer(self, asked: Asked, now_ms: int, rows: Sequence[tuple[Any, ...]]) -> ReleaseImpacts:
        """Return the releases of the rows."""
        return ReleaseImpacts(releases=[_impact(asked, now_ms, row) for row in rows], computed_at=now_ms)


def impact_score(new_errors: int, events: int, previous: int | None) -> float:
    """Return the impact: ten for each new error, and by how many per cent events have risen over the release before."""
    return POINTS_FOR_NEW * new_errors + (100 * (events - previous) / previous if previous else 0.0)


def exposure_hours(first_ms: int, last_ms: int, next_ms: int) -> float:
    """Return how long a release was in use: until the next one came, or longer if it was still seen; an hour at least."""
    return max(1.0, (max(last_ms, next_ms) - first_ms) / MS_PER_HOUR)


def _impact(asked: Asked, now_ms: int, row: tuple[Any, ...]) -> ReleaseImpact:
    project_no, release, first_ms, last_ms, events, errors, new_errors, previous, *others = row
    previous_events, previous_first_ms, previous_last_ms, next_first_ms = others
    exposure = exposure_hours(first_ms, last_ms, now_ms if next_first_ms is None else next_first_ms)
    rate, rate_delta_pct = events / exposure, None
    if previous_events:
        previous_rate = previous_events / exposure_hours(previous_first_ms, previous_last_ms, first_ms)
        rate_delta_pct = 100 * (rate - previous_rate) / previous_rate
    return ReleaseImpact(
        release=release,
        first_seen=first_ms,
        error_count=events,
        unique_fingerprints=errors,
        new_fingerprints=new_errors,
        error_delta=events - (previous_events or 0),
        impact_score=impact_score(new_errors, events, previous_events),
        project_id=asked.project_id(project_no),
        previous_release=previous,
        last_seen=last_ms,
        exposure_hours=exposure,
        errors_per_hour=rate,
        rate_delta_pct=rate_delta_pct,
    )
