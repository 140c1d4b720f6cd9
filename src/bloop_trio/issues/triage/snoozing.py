"""Ends the snoozes whose time is over, and tells of all that have ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from bloop_trio.issues.lifecycle.snoozes import SLICE_SNOOZES, end_due
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.live.messages import StatusChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.lifecycle.snoozes import EndedSnooze
    from bloop_trio.issues.live.hooks import StatusHook


@attrs.frozen(kw_only=True)
class Snoozes:
    """Ends the snoozes whose time is over."""

    writer: Writer
    clock: Callable[[], int]
    """Epoch milliseconds. Only what it says counts, so snoozes end as well if their time was over while nothing ran."""
    on_changed: StatusHook

    async def end_due(self) -> int:
        """End all snoozes whose time is over; returns how many that were.

        Raises:
            StoreError: the store refused; the next call goes on.
        """
        total = 0
        while True:
            ended = await self.writer.run(partial(end_due, now_ms=self.clock()))
            tell_ended(self.on_changed, ended)
            total += len(ended)
            if len(ended) < SLICE_SNOOZES:
                return total


def tell_ended(on_changed: StatusHook, ended: Iterable[EndedSnooze]) -> None:
    """Tell of issues that have become unresolved by themselves."""
    for snooze in ended:
        change = StatusChanged(
            fingerprint=snooze.fingerprint,
            old_status=Status.MUTED,
            new_status=Status.UNRESOLVED,
            changed_by=None,
            changed_by_name=None,
            changed_at=snooze.changed_ms,
        )
        on_changed(snooze.project_no, [change])
