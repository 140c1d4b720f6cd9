"""Walks over the stored events of an issue, in either direction, for those that pass filters.

Nothing but the issue leads to its events: a filter looks at them one by one, and at no more than so many. A walk that is
given up says where, so that the next one can begin there. What can be told beforehand is: the releases and environments
of an issue are known with the times between which they were seen, and times lie in the order of the events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.queries.filters import NAMED_SOURCES
from bloop_trio.issues.stored.days import day_start_ms, event_days, event_ids_of, event_table

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.detail import FoundIssue
    from bloop_trio.issues.stored.payload import PayloadReader

MAX_LOOKED_AT: Final = 20_000
"""Events that filters look at for one answer: some tens of milliseconds."""
MAX_OPENED: Final = 5_000
"""Events that are unpacked for one answer, where a filter is about what is packed."""
_OPENED_AT_ONCE: Final = 250
_SLACK_MS: Final = 60_000
"""So much later than another one an event may have been received that has a lower number: clocks are set back a little."""
_LOW: Final = -(2**63 - 1)
_HIGH: Final = 2**63 - 1


@attrs.frozen(kw_only=True)
class OccurrenceFilters:
    """Which events are wanted; None wants all."""

    release: str | None = None
    environment: str | None = None
    source: str | None = None
    """As in `filters.ErrorFilters`."""
    user: str | None = None
    """With this `user_id_hash`."""
    since_ms: int | None = None
    """Received then or later."""
    until_ms: int | None = None
    """Received then or earlier."""

    @property
    def is_empty(self) -> bool:
        """Whether every event passes."""
        return self == OccurrenceFilters()

    def conditions(self) -> tuple[str, list[Any]]:
        """Return what is demanded of a row called ``e``, but for what is packed in it."""
        parts: dict[str, tuple[Any, ...]] = {"TRUE": ()}
        if self.release is not None:
            parts["e.release = ?"] = (self.release,)
        if self.environment is not None:
            parts["e.environment = ?"] = (self.environment,)
        if self.source == "api":
            parts["e.source NOT IN (?, ?)"] = NAMED_SOURCES
        elif self.source is not None:
            parts["e.source = ?"] = (self.source.lower(),)
        if self.since_ms is not None:
            parts["e.received_ms >= ?"] = (self.since_ms,)
        if self.until_ms is not None:
            parts["e.received_ms <= ?"] = (self.until_ms,)
        return " AND ".join(parts), [value for values in parts.values() for value in values]


@attrs.frozen
class Spot:
    """Where an event is stored."""

    table: str
    id: int


@attrs.define(eq=False)
class Walk:
    """One walk over the events of an issue."""

    conn: Connection
    payloads: PayloadReader
    issue: FoundIssue
    filters: OccurrenceFilters
    share: int = 1
    """How many walks an answer takes: each looks at its part of what is cheap altogether."""
    ended_at: int | None = attrs.field(default=None, init=False)
    """The last event that was looked at, if the walk was given up; None if it came to where it was to go."""
    _left: int = attrs.field(init=False)
    """Events that may still be looked at."""
    _unopened: int = attrs.field(init=False)
    """Events that may still be unpacked."""

    def __attrs_post_init__(self) -> None:
        self._left, self._unopened = max(1, MAX_LOOKED_AT // self.share), max(1, MAX_OPENED // self.share)

    def down(self, limit: int, *, before_id: int, offset: int = 0) -> list[Spot]:
        """Return up to `limit` events that pass and came before one, newest first, without the first `offset`."""
        return self._find(limit, offset, before_id, newest_first=True)

    def up(self, limit: int, *, after_id: int) -> list[Spot]:
        """Return up to `limit` events that pass and came after one, oldest first."""
        return self._find(limit, 0, after_id, newest_first=False)

    def _find(self, limit: int, offset: int, beyond: int, *, newest_first: bool) -> list[Spot]:
        window = self._window()
        if window is None:
            return []
        found: list[Spot] = []
        days = event_days(self.conn)
        for day in days if newest_first else reversed(days):
            stretch = _stretch(self.conn, day, *window)
            if stretch is None:
                continue
            low, high = stretch
            if newest_first:
                high = min(high, beyond - 1)
            else:
                low = max(low, beyond + 1)
            if low > high:
                continue
            ids = _Ids(event_table(day), self.issue.fingerprint_ids, low, high, newest_first)
            wanted = limit - len(found)
            look = self._plain if self.filters.is_empty else self._passing
            spots, skipped = look(ids, wanted, offset)
            found += spots
            offset -= skipped
            if len(found) == limit or self.ended_at is not None:
                break
        return found

    def _plain(self, ids: _Ids, limit: int, offset: int) -> tuple[list[Spot], int]:
        """Return the events of a day after leaving out `offset`, and how many were left out."""
        sql, values = ids.statement(min(limit + offset, _HIGH))
        if offset:
            (count,) = self.conn.execute(f"SELECT count(*) FROM ({sql})", values).fetchone()
            if count <= offset:
                return [], count
        rows = self.conn.execute(f"SELECT id FROM ({sql}) LIMIT ? OFFSET ?", [*values, limit, offset])
        return [Spot(ids.table, event_id) for (event_id,) in rows], offset

    def _passing(self, ids: _Ids, limit: int, offset: int) -> tuple[list[Spot], int]:
        """Return the same of those that pass."""
        found: list[int] = []
        wanted = min(limit + offset, self._left + 1)
        while len(found) < wanted:
            passed, last_id = self._next_passing(ids, wanted - len(found))
            found += passed
            if last_id is None:
                break
            ids = ids.beyond(last_id)
        skipped = min(offset, len(found))
        return [Spot(ids.table, event_id) for event_id in found[skipped:wanted]], skipped

    def _window(self) -> tuple[int, int] | None:
        """Return the first and the last time at which an event that passes can have been received; None if none can."""
        filters = self.filters
        since_ms = _LOW if filters.since_ms is None else filters.since_ms
        until_ms = _HIGH if filters.until_ms is None else filters.until_ms
        wanted = {"release": filters.release, "environment": filters.environment}
        named = {column: value for column, value in wanted.items() if value is not None}
        if named:
            first_ms, last_ms = self.conn.execute(
                "SELECT min(first_seen_ms), max(last_seen_ms) FROM issue_counts WHERE issue_id = ?"
                f" AND {' AND '.join(f'{column} = ?' for column in named)}",
                [self.issue.id, *named.values()],
            ).fetchone()
            if first_ms is None:
                return None
            # A first sighting is not brought forward when a clock is set back.
            since_ms, until_ms = max(since_ms, first_ms - _SLACK_MS), min(until_ms, last_ms)
        return None if since_ms > until_ms else (since_ms, until_ms)

    def _next_passing(self, ids: _Ids, limit: int) -> tuple[list[int], int | None]:
        """Return some of the next events that pass, and the one to go on behind; None if that was it."""
        where, checked = self.filters.conditions()
        sql, values = ids.statement(self._left)
        column = "NULL"
        if self.filters.user is not None:
            limit, column = min(_OPENED_AT_ONCE, self._unopened), "e.payload"
        rows = self.conn.execute(
            f"SELECT e.id, {column} FROM ({sql}) AS w CROSS JOIN {ids.table} AS e ON e.id = w.id WHERE {where} LIMIT ?",
            [*values, *checked, limit],
        ).fetchall()
        passed = [event_id for event_id, _ in rows]
        if self.filters.user is not None:
            contents = self.payloads.unpack(self.conn, [blob for _, blob in rows])
            passed = [
                event_id
                for event_id, content in zip(passed, contents, strict=True)
                if _decode(content).user_id_hash == self.filters.user
            ]
        is_full = len(rows) == limit
        looked_at, last_id = self._look_back(ids, rows[-1][0] if is_full else None)
        self._left -= looked_at
        if self.filters.user is not None:
            self._unopened -= len(rows)
        if last_id is not None and (self._left <= 0 or self._unopened <= 0):
            self.ended_at = last_id
            return passed, None
        return passed, last_id if is_full else None

    def _look_back(self, ids: _Ids, last_id: int | None) -> tuple[int, int | None]:
        """Return how many events were looked at, and the last one of them."""
        sql, values = ids.up_to(last_id).statement(self._left)
        edge = "min" if ids.newest_first else "max"
        count, last = self.conn.execute(f"SELECT count(*), {edge}(id) FROM ({sql})", values).fetchone()
        return count, last


@attrs.frozen
class _Ids:
    """The events of some fingerprints in a stretch of a day."""

    table: str
    fingerprint_ids: tuple[int, ...]
    low: int
    high: int
    newest_first: bool

    def beyond(self, event_id: int) -> _Ids:
        """Return what comes behind an event."""
        return attrs.evolve(self, high=event_id - 1) if self.newest_first else attrs.evolve(self, low=event_id + 1)

    def up_to(self, event_id: int | None) -> _Ids:
        """Return what comes until an event, with it; None: all."""
        if event_id is None:
            return self
        return attrs.evolve(self, low=event_id) if self.newest_first else attrs.evolve(self, high=event_id)

    def statement(self, limit: int) -> tuple[str, list[Any]]:
        """Return the statement for the first of their numbers; an index tells them without the events."""
        order = f"ORDER BY id {'DESC' if self.newest_first else 'ASC'} LIMIT {limit:d}"
        # Each branch has its numbers in order, and SQLite merges them as it goes: with IN it would sort all there are.
        # An issue has fewer fingerprints than a statement may have branches.
        branch = f"SELECT id FROM {self.table} WHERE fingerprint_id = ? AND id BETWEEN ? AND ?"
        values = [value for number in self.fingerprint_ids for value in (number, self.low, self.high)]
        return f"{' UNION ALL '.join([branch] * len(self.fingerprint_ids))} {order}", values


class _Payload(msgspec.Struct):
    """What is read of a payload."""

    user_id_hash: str | None = None


_decode: Final = msgspec.json.Decoder(_Payload).decode


def _stretch(conn: Connection, day: str, since_ms: int, until_ms: int) -> tuple[int, int] | None:
    """Return the numbers between which a day has all that was received between two times; None if it has nothing."""
    start_ms = day_start_ms(day)
    end_ms = start_ms + MS_PER_DAY
    if start_ms > until_ms or end_ms <= since_ms:
        return None
    begins_within, ends_within = since_ms - _SLACK_MS > start_ms, until_ms + _SLACK_MS < end_ms
    if not begins_within and not ends_within:
        return 0, _HIGH
    ids = event_ids_of(conn, day)
    if ids is None:
        return None
    low, high = ids
    table = event_table(day)
    if begins_within:
        low = _first_since(conn, table, low, high, since_ms - _SLACK_MS)
    if ends_within:
        high = _first_since(conn, table, low, high, until_ms + _SLACK_MS)
    return low, high


def _first_since(conn: Connection, table: str, low: int, high: int, ms: int) -> int:
    """Return the first number between these whose event was received then or later; `high` if there is none."""
    while low < high:
        middle = (low + high) // 2
        event_id, received_ms = conn.execute(
            f"SELECT id, received_ms FROM {table} WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
        ).fetchone()
        if received_ms >= ms:
            high = middle
        else:
            low = event_id + 1
    return min(low, high)
