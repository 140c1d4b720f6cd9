"""How the judging of rules goes, as metrics."""

from __future__ import annotations

from collections import Counter
from typing import Final

import attrs

from bloop_trio.alerts.rules.rule import RuleType
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.http.metrics import Family, Histogram, Sample

BOUNDS_SECS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Between which durations evaluations are counted."""


@attrs.define(eq=False)
class EngineStatistics:
    """What the engine has done since the start of the process."""

    fired: Counter[str] = attrs.field(factory=Counter)
    """Alerts by kind."""
    evaluations: Histogram = attrs.field(factory=lambda: Histogram(BOUNDS_SECS))
    """How long the evaluations took that went through."""
    failures: int = 0
    """Evaluations that the store refused; each is made again."""
    rules: int = 0
    """Rules that are judged."""
    counted_issues: int = 0
    """Issues whose events are counted in memory."""
    evicted_issues: int = 0
    """Issues that were let go of there for want of room."""
    waiting_since_ms: int | None = None
    """When the first event was committed that has not been judged yet; None if there is none."""


def engine_families(statistics: EngineStatistics, now_ms: int) -> list[Family]:
    """Return how many alerts were fired, and how the judging goes."""
    since_ms = statistics.waiting_since_ms
    age_secs = 0.0 if since_ms is None else max(0, now_ms - since_ms) / MS_PER_SEC
    return [
        Family(
            "bloop_alerts_fired_total",
            "counter",
            "Alerts that rules have fired, by kind.",
            # Every kind is always there, so that a first alert shows as an increase.
            tuple(Sample(statistics.fired[kind], {"kind": kind.value}) for kind in RuleType),
        ),
        Family(
            "bloop_alert_evaluation_duration_seconds",
            "histogram",
            "How long evaluations of the alert rules took.",
            statistics.evaluations.samples(),
        ),
        Family.single(
            "bloop_alert_evaluation_failures_total",
            "counter",
            "Evaluations of the alert rules that the store refused.",
            statistics.failures,
        ),
        Family.single("bloop_alert_rules", "gauge", "Alert rules that are judged.", statistics.rules),
        Family.single(
            "bloop_alert_oldest_unjudged_age_seconds",
            "gauge",
            "For how long the oldest committed event has waited for the alert rules; 0 without one.",
            age_secs,
        ),
        Family.single(
            "bloop_alert_counted_issues",
            "gauge",
            "Errors whose events are counted in memory for thresholds.",
            statistics.counted_issues,
        ),
        Family.single(
            "bloop_alert_evicted_issues_total",
            "counter",
            "Errors that these counts let go of for want of room.",
            statistics.evicted_issues,
        ),
    ]
