"""Keeping within budgets in bytes: what is oldest goes first, and issues never.

The order of the whole database: single events, the oldest first, but for the very newest; dead letters; counts by the
hour that are older than a week. A project has a budget of its single events alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.connection import transaction
from bloop_trio.issues.stored import days
from bloop_trio.retention.aged_events import AgedDay, remove_aged
from bloop_trio.retention.deleting import Deletion, note_pruned
from bloop_trio.retention.storage import read_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.pacing import PacedWriter
    from bloop_trio.retention.settings import RetentionSettings

_log = structlog.get_logger("bloop.retention")

SPARE: Final = 0.1
"""So much of what may go goes beyond what has to, so that not every further event has another one go."""
NEWEST_KEPT: Final = 1_000
"""Single events of all projects that stay whatever the budget of the database is."""
HOURLY_KEPT_DAYS: Final = 7
"""Days of counts by the hour that stay whatever the budget is."""
STEP_LETTERS: Final = 10
"""Dead letters that go before pages are counted again: each may be as large as an event."""
ROUND: Final = 0.7
"""Of what is to go, the part that is removed before pages are counted again."""
LEAST_ROUND_BYTES: Final = 100_000
URGENT: Final = 1.1
"""From so many times the budget on, removing takes half of the writer's time: else ingest could outrun it."""
URGENT_REST_FACTOR: Final = 1


@attrs.frozen(kw_only=True)
class BudgetState:
    """How the database stands to its budget at one moment."""

    used_bytes: int
    max_bytes: int | None
    """None: no limit."""

    @property
    def over_bytes(self) -> int:
        """By how much it is over; 0 if it is not."""
        return 0 if self.max_bytes is None else max(0, self.used_bytes - self.max_bytes)


@attrs.define(kw_only=True)
class Trimmed:
    """What went for the sake of budgets."""

    events: int = 0
    dead_letters: int = 0
    hourly_counts: int = 0
    state: BudgetState
    """How the database stands to its budget afterwards; over it, there is nothing left that may go."""

    @property
    def is_anything(self) -> bool:
        """Whether anything went."""
        return bool(self.events or self.dead_letters or self.hourly_counts)


@attrs.frozen
class Reached:
    """How far the oldest events of a project are removed: it has none in the table of the day up to there."""

    day: str
    event_id: int


async def keep_budgets(
    paced: PacedWriter, settings: RetentionSettings, now_ms: int, reached: dict[int, Reached]
) -> Trimmed:
    """Remove what is over the budgets of `settings`, of projects first; returns what that was.

    `reached` is by project number, and for the next call: events come behind what is there, so it has not to be looked
    through again what may all be that of others.

    Raises:
        StoreError: the store refused; what was removed until then stays removed, and the next call goes on.
    """
    trimmed = Trimmed(state=await _state(paced, settings))
    for project_no, max_bytes in settings.bytes_by_project.items():
        used_bytes = sum((await paced.writer.run(partial(_bytes_by_day, project_no=project_no))).values())
        if used_bytes > max_bytes:
            goal_bytes = used_bytes - max_bytes + int(SPARE * max_bytes)
            trimmed.events += await _remove_oldest(paced, project_no, goal_bytes, now_ms, reached)
    trimmed.state = await _state(paced, settings)
    if trimmed.state.over_bytes:
        await _keep_database(paced, settings, now_ms, trimmed)
    return trimmed


async def _keep_database(paced: PacedWriter, settings: RetentionSettings, now_ms: int, trimmed: Trimmed) -> None:
    max_bytes = trimmed.state.max_bytes
    if max_bytes is not None and trimmed.state.used_bytes > URGENT * max_bytes:
        paced = attrs.evolve(paced, rest_factor=min(paced.rest_factor, URGENT_REST_FACTOR))
    spare_bytes = int(SPARE * sum((await paced.writer.run(_bytes_by_day)).values()))
    # What pages become free is known afterwards alone, so it goes in several rounds, each of which stays below.
    goal_bytes = trimmed.state.over_bytes + spare_bytes
    target_bytes = trimmed.state.used_bytes - goal_bytes
    while goal_bytes > 0:
        removed = await _remove_oldest(paced, None, max(int(ROUND * goal_bytes), LEAST_ROUND_BYTES), now_ms, {})
        trimmed.events += removed
        trimmed.state = await _state(paced, settings)
        goal_bytes = trimmed.state.used_bytes - target_bytes if removed else 0
    if trimmed.state.over_bytes:
        await _remove_others(paced, settings, now_ms, trimmed)


