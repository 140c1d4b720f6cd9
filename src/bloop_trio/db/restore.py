"""Putting a backup in the place of a database, so that a crash leaves one of the two, whole."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.copying import COMPANIONS, appearing, beside, sync
from bloop_trio.db.lock import instance_lock, lock_path
from bloop_trio.db.verify import Contents, verify_backup
from bloop_trio.exceptions import DatabaseError, DatabaseLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASIDE_MARK: Final = ".replaced-"
"""What stands between the name of a database that was replaced and the time of that."""


@attrs.frozen(kw_only=True)
class Restored:
    """What a restore did."""

    contents: Contents
    kept: Path | None
    """Where the replaced database is; None if there was none."""


def restore(backup: Path, path: Path, now_secs: int, *, replace: bool = False, patience_secs: float = 30.0) -> Restored:
    """Put a copy of `backup` in the place of the database at `path`, for its owner alone.

    A database that is there is kept beside it under a dated name. The backup is read as a whole before and its copy
    after; an older schema is left to the next start.

    Raises:
        DatabaseRefusedError: the backup is foreign, damaged, or newer than this version.
        DatabaseLockedError: a server runs on the database.
        DatabaseError: there is a database and it is not to be replaced, or no room, or no permission.
    """
    if not backup.is_file():
        msg = f"there is no backup {backup}"
        raise DatabaseError(msg)
    if backup.resolve() == path.resolve():
        msg = f"{backup} is the database itself"
        raise DatabaseError(msg)
    if path.exists() and not replace:
        msg = f"there is a database {path} already: replace it with --force (it is kept under another name)"
        raise DatabaseError(msg)
    before = verify_backup(backup)
    try:
        with _no_server(path), appearing(path) as partial:
            shutil.copyfile(backup, partial)
            contents = verify_backup(partial)
            if contents != before:
                msg = f"the copy of {backup} differs from it: is somebody writing to it? Nothing was changed"
                raise DatabaseError(msg)
            _give_to_owner(partial, path)
            # The last step before the name is taken, so that there is hardly a moment with no way back.
            kept = _keep_aside(path, now_secs, patience_secs)
    except OSError as error:
        msg = f"cannot restore {backup} to {path}: {error.strerror}; nothing was changed"
        raise DatabaseError(msg) from error
    return Restored(contents=contents, kept=kept)


@contextmanager
def _no_server(path: Path) -> Iterator[None]:
    fresh = not lock_path(path).exists()
    try:
        with instance_lock(path):
            if fresh:
                _give_to_owner(lock_path(path), path)
            yield
    except DatabaseLockedError as error:
        msg = f"a server is running on {path}: stop it first"
        raise DatabaseLockedError(msg) from error


def _give_to_owner(file: Path, path: Path) -> None:
    """When root restores, the server must still be able to open what belongs to its own user."""
    if os.geteuid() == 0:
        owner = (path if path.exists() else path.absolute().parent).stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def _keep_aside(path: Path, now_secs: int, patience_secs: float) -> Path | None:
    """Give the database at `path` a second name, under which it stays; its log is folded into it or goes along.

    A log that stayed behind would be taken for the new database's, and be written over it.
    """
    moment = dt.datetime.fromtimestamp(now_secs, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}{ASIDE_MARK}{moment}")
    if aside.exists():
        msg = f"there is a file {aside} already: try again in a second"
        raise DatabaseError(msg)
    if path.exists():
        _fold_log(path, patience_secs)
    for suffix in COMPANIONS:
        with suppress(FileNotFoundError):
            beside(path, suffix).rename(beside(aside, suffix))
    if not path.exists():
        return None
    try:
        aside.hardlink_to(path)  # so that there is a database under the name at any moment
    except OSError:  # a file system without such links
        path.rename(aside)
    sync(path.absolute().parent)
    return aside


def _fold_log(path: Path, patience_secs: float) -> None:
    """Make the database one file without a log, which only works while nobody else has it open.

    A damaged one stays as it is, log and all.
    """
    with closing(sqlite3.connect(path, timeout=patience_secs, isolation_level=None)) as conn:
        try:
            conn.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                msg = f"another program has the database {path} open: end it first"
                raise DatabaseError(msg) from error
