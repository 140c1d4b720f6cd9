"""Counts of events in sliding windows, in memory, of a bounded number of issues. Pure.

They are the counts that the store keeps in pieces of ten seconds and of hours: what is lost here can be read there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

MAX_ISSUES: Final = 20_000
"""Issues whose events are counted at a time, some 20 MB."""
MAX_PIECES: Final = 500_000
"""Counts of one piece of time, 16 bytes each."""
_ROOM: Final = 0.9
"""What is kept of either when it is full."""


class Pieces:
    """Counts by piece of time, in the order of time."""

    __slots__ = ("_counts", "_starts_ms")

    def __init__(self) -> None:
        self._starts_ms = array("q")
        self._counts = array("q")

    def __len__(self) -> int:
        return len(self._starts_ms)

    def add(self, start_ms: int, count: int) -> bool:
        """Add to the piece that begins at `start_ms`; returns whether it is one more."""
        starts_ms = self._starts_ms
        if starts_ms and starts_ms[-1] == start_ms:
            self._counts[-1] += count
            return False
        position = bisect_left(starts_ms, start_ms)
        if position < len(starts_ms) and starts_ms[position] == start_ms:
            self._counts[position] += count
            return False
        starts_ms.insert(position, start_ms)
        self._counts.insert(position, count)
        return True

    @property
    def total(self) -> int:
        """All events."""
        return sum(self._counts)

    def between(self, first_ms: int, last_ms: int) -> int:
        """Return the events of the pieces that begin from `first_ms` to `last_ms`."""
        starts_ms = self._starts_ms
        return sum(self._counts[bisect_left(starts_ms, first_ms) : bisect_left(starts_ms, last_ms + 1)])

    def keep(self, first_ms: int, last_ms: int) -> tuple[int, int]:
        """Drop the pieces that begin before `first_ms` or after `last_ms`; returns how many, and their events."""
        starts_ms, counts = self._starts_ms, self._counts
        low, high = bisect_left(starts_ms, first_ms), bisect_left(starts_ms, last_ms + 1)
        pieces = len(starts_ms) - (high - low)
        if not pieces:
            return 0, 0
        events = sum(counts[:low]) + sum(counts[high:])
        self._starts_ms, self._counts = starts_ms[low:high], counts[low:high]
        return pieces, events


@attrs.define(eq=False)
class IssueWindow:
    """The counts of an issue, of all fingerprints that belong to it."""

    project_no: int
    issue_id: int
    total: int = 0
    """All events that are held: never fewer than any window has."""
    series: dict[tuple[str, str, str], Pieces] = attrs.field(factory=dict)
    """By (fingerprint, environment, source)."""

    def between(self, first_ms: int, last_ms: int, environment: str | None, source: str | None) -> int:
        """Return the events of pieces that begin in this time, of one environment and source or of all."""
        return sum(
            pieces.between(first_ms, last_ms)
            for (_, of_environment, of_source), pieces in self.series.items()
            if environment in {None, of_environment} and source in {None, of_source}
        )

    @property
    def pieces(self) -> int:
        """How many counts are held."""
        return sum(map(len, self.series.values()))


class Windows:
    """The counts of the issues that had events in the last `horizon_ms`, in pieces of `piece_ms`.

    Holds at most `MAX_ISSUES` and `MAX_PIECES`. Beyond that, the issues whose last event is longest ago are let go, and
    counted from nothing when they have another one.
    """

    def __init__(
        self, piece_ms: int, horizon_ms: int, *, max_issues: int = MAX_ISSUES, max_pieces: int = MAX_PIECES
    ) -> None:
        self.piece_ms = piece_ms
        self.horizon_ms = horizon_ms
        self.pieces = 0
        self.evicted = 0
        """Issues that were let go while they still counted; whoever reads it may set it back to 0."""
        self._max_issues = max_issues
        self._max_pieces = max_pieces
        self._issues: dict[int, IssueWindow] = {}
        """In the order of their last events."""
        self._owners: dict[tuple[int, str], int] = {}
        """The issue of each (project number, fingerprint) that is held."""
        self._places: dict[tuple[tuple[int, str], str, str], tuple[IssueWindow, Pieces]] = {}
        """The same counts once more, by what an event brings: adding to them is most of what is done here."""
        self._touched: set[int] = set()

    def __len__(self) -> int:
        return len(self._issues)

    def __iter__(self) -> Iterator[IssueWindow]:
        return iter(self._issues.values())

    def get(self, issue_id: int) -> IssueWindow | None:
        """Return what is held of an issue."""
        return self._issues.get(issue_id)

    def add(
        self, key: tuple[int, str], issue_id: int, start_ms: int, environment: str, source: str, count: int
    ) -> None:
        """Count events of the fingerprint `key`, which belongs to an issue."""
        place = self._places.get((key, environment, source))
        if place is None or place[0].issue_id != issue_id:
            place = self._place(key, issue_id, environment, source)
        window, pieces = place
        if pieces.add(start_ms, count):
            self.pieces += 1
        window.total += count
        if issue_id not in self._touched:
            self._touched.add(issue_id)
            self._issues[issue_id] = self._issues.pop(issue_id)  # the last to be let go now
        if len(self._issues) > self._max_issues or self.pieces > self._max_pieces:
            self._evict()

    def _place(self, key: tuple[int, str], issue_id: int, environment: str, source: str) -> tuple[IssueWindow, Pieces]:
        """Have a place for events of a fingerprint, under the issue that it belongs to."""
        owner = self._owners.get(key)
        if owner != issue_id:
            self._move(key, owner, issue_id)
        window = self._issues.get(issue_id)
        if window is None:
            window = self._issues[issue_id] = IssueWindow(key[0], issue_id)
        pieces = window.series.setdefault((key[1], environment, source), Pieces())
        place = self._places[key, environment, source] = (window, pieces)
        return place

    @property
    def touched(self) -> AbstractSet[int]:
        """What the next `take_touched` returns."""
        return self._touched

    def take_touched(self) -> set[int]:
        """Return the issues with events since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    def touch(self, issue_ids: Iterable[int]) -> None:
        """Have the next `take_touched` return these too, as far as they are held."""
        self._touched.update(issue_id for issue_id in issue_ids if issue_id in self._issues)

    def forget_old(self, now_ms: int, issue_ids: Iterable[int]) -> None:
        """Drop what no window holds any more of issues, and what lies in the future since the clock was put back."""
        for issue_id in issue_ids:
            window = self._issues.get(issue_id)
            if window is None:
                continue
            for of, pieces in list(window.series.items()):
                dropped, events = pieces.keep(now_ms - self.horizon_ms, now_ms + self.piece_ms)
                self.pieces -= dropped
                window.total -= events
                if not pieces:
                    self._remove(window, of)
            if not window.series:
                self._drop(window)

    def held_keys(self) -> list[tuple[int, str]]:
        """The (project number, fingerprint) that are held."""
        return list(self._owners)

    def reassign(self, owners: Mapping[tuple[int, str], int]) -> None:
        """Move the counts of fingerprints that belong to another issue by now; those of none are dropped."""
        for key, owner in list(self._owners.items()):
            now = owners.get(key)
            if now != owner:
                self._move(key, owner, now)

    def _move(self, key: tuple[int, str], old: int | None, new: int | None) -> None:
        """Take a fingerprint out of the issue `old` and put it under `new`."""
        moved: dict[tuple[str, str, str], Pieces] = {}
        if old is not None and (window := self._issues.get(old)) is not None:
            moved = {of: pieces for of, pieces in window.series.items() if of[0] == key[1]}
            for of, pieces in moved.items():
                self._remove(window, of)
                window.total -= pieces.total
            if not window.series:
                self._drop(window)
        if new is None:
            self.pieces -= sum(map(len, moved.values()))
            self._owners.pop(key, None)
            return
        self._owners[key] = new
        if moved:
            window = self._issues.setdefault(new, IssueWindow(key[0], new))
            for of, pieces in moved.items():
                window.series[of] = pieces
                window.total += pieces.total
                self._places[key, of[1], of[2]] = (window, pieces)
            self._touched.add(new)

    def _remove(self, window: IssueWindow, of: tuple[str, str, str]) -> None:
        """Take a series out of an issue, and forget the fingerprint with its last one."""
        del window.series[of]
        key = (window.project_no, of[0])
        del self._places[key, of[1], of[2]]
        if all(other[0] != of[0] for other in window.series):
            del self._owners[key]

    def _drop(self, window: IssueWindow) -> None:
        self._issues.pop(window.issue_id, None)
        self._touched.discard(window.issue_id)
        self.pieces -= window.pieces
        for of in list(window.series):
            self._remove(window, of)

    def _evict(self) -> None:
        for window in list(self._issues.values()):
            if len(self._issues) <= self._max_issues * _ROOM and self.pieces <= self._max_pieces * _ROOM:
                break
            self._drop(window)
            self.evicted += 1
