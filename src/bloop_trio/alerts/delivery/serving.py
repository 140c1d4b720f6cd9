"""Serving one channel for a while: what is due for it is sent, and what became of that is written down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio

from bloop_trio.alerts.channels import load_channel
from bloop_trio.alerts.content import decode
from bloop_trio.alerts.delivery.attempt import host_of, judge
from bloop_trio.alerts.delivery.digest import MAX_SENTENCES, digest_of, message_about
from bloop_trio.alerts.delivery.metrics import DeliveryStatistics
from bloop_trio.alerts.delivery.outbox_store import Settled, read_channel, read_contents, read_due

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bloop_trio.alerts.channels import ChannelConfig
    from bloop_trio.alerts.channels.message import Message
    from bloop_trio.alerts.channels.outcome import Outcome
    from bloop_trio.alerts.content import Content
    from bloop_trio.alerts.delivery.attempt import Sender, State
    from bloop_trio.alerts.delivery.budget import Budget
    from bloop_trio.alerts.delivery.outbox_store import ChannelKey, Due
    from bloop_trio.alerts.delivery.settling import Settling
    from bloop_trio.db.readers import Readers

_log = structlog.get_logger("bloop.alerts")

TURN_MESSAGES: Final = 10
"""After which other channels go first, if there are more than can be served at the same time."""
TURN_SECS: Final = 10.0
REST_SECS: Final = 5.0
"""That a channel is left alone after a failure which may pass."""
MAX_DIGEST: Final = 10_000
"""Alerts that one message can stand for."""


class _GoneError(Exception):
    """There is no channel any more, or none that can be read; the message says which."""


@attrs.define(eq=False)
class Line:
    """What is remembered of a channel between two turns."""

    budget: Budget
    is_served: bool = False
    is_overflowing: bool = False
    """More was due than its budget had room for: what waits goes out as a digest."""
    is_failing: bool = False
    """Its receiver has failed to take the last message: only then is what has waited for long given up."""
    rests_until: float = 0.0
    served_at: float = 0.0


@attrs.define(eq=False, kw_only=True)
class Serving:
    """Knows how to serve a channel."""

    readers: Readers
    sender: Sender
    settling: Settling
    fallbacks: Mapping[str, ChannelConfig]
    """By type: where alerts of rules go that have no channel."""
    public_url: str | None
    clock: Callable[[], int]
    statistics: DeliveryStatistics = attrs.field(init=False, factory=DeliveryStatistics)

    async def serve(self, key: ChannelKey, line: Line) -> None:
        """Send some of what is due for a channel, one after the other, until its budget or its turn is over.

        Raises:
            StoreError, QueryTimeoutError: the store cannot be read.
        """
        now_ms = self.clock()
        limit = MAX_DIGEST if line.is_overflowing else TURN_MESSAGES
        due = await self.readers.run(partial(read_due, key=key, now_ms=now_ms, limit=limit))
        if unwanted := [one for one in due if not one.is_wanted]:
            await self._settle_all(key, unwanted, "cancelled", "the project was deleted")
            due = [one for one in due if one.is_wanted]
        if not due:
            line.is_overflowing = False
            return
        try:
            channel = await self._find(key)
        except _GoneError as error:
            await self._settle_all(key, due, "cancelled", str(error))
            return
        if line.is_overflowing and len(due) > 1:
            await self._send_digest(key, channel, due, line)
        else:
            await self._send_each(key, channel, due[:TURN_MESSAGES], line)

    async def _find(self, key: ChannelKey) -> ChannelConfig:
        if key.channel_id is None:
            fallback = self.fallbacks.get(key.channel_type)
            if fallback is None:
                raise _GoneError("the environment names no such receiver any more")
            return fallback
        text = await self.readers.run(partial(read_channel, channel_id=key.channel_id))
        if text is None:
            raise _GoneError("the channel was removed")
        try:
            return load_channel(text)
        except ValueError as error:
            raise _GoneError(f"the channel cannot be used: {error}") from None

    async def _send_each(self, key: ChannelKey, channel: ChannelConfig, due: Sequence[Due], line: Line) -> None:
        contents = await self.readers.run(partial(read_contents, alert_ids=[one.alert_id for one in due]))
        began = trio.current_time()
        for one in due:
            now = trio.current_time()
            if not line.budget.room(now) or now - began > TURN_SECS:
                return
            try:
                content = decode(contents[one.alert_id])
            except (KeyError, ValueError):
                await self._settle_all(key, [one], "failed", "what the alert says cannot be read")
                continue
            message = message_about(content, public_url=self.public_url, delivery_id=one.id, now_ms=self.clock())
            if not await self._send(key, channel, message, [one], line):
                return
        line.is_overflowing = False

    async def _send_digest(self, key: ChannelKey, channel: ChannelConfig, due: Sequence[Due], line: Line) -> None:
        ids = [one.alert_id for one in due[:MAX_SENTENCES]]
        contents = await self.readers.run(partial(read_contents, alert_ids=ids))
        message = digest_of(
            [one.rule_name for one in due],
            [content for id_ in ids if (content := _readable(contents.get(id_))) is not None],
            public_url=self.public_url,
            delivery_id=due[0].id,
            now_ms=self.clock(),
        )
        if await self._send(key, channel, message, due, line):
            line.is_overflowing = len(due) == MAX_DIGEST

    async def _send(
        self, key: ChannelKey, channel: ChannelConfig, message: Message, due: Sequence[Due], line: Line
    ) -> bool:
        """Send one message for these deliveries and settle them; returns whether the next one may follow."""
        line.budget.take(trio.current_time())
        outcome = await self.sender.send(channel, message)
        now_ms = self.clock()
        settled = [_settled(one, outcome, now_ms, len(due)) for one in due]
        self._note(key, channel, settled, outcome)
        await self.settling.settle(settled)
        line.is_failing = not (outcome.ok or outcome.is_final)
        if not line.is_failing:
            return True
        line.rests_until = trio.current_time() + max(REST_SECS, outcome.retry_after_secs or 0)
        return False

    async def _settle_all(self, key: ChannelKey, due: Sequence[Due], state: State, error: str) -> None:
        """Settle deliveries that nobody can send."""
        now_ms = self.clock()
        settled = [
            Settled(id=one.id, alert_id=one.alert_id, state=state, attempts=one.attempts, next_ms=now_ms, error=error)
            for one in due
        ]
        self.statistics.note(key.channel_type, state, len(settled))
        _log.warning("alert not delivered", channel_type=key.channel_type, channel=key.channel_id, error=error)
        await self.settling.settle(settled)

    def _note(self, key: ChannelKey, channel: ChannelConfig, settled: Sequence[Settled], outcome: Outcome) -> None:
        for one in settled:
            self.statistics.note(key.channel_type, "retried" if one.state == "pending" else one.state)
        fields = {
            "channel_type": key.channel_type,
            "channel": key.channel_id,
            "host": host_of(channel),
            "alert": settled[0].alert_id,
            "alerts": len(settled),
            "attempts": settled[0].attempts,
        }
        if outcome.ok:
            _log.info("alert delivered", **fields)
        else:
            _log.warning("alert not delivered", **fields, final=settled[0].state != "pending", error=outcome.error)


def _readable(text: str | None) -> Content | None:
    try:
        return None if text is None else decode(text)
    except ValueError:
        return None


def _settled(one: Due, outcome: Outcome, now_ms: int, size: int) -> Settled:
    verdict = judge(outcome, one.attempts, now_ms)
    return Settled(
        id=one.id,
        alert_id=one.alert_id,
        state=verdict.state,
        attempts=verdict.attempts,
        next_ms=verdict.next_ms,
        http_status=outcome.status,
        error=outcome.error,
        digest_size=size if size > 1 else None,
    )
