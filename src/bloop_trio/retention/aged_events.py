"""Removing single events that have aged out: days that no project needs any more, and of other days what is too old.

What is to go is seen from the counts of each project on each day, so a purge with nothing to do reads no events.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.connection import transaction
from bloop_trio.issues.stored import days
from bloop_trio.issues.writing.day_counts import EVENT_BYTES, take_day_counts

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.pacing import PacedWriter
    from bloop_trio.retention.settings import RetentionSettings

_log = structlog.get_logger("bloop.retention")

STEP_IDS: Final = 500
"""Events that one step looks at: they lie beside each other on the disk."""
PACK_STEP_IDS: Final = 250
"""The same where what is left of them is moved together."""
PACK_BYTES: Final = 1_000_000
"""What a step moves together at most; larger events have pages of their own, which are free without that."""
PACK_FROM: Final = 1 / 4
"""If less than this part of a step's events goes, the others stay where they are: moving them costs more than it gives."""
_MOVED: Final = "temp.moved"
DROP_WHOLE_ROWS: Final = 20_000
"""A day with more rows is emptied in slices first, since a drop frees all its pages in one transaction."""


@attrs.frozen(kw_only=True)
class AgedDay:
    """What is to go of a day."""

    day: str
    project_numbers: tuple[int, ...] | None
    """Of these projects; None: of all."""
    is_dropped: bool = False
    """Whether the table goes as well, since nobody needs it; then all goes that is in it."""
    most_bytes: int | None = None
    """The oldest of them until so many bytes are gone; None: all of them."""
    before_id: int | None = None
    """Those before this one; None: all of them."""
    after_id: int = 0
    """None of them is at or before this one."""


@attrs.frozen
class Gone:
    """What was removed."""

    events: int
    bytes: int
    """What these took; 0 unless that was limited."""
    until_id: int
    """Up to here nothing is left of what was to go; 0 if the day has no events."""


def find_aged_days(conn: Connection, settings: RetentionSettings, now_ms: int) -> list[AgedDay]:
    """Return what has aged out at `now_ms`, the newest day first.

    An event is kept for at least as many days as its project keeps them, and until the last of its UTC day has aged out
    with it. Events of a project that is being deleted keep no day, and are left to that.
    """
    by_day: dict[str, list[int]] = {}
    rows = conn.execute(
        "SELECT day, project_no FROM event_day_counts WHERE count > 0"
        " AND project_no NOT IN (SELECT no FROM projects WHERE deleted_secs IS NOT NULL)"
    )
    for day, project_no in rows:
        by_day.setdefault(day, []).append(project_no)
    found = []
    for day in days.event_days(conn):
        age_ms = now_ms - days.day_start_ms(day) - MS_PER_DAY
        numbers = by_day.get(day, [])
        aged = tuple(no for no in numbers if age_ms >= settings.events_days(no) * MS_PER_DAY)
        if len(aged) < len(numbers):
            if aged:
                found.append(AgedDay(day=day, project_numbers=aged))
        elif aged or age_ms >= settings.raw_events_days * MS_PER_DAY:
            found.append(AgedDay(day=day, project_numbers=None, is_dropped=True))
    return found


async def remove_aged(paced: PacedWriter, aged: AgedDay) -> Gone:
    """Remove what is to go of a day; returns how much that was."""
    walk = _Walk(aged)
    if await paced.writer.run(walk.begin):
        await paced.repeat(walk.step)
    if aged.is_dropped:
        walk.removed += await paced.run(partial(_drop, day=aged.day))
    _log.info("events removed", day=aged.day, projects=aged.project_numbers, events=walk.removed)
    return Gone(walk.removed, walk.removed_bytes, walk.seen_id)


