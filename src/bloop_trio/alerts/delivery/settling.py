"""Writing down what became of deliveries: many in one transaction, so that events need not wait for alerts."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

import structlog
import trio

from bloop_trio.alerts.delivery.outbox_store import settle
from bloop_trio.db.connection import StoreError
from bloop_trio.flow.periodic import Nudge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.alerts.delivery.outbox_store import Settled
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.alerts")

PACE_SECS: Final = 0.05
"""Between two transactions: what is settled meanwhile goes into one."""
MAX_ROWS: Final = 500
"""Of one transaction, some milliseconds' worth."""
_RETRY_SECS: Final = 1.0
_LAST_SECS: Final = 1.0
"""For what is left when the server stops."""


class Settling:
    """Notes outcomes as they come, and commits them together.

    An outcome that could not be written is kept and tried again: nobody sends a message anew because of a full disk.
    """

    def __init__(self, writer: Writer, *, cooldown_ms: int, clock: Callable[[], int]) -> None:
        self._writer = writer
        self._cooldown_ms = cooldown_ms
        self._clock = clock
        self._rows: list[Settled] = []
        self._written = 0
        self._noted = 0
        self._progress = trio.Event()
        self._nudge = Nudge()

    async def settle(self, rows: Sequence[Settled]) -> None:
        """Note these outcomes at once, and return when they are committed."""
        self._rows += rows
        self._noted += len(rows)
        mark = self._noted
        self._nudge()
        while self._written < mark:
            await self._progress.wait()

    async def run(self) -> None:
        """Commit what is noted, for ever; when cancelled, commit the rest."""
        try:
            while True:
                await self._nudge.wait(inf)
                if self._rows:
                    await trio.sleep(PACE_SECS if await self._commit() else _RETRY_SECS)
                    self._nudge()
        finally:
            with trio.move_on_after(_LAST_SECS, shield=True):
                while self._rows and await self._commit():
                    pass

    async def _commit(self) -> bool:
        rows = self._rows[:MAX_ROWS]
        now_ms = self._clock()

        def write(conn: Connection) -> None:
            settle(conn, rows, now_ms, self._cooldown_ms)

        try:
            await self._writer.run(write)
        except StoreError as error:
            _log.error("cannot note what became of alerts, will be tried again", error=str(error))
            return False
        del self._rows[: len(rows)]
        self._written += len(rows)
        self._progress.set()
        self._progress = trio.Event()
        return True
