"""A batch of events becomes rows, in one transaction.

Runs in the writer's thread and is the only code that adds to issues and counts. Whether an issue is new, and whether it
came back, is decided here, by what the database says inside the transaction.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec
import structlog

from bloop_trio.clock import MS_PER_DAY, now_ms
from bloop_trio.db.connection import StoreError, transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.flow.bounded_cache import BoundedCache
from bloop_trio.issues.events.batch import AcceptedEvent, CombinedBatch, FingerprintKey, combine, newest_by_fingerprint
from bloop_trio.issues.events.event import normalise_timestamp
from bloop_trio.issues.grouping.linking import link
from bloop_trio.issues.lifecycle.releases import note_releases
from bloop_trio.issues.lifecycle.snoozes import end_met
from bloop_trio.issues.stored import days
from bloop_trio.issues.stored.finding import IssueRef, find
from bloop_trio.issues.stored.payload import TRAINING_EVENTS, PayloadPacker, newest_dictionary, train_dictionary
from bloop_trio.issues.writing.affected import AffectedUsers
from bloop_trio.issues.writing.day_counts import add_day_counts, day_sizes, remove_events
from bloop_trio.issues.writing.merged_counts import add_merged_counts, addresses_of
from bloop_trio.issues.writing.overflow import NewIssueCap, combine_admitted, count_overflowed
from bloop_trio.issues.writing.samples import SampleRing
from bloop_trio.issues.writing.sifting import without_deleted, without_duplicates
from bloop_trio.issues.writing.storm_guard import StormGuard, count_thinned, without_thinned
from bloop_trio.issues.writing.upserts import IssueSeen, add_counts, count_on, create

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.lifecycle.snoozes import EndedSnooze
    from bloop_trio.issues.stored.user_set import UserSet

_log = structlog.get_logger("bloop.pipeline")

_KNOWN_FINGERPRINTS: Final = 50_000
_KNOWN_RELEASES: Final = 10_000
_encode = msgspec.json.Encoder().encode


@attrs.frozen(kw_only=True)
class BatchResult:
    """What a committed batch did."""

    stored: Counter[int]
    """Events stored, by project number. Those of a project that was deleted meanwhile count too, and leave no row: they
    have gone with all else that the project had."""
    duplicates: Counter[int]
    """Events left out because their `event_id` was stored before, by project number."""
    seen: tuple[IssueSeen, ...]
    """New and regressed issues."""
    combined: CombinedBatch
    """What was added."""
    ended: tuple[EndedSnooze, ...] = ()
    """Muted issues that it has made unresolved."""
    addresses: dict[FingerprintKey, str]
    """Under which fingerprint the issue is told of, for those that are merged with others; nearly always empty."""
    overflowed: Counter[int] = attrs.field(factory=Counter)
    """Of those stored, events of issues that were not made, as too many new ones came, by project number."""
    thinned: Counter[int] = attrs.field(factory=Counter)
    """Of those stored, events that were counted and left no row, as their issue floods, by project number."""
    refs: Mapping[FingerprintKey, IssueRef] = attrs.field(factory=dict)
    """Where the batch's fingerprints live."""
    last_event_id: int = 0
    """The highest id that an event has by now: whoever has read the store up to a later one has seen this batch."""


@attrs.frozen
class _Found:
    """What is known of a batch's fingerprints before anything is added."""

    refs: dict[FingerprintKey, IssueRef] = attrs.field(factory=dict)
    """Where those live that belong to an issue."""
    new: list[FingerprintKey] = attrs.field(factory=list)
    """Of which issues are to be created."""
    waiting: AbstractSet[FingerprintKey] = frozenset()
    """Those that belong to one of these issues."""
    linked: frozenset[FingerprintKey] = frozenset()
    """Those of `refs` that this batch has brought: none of its earlier events has found them there."""


