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
"""Of one transaction, some milliseconds' worth; a digest is never torn apart, since a crash would have it sent again."""
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
        self._messages: list[Sequence[Settled]] = []
        """What became of each message that was sent: one delivery, or all of a digest."""
        self._written = 0
        self._noted = 0
        self._progress = trio.Event()
        self._nudge = Nudge()

    async def settle(self, rows: Sequence[Settled]) -> None:
        """Note the outcomes of one message at once, and return when they are committed, all in one transaction."""
        self._messages.append(rows)
        self._noted += 1
        mark = self._noted
        self._nudge()
        while self._written < mark:
            await self._progress.wait()

    async def run(self) -> None:
        """Commit what is noted, for ever; when cancelled, commit the rest."""
        try:
            while True:
                await self._nudge.wait(inf)
                if self._messages:
                    await trio.sleep(PACE_SECS if await self._commit() else _RETRY_SECS)
                    self._nudge()
        finally:
            with trio.move_on_after(_LAST_SECS, shield=True):
                while self._messages and await self._commit():
                    pass

    async def _commit(self) -> bool:
        count, rows = self._next()
        now_ms = self._clock()

        def write(conn: Connection) -> None:
            settle(conn, rows, now_ms, self._cooldown_ms)

        try:
            await self._writer.run(write)
        except StoreError as error:
            _log.error("cannot note what became of alerts, will be tried again", error=str(error))
            return False
        del self._messages[:count]
        self._written += count
        self._progress.set()
        self._progress = trio.Event()
        return True

    def _next(self) -> tuple[int, list[Settled]]:
        """Return the messages that are written down next: how many they are, and their outcomes."""
        rows: list[Settled] = []
        for count, message in enumerate(self._messages):
            if rows and len(rows) + len(message) > MAX_ROWS:
                return count, rows
            rows += message
        return len(self._messages), rows
