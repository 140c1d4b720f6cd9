"""What the removal of old data has done, as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from bloop_trio.clock import now_ms
from bloop_trio.http.metrics import Family, Sample

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bloop_trio.retention.purge import Purged


@attrs.define(eq=False)
class RetentionStatistics:
    """The purges since the start of the process."""

    runs: int = 0
    """Purges that went through."""
    failures: int = 0
    """Purges that the store refused; each is tried again at the next turn."""
    days: int = 0
    events: int = 0
    hourly_counts: int = 0
    recent_counts: int = 0
    dead_letters: int = 0
    audit_entries: int = 0
    last_run_ms: int | None = None
    """When a purge last went through."""
    last_duration_secs: float = 0.0

    async def note(self, purge: Awaitable[Purged]) -> Purged:
        """Await a purge, count what it did and return it; raises what it raises."""
        started = trio.current_time()
        try:
            purged = await purge
        except Exception:
            self.failures += 1
            raise
        self.runs += 1
        self.days += len(purged.days)
        self.events += purged.events
        self.hourly_counts += purged.hourly_counts
        self.recent_counts += purged.recent_counts
        self.dead_letters += purged.dead_letters
        self.audit_entries += purged.audit_entries
        self.last_run_ms = now_ms()
        self.last_duration_secs = trio.current_time() - started
        return purged


def retention_families(statistics: RetentionStatistics) -> list[Family]:
    """Return how often old data was removed, and how much."""
    last_run = () if statistics.last_run_ms is None else (Sample(statistics.last_run_ms / 1000),)
    rows = {
        "events": statistics.events,
        "hourly_counts": statistics.hourly_counts,
        "recent_counts": statistics.recent_counts,
        "dead_letters": statistics.dead_letters,
        "audit_entries": statistics.audit_entries,
    }
    return [
        Family.single("bloop_purges_total", "counter", "Removals of old data that went through.", statistics.runs),
        Family.single(
            "bloop_purge_failures_total", "counter", "Removals of old data that the store refused.", statistics.failures
        ),
        Family.single(
            "bloop_purged_tables_total",
            "counter",
            "Tables of events that were dropped, one for a day.",
            statistics.days,
        ),
        Family(
            "bloop_purged_rows_total",
            "counter",
            "Rows that were removed for their age, by kind.",
            tuple(Sample(count, {"kind": kind}) for kind, count in rows.items()),
        ),
        Family.single(
            "bloop_last_purge_duration_seconds",
            "gauge",
            "How long the last removal took.",
            statistics.last_duration_secs,
        ),
        Family(
            "bloop_last_purge_timestamp_seconds",
            "gauge",
            "When old data was last removed, in epoch seconds.",
            last_run,
        ),
    ]
