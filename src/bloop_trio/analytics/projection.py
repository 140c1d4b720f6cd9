"""The projection: a copy of the counts, in a file of its own, that follows the database a second behind.

The database is the truth, and this can always be made from it: on any doubt it is thrown away and made anew. What it
holds after a transaction is what the database held at some moment, along with how far that was.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio

from bloop_trio.analytics.changes import Changes
from bloop_trio.analytics.engine import EngineError
from bloop_trio.analytics.files import clear_temp, discard, is_in_the_way
from bloop_trio.analytics.marks import Marks, new_identity, read_marks, set_identity
from bloop_trio.analytics.metrics import ProjectionStatistics
from bloop_trio.analytics.reading import Doubt, News, has_issues, read_news, read_portion, read_unseen
from bloop_trio.analytics.rebuilding import Rebuild
from bloop_trio.analytics.writing import announce_identity, apply, create, read_stored
from bloop_trio.clock import now_ms as clock_now_ms
from bloop_trio.db.connection import StoreError, transaction
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.flow.periodic import Nudge
from bloop_trio.resident import release_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.analytics.engine import Engine
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.writing.writer import BatchResult

_log = structlog.get_logger("bloop.analytics")

TICK_SECS: Final = 1.0
"""Between two feedings."""
MOST_TICK_SECS: Final = 2.0
"""Between two feedings where each takes long, as many errors change all the time: fewer ones copy less."""
REST_FACTOR: Final = 20.0
"""How many times as long as a feeding has taken the next one waits, within these bounds."""
AGAIN_SECS: Final = 5.0
"""Before another try, after a refusal."""
MANY_FAILURES: Final = 3
"""Refusals in a row after which the file is closed and opened again."""
CALM_SECS: Final = 60.0
"""Between two rebuilds that doubts about the file have caused, so that a bad disk is not written to all the time."""
CLOSE_SECS: Final = 2.0
"""For closing the file, which takes some milliseconds."""
IDLE_LOOKS: Final = 5
"""Looks that find nothing to copy, after which memory is given back."""
LOGGED_PROGRESS: Final = 0.1
"""Between two lines in the log while it is made anew."""


@attrs.define(eq=False, kw_only=True)
class Projection:
    """Keeps the file of `engine` at what the database says. `on_batch` is told of each commit, and `run` copies.

    Resource handling: `run` opens the file when there is something to copy or to ask, and closes it on leaving.
    """

    engine: Engine
    readers: Readers
    writer: Writer
    now_ms: Callable[[], int] = clock_now_ms
    statistics: ProjectionStatistics = attrs.field(factory=ProjectionStatistics)
    on_made: Callable[[], object] = lambda: None
    """Called when it was made anew, or when something was deleted: answers from before are not to be given any more."""
    slice_rows: int | None = None
    """Of a rebuild, where it is not to be as usual."""
    _changes: Changes = attrs.field(factory=Changes, init=False)
    _copied: Marks | None = attrs.field(default=None, init=False)
    """How far it has been copied; None while it is not whole."""
    _is_wanted: bool = attrs.field(default=False, init=False)
    """Whether somebody has asked before there was anything to ask."""
    _has_looked: bool = attrs.field(default=False, init=False)
    """Whether it is known that there is nothing in the database from before."""
    _failed: int = attrs.field(default=0, init=False)
    _idle_looks: int = attrs.field(default=0, init=False)
    """How many in a row have found nothing to do."""
    _asked: int = attrs.field(default=0, init=False)
    """Queries that had been asked at the last look."""
    _doubted_at: float = attrs.field(default=float("-inf"), init=False)
    _nudge: Nudge = attrs.field(factory=Nudge, init=False)

    def __attrs_post_init__(self) -> None:
        self.engine.wake = self._wake

    def on_batch(self, result: BatchResult) -> None:
        """Take note of a committed batch; neither waits nor raises."""
        self._changes.add_batch(result)
        if self.statistics.waiting_since_ms is None:
            self.statistics.waiting_since_ms = self.now_ms()

    def _wake(self) -> None:
        self._is_wanted = True
        self._nudge()

    async def run(self) -> None:
        """Copy what has changed, for ever: once a second, or less often where that takes long.

        Trouble is logged and tried again.
        """
        try:
            while True:
                began = trio.current_time()
                try:
                    await self.look()
                except (StoreError, QueryTimeoutError, EngineError, OSError) as error:
                    await self._survive(error)
                    # However many ask meanwhile: what fails may be a rebuild on a disk that is full.
                    await trio.sleep(AGAIN_SECS)
                else:
                    took_secs = trio.current_time() - began
                    await self._nudge.wait(min(max(TICK_SECS, REST_FACTOR * took_secs), MOST_TICK_SECS))
        finally:
            with trio.move_on_after(CLOSE_SECS, shield=True):
                await self.engine.close()

    async def look(self) -> None:
        """Copy all that was committed before, or make the projection anew where that is what it takes.

        Raises:
            StoreError, QueryTimeoutError: the database could not be read.
            EngineError, OSError: the file could not be opened or written; what was not copied is left to the next look.
        """
        if self.engine.doubt is not None:
            reason, self.engine.doubt = self.engine.doubt, None
            await self._doubt(reason)
        if self._copied is None and await self._has_work():
            await self.engine.close()  # another try may have left it open
            await self._open()
        if self._copied is not None:
            await self._follow(self._copied)

    async def _has_work(self) -> bool:
        """Whether there is anything to copy or to ask: until then the file stays closed."""
        if not self._has_looked:
            self._is_wanted |= await self.readers.run(has_issues)
            self._has_looked = True
        return self._is_wanted or self._changes.event_id > 0

    async def _open(self) -> None:
        """Open the file, and go on where it was left; or make it anew."""
        self.engine.why_not = "they are being opened"
        if await trio.to_thread.run_sync(is_in_the_way, self.engine.path):
            await self._rebuild("something else was in its place")
            return
        await trio.to_thread.run_sync(clear_temp, self.engine.path)
        try:
            await self.engine.open()
            stored = await self.engine.feed(read_stored)
        except EngineError as error:
            if not error.is_doubt:
                raise
            await self._rebuild(f"it cannot be read: {error}")
            return
        now = await self.readers.run(read_marks)
        if not stored.is_ours:
            await self._rebuild("another file was in its place", keep=True)
        elif stored.marks is None:
            await self._rebuild("there is none, or not a whole one of this version")
        elif now.identity not in {stored.marks.identity, stored.next_identity}:
            await self._rebuild("the database is another one than it was made from")
        else:
            try:
                unseen = await self.readers.run(partial(read_unseen, copied=stored.marks))
            except Doubt as doubt:
                await self._rebuild(str(doubt))
                return
            self._changes.add(unseen)
            self._copied = attrs.evolve(stored.marks, identity=await self._take_identity())
            self.statistics.progress = 1.0
            _log.info("insights go on where they were left", events=unseen.event_id - stored.marks.event_id)

    async def _take_identity(self) -> int:
        """Have the database and the file belong to each other, and to nothing that was copied from either before."""
        identity = new_identity()

        def note(conn: Connection) -> None:
            with transaction(conn):
                set_identity(conn, identity)

        # The file first: a crash in between leaves it with both, the old one and the new.
        await self.engine.feed(partial(announce_identity, identity=identity))
        await self.writer.run(note)
        return identity

    async def _rebuild(self, reason: str, *, keep: bool = False) -> None:
        """Throw the file away and copy everything; `keep` a file that is somebody else's under another name."""
        _log.info("insights are made anew", reason=reason)
        self.statistics.rebuilds += 1
        self._copied = None
        self._note_progress(0, 0.0)
        await self.engine.close()
        aside = await trio.to_thread.run_sync(partial(discard, self.engine.path, keep=keep))
        if aside is not None:
            _log.warning("what was in the place of the projection has another name now", path=str(aside))
        await self.engine.open()
        await self.engine.feed(create)
        rebuild = Rebuild(engine=self.engine, readers=self.readers, on_rows=self._note_progress)
        if self.slice_rows is not None:
            rebuild.slice_rows = self.slice_rows
        started = trio.current_time()
        try:
            self._copied = await rebuild.run(await self._take_identity())
        except BaseException:
            # A part of it is worth nothing: the next look begins again.
            with trio.move_on_after(CLOSE_SECS, shield=True):
                await self.engine.close()
            raise
        _log.info("insights are there", rows=rebuild.done, secs=round(trio.current_time() - started, 1))

    def _note_progress(self, rows: int, progress: float) -> None:
        before, self.statistics.progress = self.statistics.progress, progress
        self.statistics.rows_fed += rows
        self.engine.why_not = f"{progress:.0%} of the counts are copied"
        self.statistics.making = f"insights are not there yet: {self.engine.why_not}"
        if int(progress / LOGGED_PROGRESS) > int(before / LOGGED_PROGRESS):
            _log.info("insights are being prepared", progress=round(progress, 2))

    async def _follow(self, copied: Marks) -> None:
        """Copy what has changed since, and let the file be asked."""
        changes, self._changes = self._changes, Changes()
        waiting_since_ms, self.statistics.waiting_since_ms = self.statistics.waiting_since_ms, None
        started = trio.current_time()
        try:
            news = await self.readers.run(partial(read_news, changes=changes, copied=copied))
            self._note_idleness(is_idle=news is None)
            if news is not None:
                await self._copy(news)
                self._copied = news.marks
                if (news.marks.projects, news.marks.pruned_ms) != (copied.projects, copied.pruned_ms):
                    self.on_made()
                self.statistics.feedings.note(trio.current_time() - started)
        except Doubt as doubt:
            self._changes.add(changes)
            await self._rebuild(str(doubt))
            return
        except BaseException:
            self._changes.add(changes)
            self.statistics.waiting_since_ms = waiting_since_ms
            raise
        if not self.engine.is_ready:
            self.engine.is_ready = True
            self.on_made()
        self.statistics.progress, self._failed = 1.0, 0
        self.statistics.making = self.statistics.problem = None
        self._measure()

    def _note_idleness(self, *, is_idle: bool) -> None:
        """Give memory back when nothing has happened for some looks, and nobody has asked anything."""
        is_idle = is_idle and self.engine.queries_total == self._asked
        self._asked = self.engine.queries_total
        self._idle_looks = self._idle_looks + 1 if is_idle else 0
        if self._idle_looks == IDLE_LOOKS:
            release_code("duckdb")

    async def _copy(self, news: News) -> None:
        chunks = list(news.changes.chunks())
        for number, chunk in enumerate(chunks, start=1):
            portion = await self.readers.run(partial(read_portion, changes=chunk, pruned_ms=news.marks.pruned_ms))
            # How far it has been copied is noted with the last piece.
            await self.engine.feed(partial(apply, portion=portion, news=news if number == len(chunks) else None))
            self.statistics.rows_fed += portion.rows
        if not chunks:
            await self.engine.feed(partial(apply, portion=None, news=news))

    async def _doubt(self, reason: str) -> None:
        """Close a file that may be damaged, and make it anew, unless that was done a moment ago."""
        self._copied = None
        self.statistics.making = f"the file of insights is made anew, since it was damaged: {reason}"
        self.engine.why_not = "their file was damaged, and is made anew"
        await self.engine.close()
        wait_secs = self._doubted_at + CALM_SECS - trio.current_time()
        if wait_secs > 0:
            await trio.sleep(wait_secs)
        self._doubted_at = trio.current_time()
        await self._rebuild(f"it is damaged: {reason}")

    async def _survive(self, error: Exception) -> None:
        """Log what went wrong; what that means for the file is seen to at the next look."""
        self.statistics.failures += 1
        self._failed += 1
        _log.error("insights could not be brought up to date, will be tried again", error=str(error))
        self.statistics.problem = f"insights cannot be brought up to date: {error}"
        if isinstance(error, EngineError) and error.is_doubt:
            self.engine.doubt = str(error)
        elif self._failed % MANY_FAILURES == 0:
            await self.engine.close()
            self._copied = None

    def _measure(self) -> None:
        try:
            self.statistics.file_bytes = self.engine.path.stat().st_size
        except OSError:
            self.statistics.file_bytes = 0
