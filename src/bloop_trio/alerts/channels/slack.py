"""Slack, by an incoming webhook. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels.fields import Fields, masked_url
from bloop_trio.alerts.channels.message import OutgoingRequest
from bloop_trio.alerts.channels.texts import cut, escape_slack, one_line

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message

_MAX_TITLE_CHARS: Final = 300
_MAX_TEXT_CHARS: Final = 20_000
"""Slack cuts a text at 40,000 characters; escaping makes it longer."""


@attrs.frozen(kw_only=True)
class SlackChannel:
    """A channel of Slack."""

    webhook_url: str = attrs.field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> SlackChannel:
        """Return the channel of these fields; raises BadRequestError."""
        return cls(webhook_url=fields.url("webhook_url"))

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        return {"webhook_url": masked_url(self.webhook_url)}

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message."""
        title = escape_slack(cut(one_line(message.title), _MAX_TITLE_CHARS))
        text = f"*[bloop alert: {title}]*\n{escape_slack(cut(message.text, _MAX_TEXT_CHARS))}"
        if message.link is not None:
            text += f"\n<{message.link}|Open in bloop>"
        return OutgoingRequest(url=self.webhook_url, body=msgspec.json.encode({"text": text}))
