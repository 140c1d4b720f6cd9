"""Merging and unmerging on behalf of callers.

Each transaction and the writer of batches' forgetting of it are one turn of the writer: no batch between the two can
count an event where it belonged before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from bloop_trio.db.changing import change
from bloop_trio.exceptions import UnavailableError
from bloop_trio.issues.merging.merging import Asked, Regrouped, merge
from bloop_trio.issues.merging.unmerging import Step, unmerge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.events.batch import FingerprintKey


@attrs.frozen(kw_only=True)
class MergeDesk:
    """Merges issues and takes them apart."""

    writer: Writer
    readers: Readers
    clock: Callable[[], int]
    """Epoch milliseconds."""
    forget: Callable[[Iterable[FingerprintKey]], None]
    """Has the writer of batches forget whose fingerprints are; called in the writer's turn."""
    on_regrouped: Callable[[int], None]
    """Told the number of a project whose issues were regrouped; neither waits nor raises."""

    async def merge(self, asked: Asked) -> Regrouped:
        """Merge issues into one, in one transaction.

        Raises:
            NotFoundError, BadRequestError, ConflictError: see `merging.merge`; nothing was changed.
            StoreUnavailableError: the store refused; nothing was changed.
        """
        done = await change(self.writer, partial(self._merge, asked=asked))
        self.on_regrouped(done.project_no)
        return done

    async def unmerge(self, asked: Asked) -> Regrouped:
        """Take issues out of the one that they were merged into; without fingerprints all of them.

        Nearly always one transaction. What has grown too large for one is taken out piece by piece, with room for
        events between, each piece as a whole.

        Raises:
            NotFoundError, BadRequestError: see `unmerging.unmerge`; nothing was changed.
            UnavailableError: the store refused; what was taken out before stays so, and the message says how much.
        """
        moved: tuple[str, ...] = ()
        while True:
            try:
                step = await change(self.writer, partial(self._unmerge, asked=asked))
            except UnavailableError as error:
                if not moved:
                    raise
                raise UnavailableError(
                    f"stopped after {len(moved)} errors, ask again for the rest: {error.message}",
                    retry_after_secs=error.retry_after_secs,
                ) from error
            self.on_regrouped(step.done.project_no)
            moved += step.done.moved
            if not step.rest:
                return attrs.evolve(step.done, moved=moved)
            asked = attrs.evolve(asked, fingerprints=step.rest)

    def _merge(self, conn: Connection, *, asked: Asked) -> Regrouped:
        done = merge(conn, asked=asked, clock=self.clock)
        self.forget(done.keys)
        return done

    def _unmerge(self, conn: Connection, *, asked: Asked) -> Step:
        step = unmerge(conn, asked=asked, clock=self.clock)
        self.forget(step.done.keys)
        return step
