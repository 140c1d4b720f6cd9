"""What is sent to a channel: one alert, or many as a digest; and the request that carries it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.alerts.content import Content

JSON: Final = "application/json"


@attrs.frozen(kw_only=True)
class Digest:
    """Many alerts in one message."""

    counts: Mapping[str, int]
    """How many alerts there are of each rule, by its name."""
    sentences: tuple[str, ...]
    """What the first of them say."""

    @property
    def size(self) -> int:
        """How many alerts it stands for."""
        return sum(self.counts.values())


@attrs.frozen(kw_only=True)
class Message:
    """What a channel is to say. Texts are as they came from clients: each channel escapes and cuts them."""

    title: str
    """The name of the rule."""
    text: str
    fired_secs: int
    """When it happened; the same for each attempt."""
    sent_secs: int
    """When this attempt is made."""
    link: str | None
    """Where the dashboard shows it."""
    content: Content | None
    """What the alert is about; None for a digest."""
    digest: Digest | None = None
    key: str
    """The same for messages about the same thing."""
    delivery_id: int | None = None
    """The same for each attempt, so that a receiver can tell what it has already got; None for a test."""


@attrs.frozen(kw_only=True)
class OutgoingRequest:
    """A POST that carries a message."""

    url: str
    body: bytes
    headers: Mapping[str, str] = attrs.field(factory=lambda: {"content-type": JSON})


class HttpChannel(Protocol):
    """A channel that is reached by HTTP."""

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message."""
