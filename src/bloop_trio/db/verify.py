"""Looking whether a backup is one: whole, ours, and not newer than this version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import attrs

from bloop_trio.db.copying import COMPANIONS, beside, count_rows, open_resting
from bloop_trio.db.migrate import schema_version
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True)
class Contents:
    """What a backup holds."""

    size_bytes: int
    schema: int
    """Number of the newest migration that it has."""
    rows: Mapping[str, int]
    """Number of rows of each table."""


def verify_backup(path: Path) -> Contents:
    """Read the whole of a file and return what it holds; changes nothing and leaves no trace.

    Raises:
        DatabaseRefusedError: It is foreign, damaged, empty, newer than this version, or a database in use.
        DatabaseError: It cannot be read.
    """
    for suffix in COMPANIONS[:2]:
        log = beside(path, suffix)
        if log.exists() and log.stat().st_size:
            msg = f"{path} is a database in use or was left by one that was killed, since there is {log.name} beside it"
            raise DatabaseRefusedError(msg)
    try:
        with closing(open_resting(path)) as conn:
            contents = Contents(
                size_bytes=path.stat().st_size, schema=_schema(conn, path), rows=_whole_rows(conn, path)
            )
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            msg = f"{path} is damaged: {error}"
            raise DatabaseRefusedError(msg) from error
        msg = f"cannot read {path}: {error}"
        raise DatabaseError(msg) from error
    return contents


def _schema(conn: Connection, path: Path) -> int:
    try:
        version = schema_version(conn)
    except DatabaseRefusedError as error:
        reason = str(error).partition(";")[0]  # what to do about it is said to those who start a server
        msg = f"{path}: {reason}"
        raise DatabaseRefusedError(msg) from error
    if not version:
        msg = f"{path}: the file is empty"
        raise DatabaseRefusedError(msg)
    return version


def _whole_rows(conn: Connection, path: Path) -> dict[str, int]:
    (verdict,) = conn.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        msg = f"{path} is damaged: {verdict}"
        raise DatabaseRefusedError(msg)
    dangling = conn.execute("PRAGMA foreign_key_check").fetchone()
    if dangling is not None:
        table, row, parent, _ = dangling
        msg = f"{path} is damaged: row {row} of {table} belongs to a row of {parent} that is not there"
        raise DatabaseRefusedError(msg)
    return count_rows(conn)
