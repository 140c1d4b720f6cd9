"""The SQL that writes the projection, each time with how far it has been copied in the same transaction."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.analytics.marks import Marks
from bloop_trio.analytics.schema import FEED, SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bloop_trio.analytics.engine import Cursor
    from bloop_trio.analytics.reading import News, Portion, Row

_COPIED: Final = ("hours", "issues", "issue_releases")
_MARKS: Final = tuple(field.name for field in attrs.fields(Marks))


@attrs.frozen(kw_only=True)
class Stored:
    """What a file says of itself."""

    is_ours: bool
    """Whether it is a projection, of whatever version, or empty."""
    marks: Marks | None
    """How far it was copied; None if it is not whole, or of another version."""
    next_identity: int = 0
    """What the database may already call it."""


def create(cursor: Cursor) -> None:
    """Create the tables in an empty file, and note that they are not filled yet."""
    with _transaction(cursor):
        cursor.execute(TABLES)
        cursor.execute(FEED)
        _set_feed(cursor, {"version": SCHEMA_VERSION, "is_whole": 0})


def read_stored(cursor: Cursor) -> Stored:
    """Return what the file at hand is."""
    tables = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables:
        return Stored(is_ours=True, marks=None)
    columns = cursor.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'feed' ORDER BY column_index"
    ).fetchall()
    if columns != [("name",), ("value",)]:
        return Stored(is_ours=False, marks=None)
    feed = dict(cursor.execute("SELECT name, value FROM feed").fetchall())
    if feed.get("version") != SCHEMA_VERSION or not feed.get("is_whole") or not feed.keys() >= set(_MARKS):
        return Stored(is_ours=True, marks=None)
    return Stored(
        is_ours=True,
        marks=Marks(**{name: feed[name] for name in _MARKS}),
        next_identity=feed.get("next_identity", 0),
    )


def announce_identity(cursor: Cursor, identity: int) -> None:
    """Note what the database is about to call this file."""
    with _transaction(cursor):
        _set_feed(cursor, {"next_identity": identity})


def finish(cursor: Cursor, marks: Marks) -> None:
    """Note that everything has been copied, up to `marks`."""
    with _transaction(cursor):
        _set_feed(cursor, {"is_whole": 1, **attrs.asdict(marks)})


def append(cursor: Cursor, table: str, rows: Sequence[Row]) -> None:
    """Append rows to a table, in a transaction of its own."""
    with _transaction(cursor):
        _append(cursor, table, rows)


def apply(cursor: Cursor, portion: Portion | None, news: News | None) -> None:
    """Put a portion in the place of what it replaces, in one transaction; with `news`, that was the last of it."""
    with _transaction(cursor):
        if portion is not None:
            _replace(cursor, portion)
        if news is None:
            return
        if news.projects is not None:
            _replace_projects(cursor, news.projects)
        if news.pruned_ms is not None:
            cursor.execute("DELETE FROM hours WHERE hour_ms <= $1", [news.pruned_ms])
        _set_feed(cursor, attrs.asdict(news.marks))


def _replace(cursor: Cursor, portion: Portion) -> None:
    changes = portion.changes
    ids = changes.whole_ids or changes.issue_ids
    cursor.execute("CREATE OR REPLACE TEMP TABLE changed (id BIGINT)")
    _append(cursor, "changed", [(issue_id,) for issue_id in sorted(ids)])
    changed = "issue_id IN (SELECT id FROM changed)"
    if changes.whole_ids:
        cursor.execute(f"DELETE FROM hours WHERE {changed}")
        cursor.execute(f"DELETE FROM issue_releases WHERE {changed}")
    else:
        # The bound by hours leaves out nearly all of the table without a look.
        hours = ", ".join(f"{hour_ms:d}" for hour_ms in sorted(changes.hours))
        cursor.execute(f"DELETE FROM hours WHERE hour_ms IN ({hours}) AND {changed}")
        cursor.execute("CREATE OR REPLACE TEMP TABLE seen (issue_id BIGINT, release VARCHAR, environment VARCHAR)")
        _append(cursor, "seen", [(row[0], row[2], row[3]) for row in portion.releases])
        cursor.execute(
            "DELETE FROM issue_releases AS old USING seen WHERE old.issue_id = seen.issue_id"
            " AND old.release = seen.release AND old.environment = seen.environment"
        )
    cursor.execute(f"DELETE FROM issues WHERE {changed}")
    _append(cursor, "hours", portion.hours)
    _append(cursor, "issues", portion.issues)
    _append(cursor, "issue_releases", portion.releases)


def _replace_projects(cursor: Cursor, projects: Sequence[Row]) -> None:
    cursor.execute("DELETE FROM projects")
    _append(cursor, "projects", projects)
    for table in _COPIED:
        cursor.execute(f"DELETE FROM {table} WHERE project_no NOT IN (SELECT project_no FROM projects)")


def _set_feed(cursor: Cursor, values: dict[str, int]) -> None:
    for name, value in values.items():
        cursor.execute("DELETE FROM feed WHERE name = $1", [name])
        cursor.execute("INSERT INTO feed (name, value) VALUES ($1, $2)", [name, value])


def _append(cursor: Cursor, table: str, rows: Iterable[Row]) -> None:
    with cursor.appender(table) as appender:
        # Out of a generator, so that other threads get their turns between two rows.
        appender.append_rows(row for row in rows)


@contextmanager
def _transaction(cursor: Cursor) -> Iterator[None]:
    cursor.execute("BEGIN")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(Exception):  # what went wrong may have ended it already, and is what is to be told
            cursor.execute("ROLLBACK")
        raise
