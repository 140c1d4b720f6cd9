"""How much is stored, without counting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.settings import RetentionSettings


@attrs.frozen(kw_only=True, slots=False)
class ProjectStorage:
    """What the single events of a project take."""

    project_id: str
    """Its id."""
    raw_events_count: int
    """Single events."""
    raw_events_bytes: int
    """What they take, within some per cent: their payloads as stored, and a constant for each."""


@attrs.frozen(kw_only=True, slots=False)
class StorageInfo:
    """How much is stored, exact at one moment unless it says otherwise."""

    db_size_bytes: int
    """Size of the database, without its write-ahead log."""
    free_bytes: int
    """Of these, the ones that are free: they are used again, and given back to the file system bit by bit."""
    raw_events_count: int
    """Single events of all projects; those of a project that was deleted do not count any more."""
    hourly_counts_count: int
    """Counts of an error in an hour, one for each of its environments and sources."""
    budget: Literal["none", "kept", "exceeded"]
    """Whether what is not free is within the budget of the whole database, if there is one."""
    by_project: list[ProjectStorage]
    """Projects with single events, those that take most first."""


@attrs.frozen
class Pages:
    """The pages of the database, in bytes."""

    size_bytes: int
    free_bytes: int

    @property
    def used_bytes(self) -> int:
        """What is not free."""
        return self.size_bytes - self.free_bytes


def read_pages(conn: Connection) -> Pages:
    """Return how large the database is, and how much of it is free."""
    # Pragmas as tables, so that one statement sees one state.
    return Pages(
        *conn.execute(
            "SELECT pages * bytes, free * bytes FROM (SELECT"
            " (SELECT page_count FROM pragma_page_count) AS pages, (SELECT freelist_count FROM pragma_freelist_count)"
            " AS free, (SELECT page_size FROM pragma_page_size) AS bytes)"
        ).fetchone()
    )


def read_storage(conn: Connection, settings: RetentionSettings) -> StorageInfo:
    """Return how much is stored, in a time that does not depend on it; to be called inside a snapshot."""
    pages = read_pages(conn)
    rows = conn.execute(
        "SELECT p.id, sum(count), sum(bytes) FROM event_day_counts JOIN projects AS p ON p.no = project_no"
        " WHERE p.deleted_secs IS NULL GROUP BY project_no HAVING sum(count) > 0 ORDER BY 3 DESC, project_no"
    ).fetchall()
    (hours,) = conn.execute("SELECT count FROM row_counts WHERE name = 'event_counts_hourly'").fetchone()
    budget: Literal["none", "kept", "exceeded"] = "none"
    if settings.max_bytes is not None:
        budget = "exceeded" if pages.used_bytes > settings.max_bytes else "kept"
    return StorageInfo(
        db_size_bytes=pages.size_bytes,
        free_bytes=pages.free_bytes,
        raw_events_count=sum(count for _, count, _ in rows),
        hourly_counts_count=hours,
        budget=budget,
        by_project=[
            ProjectStorage(project_id=project_id, raw_events_count=count, raw_events_bytes=size)
            for project_id, count, size in rows
        ],
    )
