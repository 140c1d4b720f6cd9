"""The newest messages of a project, kept for all who follow it."""

from __future__ import annotations

import secrets
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

import trio

from bloop_trio.issues.live.messages import frame

if TYPE_CHECKING:
    from bloop_trio.issues.live.messages import Message

RING_MESSAGES: Final = 1000
RING_BYTES: Final = 512 * 1024
"""What a project keeps for clients that come back, whichever bound is met first."""


class Ring:
    """The newest messages of a project, as they go over the wire, and whoever waits for more.

    A message is named by the ring and its number, so that an id tells whether it can be continued after. The name is a
    random one: a ring that was forgotten and made again, or made by another process, has other ids.
    """

    __slots__ = ("_bytes", "_frames", "_name", "next_no", "waiting")

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self.next_no = 1
        """The number of the message that will be published next."""
        self.waiting = trio.lowlevel.ParkingLot()

    @property
    def first_no(self) -> int:
        """The number of the oldest message that is still there; `next_no` when there is none."""
        return self.next_no - len(self._frames)

    @property
    def last_id(self) -> str:
        """The id of the newest message, or of the place before the first."""
        return f"{self._name}-{self.next_no - 1}"

    def append(self, message: Message) -> None:
        """Publish a message, and let go of the oldest ones beyond the bounds."""
        self.next_no += 1
        framed = frame(self.last_id, message)
        frames = self._frames
        frames.append(framed)
        self._bytes += len(framed)
        while len(frames) > RING_MESSAGES or (self._bytes > RING_BYTES and len(frames) > 1):
            self._bytes -= len(frames.popleft())
        self.waiting.unpark_all()

    def after(self, message_id: str) -> int | None:
        """Return the number of the message that follows `message_id`; None if that is not known any more."""
        name, _, number = message_id.partition("-")
        if name != self._name or not (number.isascii() and number.isdigit() and len(number) < 20):
            return None
        following = int(number) + 1
        return following if self.first_no <= following <= self.next_no else None

    def read(self, number: int, max_bytes: int) -> tuple[bytes, int]:
        """Return the messages from `number` on, at least one and then up to `max_bytes`, and how many they are."""
        taken: list[bytes] = []
        size = 0
        for framed in islice(self._frames, number - self.first_no, None):
            size += len(framed)
            if taken and size > max_bytes:
                break
            taken.append(framed)
        return b"".join(taken), len(taken)
