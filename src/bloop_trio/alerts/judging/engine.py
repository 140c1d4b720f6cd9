"""The engine: judges the alert rules by what is committed, and puts what they find into the outbox.

It reads on a reader, and writes one small transaction where something has to be fired or noted. What it holds in memory
is made from the store, so that a restart changes nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio

from bloop_trio.alerts.judging.comparing import judge_rates
from bloop_trio.alerts.judging.judging import RuleBook
from bloop_trio.alerts.judging.metrics import EngineStatistics
from bloop_trio.alerts.judging.recording import Recorder
from bloop_trio.alerts.judging.rule_state import RuleState, read_rule_state, read_rules
from bloop_trio.alerts.judging.sightings import MARKS, Judged, judge_piece
from bloop_trio.alerts.judging.threshold_counts import ThresholdCounts, read_routes, read_targets
from bloop_trio.alerts.judging.thresholds import judge_excesses
from bloop_trio.alerts.judging.watching import note_watching
from bloop_trio.alerts.rules.store import GENERATION
from bloop_trio.clock import now_ms as clock_now_ms
from bloop_trio.db.connection import StoreError
from bloop_trio.db.generations import read_generations
from bloop_trio.db.snapshot import snapshot
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.flow.periodic import Nudge
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.alerts.judging.firing import Fallbacks
    from bloop_trio.alerts.judging.thresholds import Excess
    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.writing.writer import BatchResult

_log = structlog.get_logger("bloop.alerts")

TICK_SECS: Final = 1.0
"""Between two looks while there are events; a look at an idle server does nothing."""
PACE_SECS: Final = 0.2
"""Least time between two looks, also when new issues ask for one."""
AGAIN_SECS: Final = 10.0
"""Between two looks at what was over a threshold, whose cooldown may be over though no event has come."""
RATES_SECS: Final = 40.0
"""Between two evaluations of the rules that compare rates."""
RATES_LIMIT_MS: Final = 20_000
"""How long one of these may read."""


@attrs.define(eq=False, kw_only=True)
class Engine:
    """Judges the rules. `on_batch` is told of each commit, and `run` looks when there is something to look at."""

    readers: Readers
    writer: Writer
    fallbacks: Fallbacks
    cooldown_secs: int
    retention: RetentionConfig
    on_fired: Callable[[], object]
    """Called after a commit that has put something into the outbox."""
    now_ms: Callable[[], int] = clock_now_ms
    statistics: EngineStatistics = attrs.field(factory=EngineStatistics)
    _recorder: Recorder = attrs.field(init=False)
    _nudge: Nudge = attrs.field(factory=Nudge, init=False)
    _counts: ThresholdCounts = attrs.field(factory=ThresholdCounts, init=False)
    _payloads: PayloadReader = attrs.field(factory=PayloadReader, init=False)
    _book: RuleBook = attrs.field(factory=lambda: RuleBook(()), init=False)
    _rule_state: RuleState | None = attrs.field(default=None, init=False)
    _has_sightings: bool = attrs.field(default=True, init=False)
    _has_counts: bool = attrs.field(default=True, init=False)
    _is_changed: bool = attrs.field(default=True, init=False)
    """Whether the rules, or the grouping of issues, may be others than those that are known."""
    _again_at: float = attrs.field(default=float("-inf"), init=False)
    _rates_at: float = attrs.field(default=float("-inf"), init=False)
    _turn: trio.Lock = attrs.field(factory=trio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._recorder = Recorder(
            writer=self.writer,
            fallbacks=self.fallbacks,
            cooldown_secs=self.cooldown_secs,
            on_fired=self.on_fired,
            now_ms=self.now_ms,
            statistics=self.statistics,
        )

    def on_batch(self, result: BatchResult) -> None:
        """Take note of a committed batch; neither waits nor raises."""
        is_counted = self._counts.add(result)
        if result.seen:
            self._has_sightings = True
            self._nudge()
        if is_counted:
            self._has_counts = True
        if (result.seen or is_counted) and self.statistics.waiting_since_ms is None:
            self.statistics.waiting_since_ms = self.now_ms()

    def reload(self) -> None:
        """Use the rules as they are now stored, at the next look, which is at once."""
        self._is_changed = True
        self._nudge()

    async def run(self) -> None:
        """Look whenever there is something to judge, for ever. Trouble with the store is logged and tried again."""
        while True:
            try:
                await self.look()
            except (StoreError, QueryTimeoutError) as error:
                self.statistics.failures += 1
                _log.error("alert rules not judged, will be tried again", error=str(error))
                await trio.sleep(TICK_SECS)
            await trio.sleep(PACE_SECS)
            await self._nudge.wait(TICK_SECS - PACE_SECS)

    async def look(self) -> None:
        """Judge all that was committed before, as far as its time has come.

        Raises:
            StoreError: the store refused; what was not judged is left to the next look.
            QueryTimeoutError: likewise, as it took too long.
        """
        async with self._turn:
            is_again = trio.current_time() >= self._again_at
            if not (self._has_sightings or self._has_counts or self._is_changed or is_again):
                return
            started, waiting_since_ms = trio.current_time(), self.statistics.waiting_since_ms
            self.statistics.waiting_since_ms = None
            try:
                await self._look(is_again=is_again)
            except BaseException:
                self.statistics.waiting_since_ms = waiting_since_ms
                raise
            duration_secs = trio.current_time() - started
            self.statistics.evaluations.note(duration_secs)
            self.statistics.counted_issues = self._counts.issues
            _log.debug("alert rules judged", rules=len(self._book.rules), duration_ms=round(duration_secs * 1000, 1))

    async def _look(self, *, is_again: bool) -> None:
        await self._refresh()
        if is_again:
            self._again_at = trio.current_time() + AGAIN_SECS
        trouble: StoreError | QueryTimeoutError | None = None
        for step in (self._look_at_sightings, partial(self._look_at_counts, again=is_again), self._look_at_rates):
            try:
                await step()
            except (StoreError, QueryTimeoutError) as error:  # one kind of rule is not to keep the others from theirs
                trouble = error
        if is_again:
            await self._counts.forget_old(self.now_ms())
            self._note_evicted()
        if trouble is not None:
            raise trouble

    def _note_evicted(self) -> None:
        evicted = self._counts.take_evicted()
        if evicted:
            self.statistics.evicted_issues += evicted
            _log.warning("no room to count the events of all errors, thresholds may be missed", errors=evicted)

    async def _look_at_sightings(self) -> None:
        if self._has_sightings:
            self._has_sightings = False
            try:
                await self._judge_sightings()
            except BaseException:
                self._has_sightings = True
                raise

    async def _look_at_counts(self, *, again: bool) -> None:
        if self._has_counts or again:
            self._has_counts = False
            try:
                await self._judge_thresholds(again=again)
            except BaseException:
                self._has_counts = True
                self._counts.touch()
                raise

    async def _look_at_rates(self) -> None:
        if trio.current_time() >= self._rates_at:
            self._rates_at = trio.current_time() + RATES_SECS
            await self._judge_rates()

    async def _refresh(self) -> None:
        """Have the rules, and the grouping of issues, as they are now stored."""
        known = self._rule_state
        state = await self.readers.run(read_rule_state)
        if known is None or state.generation != known.generation:
            book = await self.readers.run(read_rules)
            await self._counts.use(book, self.readers, self.now_ms())
            self._book = book
            self.statistics.rules = len(book.rules)
            self._has_counts = True
            _log.debug("alert rules loaded", rules=len(book.rules))
        elif state.merges != known.merges:
            self._book.targets = await self.readers.run(partial(read_targets, book=self._book))
            await self._counts.regroup(self.readers)
            self._has_counts = True
        self._rule_state = state
        self._is_changed = False

    async def _judge_sightings(self) -> None:
        for mark in MARKS:
            while True:
                judged, generation = await self.readers.run(partial(self._judge_piece, mark))
                if self._rule_state is None or generation != self._rule_state.generation:
                    await self._refresh()  # a rule that was made before one of these issues has to see it
                    continue
                if judged.new == judged.old:
                    break
                await self._recorder.record(judged.firings, judged)
                _log.debug("new issues judged", mark=mark, upto=judged.new, issues=judged.count)
                if judged.is_all:
                    break

    def _judge_piece(self, mark: str, conn: Connection) -> tuple[Judged, int]:
        with snapshot(conn):
            judged = judge_piece(conn, mark, rules=self._book.sightings, payloads=self._payloads, now_ms=self.now_ms())
        # Read afterwards: a number that is the known one says that the rules were the known ones all the time.
        return judged, read_generations(conn).get(GENERATION, 0)

    async def _judge_thresholds(self, *, again: bool) -> None:
        if not self._book.thresholds:
            return
        unknown = self._counts.unknown_routes(self._book)
        if unknown:
            self._counts.learn_routes(await self.readers.run(partial(read_routes, issue_ids=unknown)))
        now_ms = self.now_ms()
        await self._counts.judge(self._book, now_ms, partial(self._judge_excesses, now_ms), again=again)

    async def _judge_excesses(self, now_ms: int, excesses: Sequence[Excess]) -> None:
        firings = await self.readers.run(
            partial(
                judge_excesses,
                excesses=excesses,
                payloads=self._payloads,
                cooldown_secs=self.cooldown_secs,
                now_ms=now_ms,
            )
        )
        _log.debug("thresholds judged", exceeded=len(excesses), to_fire=len(firings))
        if firings:
            await self._recorder.record(firings)

    async def _judge_rates(self) -> None:
        now_ms = self.now_ms()
        await self.writer.run(partial(note_watching, now_ms=now_ms))
        if not self._book.rates:
            return
        firings = await self.readers.run(
            partial(
                judge_rates,
                book=self._book,
                payloads=self._payloads,
                cooldown_secs=self.cooldown_secs,
                retention=self.retention,
                now_ms=now_ms,
            ),
            time_limit_ms=RATES_LIMIT_MS,
        )
        _log.debug("rates judged", rules=len(self._book.rates), to_fire=len(firings))
        if firings:
            await self._recorder.record(firings)
