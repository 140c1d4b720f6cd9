"""Opening SQLite with the settings that every connection needs, and transactions.

Nothing here knows a table. Pragmas hold per connection, so this is the only place that opens one.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from bloop_trio.db.trouble import is_of_surroundings, reason
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = sqlite3.Connection
Synchronous = Literal["NORMAL", "FULL"]

APPLICATION_ID: Final = 0x626C6F70
"""Marks a SQLite file as ours ("blop" in ASCII)."""

_PAGE_SIZE_BYTES: Final = 8192
_CACHE_KIB: Final = 16 * 1024
_READER_CACHE_KIB: Final = 4 * 1024
_AUTOCHECKPOINT_PAGES: Final = 4000
_JOURNAL_LIMIT_BYTES: Final = 64 * 1024 * 1024
_STATEMENT_CACHE: Final = 512


def open_connection(
    path: Path, *, synchronous: Synchronous = "NORMAL", read_only: bool = False, busy_timeout_ms: int = 5000
) -> Connection:
    """Open `path`, creating it with mode 0600 unless `read_only`, and set what must hold per connection.

    The connection is in autocommit; use `transaction` around writes. It may be used from any one thread at a time.

    Raises:
        DatabaseRefusedError: the file is not a SQLite database.
        DatabaseError: the file cannot be opened.
    """
    try:
        if not read_only:
            _create_private(path)
        mode = "ro" if read_only else "rw"
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENT_CACHE,
        )
    except (sqlite3.Error, OSError) as error:
        msg = f"cannot open the database {path}: {reason(path, error)}"
        raise DatabaseError(msg) from error
    try:
        _configure(conn, synchronous=synchronous, read_only=read_only, busy_timeout_ms=busy_timeout_ms)
    except sqlite3.DatabaseError as error:
        conn.close()
        if is_not_a_database(error):
            msg = f"{path} is not a bloop database (or is damaged): {error}"
            raise DatabaseRefusedError(msg) from error
        msg = f"cannot open the database {path}: {reason(path, error)}"
        raise DatabaseError(msg) from error
    return conn


def open_beside(path: Path, *, busy_timeout_ms: int = 5000) -> Connection:
    """Open the database at `path` for a look, beside those who work with it; nothing can be written through it.

    Unlike a connection that is `read_only`, it can take the log away again that a first reader creates, so it leaves
    no file behind; and unlike `inspect_database`, it sees a whole state also when somebody starts to write meanwhile.

    What stands in the file is not judged here.

    Raises:
        DatabaseError: the file cannot be opened.
    """
    try:
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        msg = f"cannot open the database {path}: {reason(path, error)}"
        raise DatabaseError(msg) from error
    conn.execute(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")
    conn.execute("PRAGMA query_only = ON")
    try:
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens log and index too, or cannot
    except sqlite3.Error as error:
        if is_of_surroundings(error):
            conn.close()
            msg = f"cannot open the database {path}: {reason(path, error)}"
            raise DatabaseError(msg) from error
    return conn


def _create_private(path: Path) -> None:
    """Create the file for its owner alone; the journal files take their mode from it."""
    if not path.exists():
        path.touch(mode=0o600)


def _configure(conn: Connection, *, synchronous: Synchronous, read_only: bool, busy_timeout_ms: int) -> None:
    conn.execute(f"PRAGMA busy_timeout = {busy_timeout_ms:d}")
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute("PRAGMA foreign_keys = ON")
    if read_only:
        conn.execute("PRAGMA query_only = ON")
        conn.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB:d}")
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()  # reads the header: a foreign file fails here
        return
    if conn.execute("PRAGMA page_count").fetchone() == (0,):
        # These take effect before the first page is written and never after, so they come before WAL.
        conn.execute(f"PRAGMA page_size = {_PAGE_SIZE_BYTES:d}")
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute(f"PRAGMA synchronous = {synchronous}")
    conn.execute(f"PRAGMA wal_autocheckpoint = {_AUTOCHECKPOINT_PAGES:d}")
    conn.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT_BYTES:d}")
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB:d}")
    conn.execute("PRAGMA secure_delete = OFF")


@contextmanager
def transaction(conn: Connection) -> Iterator[Connection]:
    """Run the block in one write transaction: all of it is committed, or none.

    BEGIN IMMEDIATE takes the write lock at once, so the block cannot fail half-way for want of it.
    """
    try:
        conn.execute("BEGIN IMMEDIATE")
    except BaseException:
        rollback(conn)  # an interrupted BEGIN may have begun all the same
        raise
    try:
        yield conn
    except BaseException:
        rollback(conn)
        raise
    try:
        conn.execute("COMMIT")
    except BaseException:
        rollback(conn)
        raise


def rollback(conn: Connection) -> None:
    """Undo what is open; some errors (a full disk) have already made SQLite do so."""
    if conn.in_transaction:
        conn.execute("ROLLBACK")


def is_not_a_database(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file is foreign or damaged rather than busy or full."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def is_poison(error: sqlite3.Error) -> bool:
    """Whether the data is at fault (a constraint, a type, a size), so that a retry of the same rows cannot help."""
    if isinstance(error, (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)):
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_CONSTRAINT}


StoreError = sqlite3.Error
"""What every statement can raise; the name by which other packages catch it."""
