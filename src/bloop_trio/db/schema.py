"""The schema that a version of the database should have, beside the one that it has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from bloop_trio.db.migrate import load_migrations, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.db.connection import Connection

Schema = dict[str, str]
"""Text of each table, index, trigger and view by its kind and name: ``index issues_by_status``."""


@attrs.frozen(kw_only=True)
class SchemaDifference:
    """Where a database departs from its migrations, by kind and name."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    altered: tuple[str, ...]


def read_schema(conn: Connection) -> Schema:
    """Return what is in the database, without what SQLite keeps for itself."""
    rows = conn.execute(
        r"SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'"
    )
    return {f"{kind} {name}": " ".join(sql.replace('"', "").split()) for kind, name, sql in rows}


def expected_schema(version: int, extend: Callable[[Connection], object] | None = None) -> Schema:
    """Return what the migrations up to `version` make, and `extend` creates after them, in memory."""
    known = [migration for migration in load_migrations() if migration.version <= version]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        migrate(conn, Path(":memory:"), 0, known)
        if extend is not None:
            extend(conn)
        return read_schema(conn)


def compare_schemas(expected: Mapping[str, str], found: Mapping[str, str]) -> SchemaDifference:
    """Return where the two differ, sorted by name."""
    return SchemaDifference(
        missing=tuple(sorted(expected.keys() - found.keys())),
        extra=tuple(sorted(found.keys() - expected.keys())),
        altered=tuple(sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name])),
    )
