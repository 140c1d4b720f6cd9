"""Trying out the channels of a rule, and telling what really happened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import trio

from bloop_trio.alerts.channels import load_channel
from bloop_trio.alerts.channels.outcome import Outcome, failed
from bloop_trio.alerts.content import about_test
from bloop_trio.alerts.delivery.digest import message_about
from bloop_trio.alerts.delivery.outbox_store import read_channels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.alerts.channels import ChannelConfig
    from bloop_trio.alerts.channels.message import Message
    from bloop_trio.alerts.delivery.attempt import Sender
    from bloop_trio.db.readers import Readers


@attrs.frozen(kw_only=True)
class ChannelResult:
    """What happened when a test was sent to a channel."""

    channel_id: int | None
    """null for what the environment names for rules without channels."""
    channel_type: str
    ok: bool
    """Whether the receiver has confirmed it."""
    status: int | None
    """Of the receiver's HTTP answer; null if there was none."""
    error: str | None
    """Why it did not get there."""


@attrs.define(eq=False, kw_only=True)
class Trials:
    """Sends tests: at once, past the outbox, and once only."""

    readers: Readers
    sender: Sender
    fallbacks: Mapping[str, ChannelConfig]
    public_url: str | None
    clock: Callable[[], int]

    async def send_test(self, rule_id: int) -> list[ChannelResult]:
        """Send a test to all channels of a rule at the same time; returns what happened, in their order.

        A rule without channels tries what the environment names; with neither, the list is empty.
        """
        rows = await self.readers.run(partial(read_channels_of, rule_id=rule_id))
        channels: list[tuple[int | None, str, ChannelConfig | Outcome]]
        channels = [(id_, channel_type, _load(config)) for id_, channel_type, config in rows]
        if not channels:
            channels = [(None, channel_type, channel) for channel_type, channel in self.fallbacks.items()]
        now_ms = self.clock()
        message = message_about(
            about_test(rule_id, now_ms), public_url=self.public_url, delivery_id=None, now_ms=now_ms
        )
        outcomes: dict[int, Outcome] = {}
        async with trio.open_nursery() as nursery:
            for place, (_, _, channel) in enumerate(channels):
                nursery.start_soon(self._try, channel, message, outcomes, place)
        return [
            ChannelResult(
                channel_id=id_,
                channel_type=channel_type,
                ok=outcomes[place].ok,
                status=outcomes[place].status,
                error=outcomes[place].error,
            )
            for place, (id_, channel_type, _) in enumerate(channels)
        ]

    async def _try(
        self, channel: ChannelConfig | Outcome, message: Message, outcomes: dict[int, Outcome], place: int
    ) -> None:
        outcomes[place] = channel if isinstance(channel, Outcome) else await self.sender.send(channel, message)


def _load(config: str) -> ChannelConfig | Outcome:
    try:
        return load_channel(config)
    except ValueError as error:
        return failed(f"the channel cannot be used: {error}", is_final=True)
