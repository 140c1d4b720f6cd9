from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.flow.bounded_cache import BoundedCache


def test_what_was_put_is_found_until_it_is_replaced() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("a", 1)
    cache.put("a", 2)
    assert (cache.get("a"), cache.get("b"), len(cache)) == (2, None, 1)


def test_values_that_are_false_are_values() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("zero", 0)
    for n in range(1, 6):
        cache.put(str(n), n)
    assert cache.get("zero") == 0


def test_an_entry_that_is_used_now_and_then_outlives_those_that_are_not() -> None:
    cache = BoundedCache[object, int](100)
    cache.put("used", 1)
    for n in range(1000):
        cache.put(n, n)
        if n % 40 == 0:
            assert cache.get("used") == 1
    assert cache.get("used") == 1
    assert cache.get(0) is None


def test_clearing_forgets_everything() -> None:
    cache = BoundedCache[int, int](4)
    for n in range(9):
        cache.put(n, n)
    cache.clear()
    assert len(cache) == 0
    assert [cache.get(n) for n in range(9)] == [None] * 9


@pytest.mark.parametrize("size", [-1, 0, 1])
def test_a_cache_too_small_to_have_two_halves_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2, got {size}"):
        BoundedCache[int, int](size)


@given(st.integers(2, 12), st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=120))
def test_it_never_holds_too_much_or_forgets_what_was_used_last(size: int, uses: list[tuple[bool, int]]) -> None:
    cache = BoundedCache[int, int](size)
    last_used: list[int] = []
    newest: dict[int, int] = {}
    for step, (is_put, key) in enumerate(uses):
        if is_put:
            cache.put(key, step)
            newest[key] = step
        else:
            found = cache.get(key)
            assert found in {None, newest.get(key)}
            if key in last_used[-(size // 2) :]:
                assert found == newest[key]
            if found is None:
                continue
        last_used = [k for k in last_used if k != key] + [key]
        assert len(cache) <= size


def test_a_key_can_be_forgotten_whichever_half_it_is_in() -> None:
    cache = BoundedCache[str, int](4)
    for number, key in enumerate("abc"):
        cache.put(key, number)  # the first two are in the old half by now
    for key in "acx":
        cache.discard(key)
    assert [cache.get(key) for key in "abc"] == [None, 1, None]
