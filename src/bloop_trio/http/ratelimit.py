"""A token bucket for each client address, in a bounded table.

Kept as one number an address (the generic cell rate algorithm): the time at which its bucket will be full again.
"""

from __future__ import annotations

from bloop_trio.flow.bounded_cache import BoundedCache

MAX_ADDRESSES = 10_000


class TokenBuckets:
    """`per_second` tokens a second and bursts of `burst_size`, for each address.

    The addresses that were seen longest ago are forgotten first; a forgotten address starts with a full bucket.
    """

    __slots__ = ("_burst_secs", "_full_at", "_interval_secs", "delayed_total", "refused_total")

    def __init__(self, per_second: float, burst_size: int, max_addresses: int = MAX_ADDRESSES) -> None:
        self._interval_secs = 1.0 / per_second
        self._burst_secs = self._interval_secs * burst_size
        self._full_at: BoundedCache[str, float] = BoundedCache(max_addresses)
        self.delayed_total = 0
        """Requests that were told to wait."""
        self.refused_total = 0
        """Requests that would have had to wait for too long."""

    @property
    def addresses(self) -> int:
        """How many addresses are remembered."""
        return len(self._full_at)

    def reserve(self, address: str, now_secs: float, max_wait_secs: float) -> float | None:
        """Take a token for `address` and return how many seconds to wait until it is due (0: at once).

        Returns None, and takes nothing, if that would be longer than `max_wait_secs`. `now_secs` is any clock that
        does not run backwards.
        """
        full_at = max(self._full_at.get(address) or now_secs, now_secs) + self._interval_secs
        wait_secs = full_at - self._burst_secs - now_secs
        if wait_secs > max_wait_secs:
            self.refused_total += 1
            return None
        self._full_at.put(address, full_at)
        if wait_secs <= 0:
            return 0.0
        self.delayed_total += 1
        return wait_secs
