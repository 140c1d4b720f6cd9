"""How much is stored, without counting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True, slots=False)
class StorageInfo:
    """How much is stored, exact at one moment."""

    db_size_bytes: int
    """Size of the database, without its write-ahead log."""
    raw_events_count: int
    """Single events of all projects; those of a project that was deleted do not count any more."""
    hourly_counts_count: int
    """Counts of an error in an hour, one for each of its environments and sources."""


def read_storage(conn: Connection) -> StorageInfo:
    """Return how much is stored, all seen at the same moment, in a time that does not depend on it."""
    # Pragmas as tables, so that one statement sees one state.
    size, events, hours = conn.execute(
        "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size),"
        " (SELECT coalesce(sum(count), 0) FROM event_day_counts"
        "  WHERE project_no NOT IN (SELECT no FROM projects WHERE deleted_secs IS NOT NULL)),"
        " (SELECT count FROM row_counts WHERE name = 'event_counts_hourly')"
    ).fetchone()
    return StorageInfo(db_size_bytes=size, raw_events_count=events, hourly_counts_count=hours)
