"""Somebody who listens to the feed, and has read what was told so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio

from bloop_trio.issues.live.subscription import Subscription
from tests.server_sent import EventReader

if TYPE_CHECKING:
    from bloop_trio.issues.live.feed import Feed


async def still_welcome() -> None:
    """Look at a credential that holds for good."""


@attrs.define
class Listener:
    """A subscription with what was read from it."""

    subscription: Subscription
    reader: EventReader = attrs.field(factory=EventReader)

    async def read(self) -> list[str]:
        """Read what is there, and return the kinds of it."""
        before = len(self.reader.told)
        with trio.move_on_after(0.001):
            while data := await self.subscription.receive():
                self.reader.feed(data)
        return self.reader.kinds()[before:]


async def listen(feed: Feed, project_no: int = 1, last_id: str | None = None) -> Listener:
    """Subscribe to a project, and read what everybody is told first."""
    listener = Listener(Subscription(feed, project_no, last_id, still_welcome))
    await listener.read()
    return listener
