"""How many messages a channel may get in a minute. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_SECS: Final = 60.0


class Budget:
    """The messages to one channel within the last minute. Times come from a clock that never goes back."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._taken: deque[float] = deque()

    def take(self, now: float) -> None:
        """Note a message."""
        self._taken.append(now)

    def room(self, now: float) -> int:
        """Return how many messages may follow at once."""
        while self._taken and self._taken[0] + WINDOW_SECS - now <= 0:
            self._taken.popleft()
        return max(0, self._per_minute - len(self._taken))

    def is_unused(self, now: float) -> bool:
        """Say whether there was no message within the last minute."""
        return self.room(now) == self._per_minute

    def next_room(self, now: float) -> float:
        """Return in how many seconds there is room for a message."""
        if self.room(now):
            return 0.0
        return self._taken[len(self._taken) - self._per_minute] + WINDOW_SECS - now
