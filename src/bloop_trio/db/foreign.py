"""Reading the SQLite database of another program, without changing a byte of it or of its log."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.connection import rollback
from bloop_trio.db.copying import beside
from bloop_trio.exceptions import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection

_BUSY_TIMEOUT_MS: Final = 30_000
_CACHE_KIB: Final = 16 * 1024


@attrs.frozen(kw_only=True, eq=False)
class ForeignDatabase:
    """A database of another program, all of it as it was when it was opened."""

    path: Path
    conn: Connection
    """In one read transaction from beginning to end. Texts that are not UTF-8 come with replacement characters."""
    _resting: tuple[int, ...] | None
    """What shows whether somebody writes to a file that was read without a lock; None if it is read with one."""

    def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, one by one.

        Raises:
            DatabaseError: they cannot be read.
        """
        try:
            yield from self.conn.execute(sql, parameters)
        except sqlite3.Error as error:
            raise _unreadable(self.path, error) from error

    def check_still(self) -> None:
        """Make sure that what has been read so far is one state.

        Raises:
            DatabaseError: another program has begun to write to the file.
        """
        if self._resting is not None and self._resting != _signature(self.path):
            msg = f"another program has begun to write to {self.path}: end it, and run this again"
            raise DatabaseError(msg)


@contextmanager
def open_foreign(path: Path) -> Iterator[ForeignDatabase]:
    """Open the database at `path` for reading, also beside a program that writes to it, or after one that was killed.

    A file without a log is in nobody's hands and is read as it lies there, which needs no right to write anywhere.
    With a log, SQLite may have to create the index of it (`-shm`) beside it.

    Raises:
        DatabaseError: there is no such file, it is no database, or it cannot be read where it is.
    """
    try:
        if not path.is_file():
            msg = f"there is no file {path}"
            raise DatabaseError(msg)
        in_use = beside(path, "-wal").exists() or beside(path, "-journal").exists()
        resting = None if in_use else _signature(path)
        mode = "mode=ro" if in_use else "mode=ro&immutable=1"
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise DatabaseError(msg) from error
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    try:
        try:
            _begin(conn)
        except sqlite3.Error as error:
            raise _unreadable(path, error) from error
        yield ForeignDatabase(path=path, conn=conn, resting=resting)
    finally:
        rollback(conn)
        conn.close()


def _begin(conn: Connection) -> None:
    conn.text_factory = partial(str, encoding="utf-8", errors="replace")
    conn.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS:d}")
    conn.execute("PRAGMA query_only = ON")
    conn.execute("PRAGMA trusted_schema = OFF")
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB:d}")
    conn.execute("BEGIN")
    conn.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the state is that of the first read


def _signature(path: Path) -> tuple[int, ...]:
    found = path.stat()
    logged = os.path.lexists(beside(path, "-wal")) or os.path.lexists(beside(path, "-journal"))
    return (found.st_ino, found.st_size, found.st_mtime_ns, int(logged))


def _unreadable(path: Path, error: sqlite3.Error) -> DatabaseError:
    """Return an error that says what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return DatabaseError(f"{path} is not an SQLite database")
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        advice = "start and stop its server once, so that it folds its log in, or copy it with its log to a folder"
        return DatabaseError(f"cannot read {path} where it is ({error}): {advice} where you may write")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DatabaseError(f"another program keeps {path} locked: end it first")
    return DatabaseError(f"cannot read {path}: {error}")
