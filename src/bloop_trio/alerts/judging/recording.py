"""Writing down what the judging of rules has found, and how far it has come: both, or neither."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import structlog

from bloop_trio.alerts.judging.firing import Fallbacks, Firing, fire
from bloop_trio.alerts.judging.sightings import Judged, move_mark
from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.alerts.judging.metrics import EngineStatistics
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.alerts")


@attrs.define(eq=False, kw_only=True)
class Recorder:
    """Puts alerts into the outbox."""

    writer: Writer
    fallbacks: Fallbacks
    cooldown_secs: int
    on_fired: Callable[[], object]
    """Called after a commit that has put something into the outbox."""
    now_ms: Callable[[], int]
    statistics: EngineStatistics

    async def record(self, firings: Sequence[Firing], judged: Judged | None = None) -> None:
        """Fire what is not held back, and note that a piece was judged, in one transaction.

        A piece that somebody else has noted meanwhile fires nothing.

        Raises:
            StoreError: the store refused, and nothing was written.
        """
        fired = await self.writer.run(partial(self._write, firings, judged))
        for firing in fired:
            self.statistics.fired[firing.kind] += 1
            _log.debug("alert fired", rule=firing.rule.id, alert_kind=firing.kind, subject=firing.subject)
        if fired:
            self.on_fired()

    def _write(self, firings: Sequence[Firing], judged: Judged | None, conn: Connection) -> list[Firing]:
        with transaction(conn):
            if judged is not None and not move_mark(conn, judged):
                return []
            return fire(
                conn,
                firings,
                fallbacks=self.fallbacks,
                cooldown_secs=self.cooldown_secs,
                now_ms=self.now_ms(),
            )
