"""Correlations: pairs of errors whose events come together.

Two errors are compared over the hours in which both have events, of which there have to be six. The hour that is not
over yet is left out: it is low for both, which alone would make them look alike.
"""

from __future__ import annotations

from math import atanh, sqrt, tanh
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.analytics.questions.asked import Statement, Values, Window
from bloop_trio.analytics.shapes import Correlations, ErrorPair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.analytics.questions.asked import Asked

MIN_HOURS: Final = 6
"""In which both have events; fewer prove nothing."""
MIN_CORRELATION: Final = 0.7
MAX_COMPARED: Final = 150
"""Errors that are compared, each with each of the others: time grows with the square of their number."""

_MAX_CORRELATION: Final = 1.5
"""Above all that can be measured: sums of fractions can end a little above 1."""
_DEVIATIONS: Final = 1.959964
"""Of a normal distribution, above which one of forty values lies."""

# A series that never changes has no correlation: one engine says NULL then, and another NaN, which is above all numbers.
_SQL: Final = """
WITH hourly AS (
  SELECT issue_id, hour_ms, CAST(sum(count) AS BIGINT) AS events
  FROM hours
  WHERE {of_projects}{of_environment} AND hour_ms >= {first_ms} AND hour_ms < {running_ms}
  GROUP BY issue_id, hour_ms
),
eligible AS (
  SELECT issue_id, count(*) AS hours, sum(events) AS events
  FROM hourly
  GROUP BY issue_id
  HAVING count(*) >= {min_hours} AND min(events) < max(events)
),
compared AS (
  SELECT e.*, i.project_no, i.fingerprint, i.error_type, i.message
  FROM eligible AS e JOIN issues AS i ON i.issue_id = e.issue_id
  ORDER BY e.events DESC, e.issue_id
  LIMIT {max_compared}
),
points AS (
  SELECT c.project_no, h.issue_id, h.hour_ms, CAST(h.events AS DOUBLE PRECISION) AS events
  FROM hourly AS h JOIN compared AS c ON c.issue_id = h.issue_id
),
paired AS (
  SELECT a.issue_id AS a_id, b.issue_id AS b_id, count(*) AS shared, corr(a.events, b.events) AS correlation
  FROM points AS a
  JOIN points AS b ON b.project_no = a.project_no AND b.hour_ms = a.hour_ms AND b.issue_id > a.issue_id
  GROUP BY a.issue_id, b.issue_id
  HAVING count(*) >= {min_hours}
),
closest AS (
  SELECT * FROM paired
  WHERE correlation >= {min_correlation} AND correlation <= {max_correlation}
  ORDER BY correlation DESC, shared DESC, a_id, b_id
  LIMIT {limit}
),
told AS (
  SELECT
    p.correlation, p.shared, p.a_id, p.b_id, a.project_no, a.hours AS a_hours, b.hours AS b_hours,
    a.fingerprint AS a_fingerprint, a.error_type AS a_type, a.message AS a_message,
    b.fingerprint AS b_fingerprint, b.error_type AS b_type, b.message AS b_message
  FROM closest AS p
  JOIN compared AS a ON a.issue_id = p.a_id
  JOIN compared AS b ON b.issue_id = p.b_id
)
SELECT
  e.eligible, t.project_no, t.correlation, t.shared, t.a_hours, t.b_hours,
  t.a_fingerprint, t.a_type, t.a_message, t.b_fingerprint, t.b_type, t.b_message
FROM (SELECT count(*) AS eligible FROM eligible) AS e LEFT JOIN told AS t ON TRUE
ORDER BY t.correlation DESC, t.shared DESC, t.a_id, t.b_id
"""


@attrs.frozen
class CorrelationsQuestion:
    """Which errors tend to come together?"""

    def statement(self, asked: Asked, now_ms: int) -> Statement:
        """Return what the projection is asked: how many errors can be compared, and the pairs, if there are any."""
        window, values = Window(now_ms=now_ms, hours=asked.hours), Values()
        return values.statement(
            _SQL.format(
                of_projects=values.of_projects(asked),
                of_environment=values.of_environment(asked),
                first_ms=values.bind(window.first_ms, "BIGINT"),
                running_ms=values.bind(window.running_ms, "BIGINT"),
                min_hours=values.bind(MIN_HOURS, "BIGINT"),
                max_compared=values.bind(MAX_COMPARED, "BIGINT"),
                min_correlation=values.bind(MIN_CORRELATION, "DOUBLE PRECISION"),
                max_correlation=values.bind(_MAX_CORRELATION, "DOUBLE PRECISION"),
                limit=values.bind(asked.limit, "BIGINT"),
            )
        )

    def answer(self, asked: Asked, now_ms: int, rows: Sequence[tuple[Any, ...]]) -> Correlations:
        """Return the pairs of the rows."""
        eligible = rows[0][0] if rows else 0
        return Correlations(
            pairs=[_pair(asked, row) for row in rows if row[1] is not None],
            window_hours=asked.hours,
            compared=min(eligible, MAX_COMPARED),
            eligible=eligible,
            max_compared=MAX_COMPARED,
            computed_at=now_ms,
        )


def lower_bound(correlation: float, points: int) -> float:
    """Return what the correlation is at least that such a one was measured of, in 97.5 of 100 cases.

    By Fisher's transformation, after which the error of a measured correlation is that of a normal distribution.
    """
    if correlation >= 1:
        return 1.0
    return tanh(atanh(correlation) - _DEVIATIONS / sqrt(points - 3))


def _pair(asked: Asked, row: tuple[Any, ...]) -> ErrorPair:
    _, project_no, correlation, shared, a_hours, b_hours, *texts = row
    a, b = sorted((tuple(texts[:3]), tuple(texts[3:])))
    measured = min(1.0, correlation)
    return ErrorPair(
        fingerprint_a=a[0],
        fingerprint_b=b[0],
        message_a=a[2],
        message_b=b[2],
        correlation=measured,
        project_id=asked.project_id(project_no),
        error_type_a=a[1],
        error_type_b=b[1],
        shared_hours=shared,
        correlation_low=lower_bound(measured, shared),
        overlap=shared / (a_hours + b_hours - shared),
    )
