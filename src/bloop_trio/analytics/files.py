"""Where the projection lies, and how it is taken away without taking anything of somebody else's."""

from __future__ import annotations

import glob
import shutil
from contextlib import suppress
from importlib.util import find_spec
from stat import S_ISREG
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".analytics.duckdb"
LOG_SUFFIX: Final = ".wal"
TEMP_SUFFIX: Final = ".tmp"
"""Of the folder for what does not fit into memory while something is calculated."""
ASIDE_SUFFIX: Final = ".set-aside"
"""Of a file in the projection's place that is none."""
_MAGIC: Final = b"DUCK"
_MAGIC_AT: Final = 8


def projection_path(database: Path) -> Path:
    """Return where the projection of the database at this path lies: beside it, `bloop.db` having the short name."""
    name = database.stem if database.suffix == ".db" else database.name
    return database.with_name(f"{name}{SUFFIX}")


@attrs.frozen(kw_only=True)
class Look:
    """What a look at the place of the projection shows, without opening it."""

    is_installed: bool
    """Whether there is a DuckDB that could open it."""
    size_bytes: int | None
    """None if there is none."""
    set_aside: tuple[str, ...]
    """Names of what was found in its place and is none."""


def is_installed() -> bool:
    """Say whether there is a DuckDB to calculate with; does not load it."""
    return find_spec("_duckdb") is not None


def look_at_projection(database: Path) -> Look:
    """Return what lies where the projection of a database belongs; opens nothing."""
    path = projection_path(database)
    aside = sorted(found.name for found in path.parent.glob(f"{glob.escape(path.name)}{ASIDE_SUFFIX}-*"))
    return Look(
        is_installed=is_installed(),
        size_bytes=path.stat().st_size if path.is_file() else None,
        set_aside=tuple(aside),
    )


def temp_path(path: Path) -> Path:
    """Return the folder that the projection at `path` spills into."""
    return path.with_name(f"{path.name}{TEMP_SUFFIX}")


def discard(path: Path, *, keep: bool = False) -> Path | None:
    """Take the projection at `path` away, with its log and its folder; that it is not there is fine.

    Something else under that name, which only a person can have put there, is kept, and so is anything at all if it is
    to be kept: it gets another name, which is returned.

    Raises:
        OSError: it cannot be removed.
    """
    log = _log_path(path)
    aside = clear_temp(path)
    if _is_duckdb(path) and not keep:
        path.unlink(missing_ok=True)
    else:
        aside = _set_aside(path)
    if _is_file_or_nothing(log):
        log.unlink(missing_ok=True)
    else:
        aside = _set_aside(log)
    return aside


def clear_temp(path: Path) -> Path | None:
    """Take away what the projection at `path` has spilled; a process that was killed leaves it, and nobody else clears it.

    Returns the new name of something else in the place of its folder.

    Raises:
        OSError: it cannot be removed.
    """
    temp = temp_path(path)
    if temp.is_symlink() or (temp.exists() and not temp.is_dir()):
        return _set_aside(temp)
    with suppress(FileNotFoundError):
        shutil.rmtree(temp)
    return None


def is_in_the_way(path: Path) -> bool:
    """Say whether there is something in the place of the projection, or of its log, that must not even be opened.

    Opening a pipe waits until somebody writes into it, and nothing can interrupt that.
    """
    for place in (path, _log_path(path)):
        with suppress(OSError):  # there is nothing, or nothing that could be opened, which opening it tells
            if not S_ISREG(place.stat().st_mode):
                return True
    return False


def _log_path(path: Path) -> Path:
    return path.with_name(f"{path.name}{LOG_SUFFIX}")


def _is_file_or_nothing(path: Path) -> bool:
    try:
        return S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def _is_duckdb(path: Path) -> bool:
    """Whether this is a file of DuckDB, or nothing, or an empty file that was to become one."""
    if not _is_file_or_nothing(path):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC_AT + len(_MAGIC))
    except FileNotFoundError:
        return True
    return not head or head[_MAGIC_AT:] == _MAGIC


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}{ASIDE_SUFFIX}-{number}")).exists() or aside.is_symlink():
        number += 1
    return path.rename(aside)
