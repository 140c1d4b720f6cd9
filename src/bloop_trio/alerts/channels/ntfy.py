"""ntfy: push messages to phones and desktops, by its public server or one's own. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels.fields import MASK, Fields, masked_url
from bloop_trio.alerts.channels.message import JSON, OutgoingRequest
from bloop_trio.alerts.channels.texts import cut_bytes, one_line
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message

_MAX_TITLE_BYTES: Final = 250
_MAX_TEXT_BYTES: Final = 4_000
"""ntfy makes a longer text a file to be downloaded."""
_TOPIC_URL: Final = re.compile(r"(https?://[^/?#]+(?:/[^?#]*)?)/([A-Za-z0-9_-]{1,64})/?")


@attrs.frozen(kw_only=True)
class NtfyChannel:
    """A topic of ntfy."""

    url: str = attrs.field(repr=False)
    """Of the topic; who knows its name can read along, so it counts as a secret."""
    token: str | None = attrs.field(default=None, repr=False)

    @classmethod
    def read(cls, fields: Fields) -> NtfyChannel:
        """Return the channel of these fields; raises BadRequestError."""
        url = fields.url("url")
        if _TOPIC_URL.fullmatch(url) is None:
            raise BadRequestError("invalid channel URL: it must end in the name of a topic")
        token = fields.optional_text("token", 200)
        if token is not None and not token.isascii():
            raise BadRequestError("token must be ASCII")
        return cls(url=url, token=token)

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        return {"url": masked_url(self.url)} | ({} if self.token is None else {"token": MASK})

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message."""
        server, _, topic = self.url.rstrip("/").rpartition("/")
        body = {
            "topic": topic,
            "title": cut_bytes(one_line(f"bloop alert: {message.title}"), _MAX_TITLE_BYTES),
            "message": cut_bytes(message.text, _MAX_TEXT_BYTES),
            "tags": ["warning"],
        }
        if message.link is not None:
            body["click"] = message.link
        headers = {"content-type": JSON}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        return OutgoingRequest(url=server, body=msgspec.json.encode(body), headers=headers)
