"""DuckDB, bounded in memory, threads and disk: one task feeds it while threads ask it, each of which can be stopped.

The only module that imports it, and that only when a file is opened: a server that has nothing to calculate on does
without the memory that it takes. What is imported is the engine alone, without the package around it, which would be
another 11 MB of Python that is never used here.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import attrs
import structlog
import trio

from bloop_trio.analytics.files import temp_path
from bloop_trio.exceptions import QueryTimeoutError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import outcome
    from _duckdb import DuckDBPyConnection

    from bloop_trio.config.sections import AnalyticsConfig

    Cursor: TypeAlias = DuckDBPyConnection
    """What statements are run on: one of several connections to the file, for one thread at a time."""

T = TypeVar("T")
_log = structlog.get_logger("bloop.analytics")

DEFAULT_TIMEOUT_SECS: Final = 30.0
RUNNING_QUERIES: Final = 2
"""Queries that run at the same time; each may use all threads and all memory that there is for all of them."""
_AGAIN_SECS: Final = 0.005
"""Between two interrupts of a query that has not noticed yet."""
_RETRY_SECS: Final = 2
_PASSING: Final = ("set lock", "permission denied", "no space left", "read-only file system", "too many open files")
"""What DuckDB says of a disk or of others, and not of the file itself."""


class EngineError(Exception):
    """DuckDB refused. `is_doubt` says that the file itself may be at fault, rather than the disk or the memory."""

    def __init__(self, message: str, *, is_doubt: bool) -> None:
        super().__init__(message)
        self.is_doubt = is_doubt


@attrs.define(eq=False, kw_only=True)
class Engine:
    """A file that is asked by many and written by one.

    Resource handling: whoever opens it closes it. Until `is_ready` is set, and whenever it is not open, questions are
    refused with `why_not`.
    """

    path: Path
    config: AnalyticsConfig
    why_not: str = "nobody has asked for them before"
    """What whoever asks is told while there is no answer: why there are no insights."""
    is_ready: bool = False
    wake: Callable[[], object] = lambda: None
    """Called when somebody asks while the file is not open."""
    doubt: str | None = None
    """What a query has found wrong with the file; whoever feeds it looks here."""
    queries_total: int = 0
    timeouts_total: int = 0
    _is_stopping: bool = False
    _root: Cursor | None = None
    _feeding: Cursor | None = None
    _limiter: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(RUNNING_QUERIES))
    _feed_limiter: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1))
    _running: dict[Cursor, trio.Event] = attrs.field(factory=dict)

    @property
    def is_open(self) -> bool:
        """Say whether the file is open."""
        return self._root is not None

    async def query(
        self, sql: str, parameters: Sequence[object] = (), timeout_secs: float = DEFAULT_TIMEOUT_SECS
    ) -> list[tuple[Any, ...]]:
        """Return the rows of one query; `$1` in it is the first of `parameters`.

        Runs in a thread beside the feeding. Whoever is cancelled waits until the query has noticed, some milliseconds.

        Raises:
            QueryTimeoutError: it took longer than `timeout_secs`, its wait for others included, and was interrupted.
            UnavailableError: there is nothing to ask yet, or not any more: the message says why.
        """
        with trio.move_on_after(timeout_secs):
            async with self._limiter:
                return await self._query(sql, parameters)
        self.timeouts_total += 1
        msg = f"the query took longer than {timeout_secs * 1000:.0f} ms"
        raise QueryTimeoutError(msg, retry_after_secs=_RETRY_SECS)

    async def _query(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        if self._is_stopping:
            raise UnavailableError("insights are not there any more: the server stops", retry_after_secs=_RETRY_SECS)
        if self._root is None or not self.is_ready:
            self.wake()
            msg = f"insights are not there yet: {self.why_not}"
            raise UnavailableError(msg, retry_after_secs=_RETRY_SECS)
        self.queries_total += 1
        cursor = self._root.cursor()
        done = self._running[cursor] = trio.Event()
        try:
            result = await _run_interruptibly(cursor, done, partial(_fetch, cursor, sql, list(parameters)))
            return result.unwrap()
        except EngineError as error:
            if error.is_doubt:
                self.doubt = str(error)
                self.wake()
            msg = f"insights cannot be calculated now: {error}"
            raise UnavailableError(msg, retry_after_secs=_RETRY_SECS) from error
        finally:
            del self._running[cursor]
            cursor.close()

    async def feed(self, work: Callable[[Cursor], T]) -> T:
        """Return `work(cursor)`, run in a thread, one after another; it is never cancelled half-way.

        Raises:
            EngineError: DuckDB refused.
        """
        if self._feeding is None:
            raise EngineError("the file is not open", is_doubt=False)
        return await trio.to_thread.run_sync(
            partial(_refusals_told, work, self._feeding), limiter=self._feed_limiter, abandon_on_cancel=False
        )

    async def open(self) -> None:
        """Open the file, creating it where there is none. Nobody can ask it yet.

        Raises:
            EngineError: it cannot be opened.
        """
        self._root = await trio.to_thread.run_sync(
            partial(_refusals_told, _connect, self), limiter=self._feed_limiter, abandon_on_cancel=False
        )
        self._feeding = self._root.cursor()

    async def stop_answering(self) -> None:
        """Refuse whoever asks from now on, and those who wait: a server that stops is not to wait for calculations."""
        self._is_stopping = True
        await self._end_queries()

    async def close(self) -> None:
        """Interrupt whatever runs, and close the file."""
        self.is_ready = False
        await self._end_queries()
        feeding, root, self._feeding, self._root = self._feeding, self._root, None, None
        for connection in (feeding, root):
            if connection is not None:
                with contextlib.suppress(EngineError):  # what could not be written is copied again
                    close = partial(_refusals_told, _close, connection)
                    await trio.to_thread.run_sync(close, limiter=self._feed_limiter, abandon_on_cancel=False)

    async def _end_queries(self) -> None:
        while self._running:
            for cursor, done in list(self._running.items()):
                cursor.interrupt()
                with trio.move_on_after(_AGAIN_SECS):
                    await done.wait()
            await trio.lowlevel.checkpoint()


async def _run_interruptibly(cursor: Cursor, done: trio.Event, work: Callable[[], T]) -> outcome.Outcome[T]:
    """Run `work` in a thread, and interrupt `cursor` when the caller is cancelled; returns what became of it."""
    results: list[outcome.Outcome[T]] = []
    token = trio.lowlevel.current_trio_token()

    def deliver(result: outcome.Outcome[T]) -> None:
        results.append(result)
        token.run_sync_soon(done.set)

    trio.lowlevel.start_thread_soon(work, deliver)
    try:
        await done.wait()
    finally:
        # Cancelled. An interrupt that comes before the query has begun meets nothing, hence the loop.
        while not done.is_set():
            cursor.interrupt()
            with trio.move_on_after(_AGAIN_SECS, shield=True):
                await done.wait()
    return results[0]


def _fetch(cursor: Cursor, sql: str, parameters: list[object]) -> list[tuple[Any, ...]]:
    import _duckdb  # noqa: PLC0415 - as below

    def fetch(cursor: Cursor) -> list[tuple[Any, ...]]:
        return cursor.execute(sql, parameters).fetchall()

    try:
        return _refusals_told(fetch, cursor)
    except EngineError as error:
        if isinstance(error.__cause__, (_duckdb.ParserException, _duckdb.BinderException, _duckdb.ConversionException)):
            raise error.__cause__ from None  # a bug of ours, and nothing that another file would mend
        if isinstance(error.__cause__, _duckdb.OutOfRangeException):
            # Counts that were imported may be larger than can be squared; another file would hold the same.
            raise EngineError(str(error), is_doubt=False) from error.__cause__
        raise


def _connect(engine: Engine) -> Cursor:
    import _duckdb  # noqa: PLC0415 - some 50 MB that a server without insights does without

    config = engine.config
    root = _duckdb.connect(
        str(engine.path),
        config={
            "threads": config.threads,
            "memory_limit": f"{config.memory_limit_bytes}B",
            "temp_directory": str(temp_path(engine.path)),
            "max_temp_directory_size": f"{config.max_temp_bytes}B",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        },
    )
    root.execute("SET enable_external_access = false")
    root.execute("SET lock_configuration = true")
    return root


def _close(connection: Cursor) -> None:
    connection.close()


def _refusals_told(work: Callable[[Any], T], given: object) -> T:
    """Return `work(given)`, where what DuckDB raises is told as what it means for the file."""
    import _duckdb  # noqa: PLC0415 - as above

    try:
        return work(given)
    except _duckdb.InterruptException as error:
        raise EngineError("interrupted", is_doubt=False) from error
    except _duckdb.OutOfMemoryException as error:
        raise EngineError("it takes more than analytics.memory_limit_bytes", is_doubt=False) from error
    except _duckdb.Error as error:
        text = str(error).splitlines()[0]
        raise EngineError(text, is_doubt=not any(sign in text.lower() for sign in _PASSING)) from error
