"""A sketch of a set: about how many different things it has, in 3 KiB however many there are. Pure.

This is HyperLogLog: the first 12 bits of a thing's 64-bit hash choose one of 4,096 registers, which keeps the largest
position of the first set bit among the other 52. Things that are added again change nothing, and the sketch of a union
is the larger of each two registers, so that sketches can be united without any loss.

The estimate is that of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017,
arXiv:1702.01284), algorithm 6. It has no bias to be corrected by tables, neither for small sets nor for large ones, and
a standard error of 1.04 / sqrt(4096) = 1.6 %.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_INDEX_BITS: Final = 12
REGISTERS: Final = 1 << _INDEX_BITS
_RANK_BITS: Final = 64 - _INDEX_BITS
_REST: Final = (1 << _RANK_BITS) - 1
MAX_RANK: Final = _RANK_BITS + 1
"""What a register holds where none of the other bits is set."""
STANDARD_ERROR: Final = 1.04 / math.sqrt(REGISTERS)
PACKED_BYTES: Final = REGISTERS * 6 // 8
"""A register fits into six bits."""

_QUARTER: Final = REGISTERS // 4
_LOW_2: Final = int.from_bytes(b"\x03" * _QUARTER, "little")
_LOW_4: Final = int.from_bytes(b"\x0f" * _QUARTER, "little")
_LOW_6: Final = int.from_bytes(b"\x3f" * _QUARTER, "little")


class Sketch:
    """The registers of a set of 64-bit hashes."""

    __slots__ = ("_counts", "_registers")

    def __init__(self) -> None:
        self._registers = bytearray(REGISTERS)
        # How many registers there are of each rank: all that the estimate asks for, which is made after each addition.
        self._counts = [REGISTERS] + [0] * MAX_RANK

    @classmethod
    def unpack(cls, packed: bytes) -> Sketch:
        """Return the sketch that `pack` has made `packed` of; raises ValueError of anything else."""
        if len(packed) != PACKED_BYTES:
            msg = f"a packed sketch has {PACKED_BYTES} bytes"
            raise ValueError(msg)
        first, second, third = (int.from_bytes(packed[start::3], "little") for start in range(3))
        sketch = cls()
        registers = sketch._registers
        registers[0::4] = _spread(first & _LOW_6)
        registers[1::4] = _spread(first >> 6 & _LOW_2 | (second & _LOW_4) << 2)
        registers[2::4] = _spread(second >> 4 & _LOW_4 | (third & _LOW_2) << 4)
        registers[3::4] = _spread(third >> 2 & _LOW_6)
        if max(registers) > MAX_RANK:
            msg = f"no register of a sketch is above {MAX_RANK}"
            raise ValueError(msg)
        sketch._count_again()
        return sketch

    def pack(self) -> bytes:
        """Return the registers in six bits each."""
        # Four registers become three bytes; each step does so for all of them, in one number.
        first, second, third, fourth = (int.from_bytes(self._registers[start::4], "little") for start in range(4))
        packed = bytearray(PACKED_BYTES)
        packed[0::3] = _spread(first | (second & _LOW_2) << 6)
        packed[1::3] = _spread(second >> 2 & _LOW_4 | (third & _LOW_4) << 4)
        packed[2::3] = _spread(third >> 4 & _LOW_2 | fourth << 2)
        return bytes(packed)

    def copy(self) -> Sketch:
        """Return a sketch of the same set that changes on its own."""
        copied = Sketch()
        copied._registers[:] = self._registers
        copied._counts[:] = self._counts
        return copied

    def add(self, hashes: Iterable[int]) -> bool:
        """Add unsigned 64-bit hashes; returns whether that has changed anything."""
        registers, counts, changed = self._registers, self._counts, False
        for number in hashes:
            index = number >> _RANK_BITS
            rank = MAX_RANK - (number & _REST).bit_length()
            before = registers[index]
            if rank > before:
                registers[index] = rank
                counts[before] -= 1
                counts[rank] += 1
                changed = True
        return changed

    def unite(self, other: Sketch) -> None:
        """Add all that `other` is a sketch of."""
        self._registers = bytearray(map(max, self._registers, other._registers))
        self._count_again()

    def estimate(self) -> float:
        """Return about how many different hashes were added; infinite if no register can go any further."""
        counts = self._counts
        total = REGISTERS * _tau(1 - counts[MAX_RANK] / REGISTERS)
        for rank in range(_RANK_BITS, 0, -1):
            total = 0.5 * (total + counts[rank])
        total += REGISTERS * _sigma(counts[0] / REGISTERS)
        return REGISTERS * REGISTERS / (2 * math.log(2) * total) if total else math.inf

    def _count_again(self) -> None:
        self._counts = [self._registers.count(rank) for rank in range(MAX_RANK + 1)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self._registers == other._registers

    __hash__ = None  # type: ignore[assignment] # a sketch changes


def _spread(number: int) -> bytes:
    return number.to_bytes(_QUARTER, "little")


def _sigma(share: float) -> float:
    """Return the part of registers that are still empty in the sum of the estimate; infinite if all of them are."""
    if share == 1:
        return math.inf
    weight, total = 1.0, share
    while True:
        share *= share
        before = total
        total += share * weight
        weight += weight
        if total == before:
            return total


def _tau(share: float) -> float:
    """Return the part of registers that are full in the sum of the estimate; `share` is of those that are not."""
    if share in {0, 1}:
        return 0.0
    weight, total = 1.0, 1 - share
    while True:
        share = math.sqrt(share)
        before = total
        weight *= 0.5
        total -= (1 - share) ** 2 * weight
        if total == before:
            return total / 3
