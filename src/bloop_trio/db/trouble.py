"""Why a database cannot be opened, in words that lead to the remedy: SQLite's own name the call that failed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

NO_ROOM_BYTES: Final = 256 * 1024
"""With less, SQLite cannot even create what it keeps beside a database."""

_SURROUNDINGS: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
)


def is_folder(path: Path) -> bool:
    """Whether there is a folder where a database should be; False for a name that nothing can have."""
    with suppress(OSError):
        return path.is_dir()
    return False


def is_of_surroundings(error: sqlite3.Error) -> bool:
    """Whether file system or rights are at fault, and not what stands in the file or who else has it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SURROUNDINGS


def reason(path: Path, error: sqlite3.Error | OSError) -> str:
    """Return why the database at `path` could not be opened, given what was raised; reads no byte of it."""
    if is_folder(path):
        return "it is a folder"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if is_of_surroundings(error):
        folder = path.absolute().parent
        # The folder too, and for readers as well: SQLite keeps log and index beside the file.
        for place in (folder, path):
            if place.exists() and not os.access(place, os.W_OK):
                return f"no permission to write to {place}"
        with suppress(OSError):
            if shutil.disk_usage(folder).free < NO_ROOM_BYTES:
                return "its disk is full"
    return str(error)
