"""What the tests of the projection share: one on a real database, and what it should hold by counting anew."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import attrs
import duckdb
import trio

from bloop_trio.analytics.engine import Engine
from bloop_trio.analytics.files import projection_path
from bloop_trio.analytics.projection import Projection
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.config.sections import AnalyticsConfig
from bloop_trio.db.connection import open_connection
from bloop_trio.db.readers import open_readers
from bloop_trio.db.writer import open_writer
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.events.batch import AcceptedEvent

Tables = dict[str, list[tuple[Any, ...]]]

_PRESENT = "project_no IN (SELECT no FROM projects WHERE deleted_secs IS NULL)"
_IN_THE_DATABASE = {
    "hours": "SELECT f.issue_id, f.project_no, c.hour_ms, c.environment, sum(c.count) FROM event_counts_hourly AS c"
    f" JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id WHERE f.{_PRESENT}"
    " AND c.hour_ms > (SELECT value FROM sequences WHERE name = 'hours_pruned_ms') GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    "issues": "SELECT id, project_no, fingerprint, error_type, message, first_seen_ms, last_seen_ms FROM issues"
    f" WHERE {_PRESENT} ORDER BY id",
    "issue_releases": "SELECT issue_id, project_no, release, environment, sum(total_count), min(first_seen_ms),"
    f" max(last_seen_ms) FROM issue_counts WHERE {_PRESENT} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    "projects": "SELECT no, id FROM projects WHERE deleted_secs IS NULL ORDER BY no",
}
IN_THE_PROJECTION = {
    "hours": "SELECT issue_id, project_no, hour_ms, environment, CAST(sum(count) AS BIGINT) FROM hours GROUP BY 1, 2, 3, 4"
    " ORDER BY 1, 2, 3, 4",
    "issues": "SELECT * FROM issues ORDER BY issue_id",
    "issue_releases": "SELECT * FROM issue_releases ORDER BY 1, 2, 3, 4",
    "projects": "SELECT * FROM projects ORDER BY project_no",
}


def what_should_be_there(conn: Connection) -> Tables:
    """Return what the database says."""
    return {table: conn.execute(sql).fetchall() for table, sql in _IN_THE_DATABASE.items()}


def what_is_in(path: Path) -> Tables:
    """Return what a projection that nobody has open holds."""
    with closing(duckdb.connect(str(path), read_only=True)) as cursor:
        return {table: cursor.execute(sql).fetchall() for table, sql in IN_THE_PROJECTION.items()}


def an_hour_ago(hours: float = 1) -> int:
    """Return when it was so many hours before `NOW_MS`."""
    return int(NOW_MS - hours * MS_PER_HOUR)


@attrs.define(eq=False)
class Followed:
    """A database, and a projection that follows it when it is told to."""

    path: Path
    conn: Connection
    readers: Readers
    writer: Writer
    batches: BatchWriter
    projection: Projection

    @property
    def engine(self) -> Engine:
        return self.projection.engine

    def store(self, *events: AcceptedEvent, told: bool = True) -> None:
        """Store a batch, of which the projection is told unless its server is killed before."""
        result = self.batches.write(self.conn, events)
        if told:
            self.projection.on_batch(result)

    async def tables(self) -> Tables:
        """Return what the projection holds."""
        return {table: await self.engine.query(sql) for table, sql in IN_THE_PROJECTION.items()}

    async def check(self) -> None:
        """Hold the projection against the database, once it has followed."""
        self.engine.wake()
        for _ in range(3):  # after a rebuild it is ready at the look after
            await self.projection.look()
            if self.engine.is_ready:
                break
        assert await self.tables() == what_should_be_there(self.conn)

    async def restart(self, *, orderly: bool = True) -> None:
        """Begin anew with the same files; without order, as after a kill, nothing is known of what was to be copied."""
        if orderly:
            await self.projection.look()
        await self.engine.close()
        self.projection = a_projection(self.path, self.readers, self.writer)
        self.batches = BatchWriter(self.conn, sample_reservoir_size=3)

    async def count_rebuilds(self) -> int:
        """Return how many rebuilds it takes until the projection follows."""
        before = self.projection.statistics.rebuilds
        await self.check()
        return self.projection.statistics.rebuilds - before


def a_projection(path: Path, readers: Readers, writer: Writer) -> Projection:
    engine = Engine(path=projection_path(path), config=AnalyticsConfig(threads=1))
    return Projection(engine=engine, readers=readers, writer=writer, slice_rows=3)


@asynccontextmanager
async def followed(path: Path) -> AsyncIterator[Followed]:
    """Open a database and a projection of it."""
    with closing(open_connection(path)) as conn:
        async with open_readers(path, 2) as readers, open_writer(path) as writer:
            batches = BatchWriter(conn, sample_reservoir_size=3)
            it = Followed(path, conn, readers, writer, batches, a_projection(path, readers, writer))
            try:
                yield it
            finally:
                with trio.move_on_after(10, shield=True):
                    await it.engine.close()
