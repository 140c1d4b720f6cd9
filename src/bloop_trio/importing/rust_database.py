"""The database of the Rust server of the same name: what it holds and in which order it is read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.db.connection import APPLICATION_ID, StoreError
from bloop_trio.exceptions import DatabaseError
from bloop_trio.projects.project import DEFAULT_SLUG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.db.foreign import ForeignDatabase

LEFT_BEHIND: Final = ("_migrations", "alert_cooldowns", "sessions")
"""Tables that would mean nothing in another database."""
_REQUIRED: Final = {"fingerprint", "total_count", "first_seen", "last_seen"}


@attrs.frozen(kw_only=True)
class SourceTable:
    """A table that is read."""

    name: str
    columns: tuple[str, ...]
    """What a row has, in this order. Older servers did not have all columns: what is not there is NULL, and a project
    is the default one."""
    order: tuple[str, ...]
    whole: int = 0
    """Rows that agree in so many of the first columns are written in one piece."""


@attrs.frozen(eq=False)
class RustDatabase:
    """Reads the tables of such a database, all of them as they were at one moment."""

    _database: ForeignDatabase
    _columns: dict[str, frozenset[str]]

    @property
    def path(self) -> Path:
        """Return where it is."""
        return self._database.path

    def check_still(self) -> None:
        """Make sure that what has been read so far is one state.

        Raises:
            DatabaseError: another program has begun to write to the file.
        """
        self._database.check_still()

    def count(self, table: str) -> int:
        """Return the number of rows of a table; 0 if there is no such table."""
        if table not in self._columns:
            return 0
        return int(next(self._database.query(f'SELECT count(*) FROM "{table}"'))[0])

    def rows(self, table: SourceTable, skip: int = 0) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table in its order, without the first `skip`; none if there is no such table.

        Raises:
            DatabaseError: they cannot be read.
        """
        known = self._columns.get(table.name)
        if known is None:
            return iter(())
        columns = ", ".join(_column(name, known) for name in table.columns)
        order = ", ".join(f'"{name}"' for name in table.order if name in known) or "1"
        if not self._has_rowid(table.name):
            return self._database.query(
                f'SELECT {columns} FROM "{table.name}" ORDER BY {order} LIMIT -1 OFFSET ?', (skip,)
            )
        # Only numbers are sorted, which an index often spares; with a LIMIT the inner order is sure to be kept.
        return self._database.query(
            f'WITH ordered AS MATERIALIZED (SELECT rowid AS no FROM "{table.name}"'
            f" ORDER BY {order}, rowid LIMIT -1 OFFSET ?)"
            f' SELECT {columns} FROM ordered CROSS JOIN "{table.name}" AS t ON t.rowid = ordered.no',
            (skip,),
        )

    def rows_of_projects(self, table: str) -> dict[Any, int]:
        """Return how many rows of a table each project has; none if rows have no project yet."""
        if "project_id" not in self._columns.get(table, ()):
            return {}
        return dict(self._database.query(f'SELECT project_id, count(*) FROM "{table}" GROUP BY project_id'))

    def others(self, taken: set[str]) -> dict[str, int]:
        """Return the other tables that hold something, and how many rows."""
        names = sorted(self._columns.keys() - taken - set(LEFT_BEHIND))
        return {name: rows for name in names if (rows := self.count(name))}

    def user_ids(self) -> frozenset[str]:
        """Return the ids of those who could change something."""
        if "id" not in self._columns.get("webauthn_users", ()):
            return frozenset()
        return frozenset(str(user_id) for (user_id,) in self._database.query("SELECT id FROM webauthn_users"))

    def identity(self) -> str:
        """Return what tells this database from others, and stays as it is while the server runs on."""
        return self._digest(
            ("_migrations", "min(id) || ' ' || min(applied)"),
            ("_migrations", "min(name)"),
            ("projects", f"max(CASE WHEN id = '{DEFAULT_SLUG}' THEN created_at END)"),
            ("error_aggregates", "min(first_seen)"),
        )

    def state(self) -> str:
        """Return what changes whenever anything changes that is imported."""
        return self._digest(
            ("projects", "count(*)"),
            ("bearer_tokens", "count(*)"),
            ("error_aggregates", "count(*) || ' ' || total(total_count) || ' ' || max(last_seen)"),
            ("event_counts_hourly", "count(*) || ' ' || total(count)"),
            ("raw_events", "count(*) || ' ' || max(received_at)"),
            ("sample_occurrences", "count(*) || ' ' || max(captured_at)"),
            ("status_changes", "count(*) || ' ' || max(changed_at)"),
        )

    def _digest(self, *facts: tuple[str, str]) -> str:
        found: list[Any] = []
        for table, expression in facts:
            try:
                (value,) = self._database.conn.execute(f'SELECT {expression} FROM "{table}"').fetchone()
            except StoreError:  # an older server without this table or column
                value = None
            found.append(str(value))
        return hashlib.sha256(msgspec.json.encode(found)).hexdigest()

    def _has_rowid(self, table: str) -> bool:
        try:
            self._database.conn.execute(f'SELECT rowid FROM "{table}" LIMIT 0')
        except StoreError:
            return False
        return True


def read_rust_database(database: ForeignDatabase) -> RustDatabase:
    """Return a reader of the database.

    Raises:
        DatabaseError: it is not one of the Rust server.
    """
    (application_id,) = next(database.query("PRAGMA application_id"))
    if application_id == APPLICATION_ID:
        msg = f"{database.path} is a database of this program, not of the Rust server: see bloop restore"
        raise DatabaseError(msg)
    names = [
        name
        for (name,) in database.query(
            r"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
            " AND sql NOT LIKE 'CREATE VIRTUAL%'"
        )
    ]
    columns = {
        name: frozenset(column for (column,) in database.query("SELECT name FROM pragma_table_xinfo(?)", (name,)))
        for name in names
    }
    if not columns.get("error_aggregates", frozenset()) >= _REQUIRED:
        msg = f"{database.path} is not a database of the Rust server: it has no table error_aggregates as that one has"
        raise DatabaseError(msg)
    return RustDatabase(database, columns)


def _column(name: str, known: frozenset[str]) -> str:
    if name in known:
        return f'"{name}"'
    return f"'{DEFAULT_SLUG}'" if name == "project_id" else "NULL"
