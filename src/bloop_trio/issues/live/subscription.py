"""One listener of the live feed: where it is in its project's messages, and when it has to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import RequestError
from bloop_trio.issues.live.messages import HEARTBEAT, Reset, ResetReason, frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bloop_trio.issues.live.feed import Feed

RETRY_MS: Final = 2000
"""How long a client is asked to wait before it connects again."""
HEARTBEAT_SECS: Final = 15.0
"""Silence after which something is sent, so that neither side takes the other for gone."""
CHECK_SECS: Final = 5.0
"""How often the credential is looked at by itself: it may expire. One that is revoked is looked at right away."""
CHUNK_BYTES: Final = 64 * 1024
"""What is handed over at a time; a single message may be longer."""


class Subscription:
    """A position in the messages of a project, and no copy of any of them.

    It ends by `close`, and when `readmit` raises what refuses a request. One task at a time may call `receive`.

    Resource handling: it counts as open from its making until `close`, which whoever makes it has to see to.
    """

    def __init__(
        self, feed: Feed, project_no: int, last_id: str | None, readmit: Callable[[], Awaitable[object]]
    ) -> None:
        """Listen to a project from now on, or from after the message `last_id` on.

        Raises:
            UnavailableError: too many are listening.
        """
        self._feed = feed
        self._project_no = project_no
        self._channel = feed.join(project_no)
        self._readmit = readmit
        self._ended = False
        self._turn: trio.CancelScope | None = None
        now = trio.current_time()
        self._check_at = now + CHECK_SECS
        self._heartbeat_at = now + HEARTBEAT_SECS
        ring = self._channel.ring
        following = ring.after(last_id) if last_id else None
        self._next_no = ring.next_no if following is None else following
        opening = b"retry: %d\n\n" % RETRY_MS
        if following is None:
            opening += self._reset(ResetReason.UNKNOWN_ID) if last_id else self._introduce()
        self._opening: bytes | None = opening
        self._channel.open.add(self)

    async def receive(self) -> bytes | None:
        """Return what is to be sent next, having waited for it; None at the end of the stream."""
        await trio.lowlevel.checkpoint()
        if self._opening is not None:
            opening, self._opening = self._opening, None
            return opening
        while not self._ended:
            now = trio.current_time()
            if now >= self._check_at:
                await self._check()
                continue
            data = self._take()
            if not data and now >= self._heartbeat_at:
                data = HEARTBEAT
            if data:
                self._heartbeat_at = now + HEARTBEAT_SECS
                return data
            with trio.move_on_at(min(self._check_at, self._heartbeat_at)) as self._turn:
                await self._channel.ring.waiting.park()
        return None

    def close(self) -> None:
        """End the stream, from any task; nothing if that was done before."""
        self._ended = True
        self._channel.open.discard(self)
        if self._turn is not None:
            self._turn.cancel()

    def look_again(self) -> None:
        """Have the credential looked at before anything else is sent, from any task."""
        self._check_at = trio.current_time()
        if self._turn is not None:
            self._turn.cancel()

    async def _check(self) -> None:
        """End the stream if its credential has become invalid, or can not be looked at: the client may come again."""
        # Before the look: one that is overtaken by `look_again` is not the last.
        self._check_at = trio.current_time() + CHECK_SECS
        with trio.CancelScope() as self._turn:
            try:
                await self._readmit()
            except (RequestError, StoreError):
                self._ended = True

    def _take(self) -> bytes:
        ring = self._channel.ring
        if self._next_no < ring.first_no:
            self._next_no = ring.next_no
            return self._reset(ResetReason.TOO_SLOW)
        data, count = ring.read(self._next_no, CHUNK_BYTES)
        self._next_no += count
        self._feed.sent_total += count
        return data

    def _introduce(self) -> bytes:
        """Return the counters as they are, under an id after which everything is still to come."""
        self._feed.sent_total += 1
        return frame(self._channel.ring.last_id, self._feed.counters(self._project_no))

    def _reset(self, reason: ResetReason) -> bytes:
        self._feed.resets_total += 1
        self._feed.sent_total += 1
        return frame(self._channel.ring.last_id, Reset(reason=reason)) + self._introduce()
