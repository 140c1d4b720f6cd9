"""The types of channels, and how one of any type is read, stored and shown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
import msgspec

from bloop_trio.alerts.channels.discord import DiscordChannel
from bloop_trio.alerts.channels.email import EmailChannel
from bloop_trio.alerts.channels.fields import Fields
from bloop_trio.alerts.channels.ntfy import NtfyChannel
from bloop_trio.alerts.channels.pagerduty import PagerDutyChannel
from bloop_trio.alerts.channels.slack import SlackChannel
from bloop_trio.alerts.channels.teams import TeamsChannel
from bloop_trio.alerts.channels.webhook import WebhookChannel
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

ChannelConfig: TypeAlias = (
    SlackChannel | DiscordChannel | TeamsChannel | WebhookChannel | EmailChannel | NtfyChannel | PagerDutyChannel
)

TYPES: Final[Mapping[str, type[ChannelConfig]]] = {
    "slack": SlackChannel,
    "discord": DiscordChannel,
    "teams": TeamsChannel,
    "webhook": WebhookChannel,
    "email": EmailChannel,
    "ntfy": NtfyChannel,
    "pagerduty": PagerDutyChannel,
}
_NAMES: Final = {kind: name for name, kind in TYPES.items()}


def parse_channel(raw: object, *, allow_private: bool = False) -> ChannelConfig:
    """Return the channel that somebody has described, with its `type`, as JSON that was decoded.

    `allow_private` is `alerting.allow_private_webhooks`.

    Raises:
        BadRequestError: there is no such channel, or it cannot be used.
    """
    if not isinstance(raw, dict):
        raise BadRequestError("config must be an object")
    left = dict(raw)
    kind = left.pop("type", None)
    if not isinstance(kind, str) or kind not in TYPES:
        raise BadRequestError(f"type must be one of {', '.join(TYPES)}")
    fields = Fields(left, allow_private=allow_private)
    channel = TYPES[kind].read(fields)
    fields.finish()
    return channel


def load_channel(text: str) -> ChannelConfig:
    """Return a channel as `stored` has written it; where it leads is judged when something is sent.

    Raises:
        ValueError: the text is no channel, or one of a later version.
    """
    try:
        return parse_channel(msgspec.json.decode(text), allow_private=True)
    except BadRequestError as error:
        raise ValueError(error.message) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def stored(channel: ChannelConfig) -> dict[str, Any]:
    """Return all there is to know of a channel, with its type and its secrets."""
    fields = {name: value for name, value in attrs.asdict(channel).items() if value is not None and value != {}}
    return {"type": type_of(channel), **fields}


def masked(channel: ChannelConfig) -> dict[str, Any]:
    """Return what may be shown of a channel: its type and its fields, secrets replaced."""
    return {"type": type_of(channel), **channel.masked()}


def type_of(channel: ChannelConfig) -> str:
    """Return the name of the channel's type."""
    return _NAMES[type(channel)]
