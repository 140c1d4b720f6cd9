"""How much room the database takes, and how much it has left."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from pathlib import Path

SQLITE_VERSION: Final = sqlite3.sqlite_version
"""Of the library in this process."""


@attrs.frozen(kw_only=True)
class StoreSizes:
    """The files of a database and their disk at one moment, in bytes."""

    database_bytes: int
    wal_bytes: int
    """The write-ahead log; 0 while there is none."""
    free_bytes: int
    """What this user may still take of the disk."""
    disk_bytes: int
    """The whole disk."""
    file: tuple[int, int] | None = None
    """What `file_of` says."""


def measure_store(path: Path) -> StoreSizes:
    """Return the sizes around the database at `path`; for a thread, since a disk may not answer.

    Raises:
        OSError: The folder of the database cannot be looked at.
    """
    path = path.absolute()
    disk = os.statvfs(path.parent)
    return StoreSizes(
        database_bytes=_size(path),
        wal_bytes=_size(path.with_name(path.name + "-wal")),
        free_bytes=disk.f_bavail * disk.f_frsize,
        disk_bytes=disk.f_blocks * disk.f_frsize,
        file=file_of(path),
    )


def file_of(path: Path) -> tuple[int, int] | None:
    """Return device and inode of the file at `path`, which tell it from one that takes its place; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
