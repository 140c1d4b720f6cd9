"""Walks over stored events for an export: an issue's from the newest back, a project's from the oldest on.

A slice ends with so many bytes, not rows, so that its memory and its time are the same whatever is in the events.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.queries.export_lines import (
    OccurrenceLine,
    OccurrenceRecord,
    StoredEvent,
    encode_lines,
    read_payload,
)
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.detail import FoundIssue
    from bloop_trio.issues.stored.payload import PayloadReader

PART_BYTES: Final = 512 * 1024
"""A part ends when it has become so large."""
_ROWS_AT_ONCE: Final = 128
"""Events that are unpacked together: at most 4 MB of them."""
WINDOW_IDS: Final = 20_000
"""How far a slice looks for rows that it has to search for: some 10 ms."""
_INT64_MAX: Final = 2**63 - 1

_COLUMNS: Final = "e.id, e.timestamp_ms, e.received_ms, e.source, e.environment, e.release"


@attrs.frozen(kw_only=True)
class Span:
    """Which events are wanted, by the time of their arrival in epoch milliseconds."""

    since_ms: int | None = None
    """Then or later."""
    until_ms: int | None = None
    """Then or earlier."""

    def touches(self, day: str) -> bool:
        """Whether events of a day can be in it."""
        start_ms = days.day_start_ms(day)
        return (self.until_ms is None or start_ms <= self.until_ms) and (
            self.since_ms is None or start_ms + MS_PER_DAY > self.since_ms
        )


def last_event_id(conn: Connection) -> int:
    """Return the id of the newest event."""
    (last,) = conn.execute("SELECT value FROM sequences WHERE name = 'event_id'").fetchone()
    return int(last)


@attrs.define(eq=False, kw_only=True)
class IssueOccurrences:
    """All stored events of an issue, newest first."""

    issue: FoundIssue
    payloads: PayloadReader
    encode: Callable[[Sequence[OccurrenceLine]], bytes]
    last_id: int
    """Newer events are left out."""
    lines: int = 0
    """How many there were so far."""
    _day: str | None = None
    """The day that the walk is on; None before the first."""
    _next_id: int = 0
    """The next event of the day has this id or a smaller one."""

    def next_part(self, conn: Connection) -> bytes | None:
        """Return some more events; None when there are no more. Called in a snapshot."""
        for day in days.event_days(conn):
            if self._day is None or day <= self._day:
                if day != self._day:
                    # Ids fall from day to day, but for a clock that was set back: each day is walked from its top.
                    self._day, self._next_id = day, self.last_id
                newest = self._newest(conn, day)
                if newest is not None:
                    return self._read(conn, day, newest)
        return None

    def _newest(self, conn: Connection, day: str) -> int | None:
        """Return the id of the day's next event."""
        found = [
            conn.execute(
                f"SELECT max(id) FROM {days.event_table(day)} WHERE fingerprint_id = ? AND id <= ?",
                (fingerprint_id, self._next_id),
            ).fetchone()[0]
            for fingerprint_id in self.issue.fingerprint_ids
        ]
        return max((event_id for event_id in found if event_id is not None), default=None)

    def _read(self, conn: Connection, day: str, newest: int) -> bytes:
        issue = self.issue
        # The index has the events of one fingerprint in order. Those of several have to be sorted, so not all at once.
        lowest = 0 if len(issue.fingerprint_ids) == 1 else newest - WINDOW_IDS
        rows = conn.execute(
            f"SELECT {_COLUMNS}, ?, ?, ?, e.payload FROM {days.event_table(day)} AS e"
            f" WHERE e.fingerprint_id IN ({issue.placeholders}) AND e.id > ? AND e.id <= ? ORDER BY e.id DESC",
            (issue.fingerprint, issue.error_type, issue.message, *issue.fingerprint_ids, lowest, newest),
        )
        part = _Part(conn, self.payloads, issue.project_id)
        while (lines := part.lines_of(rows, OccurrenceLine)) is not None:
            part.add(self.encode(lines))
            newest = lines[-1].id
            self.lines += len(lines)
        rows.close()
        self._next_id = newest - 1
        return part.content()


