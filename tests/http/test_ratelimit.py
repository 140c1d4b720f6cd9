from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.http.ratelimit import TokenBuckets


def test_a_full_bucket_has_its_burst_at_once_and_then_one_token_at_a_time() -> None:
    buckets = TokenBuckets(per_second=2, burst_size=3)
    assert [buckets.reserve("a", 100.0, 0.0) for _ in range(4)] == [0, 0, 0, None]
    assert buckets.reserve("a", 100.5, 0.0) == 0
    assert buckets.reserve("a", 100.5, 0.0) is None
    assert buckets.reserve("a", 100.9, 0.0) is None
    assert buckets.reserve("a", 101.0, 0.0) == 0


def test_who_can_wait_is_told_for_how_long_each_behind_the_other() -> None:
    buckets = TokenBuckets(per_second=4, burst_size=1)
    assert [buckets.reserve("a", 0.0, 1.0) for _ in range(7)] == [0, 0.25, 0.5, 0.75, 1.0, None, None]


def test_a_refusal_takes_nothing() -> None:
    buckets = TokenBuckets(per_second=1, burst_size=1)
    buckets.reserve("a", 0.0, 0.0)
    for _ in range(100):
        assert buckets.reserve("a", 0.5, 0.0) is None
    assert buckets.reserve("a", 1.0, 0.0) == 0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    buckets = TokenBuckets(per_second=10, burst_size=2)
    buckets.reserve("a", 0.0, 0.0)
    assert [buckets.reserve("a", 1e6, 0.0) for _ in range(3)] == [0, 0, None]


def test_every_address_has_a_bucket_of_its_own() -> None:
    buckets = TokenBuckets(per_second=1, burst_size=1)
    assert [buckets.reserve(address, 0.0, 0.0) for address in ("a", "b", "a", "c", "b")] == [0, 0, None, 0, None]


def test_the_table_is_bounded_and_forgets_who_was_away_longest() -> None:
    buckets = TokenBuckets(per_second=0.001, burst_size=1, max_addresses=10)
    buckets.reserve("busy", 0.0, 0.0)
    for n in range(1000):
        buckets.reserve(f"address {n}", 0.0, 0.0)
        if n % 4 == 0:
            assert buckets.reserve("busy", 0.0, 0.0) is None
    assert len(buckets._full_at) <= 10
    assert buckets.reserve("address 0", 0.0, 0.0) == 0


@given(
    st.sampled_from([0.5, 1.0, 4.0, 64.0]),
    st.integers(1, 10),
    st.lists(st.sampled_from([0.0, 0.125, 0.25, 1.0, 8.0]), max_size=60),
)
def test_over_any_time_no_more_is_given_than_rate_and_burst_allow(rate: float, burst: int, pauses: list[float]) -> None:
    buckets = TokenBuckets(rate, burst)
    now, given_at = 0.0, []
    for pause in pauses:
        now += pause
        if buckets.reserve("a", now, 0.0) is not None:
            given_at.append(now)
    for first in range(len(given_at)):
        for last in range(first, len(given_at)):
            assert last - first + 1 <= burst + rate * (given_at[last] - given_at[first]) + 1e-6


@pytest.mark.parametrize("burst", [1, 5])
def test_the_promise_of_a_later_token_is_kept(burst: int) -> None:
    buckets = TokenBuckets(per_second=2, burst_size=burst)
    waits = [buckets.reserve("a", 0.0, 60.0) for _ in range(burst + 4)]
    assert waits == [0.0] * burst + [0.5, 1.0, 1.5, 2.0]
    assert buckets.reserve("a", 2.0, 0.0) is None
    assert buckets.reserve("a", 2.5, 0.0) == 0


def test_it_counts_whom_it_has_refused_and_whom_it_has_made_wait() -> None:
    buckets = TokenBuckets(per_second=4, burst_size=1)
    for address in ("a", "a", "a", "b"):
        buckets.reserve(address, 0.0, 0.25)
    assert (buckets.delayed_total, buckets.refused_total, buckets.addresses) == (1, 1, 2)
