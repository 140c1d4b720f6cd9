"""Clearing away what deleted projects leave, in steps so small that ingest does not feel them.

What is still to do stands in the database alone: a removal that is interrupted at any point goes on where it was.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.audit.store import notes_by_server
from bloop_trio.db.connection import transaction
from bloop_trio.projects.tombstones import list_tombstones, remove_tombstone
from bloop_trio.retention.leftovers import clear_away
from bloop_trio.retention.pacing import REST_FACTOR, SLICE_SECS, PacedWriter
from bloop_trio.retention.purge import free_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.projects.tombstones import Tombstone

_log = structlog.get_logger("bloop.retention")

_FREE_PAGES: Final = 64
"""Given back to the file system at a time."""


@attrs.frozen(kw_only=True)
class Removal:
    """Clears away what deleted projects leave."""

    writer: Writer
    is_expected: Callable[[int], bool]
    """Whether events of the project with this number can still come: such a project keeps its tombstone."""
    clock: Callable[[], int]
    """Epoch milliseconds."""
    slice_secs: float = SLICE_SECS
    rest_factor: float = REST_FACTOR
    _paced: PacedWriter = attrs.field(init=False)

    @_paced.default
    def _pace(self) -> PacedWriter:
        return PacedWriter(writer=self.writer, slice_secs=self.slice_secs, rest_factor=self.rest_factor)

    async def clear(self) -> bool:
        """Clear away what is there now; returns whether nothing is left of any deleted project.

        Raises:
            StoreError: the store refused; what was removed until then stays removed, and the next call goes on.
        """
        done, slices = True, 0
        for tombstone in await self.writer.run(list_tombstones):
            slices += await self._clear(tombstone)
            if self.is_expected(tombstone.no):
                done = False
                continue
            await self.writer.run(partial(remove_tombstone, tombstone=tombstone, note=notes_by_server(self.clock())))
            _log.info("nothing is left of a deleted project", project=tombstone.id)
        if slices > 1:
            await self._give_back()
        return done

    async def _clear(self, tombstone: Tombstone) -> int:
        """Clear away what one project leaves; returns in how many slices."""
        steps: Iterator[None] | None = None

        def begin(conn: Connection) -> bool:
            nonlocal steps
            steps = clear_away(conn, tombstone.no)
            return self._run_slice(conn, steps)

        def go_on(conn: Connection) -> bool:
            assert steps is not None  # noqa: S101 - begin was first
            return self._run_slice(conn, steps)

        slices = 1
        more = await self._paced.run(begin)
        while more:
            slices += 1
            more = await self._paced.run(go_on)
        return slices

    def _run_slice(self, conn: Connection, steps: Iterator[None]) -> bool:
        """Take steps in one transaction until its time is over; returns whether there are more."""
        until = time.perf_counter() + self.slice_secs
        with transaction(conn):
            for _ in steps:
                if time.perf_counter() >= until:
                    return True
        return False

    async def _give_back(self) -> None:
        """Give the pages that became free back to the file system; new rows would use them too, but may be few."""

        def has_free_pages(conn: Connection) -> bool:
            return free_pages(conn, _FREE_PAGES) > 0

        while await self._paced.run(has_free_pages):
            pass
