"""Looking at the database and its disk, at most once a second however often somebody asks, and never for long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
import trio

from bloop_trio.db.connection import StoreError
from bloop_trio.db.sizes import StoreSizes, file_of, measure_store
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.flow.remembered import Remembered
from bloop_trio.http.readiness import Check, Readiness, State, judge_readiness
from bloop_trio.logs import warn_now_and_then

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.http.vitals import Vitals

_log = structlog.get_logger("bloop.http")

PROBE_LIMIT_SECS: Final = 2.0
"""How long the database, or its disk, may take to answer before it counts as not answering."""
REMEMBERED_SECS: Final = 1.0
"""For how long what was seen is told to whoever asks next."""
OTHER_FILE: Final = Check(
    "database",
    State.FAILING,
    "the file of the database was moved, removed or replaced: what is stored since then will not be in it",
)
"""The store goes on with a file that has no name any more, and knows nothing of it."""


class Probes:
    """What is known about the server by looking, beside what it knows about itself."""

    def __init__(
        self,
        *,
        vitals: Callable[[], Vitals],
        readers: Readers,
        database: Path,
        flush_interval_secs: float,
        now_ms: Callable[[], int],
    ) -> None:
        self._vitals = vitals
        self._now_ms = now_ms
        self._flush_interval_secs = flush_interval_secs
        self._file = file_of(database)
        self._database = Remembered(partial(check_database, readers), REMEMBERED_SECS)
        # A thread of its own, so that a disk which hangs keeps nobody else from a thread.
        self._sizes = Remembered(partial(_measure, database, trio.CapacityLimiter(1)), REMEMBERED_SECS)

    async def readiness(self) -> Readiness:
        """Return whether the server should be sent events."""
        database, sizes = await self._database.value(), await self._sizes.value()
        if isinstance(sizes, StoreSizes) and self._file not in {None, sizes.file}:
            database = OTHER_FILE
            warn_now_and_then(_log, OTHER_FILE.message)
        return judge_readiness(
            self._vitals(),
            database,
            sizes,
            now_ms=self._now_ms(),
            flush_interval_secs=self._flush_interval_secs,
        )

    async def database_answers(self) -> bool:
        """Return whether the database answers; that all readers are busy is no reason to restart a server."""
        return (await self._database.value()).state is not State.FAILING

    async def sizes(self) -> StoreSizes | None:
        """Return what the database takes of its disk, or None if that could not be measured."""
        sizes = await self._sizes.value()
        return None if isinstance(sizes, str) else sizes


async def check_database(readers: Readers) -> Check:
    """Return whether the database answers a query in time; never raises for what is wrong with it.

    Readers that are all busy are no sign that events could not be stored, so that is a warning.
    """
    begun = False

    def read_something(conn: Connection) -> None:
        nonlocal begun
        begun = True
        conn.execute("SELECT no FROM projects LIMIT 1").fetchall()

    with trio.move_on_after(PROBE_LIMIT_SECS):
        try:
            await readers.run(read_something, time_limit_ms=int(PROBE_LIMIT_SECS * 1000))
        except (QueryTimeoutError, StoreError) as error:
            _log.error("the database does not answer", error=str(error))
            return Check("database", State.FAILING, f"the database cannot be read: {error}")
        return Check("database", State.OK, "the database answers")
    if begun:
        return Check("database", State.FAILING, f"the database has not answered for {PROBE_LIMIT_SECS:.0f} s")
    return Check("database", State.WARNING, f"all readers of the database were busy for {PROBE_LIMIT_SECS:.0f} s")


async def _measure(database: Path, limiter: trio.CapacityLimiter) -> StoreSizes | str:
    """Return the sizes, or a sentence that says why there are none."""
    with trio.move_on_after(PROBE_LIMIT_SECS):
        try:
            return await trio.to_thread.run_sync(measure_store, database, abandon_on_cancel=True, limiter=limiter)
        except OSError as error:
            return f"the disk of the database cannot be looked at: {error.strerror}"
    return f"the disk of the database has not answered for {PROBE_LIMIT_SECS:.0f} s"
