"""Looking at a database file without changing anything, not even its journal mode.

Opening a file for writing turns it to WAL and leaves files beside it, before anybody knows whether it is ours.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import attrs

from bloop_trio.db.connection import open_connection
from bloop_trio.db.copying import open_resting
from bloop_trio.db.migrate import pending, schema_version
from bloop_trio.db.trouble import reason
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True)
class DatabaseState:
    """What a look at the file shows."""

    exists: bool
    size_bytes: int
    """The file and its write-ahead log together."""
    schema: int
    """Number of the newest migration that it has; 0 when it is empty or not there."""
    pending: tuple[str, ...]
    """Names of the migrations that are to come."""


def inspect_database(path: Path) -> DatabaseState:
    """Return what is at `path`; leaves no trace.

    Raises:
        DatabaseRefusedError: The file is foreign, damaged, or newer than this version.
        DatabaseError: The file cannot be read.
    """
    wal = path.with_name(path.name + "-wal")
    try:
        if not path.exists():
            return DatabaseState(exists=False, size_bytes=0, schema=0, pending=())
        size_bytes = path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
        # A reader of a WAL database creates the log if it is not there and cannot take it away again. Without a log
        # nobody has the database open, so it can be read as a file that does not change.
        conn = open_connection(path, read_only=True) if wal.exists() else open_resting(path)
        try:
            return DatabaseState(
                exists=True,
                size_bytes=size_bytes,
                schema=_schema_version(conn, path),
                pending=tuple(migration.name for migration in pending(conn)),
            )
        finally:
            conn.close()
    except (sqlite3.DatabaseError, OSError) as error:
        msg = f"cannot open the database {path}: {reason(path, error)}"
        raise DatabaseError(msg) from error


def _schema_version(conn: Connection, path: Path) -> int:
    try:
        return schema_version(conn)
    except DatabaseRefusedError as error:
        msg = f"{path}: {error}"
        raise DatabaseRefusedError(msg) from error
