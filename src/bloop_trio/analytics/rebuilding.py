"""Making the projection anew: all rows are copied in slices, with rests in which events are stored and readers read.

What changes meanwhile is noted as always, and copied again afterwards.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.analytics.marks import Marks, read_marks
from bloop_trio.analytics.reading import (
    Row,
    count_rows,
    read_hour_slice,
    read_issue_slice,
    read_projects,
    read_release_slice,
)
from bloop_trio.analytics.writing import append, finish
from bloop_trio.db.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.analytics.engine import Engine
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

SLICE_ROWS: Final = 5_000
"""Rows that are read at once, and written in one transaction."""
REST_FACTOR: Final = 0.5
"""How long a slice rests, in parts of the time that it took."""


@attrs.define(eq=False, kw_only=True)
class Rebuild:
    """Fills the empty tables of the file that `engine` has open."""

    engine: Engine
    readers: Readers
    on_rows: Callable[[int, float], None]
    """Told after each slice how many rows it had, and how much of everything is there; neither waits nor raises."""
    slice_rows: int = SLICE_ROWS
    rest_factor: float = REST_FACTOR
    done: int = 0
    """Rows that were copied."""
    _total: int = 1

    async def run(self, identity: int) -> Marks:
        """Copy everything; returns up to where all that is in the database has been.

        Raises:
            StoreError, QueryTimeoutError: the database could not be read.
            EngineError: the file could not be written.
        """
        marks, projects, self._total = await self.readers.run(self._begin)
        marks = attrs.evolve(marks, identity=identity)
        await self.engine.feed(partial(append, table="projects", rows=projects))
        await self._copy("issues", read_issue_slice)
        await self._copy("issue_releases", read_release_slice)
        await self._copy("hours", partial(_read_hours, marks.pruned_ms))
        await self.engine.feed(partial(finish, marks=marks))
        return marks

    async def _copy(self, table: str, read: Callable[[Connection, Row, int], tuple[list[Row], Row | None]]) -> None:
        after: Row | None = ()
        while after is not None:
            started = trio.current_time()
            rows, after = await self.readers.run(partial(_read, read, after, self.slice_rows))
            await self.engine.feed(partial(append, table=table, rows=rows))
            self.done += len(rows)
            self.on_rows(len(rows), min(0.99, self.done / max(1, self._total)))
            await trio.sleep(self.rest_factor * (trio.current_time() - started))

    @staticmethod
    def _begin(conn: Connection) -> tuple[Marks, list[Row], int]:
        with snapshot(conn):
            return read_marks(conn), read_projects(conn), count_rows(conn)


def _read(
    read: Callable[[Connection, Row, int], tuple[list[Row], Row | None]], after: Row, limit: int, conn: Connection
) -> tuple[list[Row], Row | None]:
    return read(conn, after, limit)


def _read_hours(pruned_ms: int, conn: Connection, after: Row, limit: int) -> tuple[list[Row], Row | None]:
    return read_hour_slice(conn, pruned_ms, after, limit)