@attrs.define(eq=False)
class _Walk:
    """Goes over a day's table in the order in which it lies on the disk, and deletes what is to go."""

    aged: AgedDay
    seen_id: int = 0
    last_id: int = 0
    removed: int = 0
    removed_bytes: int = 0

    def begin(self, conn: Connection) -> bool:
        """Look where the table begins and ends; returns whether there is anything to delete row by row."""
        ids = days.event_ids_of(conn, self.aged.day)
        if ids is None:
            return False
        self.seen_id, self.last_id = max(ids[0] - 1, self.aged.after_id), ids[1]
        if self.aged.is_dropped:
            self.last_id -= DROP_WHOLE_ROWS  # ids may have gaps, so at most so many rows are left
        if self.aged.before_id is not None:
            self.last_id = min(self.last_id, self.aged.before_id - 1)
        if self.aged.project_numbers is not None:
            conn.execute(f"DROP TABLE IF EXISTS {_MOVED}")
            conn.execute(f"CREATE TEMP TABLE moved AS SELECT * FROM {days.event_table(self.aged.day)} WHERE FALSE")
        return self.last_id > self.seen_id

    def step(self, conn: Connection) -> bool:
        """Delete what is to go of the next events; returns whether there are more to look at."""
        numbers = self.aged.project_numbers or ()
        until_id = min(self.seen_id + (PACK_STEP_IDS if numbers else STEP_IDS), self.last_id)
        of_projects = f" AND project_no IN ({', '.join('?' * len(numbers))})" if numbers else ""
        found = f"FROM {days.event_table(self.aged.day)} WHERE id > ? AND id <= ?{of_projects}"
        bounds = (self.seen_id, until_id, *numbers)
        if self.aged.most_bytes is not None:
            until_id, size = _bounded(conn, found, bounds, self.aged.most_bytes - self.removed_bytes)
            bounds = (self.seen_id, until_id, *numbers)
            self.removed_bytes += size
        take_day_counts(conn, self.aged.day, found, bounds)
        removed = conn.execute(f"DELETE {found}", bounds).rowcount
        self.removed += removed
        if removed and numbers:
            _pack(conn, days.event_table(self.aged.day), self.seen_id, until_id, removed)
        self.seen_id = until_id
        if self.aged.most_bytes is not None and self.removed_bytes >= self.aged.most_bytes:
            return False
        return until_id < self.last_id


def _pack(conn: Connection, table: str, after_id: int, until_id: int, removed: int) -> None:
    """Move the events that are left between two ids together, so that pages between them become free.

    How many were `removed` there says whether that is worth it: SQLite joins pages only when they are nearly empty, and half of each may be what others keep.
    """
    kept, bounds = f"FROM {table} WHERE id > ? AND id <= ?", (after_id, until_id)
    left, size = conn.execute(f"SELECT count(*), sum({EVENT_BYTES}) {kept}", bounds).fetchone()
    if left and removed >= PACK_FROM * (removed + left) and size <= PACK_BYTES:
        conn.execute(f"INSERT INTO {_MOVED} SELECT * {kept}", bounds)
        conn.execute(f"DELETE {kept}", bounds)
        conn.execute(f"INSERT INTO {table} SELECT * FROM {_MOVED}")
        conn.execute(f"DELETE FROM {_MOVED}")


def _bounded(conn: Connection, found: str, bounds: tuple[int, ...], most_bytes: int) -> tuple[int, int]:
    """Return up to which id events are to go so that `most_bytes` are gone, or else all of them, and what these take."""
    sized = f"WITH sized AS MATERIALIZED (SELECT id, sum({EVENT_BYTES}) OVER (ORDER BY id) AS size {found})"
    row = conn.execute(f"{sized} SELECT id, size FROM sized WHERE size >= ? LIMIT 1", (*bounds, most_bytes)).fetchone()
    if row is None:
        (size,) = conn.execute(f"SELECT coalesce(sum({EVENT_BYTES}), 0) {found}", bounds).fetchone()
        return bounds[1], size
    return row[0], row[1]


def _drop(conn: Connection, day: str) -> int:
    """Drop a day's table and forget its counts; returns how many events it still had."""
    table = days.event_table(day)
    with transaction(conn):
        (rest,) = conn.execute(f"SELECT count(*) FROM {table}").fetchone()
        conn.execute(f"DROP TABLE {table}")
        conn.execute("DELETE FROM event_day_counts WHERE day = ?", (day,))
    return int(rest)
