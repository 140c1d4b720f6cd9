"""Reading: a few connections that can only query, each query with a time limit and real cancellation.

A query is never abandoned in its thread. When the caller is cancelled, the connection is interrupted, the thread ends
within a fraction of a millisecond, and only then is the connection given to the next caller.
"""

from __future__ import annotations

import sqlite3
import time
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import trio

from bloop_trio.db.connection import Connection, open_connection
from bloop_trio.exceptions import QueryTimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import outcome

T = TypeVar("T")

DEFAULT_TIME_LIMIT_MS: Final = 5_000
_PROGRESS_STEPS: Final = 500_000
"""SQLite's virtual-machine steps between two looks at the clock, some 20 ms: each look has to win the interpreter lock."""
_AGAIN_SECS: Final = 0.005
"""Between two interrupts of a query that has not noticed yet."""


@attrs.frozen(kw_only=True)
class ReaderStatistics:
    """The readers at one moment, and what they have done since the start."""

    connections: int
    running: int
    """Queries that run."""
    waiting: int
    """Queries that wait for a connection."""
    queries_total: int
    """Queries that were begun."""
    timeouts_total: int
    """Queries that were interrupted at their time limit."""


@attrs.define(eq=False)
class Readers:
    """A fixed set of query-only connections, shared by all readers.

    Resource handling: `open_readers` opens and closes them.
    """

    _idle_send: trio.MemorySendChannel[Connection]
    _idle_receive: trio.MemoryReceiveChannel[Connection]
    _time_limit_ms: int
    _queries_total: int = 0
    _timeouts_total: int = 0

    def statistics(self) -> ReaderStatistics:
        """Return how busy the readers are."""
        idle = self._idle_receive.statistics()
        connections = int(idle.max_buffer_size)
        return ReaderStatistics(
            connections=connections,
            running=connections - idle.current_buffer_used,
            waiting=idle.tasks_waiting_receive,
            queries_total=self._queries_total,
            timeouts_total=self._timeouts_total,
        )

    async def run(self, query: Callable[[Connection], T], *, time_limit_ms: int | None = None) -> T:
        """Return `query(connection)`, run in a thread.

        Waits for a free connection; the limit counts from when one was found. None is the limit of all queries.

        Raises:
            QueryTimeoutError: the query ran for `time_limit_ms` and was interrupted.
        """
        conn = await self._idle_receive.receive()
        self._queries_total += 1
        try:
            return await self._run_on(conn, query, self._time_limit_ms if time_limit_ms is None else time_limit_ms)
        except QueryTimeoutError:
            self._timeouts_total += 1
            raise
        finally:
            self._idle_send.send_nowait(conn)

    async def _run_on(self, conn: Connection, query: Callable[[Connection], T], time_limit_ms: int) -> T:
        def run() -> T:
            deadline = time.monotonic() + time_limit_ms / 1000
            conn.set_progress_handler(lambda: time.monotonic() > deadline, _PROGRESS_STEPS)
            try:
                return query(conn)
            except Exception as error:
                # A half-read cursor in the query's frames would stay open for as long as anybody keeps the error: the
                # connection would show its old state to the next queries, and the log could not begin anew.
                traceback.clear_frames(error.__traceback__)
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                    msg = f"the query took longer than {time_limit_ms} ms"
                    raise QueryTimeoutError(msg) from error
                raise
            finally:
                conn.set_progress_handler(None, 0)

        results: list[outcome.Outcome[T]] = []
        done = trio.Event()
        token = trio.lowlevel.current_trio_token()

        def deliver(result: outcome.Outcome[T]) -> None:
            results.append(result)
            token.run_sync_soon(done.set)

        # Not `to_thread`, which cannot be told how to end what runs. A task beside this one could do that, but starting
        # and joining it takes three more turns of the event loop, and on a busy server each of them is felt.
        trio.lowlevel.start_thread_soon(run, deliver)
        try:
            await done.wait()
        finally:
            # Cancelled. An interrupt that comes between two statements meets nothing, hence the loop.
            while not done.is_set():
                conn.interrupt()
                with trio.move_on_after(_AGAIN_SECS, shield=True):
                    await done.wait()
        return results[0].unwrap()


@asynccontextmanager
async def open_readers(path: Path, size: int, *, time_limit_ms: int = DEFAULT_TIME_LIMIT_MS) -> AsyncIterator[Readers]:
    """Open `size` query-only connections to the database at `path`; a query may take `time_limit_ms`."""
    send, receive = trio.open_memory_channel[Connection](size)
    connections = [open_connection(path, read_only=True) for _ in range(size)]
    try:
        for conn in connections:
            send.send_nowait(conn)
        yield Readers(send, receive, time_limit_ms)
    finally:
        send.close()
        receive.close()
        for conn in connections:
            conn.close()
