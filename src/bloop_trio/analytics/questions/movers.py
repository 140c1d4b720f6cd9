"""Movers: errors that happen more often than before, or less often.

The events of the window are set against those of the window of the same length before. The hour that is not over yet
belongs to the window, with what it has so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.analytics.questions.asked import Statement, Values, Window
from bloop_trio.analytics.shapes import ErrorMover, Movers
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.analytics.questions.asked import Asked

MAX_RULE_HOURS: Final = 24
"""Length of the window of an alert rule, at most; likewise what follows."""
MAX_RULE_PERCENT: Final = 1_000_000.0
MAX_RULE_CHANGE: Final = 1_000_000_000

# The hours of the errors that are told of are looked at once more, for where the move began.
_SQL: Final = """
WITH summed AS (
  SELECT
    issue_id,
    CAST(coalesce(sum(count) FILTER (WHERE hour_ms >= {first_ms}), 0) AS BIGINT) AS events,
    CAST(coalesce(sum(count) FILTER (WHERE hour_ms < {first_ms}), 0) AS BIGINT) AS previous
  FROM hours
  WHERE {of_projects}{of_environment} AND hour_ms >= {previous_ms} AND hour_ms <= {running_ms}
  GROUP BY issue_id
),
largest AS (
  SELECT s.*, i.project_no, i.fingerprint, i.error_type, i.message
  FROM summed AS s JOIN issues AS i ON i.issue_id = s.issue_id
  ORDER BY abs(s.events - s.previous) DESC, s.events DESC, s.issue_id
  LIMIT {limit}
),
hourly AS (
  SELECT issue_id, hour_ms, sum(count) AS events
  FROM hours
  WHERE {of_projects}{of_environment} AND hour_ms >= {previous_ms} AND hour_ms <= {running_ms}
    AND issue_id IN (SELECT issue_id FROM largest)
  GROUP BY issue_id, hour_ms
),
before AS (
  SELECT issue_id, max(events) AS highest FROM hourly WHERE hour_ms < {first_ms} GROUP BY issue_id
),
moved AS (
  SELECT
    h.issue_id,
    min(h.hour_ms) FILTER (WHERE h.events > coalesce(b.highest, 0)) AS rose_ms,
    max(h.hour_ms) FILTER (WHERE h.events * {hours} >= l.previous AND h.hour_ms < {running_ms}) AS stayed_ms
  FROM hourly AS h JOIN largest AS l ON l.issue_id = h.issue_id LEFT JOIN before AS b ON b.issue_id = h.issue_id
  WHERE h.hour_ms >= {first_ms}
  GROUP BY h.issue_id
)
SELECT
  l.project_no, l.fingerprint, l.error_type, l.message, l.events, l.previous, m.rose_ms, m.stayed_ms
FROM largest AS l LEFT JOIN moved AS m ON m.issue_id = l.issue_id
ORDER BY abs(l.events - l.previous) DESC, l.events DESC, l.issue_id
"""


@attrs.frozen
class MoversQuestion:
    """Which errors happen more often than before, or less often?"""

    def statement(self, asked: Asked, now_ms: int) -> Statement:
        """Return what the projection is asked: the events of both windows, and which hours tell where a move began."""
        window, values = Window(now_ms=now_ms, hours=asked.hours), Values()
        return values.statement(
            _SQL.format(
                of_projects=values.of_projects(asked),
                of_environment=values.of_environment(asked),
                previous_ms=values.bind(_previous_ms(window), "BIGINT"),
                first_ms=values.bind(window.first_ms, "BIGINT"),
                running_ms=values.bind(window.running_ms, "BIGINT"),
                hours=values.bind(asked.hours, "BIGINT"),
                limit=values.bind(asked.limit, "BIGINT"),
            )
        )

    def answer(self, asked: Asked, now_ms: int, rows: Sequence[tuple[Any, ...]]) -> Movers:
        """Return the movers of the rows."""
        window = Window(now_ms=now_ms, hours=asked.hours)
        moves = [_moved_ms(window, events - previous, rose, stayed) for *_, events, previous, rose, stayed in rows]
        first_ms = min((move for move in moves if move is not None), default=None)
        movers = []
        for row, moved_ms in zip(rows, moves, strict=True):
            project_no, fingerprint, error_type, message, events, previous, *_ = row
            delta = events - previous
            movers.append(
                ErrorMover(
                    fingerprint=fingerprint,
                    error_type=error_type,
                    message=message,
                    count_current=events,
                    count_previous=previous,
                    delta=delta,
                    delta_pct=change_pct(events, previous),
                    project_id=asked.project_id(project_no),
                    moved_at=moved_ms,
                    moved_first=moved_ms is not None and moved_ms == first_ms,
                    rule=mover_rule(fingerprint, events, previous, asked.hours),
                )
            )
        return Movers(
            movers=movers,
            window_hours=asked.hours,
            current_from=window.first_ms,
            previous_from=_previous_ms(window),
            computed_at=now_ms,
        )


def change_pct(events: int, previous: int) -> float:
    """Return by how many per cent a number has changed; 100 where there was nothing before, and now there is."""
    if previous:
        return 100 * (events - previous) / previous
    return 100.0 if events else 0.0


def mover_rule(fingerprint: str, events: int, previous: int, hours: int) -> dict[str, Any]:
    """Return the config of an alert rule for the like of a move: half as large, within a day at most."""
    rule_hours = min(hours, MAX_RULE_HOURS)
    change = abs(events - previous) * rule_hours // (2 * hours)
    return {
        "type": "mover",
        "fingerprint": fingerprint,
        "direction": "down" if events < previous else "up",
        "percent": min(max(1.0, round(abs(change_pct(events, previous)) / 2, 1)), MAX_RULE_PERCENT),
        "min_change": min(max(1, change), MAX_RULE_CHANGE),
        "window_secs": rule_hours * MS_PER_HOUR // MS_PER_SEC,
    }


def _previous_ms(window: Window) -> int:
    return window.first_ms - window.hours * MS_PER_HOUR


def _moved_ms(window: Window, delta: int, rose_ms: int | None, stayed_ms: int | None) -> int | None:
    """Return when a move began, by the hour that first rose above all before, and the last that was as before."""
    if delta >= 0:
        return rose_ms if delta else None
    fell_ms = window.first_ms if stayed_ms is None else stayed_ms + MS_PER_HOUR
    return fell_ms if fell_ms < window.running_ms else None
