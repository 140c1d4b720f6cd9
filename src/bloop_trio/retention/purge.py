"""Removing what has aged out, in steps so small that the writer never waits long for its turn.

Events leave a whole day at a time by dropping the day's table where no project needs it. Issues, their counts by
release, and samples stay, unless they are to go when they have not been seen for long. Nothing here runs VACUUM: free
pages go back to the file system a few at a time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, MS_PER_SEC
from bloop_trio.db.connection import transaction
from bloop_trio.issues.stored import days
from bloop_trio.issues.triage.change_sets import forget_old_sets
from bloop_trio.retention.aged_events import find_aged_days, remove_aged
from bloop_trio.retention.aged_issues import remove_aged_issues
from bloop_trio.retention.aged_maps import remove_aged_maps
from bloop_trio.retention.deleting import delete, doubt_pruned, note_pruned
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.settings import RetentionSettings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.retention")

RECENT_COUNTS_MS: Final = 3 * MS_PER_HOUR
"""Alerts count by ten seconds in the last two hours, and from the hour in which these begin."""
_RECENT_KEY: Final = "bucket_ms, fingerprint_id, environment, source"
_HOURLY_KEY: Final = "fingerprint_id, hour_ms, environment, source"
_OTHERS: Final = "project_no NOT IN (SELECT project_no FROM project_retention)"
CREDENTIALS_KEPT_SECS: Final = 30 * 86_400
"""For how long invites and revoked tokens are listed after their end."""
ID_STEP_ROWS: Final = 2_000
"""Event ids that one step deletes: they lie beside each other, in no other index."""
_FREE_PAGES: Final = 500
_FREE_PAGES_AT_ONCE: Final = 64
"""Given back to the file system in one slice."""


@attrs.frozen(kw_only=True)
class Purged:
    """What a purge removed."""

    days: tuple[str, ...]
    """UTC days whose tables of events were dropped."""
    events: int
    hourly_counts: int
    recent_counts: int
    dead_letters: int
    audit_entries: int
    issues: int = 0
    """Issues that had not been seen for long, with all that hung on them."""
    credentials: int = 0
    """Invites and revoked tokens."""
    source_maps: int = 0


async def purge(
    writer: Writer,
    config: RetentionConfig,
    *,
    now_ms: int,
    map_days: int = 0,
    paced: PacedWriter | None = None,
    forget: Callable[[], None] = lambda: None,
) -> Purged:
    """Remove events, counts by the hour, dead letters, entries of the audit log, issues and short-lived rows that have
    aged out at `now_ms`.

    With `map_days`, source maps go that are older and of whose release no event has come for so long.

    `config` holds unless administrators have set something else. `forget` is called in the writer's thread before
    issues are removed: whatever remembers them has to drop it. Event ids are remembered for at least 24 hours, 10-second
    counts for three. Retired keys go when their grace is over.

    Raises:
        StoreError: the store refused; what was removed until then stays removed, and the next purge goes on.
    """
    paced = paced or PacedWriter(writer=writer)
    settings = await writer.run(partial(read_settings, config=config))
    dropped = []
    events = 0
    for aged in await writer.run(partial(find_aged_days, settings=settings, now_ms=now_ms)):
        events += (await remove_aged(paced, aged)).events
        if aged.is_dropped:
            dropped.append(aged.day)
    await _drop_event_ids(paced, now_ms)
    purged = Purged(
        days=tuple(dropped),
        events=events,
        hourly_counts=await _delete_hours(paced, settings.hourly_counts_days, now_ms),
        recent_counts=await delete(
            paced, "event_counts_recent", _RECENT_KEY, "bucket_ms < ?", now_ms - RECENT_COUNTS_MS
        ),
        dead_letters=await _delete_dead_letters(paced, settings, now_ms),
        audit_entries=await delete(paced, "audit_entries", "id", "at_ms < ?", now_ms - config.audit_days * MS_PER_DAY),
        # After the single events, which no issue may leave behind.
        issues=await remove_aged_issues(paced, settings, now_ms, forget),
        credentials=await _delete_credentials(paced, now_ms // MS_PER_SEC - CREDENTIALS_KEPT_SECS),
        source_maps=await remove_aged_maps(paced, days=map_days, now_ms=now_ms) if map_days else 0,
    )
    await delete(paced, "retired_keys", "api_key", "expires_secs < ?", now_ms // MS_PER_SEC)
    await paced.repeat(partial(forget_old_sets, now_ms=now_ms))
    await shrink(paced)
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


async def _drop_event_ids(paced: PacedWriter, now_ms: int) -> None:
    """Drop the event ids of all days but today and yesterday."""
    yesterday = days.previous_day(days.day_of(now_ms))
    for day in await paced.run(days.event_id_days):
        if day < yesterday:
            # A drop reads each page of the table, so it comes when there are few.
            await paced.repeat(partial(_delete_ids, table=days.event_id_table(day)))
            await paced.run(partial(_drop, table=days.event_id_table(day)))


def _delete_ids(conn: Connection, *, table: str) -> bool:
    """Delete the event ids that come first in a table; returns whether there may be many more."""
    further = conn.execute(f"SELECT hash FROM {table} ORDER BY hash LIMIT 1 OFFSET {ID_STEP_ROWS:d}").fetchone()
    if further is None:
        return False
    conn.execute(f"DELETE FROM {table} WHERE hash < ?", further)
    return True


async def _delete_hours(paced: PacedWriter, kept_days: int, now_ms: int) -> int:
    """Remove the counts of hours that are not kept any more; returns how many there were of errors."""
    before_ms = now_ms - kept_days * MS_PER_DAY - MS_PER_HOUR

    def note(conn: Connection) -> None:
        with transaction(conn):
            doubt_pruned(conn, now_ms)
            note_pruned(conn, before_ms)

    await paced.run(note)
    # By project, as their index has them: without any to remove, a purge is not to read all.
    of_projects = "project_no IN (SELECT no FROM projects) AND hour_ms <= ?"
    await delete(paced, "project_counts_hourly", "project_no, hour_ms", of_projects, before_ms)
    return await delete(paced, "event_counts_hourly", _HOURLY_KEY, "hour_ms <= ?", before_ms)


async def _delete_dead_letters(paced: PacedWriter, settings: RetentionSettings, now_ms: int) -> int:
    """Remove dead letters, which live as long as the events of their project."""
    horizon_ms = now_ms - settings.raw_events_days * MS_PER_DAY
    deleted = await delete(paced, "dead_letters", "id", f"received_ms < ? AND {_OTHERS}", horizon_ms)
    for project_no, kept_days in settings.by_project.items():
        own_ms = now_ms - kept_days * MS_PER_DAY
        deleted += await delete(paced, "dead_letters", "id", "received_ms < ? AND project_no = ?", own_ms, project_no)
    return deleted


def _drop(conn: Connection, *, table: str) -> None:
    with transaction(conn):
        conn.execute(f"DROP TABLE IF EXISTS {table}")


async def _delete_credentials(paced: PacedWriter, before_secs: int) -> int:
    """Remove invites that were over, and tokens that were revoked, before `before_secs`; returns how many."""
    over = "used_secs < ?1 OR revoked_secs < ?1 OR expires_secs < ?1"
    return await delete(paced, "invites", "id", over, before_secs) + await delete(
        paced, "bearer_tokens", "id", "revoked_secs < ?", before_secs
    )


async def shrink(paced: PacedWriter) -> None:
    """Give the free pages back to the file system, some at a time."""
    while await paced.run(partial(free_pages, pages=_FREE_PAGES_AT_ONCE)) > 0:
        pass


def free_pages(conn: Connection, pages: int = _FREE_PAGES) -> int:
    """Release up to `pages` pages; returns how many are still free."""
    # The pragma frees one page each time it is stepped. As it has no columns, `execute` steps it once and fetching not
    # at all; a script is run to its end.
    conn.executescript(f"PRAGMA incremental_vacuum({pages:d})")
    (free,) = conn.execute("PRAGMA freelist_count").fetchone()
    return int(free)
