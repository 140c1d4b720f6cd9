"""One task that closes whatever is over its deadline.

A cancel scope around each read costs the lane a fifth of its speed. Here a connection merely notes its phase and a
deadline, and this task looks at all of them once a tick: ten thousand connections take it about two milliseconds.
"""

from __future__ import annotations

import enum
from collections import deque
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Final

import trio

from bloop_trio.lane.stats import CloseReason

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bloop_trio.lane.stats import LaneStats
    from bloop_trio.lane.stream import RawStream

_MAX_REFUSED: Final = 256
"""Refused sockets kept open for a moment; more are closed at once, and may lose their refusal to a reset."""


class Phase(enum.Enum):
    """What a connection is doing; the value is why it is closed when that takes too long."""

    HANDSHAKE = CloseReason.HANDSHAKE_TIMEOUT
    IDLE = CloseReason.IDLE_TIMEOUT
    HEAD = CloseReason.HEADER_TIMEOUT
    BODY = CloseReason.BODY_TIMEOUT
    LINGER = CloseReason.LINGER_TIMEOUT
    WRITE = CloseReason.WRITE_TIMEOUT
    """An answer waits for the client's leave to be sent; a wait for the socket is `RawStream.write_deadline`'s."""
    ANSWER = CloseReason.SHUTDOWN
    """Our own turn: it has no deadline, and nothing but the end of the server cuts it short."""


class Watched:
    """What the reaper knows of a connection."""

    __slots__ = ("cancel_scope", "deadline", "phase", "raw")

    def __init__(self, raw: RawStream, phase: Phase, deadline: float) -> None:
        self.raw = raw
        self.phase = phase
        self.deadline = deadline
        """In Trio's time."""
        self.cancel_scope: trio.CancelScope | None = None
        """Cancelled as well, where a closed socket does not reach every task of the connection."""

    def expire(self) -> None:
        """Do what is to be done at the deadline; called from another task."""
        self.cut()

    def cut(self) -> None:
        """End the connection now, from any task."""
        self.raw.close()
        if self.cancel_scope is not None:
            self.cancel_scope.cancel()


class Reaper:
    """Knows every open connection, and the time to within a tick."""

    __slots__ = ("_on_tick", "_refused", "_stats", "_tick_secs", "now", "watched")

    def __init__(self, tick_secs: float, stats: LaneStats, on_tick: Callable[[], None]) -> None:
        self.watched: set[Watched] = set()
        self.now = -inf
        """Trio's time, at most a tick old: read in place of the clock on the hot path."""
        self._tick_secs = tick_secs
        self._stats = stats
        self._on_tick = on_tick
        self._refused: deque[tuple[float, socket.socket]] = deque()

    def read_clock(self) -> None:
        """Set `now`; to be called before the first connection, and once a tick from then on."""
        self.now = trio.current_time()

    def deadline_in(self, seconds: float) -> float:
        """Return a deadline that leaves at least `seconds`, whatever the age of `now`."""
        return self.now + self._tick_secs + seconds

    async def run(self) -> None:
        """Look at all connections once a tick, for ever; refused sockets are closed when this ends."""
        try:
            while True:
                await trio.sleep(self._tick_secs)
                self.read_clock()
                self._on_tick()
                self._close_overdue()
                self._close_refused(self.now - self._tick_secs)
        finally:
            self._close_refused(inf)

    def hold_refused(self, refused: socket.socket) -> None:
        """Keep a socket open for a tick after its refusal was sent.

        Closing it at once, with unread bytes of a request in the kernel, would reset the connection and could take
        the refusal with it.
        """
        if len(self._refused) >= _MAX_REFUSED:
            refused.close()
        else:
            self._refused.append((self.now, refused))

    def cut(self, watched: Watched, reason: CloseReason) -> None:
        """End a connection, and count why."""
        self._stats.closed_by_reason[reason] += 1
        watched.deadline = watched.raw.write_deadline = inf
        watched.cut()

    def _close_overdue(self) -> None:
        now = self.now
        # Closing wakes tasks but runs none of them, so the set does not change under the loop.
        for watched in self.watched:
            if watched.deadline <= now:
                self._stats.closed_by_reason[watched.phase.value] += 1
                watched.deadline = inf
                watched.expire()
            elif watched.raw.write_deadline <= now:
                self.cut(watched, CloseReason.WRITE_TIMEOUT)

    def _close_refused(self, older_than: float) -> None:
        while self._refused and self._refused[0][0] <= older_than:
            _, refused = self._refused.popleft()
            with suppress(OSError):
                refused.recv(64 * 1024)
            refused.close()
