"""How the projection follows the database, as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.clock import MS_PER_SEC
from bloop_trio.http.metrics import Family, Histogram

if TYPE_CHECKING:
    from bloop_trio.analytics.engine import Engine

BOUNDS_SECS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Between which durations feedings are counted."""


@attrs.define(eq=False)
class ProjectionStatistics:
    """What the projection has done since the start of the process, and how it is."""

    rows_fed: int = 0
    """Rows that were written, those of rebuilds included."""
    feedings: Histogram = attrs.field(factory=lambda: Histogram(BOUNDS_SECS))
    """How long the feedings took that went through."""
    failures: int = 0
    """Feedings that were refused; each is made again."""
    rebuilds: int = 0
    """How often it was made anew."""
    progress: float = 0.0
    """How much of it is there, 0 to 1."""
    waiting_since_ms: int | None = None
    """When the first event was committed that is not in it yet; None if there is none."""
    file_bytes: int = 0
    """What its file takes."""
    making: str | None = None
    """How far it is being made, or made anew, in one sentence; None while it is not."""
    problem: str | None = None
    """What is wrong with it that time alone may not mend, in one sentence; None if nothing is."""

    def lag_secs(self, now_ms: int) -> float:
        """Return for how long the oldest event has waited that is not in it yet; 0 without one."""
        return 0.0 if self.waiting_since_ms is None else max(0, now_ms - self.waiting_since_ms) / MS_PER_SEC


def projection_families(statistics: ProjectionStatistics, engine: Engine, now_ms: int) -> list[Family]:
    """Return how far the projection is behind, what it costs, and how often it is asked."""
    return [
        Family.single(
            "bloop_analytics_rows_fed_total", "counter", "Rows written to the projection.", statistics.rows_fed
        ),
        Family.single(
            "bloop_analytics_lag_seconds",
            "gauge",
            "For how long the oldest committed event has waited to be in the projection; 0 without one.",
            statistics.lag_secs(now_ms),
        ),
        Family(
            "bloop_analytics_feed_duration_seconds",
            "histogram",
            "How long feedings of the projection took.",
            statistics.feedings.samples(),
        ),
        Family.single(
            "bloop_analytics_feed_failures_total",
            "counter",
            "Feedings of the projection that were refused; each is made again.",
            statistics.failures,
        ),
        Family.single(
            "bloop_analytics_rebuilds_total",
            "counter",
            "How often the projection was made anew.",
            statistics.rebuilds,
        ),
        Family.single(
            "bloop_analytics_progress_ratio",
            "gauge",
            "How much of the projection is there: 1 when it can be asked.",
            statistics.progress,
        ),
        Family.single(
            "bloop_analytics_file_bytes", "gauge", "What the file of the projection takes.", statistics.file_bytes
        ),
        Family.single(
            "bloop_analytics_queries_total",
            "counter",
            "Queries that were asked of the projection.",
            engine.queries_total,
        ),
        Family.single(
            "bloop_analytics_query_timeouts_total",
            "counter",
            "Queries of the projection that took too long and were ended.",
            engine.timeouts_total,
        ),
    ]
