"""The database as commands use it: beside a running server, and without one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import now_secs
from bloop_trio.db.connection import StoreError, open_connection
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import migrate, pending
from bloop_trio.exceptions import CommandError, DatabaseLockedError
from bloop_trio.projects.project import DEFAULT_SLUG
from bloop_trio.projects.store import ensure_default_project, find_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.config import Loaded
    from bloop_trio.db.connection import Connection

PATIENCE_SECS: Final = 30.0
"""How long a command waits for a database that others are writing to."""

_LOOK_AGAIN_SECS: Final = 0.1


@contextmanager
def open_database(loaded: Loaded, patience_secs: float = PATIENCE_SECS) -> Iterator[Connection]:
    """Open the configured database for writing, created or brought to today's schema where needed.

    The schema is only touched under the instance lock: while a server holds it, that is the server's business.

    Raises:
        DatabaseError: The file cannot be used.
        CommandError: It stayed busy, or its schema old, for `patience_secs`; or a statement failed.
    """
    path = loaded.config.database.path
    inspect_database(path)
    conn = open_connection(path, busy_timeout_ms=int(patience_secs * 1000))
    try:
        _await_schema(conn, path, patience_secs)
        if find_project(conn, DEFAULT_SLUG) is None:
            ensure_default_project(conn, now_secs(), loaded.direct.default_api_key)
        yield conn
    except StoreError as error:
        raise CommandError(f"the database {path} did not do it: {error}") from error
    finally:
        conn.close()


def _await_schema(conn: Connection, path: Path, patience_secs: float) -> None:
    """Bring the schema up to date, or wait for the server that is about to."""
    deadline = time.monotonic() + patience_secs
    while pending(conn):
        try:
            with instance_lock(path):
                migrate(conn, path, now_secs())
        except DatabaseLockedError as error:
            if time.monotonic() >= deadline:
                msg = f"the database {path} has an older schema and a server holds it: stop that server first"
                raise CommandError(msg) from error
            time.sleep(_LOOK_AGAIN_SECS)
