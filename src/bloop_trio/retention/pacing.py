"""Writing without being felt: short transactions with rests between them, so that batches find the writer free."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import trio

from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

T = TypeVar("T")

SLICE_SECS: Final = 0.003
"""The writer's time after which a slice takes no further step; a step takes about a millisecond."""
REST_FACTOR: Final = 4
"""Slices rest so many times as long as they took, so that the writer is free for four fifths of the time."""


@attrs.frozen(kw_only=True)
class PacedWriter:
    """Lets long work be done by the writer in slices."""

    writer: Writer
    slice_secs: float = SLICE_SECS
    rest_factor: float = REST_FACTOR

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, after a rest for others to write."""

        def timed(conn: Connection) -> tuple[T, float]:
            started = time.perf_counter()  # the wait for the turn before is no work
            return work(conn), time.perf_counter() - started

        result, worked_secs = await self.writer.run(timed)
        await trio.sleep(self.rest_factor * worked_secs)
        return result

    async def repeat(self, step: Callable[[Connection], bool]) -> int:
        """Call `step`, which says whether there is more to do, until there is not; many steps share a transaction.

        Returns how many transactions that were.

        Raises:
            StoreError: the store refused; what `step` did in the last transaction was undone.
        """
        slices = 1
        while await self.run(partial(self._slice, step=step)):
            slices += 1
        return slices

    def _slice(self, conn: Connection, step: Callable[[Connection], bool]) -> bool:
        until = time.perf_counter() + self.slice_secs
        with transaction(conn):
            while step(conn):
                if time.perf_counter() >= until:
                    return True
        return False
