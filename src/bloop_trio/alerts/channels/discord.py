"""Discord, by a webhook of a channel. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels.fields import Fields, masked_url
from bloop_trio.alerts.channels.message import OutgoingRequest
from bloop_trio.alerts.channels.texts import cut, escape_markdown, one_line

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message

_MAX_CHARS: Final = 2_000
"""Of the whole content: Discord refuses more."""
_MAX_TITLE_CHARS: Final = 200


@attrs.frozen(kw_only=True)
class DiscordChannel:
    """A channel of Discord."""

    webhook_url: str = attrs.field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> DiscordChannel:
        """Return the channel of these fields; raises BadRequestError."""
        return cls(webhook_url=fields.url("webhook_url"))

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        return {"webhook_url": masked_url(self.webhook_url)}

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message."""
        head = f"**[bloop alert: {escape_markdown(cut(one_line(message.title), _MAX_TITLE_CHARS))}]**\n"
        end = "" if message.link is None else f"\n<{message.link}>"
        text = escape_markdown(message.text)
        room = _MAX_CHARS - len(head) - len(end)
        body = {
            "content": head + _without_half_escape(text, room) + end,
            "allowed_mentions": {"parse": []},  # nobody is called by what an error says
        }
        return OutgoingRequest(url=self.webhook_url, body=msgspec.json.encode(body))


def _without_half_escape(text: str, room: int) -> str:
    """Cut the escaped text so that no backslash is left that would act upon what follows."""
    if len(text) <= room:
        return text
    kept = text[: room - 1]
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - backslashes % 2] + "…"
