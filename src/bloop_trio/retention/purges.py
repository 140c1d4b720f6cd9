"""Purges of a running server: those that come round by themselves and those that are asked for, one at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import structlog
import trio

from bloop_trio.clock import now_ms
from bloop_trio.retention.aged_alerts import remove_aged_alerts
from bloop_trio.retention.budgets import Reached, keep_budgets
from bloop_trio.retention.metrics import RetentionStatistics
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.purge import purge, shrink
from bloop_trio.retention.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.writer import Writer
    from bloop_trio.retention.purge import Purged

_log = structlog.get_logger("bloop.retention")


def _nothing() -> None:
    pass


@attrs.frozen(kw_only=True)
class Purges:
    """Removes what has aged out and what is over a budget, and counts what was removed."""

    writer: Writer
    config: RetentionConfig
    map_days: int = 0
    """Days that source maps are kept of releases from which no events come any more; 0: for ever."""
    alert_days: int = 90
    """Days that alerts can be read."""
    clock: Callable[[], int] = now_ms
    """Epoch milliseconds."""
    forget: Callable[[], None] = _nothing
    """Called in the writer's thread before issues are removed: whatever remembers them has to drop it."""
    statistics: RetentionStatistics = attrs.field(factory=RetentionStatistics)
    _reached: dict[int, Reached] = attrs.field(init=False, factory=dict)
    _turn: trio.Lock = attrs.field(init=False, factory=trio.Lock)

    async def run(self) -> Purged:
        """Purge, once those who asked before have their answer; raises StoreError as `purge`."""
        async with self._turn:
            return await self.statistics.note(self._run(self.clock()))

    async def _run(self, now_ms: int) -> Purged:
        # Before the rest, which then gives their room back too.
        await remove_aged_alerts(PacedWriter(writer=self.writer), days=self.alert_days, now_ms=now_ms)
        return await purge(self.writer, self.config, now_ms=now_ms, map_days=self.map_days, forget=self.forget)

    async def keep_budgets(self) -> None:
        """Remove what is over the budgets in bytes, if there are any; raises StoreError as `budgets.keep_budgets`."""
        async with self._turn:
            settings = await self.writer.run(partial(read_settings, config=self.config))
            if not settings.has_budgets:
                self.statistics.budget = None
                return
            paced = PacedWriter(writer=self.writer)
            trimmed = await keep_budgets(paced, settings, self.clock(), self._reached)
            if trimmed.is_anything:
                await shrink(paced)
            was_over = self.statistics.is_over_budget
            self.statistics.note_budget(trimmed)
        if self.statistics.is_over_budget and not was_over:
            _log.error(
                "the database is over its budget, and there is nothing left that may go",
                used_bytes=trimmed.state.used_bytes,
                max_bytes=trimmed.state.max_bytes,
            )
