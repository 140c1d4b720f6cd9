"""Bringing a database to the schema of this version.

Migrations are the numbered SQL files beside this module. Each runs in one transaction together with the row that
records it, so a crash leaves either the old schema or the new one, never half of it. Before an upgrade touches a
database that has data, the whole of it is copied to a file beside it.
"""

from __future__ import annotations

import glob
import shutil
import sqlite3
from contextlib import ExitStack, contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.connection import APPLICATION_ID, is_not_a_database, transaction
from bloop_trio.db.copying import appearing, copy_database, difference, sweep
from bloop_trio.exceptions import DatabaseError, DatabaseRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bloop_trio.db.connection import Connection

BACKUP_SUFFIX: Final = ".backup"
"""How the names of the copies end that are made before an upgrade."""

_LEDGER = """
CREATE TABLE schema_migrations (
  version       INTEGER PRIMARY KEY,
  name          TEXT NOT NULL,
  applied_secs  INTEGER NOT NULL
) STRICT
"""


@attrs.frozen(kw_only=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    """The file's name without its ending: ``0001_foundation``."""
    sql: str


@attrs.frozen(kw_only=True)
class Upgrade:
    """What `migrate` did."""

    applied: tuple[str, ...]
    backup: Path | None
    """The copy that was made first; None for a new database."""


def load_migrations() -> tuple[Migration, ...]:
    """Return the migrations of this version, in order."""
    folder = resources.files("bloop_trio.db").joinpath("migrations")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(
        Migration(version=int(f.name[:4]), name=f.name.removesuffix(".sql"), sql=f.read_text(encoding="utf-8"))
        for f in files
    )


def schema_version(conn: Connection, newest: int | None = None) -> int:
    """Return the newest applied migration's number; 0 for an empty database.

    `newest` is the newest version that is understood (default: this version's).

    Raises:
        DatabaseRefusedError: the file is not ours, or newer than this version.
    """
    try:
        tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        (application_id,) = conn.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_not_a_database(error):
            raise
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_NOTADB:
            msg = "the file is no database at all; set database.path to a new file"
        else:
            msg = f"the database is damaged: {error}; restore a backup"
        raise DatabaseRefusedError(msg) from error
    if not tables and application_id in {0, APPLICATION_ID}:
        return 0
    if application_id != APPLICATION_ID or "schema_migrations" not in tables:
        msg = "the file is an SQLite database of another program; set database.path to a new file"
        raise DatabaseRefusedError(msg)
    (version,) = conn.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchone()
    newest = load_migrations()[-1].version if newest is None else newest
    if version > newest:
        msg = f"the database has schema {version}, this bloop knows {newest}: run the newer bloop that wrote it"
        raise DatabaseRefusedError(msg)
    return int(version)


def pending(conn: Connection, known: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """Return the migrations, of those that are `known` (default: of this version), that `migrate` would apply.

    Raises:
        DatabaseRefusedError: as `schema_version`.
    """
    known = known or load_migrations()
    version = schema_version(conn, newest=known[-1].version)
    return tuple(m for m in known if m.version > version)


def migrate(conn: Connection, path: Path, now_secs: int, known: Sequence[Migration] | None = None) -> Upgrade:
    """Apply what of the `known` migrations (default: this version's) is pending, after a backup if the database already had a schema.

    Raises:
        DatabaseRefusedError: as `schema_version`.
        DatabaseError: the database could not be copied; nothing was changed.
        sqlite3.Error: a step failed; those before it stay.
    """
    steps = pending(conn, known)
    if not steps:
        return Upgrade(applied=(), backup=None)
    version = steps[0].version - 1
    backup: Path | None = None
    with ExitStack() as copying:
        if version:
            backup = copying.enter_context(_copied(conn, path, version, now_secs))
        for step in steps:
            with transaction(conn):
                if step.version == 1:
                    conn.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
                    conn.execute(_LEDGER)
                for statement in split_statements(step.sql):
                    conn.execute(statement)
                conn.execute("INSERT INTO schema_migrations VALUES (?, ?, ?)", (step.version, step.name, now_secs))
                copying.close()  # the copy takes its name before the first change is committed
    return Upgrade(applied=tuple(s.name for s in steps), backup=backup)


@contextmanager
def _copied(conn: Connection, path: Path, version: int, now_secs: int) -> Iterator[Path]:
    """Copy the database to a file beside it whose name says which schema it holds; yields that path.

    The copy takes its name at the end of the block. Where that is not reached nothing was changed, and no copy stays:
    a start that fails again and again would fill the disk with them.
    """
    target = path.with_name(f"{path.name}.schema-{version:04d}.{now_secs}{BACKUP_SUFFIX}")
    try:
        # Only whoever holds the instance lock upgrades: what lies half done was left by an upgrade that was killed.
        sweep(path.parent, 0, f"{glob.escape(path.name)}.schema-*{BACKUP_SUFFIX}.*")
        _check_room(conn, path)
        with appearing(target) as partial:
            _copy(conn, partial)
            yield target
    except OSError as error:
        raise _not_copied(error) from error


def _check_room(conn: Connection, path: Path) -> None:
    """Refuse before the disk is filled to its last byte, which others may need."""
    (needed_bytes,) = conn.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    free_bytes = shutil.disk_usage(path.absolute().parent).free
    if free_bytes < needed_bytes:
        raise _not_copied(f"that needs {needed_bytes} bytes, and the disk has {free_bytes} left")


def _copy(conn: Connection, target: Path) -> None:
    try:
        problem = difference(target, copy_database(conn, target))
    except sqlite3.Error as error:
        raise _not_copied(error) from error
    if problem:
        raise _not_copied(problem)


def _not_copied(reason: object) -> DatabaseError:
    return DatabaseError(f"the database could not be copied before its upgrade ({reason}); nothing was changed")


def split_statements(sql: str) -> Iterator[str]:
    """Yield the statements of `sql` one by one (`executescript` would end the transaction around it)."""
    *pieces, rest = sql.split(";")
    statement = ""
    for piece in pieces:
        statement += piece + ";"
        if sqlite3.complete_statement(statement):  # else the semicolon stands in a string or a comment
            yield statement
            statement = ""
    if (statement + rest).strip():
        yield statement + rest
