"""Several queries that see the same state of the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bloop_trio.db.connection import rollback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection


@contextmanager
def snapshot(conn: Connection) -> Iterator[None]:
    """Run the block on the state that its first query sees: no row and no table changes under it."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        rollback(conn)
