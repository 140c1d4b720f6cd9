"""Events over time, summed up so that the events of any span are told at once. Pure."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Series:
    """Events over time, in pieces of one length."""

    def __init__(self, counts: Mapping[int, float], piece_ms: int) -> None:
        self._starts_ms = sorted(counts)
        self._sums = [0.0, *accumulate(counts[start_ms] for start_ms in self._starts_ms)]
        self.piece_ms = piece_ms

    @property
    def starts_ms(self) -> list[int]:
        """When each piece with events begins, in order."""
        return self._starts_ms

    def between(self, start_ms: int, end_ms: int) -> float:
        """Return the events of pieces that begin from `start_ms` to before `end_ms`."""
        return self._sums[bisect_left(self._starts_ms, end_ms)] - self._sums[bisect_left(self._starts_ms, start_ms)]
