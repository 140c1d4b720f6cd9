"""An issue that floods: all of its events are counted, and fewer and fewer of them are stored.

Of the events of a fingerprint that are received in one minute, the first `full` are stored, then every tenth until
there are ten times as many, then every hundredth until a hundred times, and so on.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.clock import MS_PER_HOUR, MS_PER_MINUTE
from bloop_trio.issues.events.batch import newest_by_fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent, CombinedBatch, FingerprintKey

_STEP: Final = 10
KNOWN_FINGERPRINTS: Final = 100_000
"""Of one minute; beyond, those with the fewest events begin anew."""
_MINUTES: Final = 2
"""That are remembered: a batch may reach back into the one before."""

_Counts = dict["FingerprintKey", int]


def is_stored(number: int, full: int) -> bool:
    """Whether the event is stored that is the `number`th of its fingerprint in its minute, counted from 1."""
    step, bound = 1, full
    while number > bound:
        step *= _STEP
        bound *= _STEP
    return number % step == 0


@attrs.define
class Thinning:
    """What is to be stored of a batch."""

    counts: dict[int, _Counts]
    """Events of each fingerprint until now, by minute; for `StormGuard.note`."""
    left_out: AbstractSet[int] = frozenset()
    """Positions of the events that are only counted."""


class StormGuard:
    """Counts the events of each fingerprint in each minute, and says which of them are stored.

    What it has seen is in memory alone: after a restart the minute begins anew.
    """

    def __init__(self, full_per_minute: int) -> None:
        self.full_per_minute = full_per_minute
        """0: everything is stored."""
        self._counts: dict[int, _Counts] = {}

    def look(self, batch: Sequence[AcceptedEvent], combined: CombinedBatch) -> Thinning:
        """Return which events of a batch are left out; `note` is called with it when the batch is committed."""
        if not self.full_per_minute or not batch:
            return Thinning({})
        # Buckets are in ascending order; nearly always all of them are in one minute.
        first = next(iter(combined.recent))[0] // MS_PER_MINUTE
        if first == next(reversed(combined.recent))[0] // MS_PER_MINUTE:
            before = self._counts.get(first, {})
            of_first = {key: before.get(key, 0) + span.count for key, span in combined.issues.items()}
            if max(of_first.values()) <= self.full_per_minute:
                return Thinning({first: of_first})
            counts = {first: of_first}
        else:
            counts = self._count_minutes(combined)
        flooding = {
            (minute, key)
            for minute, of_minute in counts.items()
            for key, count in of_minute.items()
            if count > self.full_per_minute
        }
        return Thinning(counts, self._left_out(batch, flooding) if flooding else frozenset())

    def _count_minutes(self, combined: CombinedBatch) -> dict[int, _Counts]:
        counts: dict[int, _Counts] = {}
        for (bucket_ms, key, _, _), count in combined.recent.items():
            minute = bucket_ms // MS_PER_MINUTE
            known = counts.setdefault(minute, {})
            known[key] = known.get(key, self._counts.get(minute, {}).get(key, 0)) + count
        return counts

    def _left_out(self, batch: Sequence[AcceptedEvent], flooding: set[tuple[int, FingerprintKey]]) -> set[int]:
        numbers = {(minute, key): self._counts.get(minute, {}).get(key, 0) for minute, key in flooding}
        left_out = set()
        for position, accepted in enumerate(batch):
            where = (accepted.received_ms // MS_PER_MINUTE, accepted.key)
            number = numbers.get(where)
            if number is not None:
                numbers[where] = number + 1
                if not is_stored(number + 1, self.full_per_minute):
                    left_out.add(position)
        return left_out

    def note(self, thinning: Thinning) -> None:
        """Remember what `look` has counted, now that it is committed."""
        for minute, counts in thinning.counts.items():
            known = self._counts.pop(minute, {})
            known.update(counts)
            self._counts[minute] = known if len(known) <= KNOWN_FINGERPRINTS else _most_frequent(known)
        while len(self._counts) > _MINUTES:
            del self._counts[next(iter(self._counts))]


def _most_frequent(counts: _Counts) -> _Counts:
    by_count = sorted(counts.items(), key=lambda item: item[1], reverse=True)
    return dict(by_count[: KNOWN_FINGERPRINTS // 2])


def without_thinned(
    batch: Sequence[AcceptedEvent], left_out: AbstractSet[int], samples: int
) -> tuple[list[AcceptedEvent], list[int]]:
    """Return a batch without the events at the positions `left_out`, but for those that become samples; and the
    positions of these in what is returned, since they are to be stored no longer than that.
    """
    newest = {position for kept in newest_by_fingerprint(batch, samples).values() for position in kept}
    stored = [position for position in range(len(batch)) if position not in left_out or position in newest]
    return [batch[position] for position in stored], [new for new, old in enumerate(stored) if old in left_out]


def count_thinned(conn: Connection, batch: Sequence[AcceptedEvent], left_out: AbstractSet[int]) -> Counter[int]:
    """Note beside the counts of a project's hours how many events were only counted; returns them by project."""
    hours: Counter[tuple[int, int]] = Counter()
    for position in left_out:
        accepted = batch[position]
        hours[accepted.project_no, accepted.received_ms - accepted.received_ms % MS_PER_HOUR] += 1
    projects: Counter[int] = Counter()
    for (project_no, hour_ms), count in hours.items():
        projects[project_no] += count
        conn.execute(
            "UPDATE project_counts_hourly SET thinned = thinned + ? WHERE project_no = ? AND hour_ms = ?",
            (count, project_no, hour_ms),
        )
    return projects
