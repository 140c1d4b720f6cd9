"""What a database file and its SQLite have to tell about themselves; only read, beside a running server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.copying import beside
from bloop_trio.db.migrate import pending, schema_version
from bloop_trio.db.schema import SchemaDifference, compare_schemas, expected_schema, read_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bloop_trio.db.connection import Connection

SHOWN_PROBLEMS: Final = 5
"""Damage that is told of: what is broken in one place usually is in many."""


@attrs.frozen(kw_only=True)
class Survey:
    """The state of a database."""

    size_bytes: int
    log_bytes: int
    """Size of the write-ahead log."""
    free_bytes: int
    """Part of the database that is empty, and used again before it grows."""
    schema: int
    pending: tuple[str, ...]
    """Names of the migrations that the next start will run."""
    migrated_secs: int
    """When the newest migration ran."""
    problems: tuple[str, ...]
    """Damage that SQLite found, at most `SHOWN_PROBLEMS`."""
    dangling: int
    """Rows that belong to a row that is not there, at most `SHOWN_PROBLEMS`."""
    difference: SchemaDifference
    table_bytes: Mapping[str, int]
    """Size of each table with its indexes; empty if it was not asked for or this SQLite cannot tell."""


@attrs.frozen(kw_only=True)
class Engine:
    """The SQLite that this Python brings."""

    version: str
    full_text_search: bool


def survey_engine() -> Engine:
    """Return what is known of this process's SQLite."""
    with closing(sqlite3.connect(":memory:")) as conn:
        modules = {name for (name,) in conn.execute("SELECT name FROM pragma_module_list")}
    return Engine(version=sqlite3.sqlite_version, full_text_search="fts5" in modules)


def survey_database(
    conn: Connection, path: Path, *, thorough: bool, extend: Callable[[Connection], None] | None = None
) -> Survey:
    """Return the state of the database at `path` that `conn` is open to.

    `thorough` also holds each index against its table and measures the tables: it reads everything several times.
    `extend` creates in the expected schema what does not come from migrations.

    Raises:
        DatabaseRefusedError: as `schema_version`.
        StoreError: it cannot be read.
    """
    version = schema_version(conn)
    log = beside(path, "-wal")
    (page_bytes,) = conn.execute("PRAGMA page_size").fetchone()
    (free_pages,) = conn.execute("PRAGMA freelist_count").fetchone()
    check = "integrity_check" if thorough else "quick_check"
    verdicts = [text for (text,) in conn.execute(f"PRAGMA {check}({SHOWN_PROBLEMS})")]
    (migrated_secs,) = conn.execute("SELECT max(applied_secs) FROM schema_migrations").fetchone() if version else (0,)
    return Survey(
        size_bytes=path.stat().st_size,
        log_bytes=log.stat().st_size if log.exists() else 0,
        free_bytes=free_pages * page_bytes,
        schema=version,
        pending=tuple(migration.name for migration in pending(conn)),
        migrated_secs=migrated_secs,
        problems=() if verdicts == ["ok"] else tuple(verdicts),
        dangling=len(conn.execute("PRAGMA foreign_key_check").fetchmany(SHOWN_PROBLEMS)),
        difference=compare_schemas(expected_schema(version, extend) if version else {}, read_schema(conn)),
        table_bytes=_table_bytes(conn) if thorough else {},
    )


def _table_bytes(conn: Connection) -> dict[str, int]:
    try:
        rows = conn.execute(
            "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name"
            " WHERE s.aggregate = TRUE GROUP BY m.tbl_name"
        )
        return dict(rows.fetchall())
    except sqlite3.OperationalError:  # built without dbstat
        return {}
