"""The whole road of an event in this process: intake, buffer, flusher, database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import trio

from bloop_trio.config import Config
from bloop_trio.db.connection import open_connection
from bloop_trio.db.writer import open_writer
from bloop_trio.flow.pipeline import Pipeline
from bloop_trio.issues.events.accounting import Accounting
from bloop_trio.issues.events.event import EventLimits
from bloop_trio.issues.ingest.intake import IngestRequest, Intake, IntakeSettings, Route
from bloop_trio.issues.writing.flushing import Flusher
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.store import list_projects
from tests.conftest import NOW_MS, PROJECT_KEY, as_json, signature

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.ratelimit import TokenBuckets
    from bloop_trio.issues.events.accounting import ProjectCounts
    from bloop_trio.issues.events.batch import AcceptedEvent
    from bloop_trio.issues.writing.upserts import IssueSeen

PATIENCE_SECS = 20
"""How long a test waits for what must come."""


def a_request(body: bytes, *, key: str = PROJECT_KEY, name_key: bool = True, **changes: Any) -> IngestRequest:
    """Return the request that sends `body` to the project with `key`, as either road hands it on."""
    request: dict[str, Any] = {
        "route": Route.SINGLE,
        "body": body,
        "client": None,
        "signature": signature(body, key).encode(),
        "project_key": key.encode() if name_key else None,
        "idempotency_key": None,
        "content_type": b"application/json",
    }
    return IngestRequest(**request | changes)


@attrs.define(eq=False)
class Rig:
    """The parts, and short words for what tests do with them."""

    intake: Intake
    pipeline: Pipeline[AcceptedEvent]
    accounting: Accounting
    flusher: Flusher
    writer: Writer
    keys: KeyRing
    database: Path
    seen: list[IssueSeen] = attrs.field(factory=list)
    now_ms: int = NOW_MS

    async def send(self, value: Any, **changes: Any) -> tuple[int, Any]:
        """Send an event, a list of events as a batch, or bytes as they are; returns status and answer."""
        if isinstance(value, list):
            value = {"events": value}
            changes = {"route": Route.BATCH} | changes
        body = value if isinstance(value, bytes) else as_json(value)
        answer = await self.intake.answer(a_request(body, **changes))
        assert (answer.retry_after_secs is not None) == (answer.status == 503)
        return answer.status, msgspec.json.decode(answer.body)

    async def flush(self) -> None:
        """Store what is buffered, where no task does that."""
        while self.pipeline.statistics().buffered:
            await self.flusher._store(await self.pipeline.take())

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something has come true."""
        with trio.fail_after(PATIENCE_SECS):
            while not condition():  # noqa: ASYNC110 - nobody announces what tests watch for
                await trio.sleep(0.005)

    def counts(self, project: str = "default") -> ProjectCounts:
        """Return a project's counts, having checked that they add up in every project."""
        rows = {counts.project: counts for counts in self.accounting.snapshot().projects}
        for row in rows.values():
            assert row.received == row.accepted + sum(row.dropped.values()) + sum(row.rejected.values()), row
            settled = row.stored + row.duplicate + row.dead_lettered + row.lost
            assert row.accepted == settled + row.in_buffer, row
            assert min(row.in_buffer, row.accepted, row.stored) >= 0, row
        return rows[project]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        conn = open_connection(self.database, read_only=True)
        try:
            return conn.execute(sql).fetchall()
        finally:
            conn.close()

    def stored(self) -> int:
        """Return how many events the database has, having checked that all that counts them agrees."""
        tables = [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE name GLOB 'events_????????'")]
        rows: int = sum(self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables)
        for what in ("issues", "issue_counts"):
            assert self.rows(f"SELECT coalesce(sum(total_count), 0) FROM {what}") == [(rows,)], what
        for what in ("event_counts_hourly", "project_counts_hourly"):
            assert self.rows(f"SELECT coalesce(sum(count), 0) FROM {what}") == [(rows,)], what
        return rows


@asynccontextmanager
async def a_rig(
    database: Path,
    *,
    config: Config | None = None,
    durable: bool = False,
    capacity: int = 1000,
    max_wait_secs: float = 0.0,
    buckets: TokenBuckets | None = None,
    flushing: bool = True,
    refresh_keys: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncIterator[Rig]:
    """Put the parts together; without `flushing` the buffer is emptied by `Rig.flush` alone."""
    config = config or Config()
    reading = open_connection(database, read_only=True)
    try:
        projects = list_projects(reading)
    finally:
        reading.close()
    async with open_writer(database, synchronous="FULL" if durable else "NORMAL") as writer:
        keys = KeyRing(projects)
        pipeline = Pipeline[Any](capacity=capacity, batch_size=1, linger_secs=0.0, max_batch_size=capacity)
        accounting = Accounting()
        batches = await writer.run(partial(_batch_writer, config.pipeline.sample_reservoir_size))
        seen: list[IssueSeen] = []
        rig: Rig
        intake = Intake(
            settings=IntakeSettings(
                limits=EventLimits(),
                max_batch_size=config.ingest.max_batch_size,
                max_batch_payload_bytes=config.ingest.max_batch_payload_bytes,
                max_wait_secs=max_wait_secs,
                durable=durable,
                allow_keyless=config.auth.allow_keyless,
            ),
            keys=keys,
            hmac_secret=config.auth.hmac_secret,
            pipeline=pipeline,
            accounting=accounting,
            buckets=buckets,
            refresh_keys=refresh_keys or _nothing_new,
            now_ms=lambda: rig.now_ms,
        )
        flusher = Flusher(pipeline, writer, batches, accounting, durable, lambda result: seen.extend(result.seen))
        rig = Rig(intake, pipeline, accounting, flusher, writer, keys, database, seen)
        async with trio.open_nursery() as nursery:
            if flushing:
                nursery.start_soon(_keep_flushing, flusher)
            yield rig
            nursery.cancel_scope.cancel()
        pipeline.close()
        pipeline.abandon()


def _batch_writer(size: int, conn: Connection) -> BatchWriter:
    return BatchWriter(conn, sample_reservoir_size=size)


async def _keep_flushing(flusher: Flusher) -> None:
    await flusher.run()


async def _nothing_new() -> bool:
    return False
