"""What `/metrics` tells of deliveries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from bloop_trio.clock import MS_PER_SEC
from bloop_trio.http.metrics import Family, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.alerts.delivery.outbox_store import Waiting


@attrs.define
class DeliveryStatistics:
    """What became of deliveries since the start, and what waits."""

    outcomes: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """Deliveries by type of channel and by what became of them: sent, retried, failed or cancelled."""
    expired: int = 0
    """Deliveries that were given up for their age."""
    pending: int = 0
    oldest_ms: int | None = None
    """Since when the oldest one waits; None if none does."""

    def note(self, channel_type: str, became: str, count: int = 1) -> None:
        """Count deliveries that were tried, or given up."""
        self.outcomes[channel_type, became] += count

    def note_waiting(self, waiting: Sequence[Waiting]) -> None:
        """Note what waits now."""
        self.pending = sum(one.count for one in waiting)
        self.oldest_ms = min((one.oldest_ms for one in waiting), default=None)


def delivery_families(statistics: DeliveryStatistics, now_ms: int) -> list[Family]:
    """Return what became of alerts on their way to people."""
    age_secs = 0.0 if statistics.oldest_ms is None else max(0.0, (now_ms - statistics.oldest_ms) / MS_PER_SEC)
    return [
        Family(
            "bloop_alert_deliveries_total",
            "counter",
            "Deliveries of alerts that were tried or given up, by type of channel and what became of them.",
            tuple(
                Sample(count, {"channel_type": channel_type, "outcome": became})
                for (channel_type, became), count in sorted(statistics.outcomes.items())
            ),
        ),
        Family.single(
            "bloop_alert_deliveries_expired_total",
            "counter",
            "Deliveries of alerts that were given up after a day.",
            statistics.expired,
        ),
        Family.single("bloop_alert_deliveries_pending", "gauge", "Deliveries of alerts that wait.", statistics.pending),
        Family.single(
            "bloop_alert_deliveries_oldest_age_seconds",
            "gauge",
            "How long the oldest delivery that waits has waited, 0 if there is none.",
            age_secs,
        ),
    ]
