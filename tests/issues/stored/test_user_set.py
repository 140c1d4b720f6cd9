"""A set of users is exact while it is small."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.stored.user_set import MAX_EXACT, UserSet, user_number

numbers = st.sets(st.integers(0, 2**64 - 1), max_size=50)


def many(seed: int, count: int) -> set[int]:
    chance = random.Random(seed)
    return {chance.getrandbits(64) for _ in range(count)}


def decoded(users: UserSet) -> UserSet:
    return UserSet.decode(users.encode(), is_exact=users.is_exact)


@given(numbers, numbers, numbers)
def test_a_small_set_counts_as_a_set_does(one: set[int], other: set[int], third: set[int]) -> None:
    users = UserSet(one).with_users(other).united(UserSet(third))
    assert (users.count, users.is_exact) == (len(one | other | third), True)
    assert decoded(users).encode() == UserSet(one | other | third).encode()


@given(numbers)
def test_users_that_are_known_make_no_other_set(known: set[int]) -> None:
    users = UserSet(known)
    assert users.with_users(known) is users


def test_a_set_is_exact_up_to_its_limit_and_never_counts_less_from_then_on() -> None:
    users = UserSet(many(1, MAX_EXACT))
    assert (users.count, users.is_exact, len(users.encode())) == (MAX_EXACT, True, 8 * MAX_EXACT)
    counts = []
    for number in sorted(many(2, 200)):
        users = users.with_users([number])
        counts.append(users.count)
    assert not users.is_exact
    assert counts == sorted(counts)
    assert len(users.encode()) == 3 * 1024
    assert all(UserSet(many(seed, MAX_EXACT + 1)).count > MAX_EXACT for seed in range(20))


def test_a_set_that_has_become_a_sketch_knows_whom_it_had() -> None:
    some = many(3, MAX_EXACT)
    users = UserSet(some).with_users([1])
    assert not users.is_exact
    assert users.with_users(some) is users


@pytest.mark.parametrize(("first", "second"), [(400, 500), (700, 700), (5_000, 700), (700, 5_000), (5_000, 9_000)])
def test_a_union_is_the_set_of_all(first: int, second: int) -> None:
    one, other = many(4, first), many(5, second) | set(sorted(many(4, first))[:100])
    united, at_once = UserSet(one).united(UserSet(other)), UserSet(one | other)
    assert (united.count, united.is_exact, united.encode()) == (at_once.count, at_once.is_exact, at_once.encode())
    assert abs(united.count / len(one | other) - 1) < 0.07


def test_users_of_chosen_names_do_not_make_a_count_that_nobody_can_read() -> None:
    assert UserSet(index << 52 for index in range(4_096)).count == 2**53 - 1


def test_a_sketch_is_stored_as_one() -> None:
    users = UserSet(many(6, 3_000))
    assert decoded(users).count == users.count
    assert decoded(users).encode() == users.encode()


def test_a_user_has_the_same_number_everywhere() -> None:
    assert user_number("5e884898da28") == user_number("5e884898da28")
    assert user_number("5e884898da28") != user_number("5e884898da29")
    assert 0 <= user_number("ü") < 2**64
