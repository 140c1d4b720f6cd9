"""A sketch tells how many things it was given, about, and always the same for the same things."""

from __future__ import annotations

import random
from math import inf
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.stored.user_sketch import MAX_RANK, PACKED_BYTES, REGISTERS, STANDARD_ERROR, Sketch

hashes = st.lists(st.integers(0, 2**64 - 1), max_size=60)


def sketch_of(numbers: list[int]) -> Sketch:
    sketch = Sketch()
    sketch.add(numbers)
    return sketch


def random_hashes(seed: int, count: int) -> list[int]:
    chance = random.Random(seed)
    return [chance.getrandbits(64) for _ in range(count)]


def test_an_empty_sketch_has_nothing() -> None:
    assert Sketch().estimate() == 0


@pytest.mark.parametrize("count", [1, 10, 100, 1_000, 3_000, 10_000, 30_000, 100_000])
def test_an_estimate_is_within_four_standard_errors(count: int) -> None:
    for seed in range(3):
        assert abs(sketch_of(random_hashes(seed, count)).estimate() / count - 1) < 4 * STANDARD_ERROR


@pytest.mark.parametrize("count", [1_000, 4_000, 10_000, 20_000])
def test_estimates_are_on_the_whole_neither_too_high_nor_too_low(count: int) -> None:
    """Where plain HyperLogLog goes over from one formula to another, it is off by several per cent."""
    seeds = 40
    off = fmean(sketch_of(random_hashes(seed, count)).estimate() / count - 1 for seed in range(seeds))
    assert abs(off) < 4 * STANDARD_ERROR / seeds**0.5


def test_registers_that_can_go_no_further_tell_of_more_than_there_can_be() -> None:
    sketch = sketch_of([1, *(index << 52 for index in range(1, REGISTERS))])
    assert 2**63 < sketch.estimate() < inf
    sketch.add([0])
    assert sketch.estimate() == inf


@given(hashes)
def test_what_was_added_before_changes_nothing(numbers: list[int]) -> None:
    sketch = sketch_of(numbers)
    assert sketch.add(numbers) is False
    assert sketch == sketch_of([*numbers, *numbers])


@given(hashes, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(numbers: list[int], chance: random.Random) -> None:
    mixed = numbers.copy()
    chance.shuffle(mixed)
    assert sketch_of(mixed) == sketch_of(numbers)


@given(hashes, hashes)
def test_a_union_is_the_sketch_of_all(one: list[int], other: list[int]) -> None:
    united = sketch_of(one)
    united.unite(sketch_of(other))
    assert united == sketch_of(one + other)
    assert united.estimate() == sketch_of(one + other).estimate()


@pytest.mark.parametrize("seed", range(5))
def test_packing_loses_nothing(seed: int) -> None:
    chance = random.Random(seed)
    ranks = [chance.randint(0, MAX_RANK) for _ in range(REGISTERS)]
    # Each register is set by a hash of its index and rank.
    sketch = sketch_of(
        [index << 52 | ((1 << (MAX_RANK - rank)) >> 1) for index, rank in enumerate(ranks) if rank],
    )
    packed = sketch.pack()
    assert len(packed) == PACKED_BYTES == 3 * 1024
    assert Sketch.unpack(packed) == sketch
    assert Sketch.unpack(packed).estimate() == sketch.estimate()


def test_a_copy_changes_on_its_own() -> None:
    sketch = sketch_of([1, 2])
    copied = sketch.copy()
    copied.add([2**63])
    assert (sketch, copied) == (sketch_of([1, 2]), sketch_of([1, 2, 2**63]))


@pytest.mark.parametrize("packed", [b"", b"\0" * (PACKED_BYTES - 1), b"\xff" * PACKED_BYTES])
def test_what_is_no_packed_sketch_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="sketch"):
        Sketch.unpack(packed)
