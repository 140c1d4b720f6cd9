"""The task that empties the pipeline into the store, and settles what became of each event.

A batch that the store refuses for what it holds is split until the culprits stand alone; those become dead letters. A
batch that the store cannot take now (disk full, locked) is tried again with back-off until it is in; meanwhile the
buffer fills and new events are dropped and counted. In durable mode the senders are told at once instead.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import msgspec
import structlog
import trio

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import StoreError, is_poison, transaction
from bloop_trio.http.metrics import Histogram
from bloop_trio.issues.events.accounting import Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.flow.pipeline import Pipeline
    from bloop_trio.issues.events.accounting import Accounting
    from bloop_trio.issues.events.batch import AcceptedEvent
    from bloop_trio.issues.events.event import Event
    from bloop_trio.issues.writing.writer import BatchResult, BatchWriter

_log = structlog.get_logger("bloop.pipeline")

POISONOUS: Final = (StoreError, ValueError, TypeError, OverflowError)
"""What writing a batch can raise because of what an event holds; all but the first only if judging has a gap."""
DURABLE_TROUBLE_SECS: Final = 15.0
"""In durable mode no batch is tried again, so nobody knows whether a failure is over: it counts for so long."""
BOUNDS_SECS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Between which durations batches are counted."""
_FIRST_BACKOFF_SECS: Final = 0.1
_MAX_BACKOFF_SECS: Final = 5.0


@attrs.define(eq=False)
class FlushStatistics:
    """How flushing goes."""

    batches: int = 0
    events: int = 0
    failures: int = 0
    """Attempts that the store refused."""
    last_flush_ms: int | None = None
    """When the last batch was committed."""
    last_duration_ms: float = 0.0
    durations: Histogram = attrs.field(factory=lambda: Histogram(BOUNDS_SECS))
    """How long the committed batches took."""
    last_error: str | None = None
    """Why the batch at hand is not stored yet; None while all is well."""
    last_failure_ms: int | None = None
    """When the store last refused an attempt."""


@attrs.define(eq=False)
class Flusher:
    """Empties the pipeline until it is closed and empty.

    Guarantees: an accepted event is stored, a duplicate, a dead letter, or counted as lost; never two of them. After
    `run` returns, the pipeline is empty and everything is settled.
    """

    _pipeline: Pipeline[AcceptedEvent]
    _writer: Writer
    _batches: BatchWriter
    _accounting: Accounting
    _durable: bool
    _on_committed: Callable[[BatchResult], None]
    """Told what each transaction did; neither waits nor raises."""
    statistics: FlushStatistics = attrs.field(factory=FlushStatistics)
    _in_hand: AcceptedEvent | None = attrs.field(default=None, init=False)

    @property
    def oldest_received_ms(self) -> int | None:
        """When the oldest event that is not settled yet was received; None while there is none to speak of."""
        oldest = self._in_hand or self._pipeline.first_taken
        return None if oldest is None else oldest.received_ms

    def trouble(self, at_ms: int) -> str | None:
        """Return why the store refuses what it is given at `at_ms`, or None while all is well."""
        statistics = self.statistics
        if self._durable and at_ms - (statistics.last_failure_ms or 0) > DURABLE_TROUBLE_SECS * 1000:
            return None
        return statistics.last_error

    async def run(self) -> None:
        """Take batches and write them until the pipeline ends; cancelled, it counts what it held as lost."""
        while True:
            try:
                batch = await self._pipeline.take()
            except trio.EndOfChannel:
                return
            await self._store(batch)
            self._in_hand = None
            if self._batches.wants_dictionary:
                await self._writer.run(self._batches.train)

    async def _store(self, batch: list[AcceptedEvent]) -> None:
        backoff_secs = _FIRST_BACKOFF_SECS
        while batch:
            self._in_hand = batch[0]
            started = trio.current_time()
            try:
                outcome = await self._writer.run(partial(_write, self._batches, batch))
            except BaseException:  # cancelled, or a bug: either way these events are not stored
                self._lose(batch)
                raise
            done, batch = batch[: outcome.done], batch[outcome.done :]
            if done:
                self._settle(outcome, done, duration_ms=(trio.current_time() - started) * 1000)
            if outcome.error is None:
                continue
            self._note_failure(outcome.error, len(batch))
            if self._durable:
                self._lose(batch)
                return
            try:
                await trio.sleep(backoff_secs)
            except trio.Cancelled:
                self._lose(batch)
                raise
            backoff_secs = min(2 * backoff_secs, _MAX_BACKOFF_SECS)

    def _note_failure(self, error: StoreError, events: int) -> None:
        self.statistics.failures += 1
        self.statistics.last_error = str(error)
        self.statistics.last_failure_ms = now_ms()
        _log.error("batch not stored", events=events, error=str(error), retried=not self._durable)

    def _settle(self, outcome: Outcome, batch: list[AcceptedEvent], *, duration_ms: float) -> None:
        statistics = self.statistics
        statistics.batches += 1
        statistics.events += len(batch)
        statistics.last_flush_ms = now_ms()
        statistics.last_duration_ms = duration_ms
        statistics.durations.note(duration_ms / 1000)
        statistics.last_error = None
        for project_no, count in outcome.stored.items():
            self._accounting.by_no(project_no).stored += count
        for project_no, count in outcome.duplicates.items():
            self._accounting.by_no(project_no).duplicate += count
        for project_no, count in outcome.dead_lettered.items():
            self._accounting.by_no(project_no).dead_lettered += count
        for result in outcome.results:
            for project_no, count in result.overflowed.items():
                self._accounting.by_no(project_no).overflowed += count
            for project_no, count in result.thinned.items():
                self._accounting.by_no(project_no).thinned += count
        for accepted in batch:
            if accepted.receipt is not None:
                accepted.receipt.settle(kept=True)
        _log.debug("batch written", events=len(batch), duration_ms=round(duration_ms, 1))
        for result in outcome.results:
            self._on_committed(result)

    def _lose(self, batch: Sequence[AcceptedEvent]) -> None:
        self._accounting.recent.add(Loss.LOST, now_ms(), len(batch))
        for accepted in batch:
            self._accounting.by_no(accepted.project_no).lost += 1
            if accepted.receipt is not None:
                accepted.receipt.settle(kept=False)
        if not self._durable:
            _log.error(
                "accepted events lost",
                events=len(batch),
                reason=self.statistics.last_error or "no time left to store them",
            )

    def lose_rest(self) -> int:
        """Count what is still buffered as lost, when there is no time left to store it; returns how much it was."""
        rest = self._pipeline.abandon()
        if rest:
            self._lose(rest)
        return len(rest)


