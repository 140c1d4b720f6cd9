"""Too many new issues at once: beyond so many in a minute, events of further ones go into one issue of their project.

A client that puts something random into its errors would otherwise fill the database with issues that nobody can read.
Issues that exist are never affected.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs
import msgspec
import structlog

from bloop_trio.clock import MS_PER_HOUR, MS_PER_MINUTE
from bloop_trio.issues.events.batch import AcceptedEvent, CombinedBatch, FingerprintKey, combine
from bloop_trio.issues.grouping.fingerprint import OVERFLOW_FINGERPRINT
from bloop_trio.issues.stored.finding import find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from bloop_trio.db.connection import Connection

_log = structlog.get_logger("bloop.pipeline")

OVERFLOW_TYPE: Final = "TooManyNewErrors"
OVERFLOW_MESSAGE: Final = (
    "More new errors came in a minute than are told apart (ingest.max_new_issues_per_minute). "
    "The events of those beyond are counted here."
)
SILENT_MINUTES: Final = 10
"""A project that goes on overflowing is named in the log again after so long."""

_Minute = tuple[int, int]
"""(project number, minute of arrival)"""


@attrs.frozen
class Admission:
    """What became of the new fingerprints of a batch."""

    batch: Sequence[AcceptedEvent]
    """The events, where those of issues that may not be made have the fingerprint of the overflow."""
    admitted: dict[_Minute, int]
    """How many issues each minute has made, this batch included."""
    overflowed: Counter[tuple[int, int]] = attrs.field(factory=Counter)
    """Events that went into the overflow, by (project number, hour)."""

    @property
    def by_project(self) -> Counter[int]:
        """Events that went into the overflow, by project number."""
        counts: Counter[int] = Counter()
        for (project_no, _), count in self.overflowed.items():
            counts[project_no] += count
        return counts


class NewIssueCap:
    """Lets so many new fingerprints of a project through in each minute, in the order in which their events came.

    How many there were is what the database says, remembered as long as nothing fails: `note` is called when the
    batch is committed. Cutting a batch into pieces changes nothing of what becomes of each event.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        """0: no limit."""
        self._made: dict[_Minute, int] = {}
        self._named: dict[int, int] = {}

    def admit(
        self,
        conn: Connection,
        batch: Sequence[AcceptedEvent],
        combined: CombinedBatch,
        new: Sequence[FingerprintKey],
        waiting: AbstractSet[FingerprintKey] = frozenset(),
        linked: AbstractSet[FingerprintKey] = frozenset(),
    ) -> Admission:
        """Return what becomes of `batch`, whose fingerprints `new` the database does not have; called inside its
        transaction.

        Those that are `waiting` belong to an issue of `new` by their older fingerprint; where that issue is not made,
        they are as new as any other. Those that were `linked` are there from their first event on: what is not made
        before that, and has one of them as its older fingerprint, belongs to it then.
        """
        limited = [key for key in new if key[1] != OVERFLOW_FINGERPRINT]
        wanted = Counter((key[0], combined.heads[key].received_ms // MS_PER_MINUTE) for key in limited)
        made = {minute: self._made_in(conn, minute) for minute in wanted}
        if all(made[minute] + count <= self.per_minute for minute, count in wanted.items()):
            return Admission(batch, {minute: made[minute] + count for minute, count in wanted.items()})
        return self._divert(conn, batch, {*limited, *waiting}, linked, made)

    def _divert(
        self,
        conn: Connection,
        batch: Sequence[AcceptedEvent],
        missing: set[FingerprintKey],
        linked: AbstractSet[FingerprintKey],
        made: dict[_Minute, int],
    ) -> Admission:
        passed: list[AcceptedEvent] = []
        overflowed: Counter[tuple[int, int]] = Counter()
        there = _found_by_later_events(conn, batch, missing, linked)
        for accepted in batch:
            if accepted.key in linked:
                there.add(accepted.key)
            elif accepted.key in missing and (accepted.project_no, accepted.older_fingerprint) in there:
                missing.discard(accepted.key)  # the issue that it belongs to was made, or found, meanwhile
                there.add(accepted.key)
            elif accepted.key in missing:
                minute = (accepted.project_no, accepted.received_ms // MS_PER_MINUTE)
                if minute not in made:
                    made[minute] = self._made_in(conn, minute)
                if made[minute] < self.per_minute:
                    made[minute] += 1
                    missing.discard(accepted.key)
                    there.add(accepted.key)
                else:
                    hour_ms = accepted.received_ms - accepted.received_ms % MS_PER_HOUR
                    overflowed[accepted.project_no, hour_ms] += 1
                    # A copy: should the transaction fail, the event is judged anew.
                    passed.append(attrs.evolve(accepted, fingerprint=OVERFLOW_FINGERPRINT))
                    continue
            passed.append(accepted)
        return Admission(passed, made, overflowed)

    def _made_in(self, conn: Connection, minute: _Minute) -> int:
        """Return how many issues a project has made in a minute."""
        known = self._made.get(minute)
        if known is not None:
            return known
        project_no, number = minute
        first_ms = number * MS_PER_MINUTE
        (count,) = conn.execute(
            # Each status by itself, so that an index leads to the minute.
            "SELECT (SELECT count(*) FROM issues WHERE project_no = ?1"
            " AND status IN ('unresolved', 'resolved', 'ignored', 'muted') AND first_seen_ms BETWEEN ?2 AND ?3)"
            " - (SELECT count(*) FROM issues WHERE project_no = ?1 AND fingerprint = ?4"
            " AND first_seen_ms BETWEEN ?2 AND ?3)",
            (project_no, first_ms, first_ms + MS_PER_MINUTE - 1, OVERFLOW_FINGERPRINT),
        ).fetchone()
        return int(count)

    def note(self, admission: Admission) -> None:
        """Remember what `admit` returned, now that it is committed."""
        for minute, count in admission.admitted.items():
            self._made[minute] = count
            if admission.overflowed and count >= self.per_minute:
                self._name(minute)
        newest = max((number for _, number in self._made), default=0)
        self._made = {minute: count for minute, count in self._made.items() if minute[1] >= newest - 1}

    def _name(self, minute: _Minute) -> None:
        project_no, number = minute
        if abs(number - self._named.get(project_no, -SILENT_MINUTES)) >= SILENT_MINUTES:
            self._named[project_no] = number
            _log.warning(
                "too many new errors, events of further ones are counted in one of their own",
                project_no=project_no,
                fingerprint=OVERFLOW_FINGERPRINT,
                per_minute=self.per_minute,
            )

    def forget(self) -> None:
        """Drop what is remembered of the database."""
        self._made.clear()


def _found_by_later_events(
    conn: Connection,
    batch: Sequence[AcceptedEvent],
    missing: AbstractSet[FingerprintKey],
    linked: AbstractSet[FingerprintKey],
) -> set[tuple[int, str | None]]:
    """Return the older fingerprints that the database has, of events with a fingerprint that it does not have.

    Those of the first event of each fingerprint were looked for before, and nothing was linked to them.
    """
    seen: set[FingerprintKey] = set()
    first: set[FingerprintKey] = set()
    later: set[FingerprintKey] = set()
    for accepted in batch:
        if accepted.older_fingerprint is not None and accepted.key in missing:
            (later if accepted.key in seen else first).add((accepted.project_no, accepted.older_fingerprint))
        seen.add(accepted.key)
    return set(find(conn, sorted(later - first - missing - linked)))


def combine_admitted(admission: Admission) -> CombinedBatch:
    """Combine what became of a batch; the issue of the overflow is described by what it is, not by its first event."""
    combined = combine(admission.batch)
    for project_no in admission.by_project:
        key = (project_no, OVERFLOW_FINGERPRINT)
        head = combined.heads[key]
        event = msgspec.structs.replace(
            head.event,
            error_type=OVERFLOW_TYPE,
            message=OVERFLOW_MESSAGE,
            route_or_procedure=None,
            screen=None,
        )
        combined.heads[key] = attrs.evolve(head, event=event)
    return combined


def count_overflowed(conn: Connection, admission: Admission) -> Counter[int]:
    """Note beside the counts of a project's hours how many events went into the overflow; returns them by project."""
    for (project_no, hour_ms), count in admission.overflowed.items():
        conn.execute(
            "UPDATE project_counts_hourly SET overflowed = overflowed + ? WHERE project_no = ? AND hour_ms = ?",
            (count, project_no, hour_ms),
        )
    return admission.by_project
