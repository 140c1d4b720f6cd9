"""Whether the server should be sent events now, and why not. Pure.

Ready means that what arrives will be kept. Each check says how it stands in one sentence; the sentences of those that
fail are the reasons for which the server is not ready. A warning is for people, and changes nothing.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from bloop_trio.db.sizes import StoreSizes
    from bloop_trio.http.vitals import Vitals

STUCK_SECS: Final = 30.0
"""Flushing counts as stuck once an event has waited so much longer than `pipeline.flush_interval_secs`."""
NEARLY_FULL: Final = 0.9
"""Filling of the buffer that is worth a warning."""
FULL: Final = 0.98
"""Filling of the buffer at which a request may find no room for its events."""
FEW_FREE_BYTES: Final = 64 * 1024 * 1024
"""Free disk space below which the next batches may not fit."""
LOW_FREE_BYTES: Final = 1024 * 1024 * 1024
"""Free disk space that is worth a warning."""


class State(enum.StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"


@attrs.frozen(slots=False)  # without slots, fields are encoded as declared
class Check:
    """One thing that was looked at."""

    name: str
    """``server``, ``database``, ``flushing``, ``buffer``, ``disk``, ``budget`` or ``insights``."""
    state: State
    """``ok``; ``warning`` if somebody should look at it; ``failing`` if events are lost or will be."""
    message: str
    """How it stands, in one sentence."""


@attrs.frozen(kw_only=True, slots=False)
class Readiness:
    """The answer of `/readyz`."""

    ready: bool
    """Whether events that are sent now will be kept."""
    reasons: list[str]
    """Why it is not ready, a sentence each; empty if it is."""
    checks: list[Check]
    """All that was looked at."""
    oldest_buffered_secs: float | None
    """For how long the oldest accepted event has waited to be stored; null without one."""
    last_flush_ms: int | None
    """When a batch was last stored, in epoch milliseconds; null before the first."""
    disk_free_bytes: int | None
    """Room that is left on the disk of the database; null if the disk does not say."""


def judge_readiness(
    vitals: Vitals, database: Check, sizes: StoreSizes | str, *, now_ms: int, flush_interval_secs: float
) -> Readiness:
    """Return whether events will be kept; `sizes` is a sentence where the disk could not be measured."""
    oldest_secs = vitals.oldest_age_secs(now_ms)
    checks = [
        _check_server(vitals),
        database,
        _check_flushing(vitals, oldest_secs, now_ms, flush_interval_secs),
        _check_buffer(vitals),
        _check_disk(sizes),
        _check_budget(vitals),
        _check_insights(vitals),
    ]
    reasons = [check.message for check in checks if check.state is State.FAILING]
    return Readiness(
        ready=not reasons,
        reasons=reasons,
        checks=checks,
        oldest_buffered_secs=oldest_secs,
        last_flush_ms=vitals.last_flush_ms,
        disk_free_bytes=None if isinstance(sizes, str) else sizes.free_bytes,
    )


def _check_server(vitals: Vitals) -> Check:
    if vitals.stopping:
        return Check("server", State.FAILING, "the server is stopping")
    return Check("server", State.OK, "the server takes requests")


def _check_flushing(vitals: Vitals, oldest_secs: float | None, now_ms: int, flush_interval_secs: float) -> Check:
    if vitals.flush_error is not None:
        return Check("flushing", State.FAILING, f"events cannot be stored: {vitals.flush_error}")
    if oldest_secs is not None and oldest_secs > flush_interval_secs + STUCK_SECS:
        return Check(
            "flushing", State.FAILING, f"the oldest buffered event has waited {oldest_secs:.0f} s to be stored"
        )
    if vitals.last_flush_ms is None:
        return Check("flushing", State.OK, "nothing has been stored since the start")
    ago_secs = max(0, now_ms - vitals.last_flush_ms) // 1000
    return Check("flushing", State.OK, f"the last batch was stored {ago_secs} s ago")


def _check_buffer(vitals: Vitals) -> Check:
    filled = f"the buffer is filled to {vitals.fill:.0%}"
    if vitals.fill >= FULL:
        return Check("buffer", State.FAILING, "the buffer is full: there may be no room for further events")
    return Check("buffer", State.WARNING if vitals.fill >= NEARLY_FULL else State.OK, filled)


def _check_disk(sizes: StoreSizes | str) -> Check:
    if isinstance(sizes, str):
        return Check("disk", State.FAILING, sizes)
    free_mb = f"{sizes.free_bytes / 1e6:,.0f} MB"
    if sizes.free_bytes < FEW_FREE_BYTES:
        return Check("disk", State.FAILING, f"only {free_mb} are free on the disk of the database")
    state = State.WARNING if sizes.free_bytes < LOW_FREE_BYTES else State.OK
    return Check("disk", state, f"{free_mb} are free on the disk of the database")


def _check_budget(vitals: Vitals) -> Check:
    if vitals.budget_problem is not None:
        return Check("budget", State.WARNING, vitals.budget_problem)
    return Check("budget", State.OK, "the database is no larger than it may be")


def _check_insights(vitals: Vitals) -> Check:
    if vitals.insights_problem is not None:
        return Check("insights", State.WARNING, vitals.insights_problem)
    # Nothing is lost while they are made, and nobody has to do anything about it.
    return Check("insights", State.OK, vitals.insights_making or "nothing is wrong with insights")