@attrs.define(eq=False)
class Outcome:
    """What became of the first `done` events of a batch, and why not of the rest."""

    done: int = 0
    stored: Counter[int] = attrs.field(factory=Counter)
    """By project number, as the two below."""
    duplicates: Counter[int] = attrs.field(factory=Counter)
    dead_lettered: Counter[int] = attrs.field(factory=Counter)
    results: list[BatchResult] = attrs.field(factory=list)
    """Of each transaction, in order."""
    error: StoreError | None = None

    def include(self, result: BatchResult) -> None:
        """Add a committed part of the batch."""
        self.stored += result.stored
        self.duplicates += result.duplicates
        self.results.append(result)


def _write(batches: BatchWriter, batch: Sequence[AcceptedEvent], conn: Connection) -> Outcome:
    """Write a batch in order, halving what the store refuses for what it holds until single events are put aside.

    Stops at the first error that is not the events' fault; what was committed until then is not to be written again.
    """
    outcome = Outcome()
    parts = [batch]
    while parts:
        part = parts.pop()
        try:
            try:
                outcome.include(batches.write(conn, part))
            except POISONOUS as error:
                batches.forget()  # what it remembered may be gone: that alone can be the cause
                if isinstance(error, StoreError) and not is_poison(error):
                    raise
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                    continue
                _put_aside(conn, part[0], error)
                outcome.dead_lettered[part[0].project_no] += 1
        except StoreError as error:
            outcome.error = error
            return outcome
        outcome.done += len(part)
    return outcome


def _put_aside(conn: Connection, accepted: AcceptedEvent, error: Exception) -> None:
    _log.error("event put aside as a dead letter", fingerprint=accepted.fingerprint, error=str(error))
    with transaction(conn):
        conn.execute(
            "INSERT INTO dead_letters (project_no, received_ms, fingerprint, error, payload) VALUES (?, ?, ?, ?, ?)",
            (
                accepted.project_no,
                accepted.received_ms,
                accepted.fingerprint,
                str(error),
                accepted.payload or _encode_if_possible(accepted.event),
            ),
        )


def _encode_if_possible(event: Event) -> bytes:
    try:
        return msgspec.json.encode(event)
    except (ValueError, TypeError, OverflowError):
        return b""
