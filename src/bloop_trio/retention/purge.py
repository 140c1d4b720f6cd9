"""Removing what has aged out, in steps so small that the writer never waits long for its turn.

Events leave a whole day at a time by dropping the day's table. Issues, their counts by release and hour, and samples
stay. Nothing here runs VACUUM: free pages go back to the file system a few at a time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, MS_PER_SEC
from bloop_trio.db.connection import transaction
from bloop_trio.issues import days

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.retention")

SLICE_ROWS: Final = 2_000
"""Rows that one step deletes: about 20 ms of the writer's time."""
DROP_WHOLE_ROWS: Final = 100_000
"""A day with more rows is emptied in slices first, since a drop frees all its pages in one transaction."""
RECENT_COUNTS_MS: Final = 2 * MS_PER_HOUR
_RECENT_KEY: Final = "bucket_ms, fingerprint_id, environment, source"
_FREE_PAGES: Final = 500


@attrs.frozen(kw_only=True)
class Purged:
    """What a purge removed."""

    days: tuple[str, ...]
    """UTC days whose events were dropped."""
    events: int
    recent_counts: int
    dead_letters: int
    audit_entries: int


async def purge(writer: Writer, *, raw_events_days: int, audit_days: int, now_ms: int) -> Purged:
    """Remove events, dead letters, entries of the audit log and short-lived rows that have aged out at `now_ms`.

    An event is kept for at least `raw_events_days` days, and until the last of its UTC day has aged out with it. Event
    ids are remembered for at least 24 hours, 10-second counts for two. Retired keys go when their grace is over.

    Raises:
        StoreError: the store refused; what was removed until then stays removed, and the next purge goes on.
    """
    horizon_ms = now_ms - raw_events_days * MS_PER_DAY
    dropped = []
    events = 0
    for day in await writer.run(days.event_days):
        if days.day_start_ms(day) + MS_PER_DAY <= horizon_ms:
            events += await _drop_day(writer, day)
            dropped.append(day)
    await _drop_event_ids(writer, now_ms)
    recent = await _delete_slices(writer, "event_counts_recent", _RECENT_KEY, "bucket_ms", now_ms - RECENT_COUNTS_MS)
    dead_letters = await _delete_slices(writer, "dead_letters", "id", "received_ms", horizon_ms)
    audit_ms = now_ms - audit_days * MS_PER_DAY
    audit_entries = await _delete_slices(writer, "audit_entries", "id", "at_ms", audit_ms)
    await _delete_slices(writer, "retired_keys", "api_key", "expires_secs", now_ms // MS_PER_SEC)
    if dropped or recent or dead_letters or audit_entries:
        await _shrink(writer)
    purged = Purged(
        days=tuple(dropped),
        events=events,
        recent_counts=recent,
        dead_letters=dead_letters,
        audit_entries=audit_entries,
    )
    _log.debug("purged", **attrs.asdict(purged))
    return purged


async def prepare_days(writer: Writer, now_ms: int) -> None:
    """Have today's and tomorrow's tables, so that no batch has to make them at midnight."""
    today = days.day_of(now_ms)

    def create(conn: Connection) -> None:
        with transaction(conn):
            for day in (today, days.next_day(today)):
                days.create_day(conn, day)

    await writer.run(create)


async def _drop_day(writer: Writer, day: str) -> int:
    """Drop a day's table of events; returns how many it held."""
    table = days.event_table(day)
    # Ids are given without gaps, so their range is how many rows there can be; counting a large table takes too long.
    ids = await writer.run(partial(days.event_ids_of, day=day))
    left = 0 if ids is None else ids[1] - ids[0] + 1
    total = 0
    while left > DROP_WHOLE_ROWS:
        deleted = await writer.run(partial(_delete_slice, table=table, key="id", where="id > ?", bound=0))
        if deleted == 0:
            break
        total += deleted
        left -= deleted
        await _shrink(writer, steps=1)
    (rest,) = await writer.run(lambda conn: conn.execute(f"SELECT count(*) FROM {table}").fetchone())
    total += rest
    await writer.run(partial(_drop, table=table))
    _log.info("day of events dropped", day=day, events=total)
    return int(total)


async def _drop_event_ids(writer: Writer, now_ms: int) -> None:
    """Drop the event ids of all days but today and yesterday."""
    yesterday = days.previous_day(days.day_of(now_ms))
    for day in await writer.run(days.event_id_days):
        if day < yesterday:
            await writer.run(partial(_drop, table=days.event_id_table(day)))


async def _delete_slices(writer: Writer, table: str, key: str, column: str, before_ms: int) -> int:
    deleted = 0
    while True:
        count = await writer.run(partial(_delete_slice, table=table, key=key, where=f"{column} < ?", bound=before_ms))
        deleted += count
        if count < SLICE_ROWS:
            return deleted


def _delete_slice(conn: Connection, *, table: str, key: str, where: str, bound: int) -> int:
    """Delete up to `SLICE_ROWS` rows that `where` finds below `bound`; returns how many. `key` names a row."""
    with transaction(conn):
        cursor = conn.execute(
            f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {where} LIMIT {SLICE_ROWS:d})",
            (bound,),
        )
    return cursor.rowcount


def _drop(conn: Connection, *, table: str) -> None:
    with transaction(conn):
        conn.execute(f"DROP TABLE IF EXISTS {table}")


async def _shrink(writer: Writer, steps: int = 64) -> None:
    """Give free pages back to the file system, a few megabytes a step."""
    for _ in range(steps):
        if await writer.run(free_pages) == 0:
            return


def free_pages(conn: Connection, pages: int = _FREE_PAGES) -> int:
    """Release up to `pages` pages; returns how many are still free."""
    # The pragma frees one page each time it is stepped. As it has no columns, `execute` steps it once and fetching not
    # at all; a script is run to its end.
    conn.executescript(f"PRAGMA incremental_vacuum({pages:d})")
    (free,) = conn.execute("PRAGMA freelist_count").fetchone()
    return int(free)
