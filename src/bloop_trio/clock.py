"""The only reader of the wall clock; everything else takes a time as a value."""

from __future__ import annotations

import time

MS_PER_SEC = 1_000
MS_PER_MINUTE = 60_000
MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000


def now_ms() -> int:
    """Return the wall clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def now_secs() -> int:
    """Return the wall clock in whole epoch seconds."""
    return time.time_ns() // 1_000_000_000
