"""Sending what the outbox holds: at least once, and so that no receiver holds up another.

Each channel is served by one task of its own while something is due for it. A message is sent, its outcome is committed,
and only then comes the next: what a crash makes anew is at most the message that was under way.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio

from bloop_trio.alerts.delivery.attempt import MAX_AGE_MS
from bloop_trio.alerts.delivery.budget import Budget
from bloop_trio.alerts.delivery.outbox_store import count_messages, expire, read_waiting
from bloop_trio.alerts.delivery.serving import Line
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.flow.periodic import Nudge

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.alerts.delivery.outbox_store import ChannelKey, Waiting
    from bloop_trio.alerts.delivery.serving import Serving
    from bloop_trio.alerts.delivery.settling import Settling
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.alerts")

MAX_WORKERS: Final = 64
"""Channels that are served at the same time; those served longest ago come first."""
LOOK_SECS: Final = 15.0
"""Between two looks when nobody asks for one."""
_PAUSE_SECS: Final = 0.05
"""Between two looks in any case."""
_PAUSE_FACTOR: Final = 9
"""Between two looks, of what the last one took: with much that waits, looks would keep a reader busy."""
_MAX_PAUSE_SECS: Final = 2.0
_RETRY_SECS: Final = 1.0


def pause_after(took_secs: float) -> float:
    """Return how long nobody looks after a look that took so long."""
    return min(max(_PAUSE_SECS, took_secs * _PAUSE_FACTOR), _MAX_PAUSE_SECS)


@attrs.define(eq=False, kw_only=True)
class Outbox:
    """Sends what is pending, for as long as the server runs."""

    readers: Readers
    writer: Writer
    settling: Settling
    serving: Serving
    max_per_minute: int
    """Messages to one channel."""
    clock: Callable[[], int]
    nudge: Nudge = attrs.field(factory=Nudge)
    """Given when something was put into the outbox."""
    _lines: dict[ChannelKey, Line] = attrs.field(init=False, factory=dict)
    _is_idle: bool = attrs.field(init=False, default=False)
    _looks: int = attrs.field(init=False, default=0)
    _is_looking: bool = attrs.field(init=False, default=False)
    _looked: trio.Event = attrs.field(init=False, factory=trio.Event)

    async def run(self) -> None:
        """Send what is due, for ever. Trouble with the store is logged and waited out."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.settling.run)
            while True:
                self._is_looking, began = True, time.perf_counter()
                try:
                    wait_secs = await self._look(nursery)
                except (StoreError, QueryTimeoutError) as error:
                    _log.error("cannot read the outbox, will be tried again", error=str(error))
                    wait_secs = _RETRY_SECS
                self._is_looking = False
                self._looks += 1
                self._looked.set()
                self._looked = trio.Event()
                until = trio.current_time() + wait_secs
                await trio.sleep(pause_after(time.perf_counter() - began))
                await self.nudge.wait(max(0.0, until - trio.current_time()))

    async def drain(self) -> None:
        """Return when nothing is left that could be sent now. To be given a limit by whoever waits."""
        enough = self._looks + (2 if self._is_looking else 1)  # one that began before may have seen too little
        self.nudge()
        while self._looks < enough or not self._is_idle:
            await self._looked.wait()

    async def _look(self, nursery: trio.Nursery) -> float:
        """Serve the channels for which something is due; returns after how many seconds to look again."""
        now_ms, now = self.clock(), trio.current_time()
        waiting = await self.readers.run(partial(read_waiting, now_ms=now_ms))
        self.serving.statistics.note_waiting(waiting)
        old = (one.key for one in waiting if one.oldest_ms < now_ms - MAX_AGE_MS and self._is_failing(one.key))
        if (key := next(old, None)) is not None:
            expired = await self.writer.run(partial(expire, key=key, now_ms=now_ms))
            self.serving.statistics.expired += expired
            _log.warning("alerts could not be delivered within a day", count=expired)
            return 0.0
        wait_secs = LOOK_SECS
        ready: list[ChannelKey] = []
        for one in waiting:
            line = self._lines.get(one.key) or await self._open_line(one.key, now_ms, now)
            if not line.is_served:
                until_secs = self._until(line, one, now_ms, now)
                if until_secs <= 0:
                    ready.append(one.key)
                else:
                    wait_secs = min(wait_secs, until_secs)
        self._close_lines({one.key for one in waiting}, now)
        self._serve_first(ready, nursery)
        self._is_idle = not any(line.is_served for line in self._lines.values())
        return wait_secs

    def _is_failing(self, key: ChannelKey) -> bool:
        """Whether the channel has just failed: after a night without a server, or a clock that was put right, none has."""
        line = self._lines.get(key)
        return line is not None and line.is_failing and not line.is_served

    def _until(self, line: Line, waiting: Waiting, now_ms: int, now: float) -> float:
        """In how many seconds the channel can be served; notes it when there is more than its budget has room for."""
        if not waiting.due:
            return (waiting.next_ms - now_ms) / MS_PER_SEC
        if line.rests_until > now:
            return line.rests_until - now
        until_secs = line.budget.next_room(now)
        line.is_overflowing |= until_secs > 0
        return until_secs

    def _serve_first(self, ready: list[ChannelKey], nursery: trio.Nursery) -> None:
        served = sum(line.is_served for line in self._lines.values())
        ready.sort(key=lambda key: self._lines[key].served_at)
        for key in ready[: MAX_WORKERS - served]:
            self._lines[key].is_served = True
            nursery.start_soon(self._serve, key)

    async def _open_line(self, key: ChannelKey, now_ms: int, now: float) -> Line:
        """Begin to remember a channel, with what it got before the server was started."""
        since_ms = now_ms - 60 * MS_PER_SEC
        line = Line(Budget(self.max_per_minute))
        for _ in range(await self.readers.run(partial(count_messages, key=key, since_ms=since_ms))):
            line.budget.take(now)
        self._lines[key] = line
        return line

    def _close_lines(self, waiting: set[ChannelKey], now: float) -> None:
        """Forget the channels about which there is nothing to remember."""
        for key, line in list(self._lines.items()):
            if key not in waiting and not line.is_served and line.budget.is_unused(now):
                del self._lines[key]

    async def _serve(self, key: ChannelKey) -> None:
        """Give one channel its turn."""
        line = self._lines[key]
        try:
            await self.serving.serve(key, line)
        except (StoreError, QueryTimeoutError) as error:
            _log.error("cannot read the outbox, will be tried again", error=str(error))
            line.rests_until = trio.current_time() + _RETRY_SECS
        finally:
            line.is_served = False
            line.served_at = trio.current_time()
            self.nudge()