async def _remove_others(paced: PacedWriter, settings: RetentionSettings, now_ms: int, trimmed: Trimmed) -> None:
    """Remove what comes after the single events, no more of it than has to go."""
    week_ms = now_ms - HOURLY_KEPT_DAYS * MS_PER_DAY
    letters = Deletion("dead_letters", "id", "TRUE ORDER BY id", step_rows=STEP_LETTERS)
    hours = Deletion(
        "event_counts_hourly",
        "fingerprint_id, hour_ms, environment, source",
        "hour_ms <= ? ORDER BY hour_ms",
        (week_ms,),
    )
    for deletion in (letters, hours):
        more = True
        while more and trimmed.state.over_bytes:
            more = await paced.run(partial(_remove_some, deletion=deletion))
            trimmed.state = await _state(paced, settings)
    trimmed.dead_letters += letters.deleted
    trimmed.hourly_counts += hours.deleted
    if letters.deleted or hours.deleted:
        _log.warning("removed for the budget", dead_letters=letters.deleted, hourly_counts=hours.deleted)


def _remove_some(conn: Connection, deletion: Deletion) -> bool:
    """Remove the next rows, and note which hours are not whole any more; returns whether there may be more."""
    with transaction(conn):
        if deletion.table == "event_counts_hourly":
            (until_ms,) = conn.execute(
                "SELECT max(hour_ms) FROM (SELECT hour_ms FROM event_counts_hourly"
                f" WHERE {deletion.where} LIMIT {deletion.step_rows:d})",
                deletion.values,
            ).fetchone()
            if until_ms is not None:
                note_pruned(conn, until_ms)
        return deletion.step(conn)


async def _remove_oldest(
    paced: PacedWriter, project_no: int | None, goal_bytes: int, now_ms: int, reached: dict[int, Reached]
) -> int:
    """Remove the oldest single events, of one project or of all, until `goal_bytes` of them are gone; returns how many.

    Whole days go as such. The newest events stay where all projects are meant, and so do the tables of these days.
    """
    today = days.day_of(now_ms)
    removed = 0
    sizes = await paced.writer.run(partial(_bytes_by_day, project_no=project_no))
    keep_from_id = await paced.writer.run(_first_id_kept) if project_no is None else None
    for day, day_bytes in sorted(sizes.items()):
        if goal_bytes <= 0:
            break
        is_whole = (
            project_no is None
            and day < today
            and day_bytes <= goal_bytes
            and not await paced.writer.run(partial(_has_since, day=day, event_id=keep_from_id))
        )
        before = reached.get(project_no) if project_no is not None else None
        aged = AgedDay(
            day=day,
            project_numbers=None if project_no is None else (project_no,),
            is_dropped=is_whole,
            most_bytes=None if is_whole else goal_bytes,
            before_id=keep_from_id,
            after_id=before.event_id if before is not None and before.day == day else 0,
        )
        gone = await remove_aged(paced, aged)
        if project_no is not None:
            reached[project_no] = Reached(day, gone.until_id)
        removed += gone.events
        goal_bytes -= day_bytes if is_whole else gone.bytes
    return removed


def _first_id_kept(conn: Connection) -> int:
    """Return the id of the oldest event that stays; ids have gaps where events were only counted."""
    first_id, left = 0, NEWEST_KEPT
    for table in days.event_tables(conn):
        ids = conn.execute(f"SELECT id FROM {table} ORDER BY id DESC LIMIT ?", (left,)).fetchall()
        left -= len(ids)
        first_id = ids[-1][0] if ids else first_id
        if not left:
            break
    return int(first_id)


def _has_since(conn: Connection, day: str, event_id: int | None) -> bool:
    """Whether a day has events from `event_id` on."""
    ids = days.event_ids_of(conn, day)
    return ids is not None and event_id is not None and ids[1] >= event_id


def _bytes_by_day(conn: Connection, project_no: int | None = None) -> Mapping[str, int]:
    """Return what the single events of each day take that has a table, of a project or of all that are not deleted."""
    existing = set(days.event_days(conn))
    rows = conn.execute(
        "SELECT day, sum(bytes) FROM event_day_counts WHERE count > 0"
        " AND project_no NOT IN (SELECT no FROM projects WHERE deleted_secs IS NOT NULL)"
        " AND (?1 IS NULL OR project_no = ?1) GROUP BY day",
        (project_no,),
    )
    return {day: size for day, size in rows if day in existing}


async def _state(paced: PacedWriter, settings: RetentionSettings) -> BudgetState:
    pages = await paced.writer.run(read_pages)
    return BudgetState(used_bytes=pages.used_bytes, max_bytes=settings.max_bytes)
