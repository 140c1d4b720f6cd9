"""What the server knows about itself without asking anybody: what probes, scrapers and its page are told from."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Vitals:
    """What the server knows about itself without asking anybody."""

    stopping: bool
    buffered: int
    """Events in the buffer."""
    capacity: int
    """Events that fit into it."""
    dropped_total: int
    """Events that were dropped since the start."""
    lost_total: int
    """Accepted events that could not be stored since the start."""
    last_flush_ms: int | None
    """When a batch was last committed."""
    flush_error: str | None = None
    """Why the store refuses the batch at hand; None while it does not."""
    oldest_received_ms: int | None = None
    """When the oldest event was received that was accepted and is not stored yet."""
    weight_usage: float = 0.0
    """Filled part of the buffer by the weight of its events, 0 to 1."""
    budget_problem: str | None = None
    """Why the database is larger than it may be; None while it is not."""
    insights_problem: str | None = None
    """Why insights are not what they should be; None while they are, are being made, or are off."""
    insights_making: str | None = None
    """How far insights are being made; None while they are not."""
    overfull_recently: int = 0
    """Events that were dropped in the last five minutes, since the buffer was full."""
    limited_recently: int = 0
    """Events that were dropped in the last five minutes, since their senders were over the rate limit."""
    lost_recently: int = 0
    """Accepted events of which it turned out in the last five minutes that they cannot be stored."""

    @property
    def buffer_usage(self) -> float:
        """Filled part of the buffer, 0 to 1."""
        return min(1.0, self.buffered / self.capacity)

    @property
    def fill(self) -> float:
        """Filled part of the buffer by number or weight of its events, whichever is more: 0 to 1."""
        return max(self.buffer_usage, self.weight_usage)

    @property
    def dropped_recently(self) -> int:
        """Events that were dropped in the last five minutes."""
        return self.overfull_recently + self.limited_recently

    def oldest_age_secs(self, now_ms: int) -> float | None:
        """Return for how long the oldest accepted event has waited to be stored, or None without one."""
        if self.oldest_received_ms is None:
            return None
        return max(0, now_ms - self.oldest_received_ms) / 1000
