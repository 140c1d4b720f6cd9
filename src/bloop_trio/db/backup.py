"""A backup of a database that a server may be writing to: made beside it, checked, and there once it is whole."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bloop_trio.db.connection import open_beside
from bloop_trio.db.copying import COMPANIONS, appearing, beside, copy_database
from bloop_trio.db.lock import lock_path
from bloop_trio.db.migrate import schema_version
from bloop_trio.db.verify import Contents, verify_backup
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bloop_trio.db.connection import Connection


def back_up(
    source: Path,
    target: Path,
    *,
    replace: bool = False,
    patience_secs: float = 30.0,
    progress: Callable[[float], None] | None = None,
) -> Contents:
    """Copy the database at `source` to the file `target`, mode 0600, as it is at this moment; returns what was copied.

    Waits `patience_secs` for a database that is locked as a whole. `progress` is told the part that is copied, 0 to 1.
    What is at `target` is replaced only if `replace`, and only by a backup that has been read back and counted.

    Raises:
        DatabaseRefusedError: `source` is foreign, damaged, or newer than this version.
        DatabaseError: there is nothing to copy, no room, no permission, or the database stayed locked; there is
            nothing new at `target`.
    """
    if not source.exists():
        msg = f"there is no database {source}"
        raise DatabaseError(msg)
    try:
        _check_target(source, target, replace=replace)
        with closing(open_beside(source, busy_timeout_ms=int(patience_secs * 1000))) as conn:
            schema = _schema(conn, source)
            _check_room(conn, target)
            with appearing(target) as partial:
                rows = copy_database(conn, partial, progress)
                contents = _verified(partial, target)
                if (contents.schema, contents.rows) != (schema, rows):
                    msg = f"the backup {target} does not hold what the database held, and was not kept: try again"
                    raise DatabaseError(msg)
                _check_target(source, target, replace=replace)  # it may have come meanwhile
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            msg = f"another program kept the database {source} locked for {patience_secs:g} s: try again"
        else:
            msg = f"cannot back up to {target}: {error}; nothing was left there"
        raise DatabaseError(msg) from error
    except sqlite3.DatabaseError as error:
        msg = f"the database {source} is damaged and cannot be backed up: {error}"
        raise DatabaseRefusedError(msg) from error
    except OSError as error:
        msg = f"cannot back up to {target}: {error.strerror}; nothing was left there"
        raise DatabaseError(msg) from error
    return contents


def _check_target(source: Path, target: Path, *, replace: bool) -> None:
    own = [source, lock_path(source), *(beside(source, suffix) for suffix in COMPANIONS)]
    if target.resolve() in {path.resolve() for path in own}:
        msg = f"{target} is the database itself or belongs to it: give another path"
        raise DatabaseError(msg)
    if not target.absolute().parent.is_dir():
        msg = f"cannot back up to {target}: there is no folder {target.absolute().parent}"
        raise DatabaseError(msg)
    for suffix in COMPANIONS:
        if beside(target, suffix).exists():
            # It would be taken for the backup's own.
            msg = f"{target} is or was in use as a database, since there is {beside(target, suffix).name}"
            raise DatabaseError(f"{msg}: give another path")
    if target.exists() and not replace:
        msg = f"there is a file {target} already: give another path, or replace it with --force"
        raise DatabaseError(msg)


def _schema(conn: Connection, source: Path) -> int:
    try:
        version = schema_version(conn)
    except DatabaseRefusedError as error:
        msg = f"{source}: {error}"
        raise DatabaseRefusedError(msg) from error
    if not version:
        msg = f"the database {source} is empty: there is nothing to back up"
        raise DatabaseError(msg)
    return version


def _check_room(conn: Connection, target: Path) -> None:
    """Refuse before filling a disk to its last byte, which may be the one that the server writes to."""
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = conn.execute("PRAGMA page_size").fetchone()
    free_bytes = shutil.disk_usage(target.absolute().parent).free
    if free_bytes < pages * page_bytes:
        msg = f"cannot back up to {target}: it needs {pages * page_bytes} bytes, and the disk has {free_bytes} left"
        raise DatabaseError(msg)


def _verified(partial: Path, target: Path) -> Contents:
    try:
        return verify_backup(partial)
    except DatabaseRefusedError as error:
        # Its name is about to be taken away: speak of what was asked for.
        reason = str(error).removeprefix(str(partial)).lstrip(": ")
        msg = f"the backup {target} would not be usable and was not kept: the copy {reason}"
        raise DatabaseRefusedError(msg) from error
