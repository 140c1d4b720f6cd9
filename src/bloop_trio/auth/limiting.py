"""The rate limit of sign-ins: a token bucket for each client address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from bloop_trio.exceptions import RateLimitedError
from bloop_trio.http.metrics import Family

if TYPE_CHECKING:
    from bloop_trio.http.ratelimit import TokenBuckets

RETRY_AFTER_SECS: Final = 1
"""The limit is at least one request a second, so by then there is room for one."""


def check_rate(buckets: TokenBuckets | None, address: str | None) -> None:
    """Let a request of the client at `address` pass; without buckets or an address there is no limit.

    Raises:
        RateLimitedError: There were too many; it says when to come again.
    """
    if buckets is None or address is None:
        return
    if buckets.reserve(address, trio.current_time(), max_wait_secs=0.0) is None:
        raise RateLimitedError("too many requests, try again later", retry_after_secs=RETRY_AFTER_SECS)


def sign_in_families(buckets: TokenBuckets | None) -> list[Family]:
    """Return what the limit has done; zeros where it is off."""
    refused, addresses = (0, 0) if buckets is None else (buckets.refused_total, buckets.addresses)
    return [
        Family.single(
            "bloop_sign_in_limited_requests_total",
            "counter",
            "Sign-in requests over the limit of their address.",
            refused,
        ),
        Family.single(
            "bloop_sign_in_limit_addresses",
            "gauge",
            "Client addresses that the limit of sign-ins remembers.",
            addresses,
        ),
    ]
