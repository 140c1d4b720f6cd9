"""Single events of the other server, into the tables of the days on which they were received."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.statements import run_rows
from bloop_trio.importing.keys import read_key
from bloop_trio.importing.payloads import DETAILS, Packing, encode_event, make_event
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_time_ms, as_whole
from bloop_trio.issues.events.event import normalise_timestamp
from bloop_trio.issues.stored import days
from bloop_trio.issues.stored.finding import find
from bloop_trio.issues.writing.affected import AffectedUsers
from bloop_trio.issues.writing.day_counts import add_day_counts, day_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row
    from bloop_trio.issues.events.batch import FingerprintKey
    from bloop_trio.issues.events.event import Event

EVENTS: Final = SourceTable(
    name="raw_events",
    columns=("project_id", "fingerprint", "received_at", "timestamp", *DETAILS),
    order=("received_at", "id"),
)
_INSERT: Final = "(id, received_ms, timestamp_ms, fingerprint_id, project_no, release, environment, source, payload)"


@attrs.frozen
class EventsStep:
    """Stores events with numbers of our own, in the order in which they were received.

    Nothing is counted but users: the other server has counted events, and older ones that it has removed since as well.
    """

    _numbers: Mapping[str, int]
    _packing: Packing
    table: SourceTable = EVENTS

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        read: list[tuple[FingerprintKey, int, Row]] = []
        for row in rows:
            key, received_ms = read_key(row, self._numbers), as_time_ms(row[2])
            if isinstance(key, Reason):
                tally.skipped(key)
            elif received_ms is None:
                tally.skipped(Reason.TIME)
            else:
                read.append((key, received_ms, row))
        refs = find(conn, list(dict.fromkeys(key for key, _, _ in read)))
        known = [(refs[key].fingerprint_id, key[0], ms, row) for key, ms, row in read if key in refs]
        if len(known) < len(read):
            tally.skipped(Reason.ERROR, len(read) - len(known))
        self._store(conn, known)
        tally.imported(len(known))
        return tally

    def settle(self, conn: Connection) -> None:
        """Train the dictionary of payloads once there is enough to learn from."""
        self._packing.train(conn)

    def _store(self, conn: Connection, events: list[tuple[int, int, int, Row]]) -> None:
        first_id = take_ids(conn, len(events))
        made = [make_event(row[4:], _int64(row[3])) for _, _, _, row in events]
        add_users(conn, ((fingerprint_id, event) for (fingerprint_id, *_), event in zip(events, made, strict=True)))
        payloads = self._packing.pack([encode_event(event) for event in made])
        by_day: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for number, ((fingerprint_id, project_no, received_ms, _), event, payload) in enumerate(
            zip(events, made, payloads, strict=True), first_id
        ):
            timestamp_ms = normalise_timestamp(event.timestamp or 0, received_ms)
            ids = (number, received_ms, timestamp_ms, fingerprint_id, project_no)
            by_day[received_ms // MS_PER_DAY].append((*ids, event.release, event.environment, event.source, payload))
        for since_1970, of_day in by_day.items():
            day = days.day_of(since_1970 * MS_PER_DAY)
            days.create_day(conn, day)
            run_rows(conn, f"INSERT INTO {days.event_table(day)} {_INSERT}", of_day)
            add_day_counts(conn, day_sizes({day: of_day}))


def take_ids(conn: Connection, number: int) -> int:
    """Take so many numbers of events, in the caller's transaction; returns the first."""
    (last,) = conn.execute(
        "UPDATE sequences SET value = value + ? WHERE name = 'event_id' RETURNING value", (number,)
    ).fetchone()
    return int(last) - number + 1


def add_users(conn: Connection, events: Iterable[tuple[int, Event]]) -> None:
    """Count the users of events, by fingerprint id; whoever was counted before counts once."""
    users: defaultdict[int, set[str]] = defaultdict(set)
    for fingerprint_id, event in events:
        if event.user_id_hash:
            users[fingerprint_id].add(event.user_id_hash)
    AffectedUsers().add(conn, users)


def _int64(value: Any) -> int | None:
    number = as_whole(value)
    return number if number is not None and -(2**63) <= number < 2**63 else None