class BatchWriter:
    """Writes batches. One thread at a time uses it, always with the same connection.

    Its memory (ids of fingerprints, sample slots, users, the last event id) only ever follows a commit, so a failed
    batch can be written again.
    """

    def __init__(
        self,
        conn: Connection,
        *,
        sample_reservoir_size: int,
        max_new_issues_per_minute: int = 0,
        full_occurrences_per_minute: int = 0,
    ) -> None:
        self._cap = NewIssueCap(max_new_issues_per_minute)
        self._storm_guard = StormGuard(full_occurrences_per_minute)
        self._samples = SampleRing(sample_reservoir_size)
        self._affected = AffectedUsers()
        self._known: BoundedCache[FingerprintKey, IssueRef] = BoundedCache(_KNOWN_FINGERPRINTS)
        self._releases: BoundedCache[tuple[int, str], bool] = BoundedCache(_KNOWN_RELEASES)
        self._days: set[str] = set()
        (self._last_id,) = conn.execute("SELECT value FROM sequences WHERE name = 'event_id'").fetchone()
        self._packer = PayloadPacker(newest_dictionary(conn))
        self._train_at = TRAINING_EVENTS

    def write(self, conn: Connection, batch: Sequence[AcceptedEvent]) -> BatchResult:
        """Store `batch` in one transaction, or raise and store nothing of it.

        Raises:
            sqlite3.Error: the store refused; `is_poison` tells whether the events are at fault.
        """
        with transaction(conn):
            made = self._create_days(conn, batch)
            kept, gone = without_deleted(conn, batch)
            fresh, duplicates = without_duplicates(conn, kept)
            combined = combine(fresh)
            relinked: dict[FingerprintKey, IssueRef] = {}
            found = self._find_issues(conn, combined, _Found(), relinked)
            admission = None
            if found.new and self._cap.per_minute:
                admission = self._cap.admit(conn, fresh, combined, found.new, found.waiting, found.linked)
                if admission.overflowed:
                    fresh, combined = admission.batch, combine_admitted(admission)
                    found = self._find_issues(conn, combined, found, relinked)
            releases = self._note_releases(conn, combined)
            refs, seen, muted = self._upsert_issues(conn, combined, found.refs, found.new)
            users = self._add_users(conn, combined, refs) if combined.users else {}
            ended = end_met(conn, combined, refs, muted) if muted else ()
            add_counts(conn, combined, refs)
            addresses = addresses_of(refs)
            if addresses:
                add_merged_counts(conn, combined, refs)
            thinning = self._storm_guard.look(fresh, combined)
            slots = self._insert_events(conn, fresh, refs, thinning.left_out) if fresh else {}
            thinned = count_thinned(conn, fresh, thinning.left_out) if thinning.left_out else Counter[int]()
            overflowed = count_overflowed(conn, admission) if admission is not None else Counter[int]()
            last_id = self._last_id + len(fresh)
            conn.execute("UPDATE sequences SET value = ? WHERE name = 'event_id'", (last_id,))
        self._last_id = last_id
        self._days |= made
        for key, ref in refs.items():
            self._known.put(key, ref)
        for key, ref in relinked.items():
            self._known.put(key, ref)
        for release in releases:
            self._releases.put(release, True)
        self._samples.note(slots)
        self._affected.note(users)
        self._storm_guard.note(thinning)
        if admission is not None:
            self._cap.note(admission)
        return BatchResult(
            stored=combined.projects + gone,
            duplicates=duplicates,
            seen=tuple(seen),
            combined=combined,
            ended=ended,
            addresses=addresses,
            overflowed=overflowed,
            thinned=thinned,
            refs=refs,
            last_event_id=last_id,
        )

    def forget(self) -> None:
        """Drop what is remembered of the database; needed after anything else has changed issues."""
        self._known.clear()
        self._samples.forget()
        self._affected.forget()
        self._releases.clear()
        self._cap.forget()
        self._days.clear()

    def forget_fingerprints(self, keys: Iterable[FingerprintKey]) -> None:
        """Drop what is remembered of whose these fingerprints are; called in the turn of the writer that changed it."""
        for key in keys:
            self._known.discard(key)
        self._cap.forget()  # there are as many issues of a minute now as the database says

    def _create_days(self, conn: Connection, batch: Sequence[AcceptedEvent]) -> set[str]:
        """Have the tables of the batch's days; returns those that are not remembered yet, usually none."""
        first, last = min(a.received_ms for a in batch), max(a.received_ms for a in batch)
        unknown = {days.day_of(first), days.day_of(last)} - self._days
        if first // MS_PER_DAY + 1 < last // MS_PER_DAY:  # a clock that jumped by days
            unknown = {days.day_of(a.received_ms) for a in batch} - self._days
        for day in unknown:
            days.create_day(conn, day)
        return unknown

    def _note_releases(self, conn: Connection, combined: CombinedBatch) -> list[tuple[int, str]]:
        """Have the batch's releases known; returns those that are not remembered yet, usually none."""
        unknown = [
            (project_no, value, span.first_ms)
            for (project_no, facet, value), span in combined.facets.items()
            if facet == "release" and self._releases.get((project_no, value)) is None
        ]
        note_releases(conn, unknown)
        return [(project_no, release) for project_no, release, _ in unknown]

    def _find_issues(
        self,
        conn: Connection,
        combined: CombinedBatch,
        before: _Found,
        relinked: dict[FingerprintKey, IssueRef],
    ) -> _Found:
        """Return what the database has of the batch's fingerprints, and link those that belong to what it has.

        What was found in this transaction `before` goes before what is remembered: it may have been linked since. What
        becomes of fingerprints that are not in the batch is added to `relinked`.
        """
        refs: dict[FingerprintKey, IssueRef] = {}
        missing: list[FingerprintKey] = []
        for key in combined.issues:
            ref = before.refs.get(key) or self._known.get(key)
            if ref is None:
                missing.append(key)
            else:
                refs[key] = ref
        refs.update(find(conn, missing))
        new = [key for key in missing if key not in refs]
        if not any(combined.heads[key].older_fingerprint is not None for key in new):
            return _Found(refs, new, linked=before.linked)
        links = link(conn, combined, refs, new, before.linked)
        refs |= links.refs
        relinked |= links.elsewhere
        return _Found(
            refs,
            [key for key in new if key not in refs and key not in links.waiting],
            links.waiting,
            before.linked.union(key for key in new if key in refs),
        )

    def _upsert_issues(
        self,
        conn: Connection,
        combined: CombinedBatch,
        refs: dict[FingerprintKey, IssueRef],
        new: list[FingerprintKey],
    ) -> tuple[dict[FingerprintKey, IssueRef], list[IssueSeen], list[int]]:
        """Create what is new, count on what exists, and bring back what was resolved; also returns what is muted."""
        counted = count_on(conn, combined, refs)
        created = create(conn, combined, new)
        refs = refs | created
        while waiting := len(refs) < len(combined.issues) and [key for key in combined.issues if key not in refs]:
            links = link(conn, combined, refs, waiting)
            refs |= links.refs
            count_on(conn, combined, {key: refs[key] for key in waiting if key in refs})
            further = create(conn, combined, [key for key in waiting if key not in refs and key not in links.waiting])
            refs |= further
            created |= further
        seen = counted.back + [
            IssueSeen(project_no=key[0], issue_id=ref.issue_id, fingerprint=key[1], regression=False)
            for key, ref in created.items()
        ]
        return refs, seen, counted.muted

    def _add_users(
        self, conn: Connection, combined: CombinedBatch, refs: dict[FingerprintKey, IssueRef]
    ) -> dict[int, UserSet]:
        # A number may have been that of a fingerprint of a project that was deleted: whoever is new has nobody yet.
        self._affected.discard(refs[key].fingerprint_id for key in combined.users if self._known.get(key) is None)
        return self._affected.add(conn, {refs[key].fingerprint_id: users for key, users in combined.users.items()})

    def _insert_events(
        self,
        conn: Connection,
        fresh: Sequence[AcceptedEvent],
        refs: dict[FingerprintKey, IssueRef],
        left_out: AbstractSet[int],
    ) -> dict[int, int]:
        """Insert the raw rows and the samples; returns the next sample slot of each fingerprint.

        The events at the positions `left_out` get no row. Samples are the newest events all the same.
        """
        passing: list[int] = []
        if left_out:
            fresh, passing = without_thinned(fresh, left_out, self._samples.size)
        payloads = self._packer.pack([a.payload or _encode(a.event) for a in fresh])
        rows = [
            (
                event_id,
                a.received_ms,
                normalise_timestamp(a.event.timestamp or 0, a.received_ms),
                refs[a.project_no, a.fingerprint].fingerprint_id,
                a.project_no,
                a.event.release,
                a.event.environment,
                a.event.source,
                payload,
            )
            for event_id, a, payload in zip(
                range(self._last_id + 1, self._last_id + 1 + len(fresh)), fresh, payloads, strict=True
            )
        ]
        by_day = _by_day(rows)
        of_days = {days.event_table(day): of_day for day, of_day in by_day.items()}
        for table, of_day in of_days.items():
            run_rows(
                conn,
                f"INSERT INTO {table} (id, received_ms, timestamp_ms, fingerprint_id, project_no, release, environment,"
                " source, payload)",
                of_day,
            )
        newest = newest_by_fingerprint(fresh, self._samples.size)
        slots = self._samples.copy(
            conn,
            of_days,
            dict(sorted((rows[positions[0]][3], [rows[p][0] for p in positions]) for positions in newest.values())),
        )
        add_day_counts(conn, day_sizes(by_day))
        if passing:
            remove_events(conn, by_day, {rows[position][0] for position in passing})
        return slots

    @property
    def wants_dictionary(self) -> bool:
        """Whether enough events are stored to train the payload dictionary; `train` is to be called then."""
        return not self._packer.has_dictionary and self._last_id >= self._train_at

    def train(self, conn: Connection) -> None:
        """Train the payload dictionary; with too few or too similar events, or no room for it, try again later."""
        self._train_at = self._last_id + TRAINING_EVENTS
        try:
            with transaction(conn):
                dictionary = train_dictionary(conn, now_ms())
        except StoreError as error:
            _log.warning("payload dictionary not stored, will be tried again", error=str(error))
            return
        if dictionary is not None:
            self._packer.use(dictionary)


def _by_day(rows: list[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    """Split rows by the day of their second column; nearly always there is one day."""
    first, last = days.day_of(min(r[1] for r in rows)), days.day_of(max(r[1] for r in rows))
    if first == last:
        return {first: rows}
    split: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        split.setdefault(days.day_of(row[1]), []).append(row)
    return split
