"""The instance lock: one server a database.

It is an advisory lock on a file beside the database, never on the database itself: opening and closing that file in
the server's process would drop the POSIX locks that SQLite holds on it. The kernel lets go when the process ends,
however it ends, so a crash needs no cleaning up.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bloop_trio.db.trouble import is_folder
from bloop_trio.exceptions import DatabaseError, DatabaseLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_ATTEMPTS: Final = 3
_ATTEMPT_PAUSE_SECS: Final = 0.02


def lock_path(path: Path) -> Path:
    """Return the path of the lock file of the database at `path`."""
    return path.with_name(path.name + ".lock")


@contextmanager
def instance_lock(path: Path) -> Iterator[None]:
    """Hold the instance lock of the database at `path`.

    Raises:
        DatabaseLockedError: another process holds it.
        DatabaseError: there is no folder for it, `path` is one itself, or the lock file cannot be opened or written.
    """
    if is_folder(path):
        msg = f"cannot open the database {path}: it is a folder"
        raise DatabaseError(msg)
    try:
        descriptor = os.open(lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        msg = f"cannot create the database {path}: there is no folder {path.absolute().parent}"
        raise DatabaseError(msg) from error
    except OSError as error:
        msg = f"cannot open the lock file {lock_path(path)}: {error.strerror}"
        raise DatabaseError(msg) from error
    try:
        if not _take(descriptor):
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            msg = f"another bloop server (process {holder}) uses {path}: stop it, or set database.path to another file"
            raise DatabaseLockedError(msg)
        _sign(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _sign(descriptor: int, path: Path) -> None:
    """Write into the file who holds it, for those who are refused."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        msg = f"cannot write to the lock file {lock_path(path)}: {error.strerror}"
        raise DatabaseError(msg) from error


def _take(descriptor: int) -> bool:
    """Take the lock; tried more than once, since `is_locked` of another process may hold it for an instant."""
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_ATTEMPT_PAUSE_SECS)
        else:
            return True
    return False


def is_locked(path: Path) -> bool:
    """Whether a server holds the database at `path` right now; creates nothing."""
    try:
        descriptor = os.open(lock_path(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
