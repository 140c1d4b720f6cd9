"""One project in the live feed: who listens, what was told, and what is collected to be told at the next tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import trio

from bloop_trio.issues.live.messages import ChangedIssue, ChangedIssues
from bloop_trio.issues.live.ring import Ring

if TYPE_CHECKING:
    from bloop_trio.issues.live.messages import Counters, IssueActivity, NewIssue, RegressedIssue, StatusChanged

MAX_SINGLES_PER_TICK: Final = 200
"""Messages about one issue each, for each project; the issues of what would be more are counted with the changed ones."""
MAX_CHANGED: Final = 200
"""Issues in one message `changed`."""


class Listener(Protocol):
    """Whoever listens to a project."""

    def close(self) -> None:
        """End its stream."""

    def look_again(self) -> None:
        """Have its credential looked at before anything else is sent."""


class Channel:
    """What the feed knows of one project."""

    __slots__ = ("changed", "counters", "left_out", "listened_at", "open", "ring", "singles")

    def __init__(self, counters: Counters) -> None:
        self.ring = Ring()
        self.open: set[Listener] = set()
        self.listened_at = trio.current_time()
        self.counters = counters
        """As last told."""
        self.changed: dict[str, ChangedIssue] = {}
        self.left_out = 0
        self.singles = 0
        """Messages about single issues since the last tick."""

    def tell(self, message: NewIssue | RegressedIssue | StatusChanged | IssueActivity) -> None:
        """Publish what happened to one issue, or count the issue when there is too much of that."""
        if self.singles < MAX_SINGLES_PER_TICK:
            self.singles += 1
            self.ring.append(message)
        else:
            self.left_out += 1

    def add(self, fingerprint: str, events: int, last_ms: int) -> None:
        """Note that an issue has more events."""
        known = self.changed.get(fingerprint)
        if known is not None:
            known.events += events
            known.last_seen = max(known.last_seen, last_ms)
        elif len(self.changed) < MAX_CHANGED:
            self.changed[fingerprint] = ChangedIssue(fingerprint=fingerprint, events=events, last_seen=last_ms)
        else:
            self.left_out += 1

    def tick(self, counters: Counters) -> None:
        """Tell what has been collected."""
        self.singles = 0
        if self.changed or self.left_out:
            self.ring.append(ChangedIssues(issues=list(self.changed.values()), left_out=self.left_out))
            self.changed = {}
            self.left_out = 0
        if counters != self.counters:
            self.counters = counters
            self.ring.append(counters)
