"""One attempt to send a message to a channel, and what follows from how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import attrs
import structlog
import trio

from bloop_trio.alerts.channels.discord import DiscordChannel
from bloop_trio.alerts.channels.email import EmailChannel, Mailer
from bloop_trio.alerts.channels.outcome import failed
from bloop_trio.alerts.channels.slack import SlackChannel
from bloop_trio.alerts.channels.teams import TeamsChannel
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC

if TYPE_CHECKING:
    from bloop_trio.alerts.channels import ChannelConfig
    from bloop_trio.alerts.channels.client import Client
    from bloop_trio.alerts.channels.message import Message
    from bloop_trio.alerts.channels.outcome import Outcome
    from bloop_trio.config.sections import SmtpConfig

_log = structlog.get_logger("bloop.alerts")

State: TypeAlias = Literal["pending", "sent", "failed", "cancelled"]

BACK_OFF_SECS: Final = (5, 60, 300)
"""Before each new attempt; after the last one a delivery has failed."""
MAX_AGE_MS: Final = 24 * MS_PER_HOUR
"""An alert that could not be sent for so long is none any more."""


@attrs.frozen(kw_only=True)
class Verdict:
    """What an outcome makes of a delivery."""

    state: State
    attempts: int
    next_ms: int
    """When it is tried again, if it is pending; else when it was settled."""


def judge(outcome: Outcome, attempts_before: int, now_ms: int) -> Verdict:
    """Return what becomes of a delivery after this attempt."""
    attempts = attempts_before + 1
    if outcome.ok:
        return Verdict(state="sent", attempts=attempts, next_ms=now_ms)
    if outcome.is_final or attempts > len(BACK_OFF_SECS):
        return Verdict(state="failed", attempts=attempts, next_ms=now_ms)
    wait_secs = max(BACK_OFF_SECS[attempts - 1], outcome.retry_after_secs or 0)
    return Verdict(state="pending", attempts=attempts, next_ms=now_ms + wait_secs * MS_PER_SEC)


def host_of(channel: ChannelConfig) -> str:
    """Return what a log may say of where a channel leads: the host of its URL, or of its mail address."""
    match channel:
        case EmailChannel():
            return channel.to.rpartition("@")[2]
        case SlackChannel() | DiscordChannel() | TeamsChannel():
            url = channel.webhook_url
        case _:
            url = channel.url
    return urlsplit(url).hostname or ""


class Sender:
    """Sends messages, by HTTP or mail. What that takes is loaded when the first one is sent."""

    def __init__(self, *, smtp: SmtpConfig, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._mailer = Mailer(smtp)
        self._client: Client | None = None
        self._loading = trio.Lock()

    async def send(self, channel: ChannelConfig, message: Message) -> Outcome:
        """Send a message once and return what became of it; raises nothing."""
        try:
            if isinstance(channel, EmailChannel):
                return await self._mailer.send(channel, message)
            client = await self._open_client()
            return await client.post(channel.request(message))
        except Exception as error:  # noqa: BLE001 - what nobody has thought of must not end the server
            _log.exception("an alert could not be sent", host=host_of(channel))
            return failed(f"the server cannot send it: {type(error).__name__}")

    async def _open_client(self) -> Client:
        async with self._loading:
            if self._client is None:
                self._client = await trio.to_thread.run_sync(self._load_client)
            return self._client

    def _load_client(self) -> Client:
        # Takes a fifth of a second and some memory: in a thread, and only where alerts are sent by HTTP.
        from bloop_trio.alerts.channels.client import Client  # noqa: PLC0415 - see above

        return Client(allow_private=self._allow_private)