@attrs.define(eq=False, kw_only=True)
class ProjectOccurrences:
    """All stored events of a project, oldest first."""

    project_no: int
    project_id: str
    payloads: PayloadReader
    last_id: int
    """Newer events are left out."""
    span: Span
    name: str = "occurrences"
    lines: int = 0
    _day: str | None = None
    """The day that the walk is on; None before the first."""
    _seen_id: int = 0
    """The day is through up to this id."""

    def next_part(self, conn: Connection) -> bytes | None:
        """Return some more events, maybe none; None when there are no more. Called in a snapshot."""
        for day in reversed(days.event_days(conn)):
            if self.span.touches(day) and (self._day is None or day >= self._day):
                if day != self._day:
                    self._day, self._seen_id = day, 0
                (oldest,) = conn.execute(
                    f"SELECT min(id) FROM {days.event_table(day)} WHERE id > ?", (self._seen_id,)
                ).fetchone()
                if oldest is not None and oldest <= self.last_id:
                    return self._read(conn, day, oldest)
        return None

    def _read(self, conn: Connection, day: str, oldest: int) -> bytes:
        # Other projects have their events in the same table, and no index leads past them.
        highest = min(oldest + WINDOW_IDS, self.last_id)
        span = self.span
        rows = conn.execute(
            f"SELECT {_COLUMNS}, i.fingerprint, i.error_type, i.message, e.payload FROM {days.event_table(day)} AS e"
            " CROSS JOIN issue_fingerprints AS f ON f.id = e.fingerprint_id CROSS JOIN issues AS i ON i.id = f.issue_id"
            " WHERE e.id >= ? AND e.id <= ? AND e.project_no = ? AND e.received_ms >= ? AND e.received_ms <= ?"
            " ORDER BY e.id",
            (
                oldest,
                highest,
                self.project_no,
                -_INT64_MAX if span.since_ms is None else span.since_ms,
                _INT64_MAX if span.until_ms is None else span.until_ms,
            ),
        )
        part = _Part(conn, self.payloads, self.project_id)
        while (lines := part.lines_of(rows, OccurrenceRecord)) is not None:
            part.add(encode_lines(lines))
            self._seen_id = lines[-1].id
            self.lines += len(lines)
        rows.close()
        if not part.is_full:
            self._seen_id = highest
        return part.content()


class _Part:
    """A part in the making."""

    def __init__(self, conn: Connection, payloads: PayloadReader, project_id: str) -> None:
        self._conn = conn
        self._payloads = payloads
        self._project_id = project_id
        self._pieces: list[bytes] = []
        self._size_bytes = 0

    @property
    def is_full(self) -> bool:
        return self._size_bytes >= PART_BYTES

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size_bytes += len(piece)

    def content(self) -> bytes:
        return b"".join(self._pieces)

    def lines_of(self, rows: Iterator[Sequence[Any]], kind: type[OccurrenceLine]) -> list[OccurrenceLine] | None:
        """Return some of the next rows as lines; None when there are no more, or no more room."""
        if self.is_full or not (chunk := list(islice(rows, _ROWS_AT_ONCE))):
            return None
        contents = self._payloads.unpack(self._conn, [row[-1] for row in chunk])
        lines = []
        for (*columns, _), content in zip(chunk, contents, strict=True):
            event = StoredEvent(*columns)
            payload = read_payload(event, content)
            lines.append(
                kind(
                    event.id,
                    event.timestamp_ms,
                    event.source,
                    event.environment,
                    event.release,
                    payload.error_type,
                    payload.message,
                    payload.stack,
                    payload.http_status,
                    payload.request_id,
                    payload.route_or_procedure,
                    event.fingerprint,
                    event.received_ms,
                    self._project_id,
                    payload.metadata,
                    payload.user_id_hash,
                    payload.device_id_hash,
                    payload.app_version,
                    payload.build_number,
                    payload.screen,
                )
            )
        return lines
