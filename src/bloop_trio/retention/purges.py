"""Purges of a running server: those that come round by themselves and those that are asked for, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from bloop_trio.clock import now_ms
from bloop_trio.retention.metrics import RetentionStatistics
from bloop_trio.retention.purge import purge

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.writer import Writer
    from bloop_trio.retention.purge import Purged


@attrs.frozen(kw_only=True)
class Purges:
    """Removes what has aged out, and counts what was removed."""

    writer: Writer
    config: RetentionConfig
    clock: Callable[[], int] = now_ms
    """Epoch milliseconds."""
    statistics: RetentionStatistics = attrs.field(factory=RetentionStatistics)
    _turn: trio.Lock = attrs.field(init=False, factory=trio.Lock)

    async def run(self) -> Purged:
        """Purge, once those who asked before have their answer; raises StoreError as `purge`."""
        async with self._turn:
            return await self.statistics.note(
                purge(
                    self.writer,
                    raw_events_days=self.config.raw_events_days,
                    audit_days=self.config.audit_days,
                    now_ms=self.clock(),
                )
            )
