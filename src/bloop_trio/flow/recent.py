"""Counts of the last minutes, in bounded memory however much is counted. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

K = TypeVar("K", bound="Hashable")

WINDOW_MS: Final = 300_000
_SLOTS: Final = 30


class RecentCounts(Generic[K]):
    """What was counted in the last five minutes, by key: a ring of slots, each of ten seconds.

    Counting costs a look at one slot, and nothing has to be cleared away by the clock.
    """

    __slots__ = ("_counts", "_numbers")

    def __init__(self) -> None:
        self._numbers = [-1] * _SLOTS
        self._counts: list[Counter[K]] = [Counter() for _ in range(_SLOTS)]

    def add(self, key: K, now_ms: int, count: int = 1) -> None:
        """Count something that happens now."""
        number = now_ms * _SLOTS // WINDOW_MS
        index = number % _SLOTS
        if self._numbers[index] != number:
            self._numbers[index] = number
            self._counts[index].clear()
        self._counts[index][key] += count

    def totals(self, now_ms: int) -> Counter[K]:
        """Return the counts of the last five minutes, of which the first ten seconds may be left out."""
        number = now_ms * _SLOTS // WINDOW_MS
        found: Counter[K] = Counter()
        for counted_at, counts in zip(self._numbers, self._counts, strict=True):
            if number - _SLOTS < counted_at <= number:
                found.update(counts)
        return found
