"""What the removal of old data has done, as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from bloop_trio.clock import now_ms
from bloop_trio.http.metrics import Family, Sample

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bloop_trio.retention.budgets import BudgetState, Trimmed
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
    issues: int = 0
    credentials: int = 0
    source_maps: int = 0
    budget: BudgetState | None = None
    """How the database stood to its budget at the last look; None while there is none."""
    trimmed_events: int = 0
    """What went for the sake of a budget, as the two below."""
    trimmed_dead_letters: int = 0
    trimmed_hourly_counts: int = 0
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
        self.issues += purged.issues
        self.credentials += purged.credentials
        self.source_maps += purged.source_maps
        self.last_run_ms = now_ms()
        self.last_duration_secs = trio.current_time() - started
        return purged

    def note_budget(self, trimmed: Trimmed) -> None:
        """Count what went for the sake of budgets."""
        self.budget = trimmed.state if trimmed.state.max_bytes is not None else None
        self.trimmed_events += trimmed.events
        self.trimmed_dead_letters += trimmed.dead_letters
        self.trimmed_hourly_counts += trimmed.hourly_counts

    @property
    def budget_problem(self) -> str | None:
        """Return what is wrong with the budget in one sentence, or None."""
        if self.budget is None or not self.budget.over_bytes:
            return None
        return (
            f"the database is {self.budget.over_bytes / 1e6:,.0f} MB over its budget, and nothing is left that may go"
        )

    @property
    def is_over_budget(self) -> bool:
        """Whether the database is over its budget although all has gone that may."""
        return self.budget is not None and self.budget.over_bytes > 0


def retention_families(statistics: RetentionStatistics) -> list[Family]:
    """Return how often old data was removed, and how much."""
    last_run = () if statistics.last_run_ms is None else (Sample(statistics.last_run_ms / 1000),)
    rows = {
        "events": statistics.events,
        "hourly_counts": statistics.hourly_counts,
        "recent_counts": statistics.recent_counts,
        "dead_letters": statistics.dead_letters,
        "audit_entries": statistics.audit_entries,
        "issues": statistics.issues,
        "credentials": statistics.credentials,
        "source_maps": statistics.source_maps,
    }
    budget = statistics.budget
    trimmed = {
        "events": statistics.trimmed_events,
        "dead_letters": statistics.trimmed_dead_letters,
        "hourly_counts": statistics.trimmed_hourly_counts,
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
        Family(
            "bloop_budget_bytes",
            "gauge",
            "Size that the database may have.",
            () if budget is None or budget.max_bytes is None else (Sample(budget.max_bytes),),
        ),
        Family(
            "bloop_budget_used_bytes",
            "gauge",
            "Size of the database without its free pages, at the last look.",
            () if budget is None else (Sample(budget.used_bytes),),
        ),
        Family.single(
            "bloop_budget_exceeded",
            "gauge",
            "1 while the database is over its budget although all has gone that may, else 0.",
            int(statistics.is_over_budget),
        ),
        Family(
            "bloop_budget_removed_rows_total",
            "counter",
            "Rows that were removed for the sake of a budget, by kind.",
            tuple(Sample(count, {"kind": kind}) for kind, count in trimmed.items()),
        ),
    ]
