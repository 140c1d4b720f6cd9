"""Writing: one connection, one thread at a time, in the order of asking.

Work is handed over as a function of the connection. It is never cancelled half-way: a caller that is cancelled waits
for its transaction to end. What calls it knows no thread, so the writer could become a process behind the same call.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import trio

from bloop_trio.db.connection import Connection, StoreError, Synchronous, open_connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

T = TypeVar("T")

BUSY_TIMEOUT_MS: Final = 1_000
"""How long the writer waits for another process's lock. Nothing can end that wait, so a stop may take so much longer."""


@attrs.define(eq=False)
class Writer:
    """The only connection of the server that writes.

    Resource handling: `open_writer` opens it, and checkpoints and closes it.
    """

    _conn: Connection
    _turn: trio.Lock = attrs.field(factory=trio.Lock)
    _limiter: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Return `work(connection)`, run in a thread once the work before it is done."""
        async with self._turn:
            with trio.CancelScope(shield=True):
                result = await trio.to_thread.run_sync(work, self._conn, limiter=self._limiter)
            return result  # noqa: RET504 - mypy cannot see through a return inside a scope that may swallow


@asynccontextmanager
async def open_writer(path: Path, *, synchronous: Synchronous = "NORMAL") -> AsyncIterator[Writer]:
    """Open the writing connection; on leaving, move the WAL into the database and close it."""
    conn = open_connection(path, synchronous=synchronous, busy_timeout_ms=BUSY_TIMEOUT_MS)
    try:
        yield Writer(conn)
    finally:
        close_writer(conn)


def close_writer(conn: Connection) -> None:
    """Checkpoint without waiting for readers, then close; what a checkpoint leaves is safe in the WAL."""
    try:
        with suppress(StoreError):  # a full disk, for one: no reason not to stop in order
            conn.execute("PRAGMA busy_timeout = 0")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        conn.close()
