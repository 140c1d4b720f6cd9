"""Microsoft Teams, by the webhook of a workflow that posts Adaptive Cards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels.fields import Fields, masked_url
from bloop_trio.alerts.channels.message import OutgoingRequest
from bloop_trio.alerts.channels.texts import cut_bytes, one_line

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message

_MAX_TEXT_BYTES: Final = 8_000
"""A card may have 28 KB, and the escapes of JSON can double a text."""
_MAX_LINES: Final = 50
_MAX_TITLE_BYTES: Final = 300
_CARD: Final = "application/vnd.microsoft.card.adaptive"
_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"


@attrs.frozen(kw_only=True)
class TeamsChannel:
    """A channel or chat of Microsoft Teams."""

    webhook_url: str = attrs.field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> TeamsChannel:
        """Return the channel of these fields; raises BadRequestError."""
        return cls(webhook_url=fields.url("webhook_url"))

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        return {"webhook_url": masked_url(self.webhook_url)}

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message."""
        lines = [line for line in map(one_line, cut_bytes(message.text, _MAX_TEXT_BYTES).splitlines()) if line]
        title = cut_bytes(one_line(f"bloop alert: {message.title}"), _MAX_TITLE_BYTES)
        card: dict[str, Any] = {
            "$schema": _SCHEMA,
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [
                _plain(title, weight="Bolder", size="Medium"),
                *map(_plain, lines[:_MAX_LINES]),
            ],
        }
        if message.link is not None:
            card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in bloop", "url": message.link}]
        body = {"type": "message", "attachments": [{"contentType": _CARD, "contentUrl": None, "content": card}]}
        return OutgoingRequest(url=self.webhook_url, body=msgspec.json.encode(body))


def _plain(text: str, **looks: str) -> dict[str, Any]:
    """A line that is shown as it is: a TextBlock would take it for Markdown, links included."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **looks}]}
