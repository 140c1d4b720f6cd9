"""Copies of a database that is in use, and files that appear whole or not at all.

A copy is made with SQLite's online backup inside one read transaction. Alone, that interface begins anew whenever
another connection has written between two of its steps, so beside a busy server it never ends (30 s and 18,000 steps
without a result for 830 MB under 5,000 events a second). The open transaction holds still what is copied: it ends
after as many steps as there are pages, can tell how far it is, and the rows can be counted in the very same state.
One step for everything (`pages=-1`) is as fast (2 s) and can do neither; `VACUUM INTO` cannot be in a transaction,
and takes half as long again since it builds every index anew.

The price of the transaction: until it ends, the server's log cannot begin anew, and grows by what is written
meanwhile (150 MB there). Checking the copy comes after it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import now_secs
from bloop_trio.db.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection

PARTIAL_SUFFIX: Final = ".bloop-partial"
"""How the name of a file ends that is still being written, or whose writer was killed."""
ABANDONED_SECS: Final = 86_400
"""A partial file that nobody has written to for so long is nobody's."""
COMPANIONS: Final = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database."""

_PAGES_A_STEP: Final = 1024
"""Copied between two looks at the progress: 8 MiB."""


def beside(path: Path, suffix: str) -> Path:
    """Return the path of `path`'s neighbour whose name is longer by `suffix`."""
    return path.with_name(path.name + suffix)


def copy_database(source: Connection, target: Path, progress: Callable[[float], None] | None = None) -> dict[str, int]:
    """Copy what `source` sees now into the empty file `target`; returns the number of rows of each table.

    The copy needs no file beside it. `progress` is told the part that is done, 0 to 1.

    Raises:
        StoreError: there is no room, or one of the two cannot be read or written.
    """

    def tell(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(1 - remaining / max(total, 1))

    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        with snapshot(source):
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the state is that of the first read
            source.backup(copy, pages=_PAGES_A_STEP, progress=tell)
            rows = count_rows(source)
        # The source's mode came with its first page, and would make every look at the copy leave a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    return rows


def count_rows(conn: Connection) -> dict[str, int]:
    """Return the number of rows of each table that stores rows of its own."""
    tables = conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ).fetchall()
    return {name: conn.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}


def open_resting(path: Path) -> Connection:
    """Open a file that nobody writes to, such as a finished copy: without a lock, and without leaving a trace."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def difference(copy: Path, rows: dict[str, int]) -> str | None:
    """Return what is wrong with a copy of a state with these `rows`, in a few words; None when it is whole."""
    with closing(open_resting(copy)) as conn:
        (verdict,) = conn.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            return str(verdict)
        found = count_rows(conn)
    wrong = sorted(name for name in rows.keys() | found.keys() if rows.get(name) != found.get(name))
    return f"{wrong[0]} has {found.get(wrong[0])} rows instead of {rows.get(wrong[0])}" if wrong else None


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Yield an empty private file beside `target`, which takes its name once the block is done: on the disk, whole.

    When the block raises, the file is gone; when the process is killed, it stays under a name that says so. What was
    at `target` is replaced.

    Raises:
        OSError: the file cannot be created or renamed.
    """
    sweep(target.parent, ABANDONED_SECS)
    partial = beside(target, f".{secrets.token_hex(4)}{PARTIAL_SUFFIX}")
    os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        yield partial
        sync(partial)
        partial.replace(target)
    except BaseException:
        for suffix in ("", *COMPANIONS):
            beside(partial, suffix).unlink(missing_ok=True)
        raise
    sync(target.parent)


def sweep(folder: Path, older_than_secs: float, pattern: str = "*") -> None:
    """Remove partial files in `folder` that nobody has written to for so long, and what belongs to them; 0 means all."""
    for suffix in ("", *COMPANIONS):
        for leftover in folder.glob(f"{pattern}{PARTIAL_SUFFIX}{suffix}"):
            with suppress(OSError):  # gone already, or somebody else's: no reason not to go on
                if not older_than_secs or now_secs() - leftover.stat().st_mtime >= older_than_secs:
                    leftover.unlink()


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before anything relies on it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
