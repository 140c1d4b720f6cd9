"""Clearing away what deleted projects leave, in steps so small that ingest does not feel them.

What is still to do stands in the database alone: a removal that is interrupted at any point goes on where it was.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from bloop_trio.audit.store import notes_by_server
from bloop_trio.projects.tombstones import list_tombstones, remove_tombstone
from bloop_trio.retention.leftovers import clear_away
from bloop_trio.retention.pacing import REST_FACTOR, SLICE_SECS, PacedWriter
from bloop_trio.retention.purge import shrink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.projects.tombstones import Tombstone

_log = structlog.get_logger("bloop.retention")

_OVER: Final = object()
"""In place of a further step."""


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
            await shrink(self._paced)
        return done

    async def _clear(self, tombstone: Tombstone) -> int:
        """Clear away what one project leaves; returns in how many slices."""
        steps: Iterator[None] | None = None

        def step(conn: Connection) -> bool:
            nonlocal steps
            if steps is None:
                steps = clear_away(conn, tombstone.no)
            return next(steps, _OVER) is not _OVER

        return await self._paced.repeat(step)
