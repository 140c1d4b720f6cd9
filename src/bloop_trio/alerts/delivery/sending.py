"""All that sends alerts, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bloop_trio.alerts.channels import parse_channel
from bloop_trio.alerts.delivery.attempt import Sender
from bloop_trio.alerts.delivery.metrics import delivery_families
from bloop_trio.alerts.delivery.outbox import Outbox
from bloop_trio.alerts.delivery.serving import Serving
from bloop_trio.alerts.delivery.settling import Settling
from bloop_trio.alerts.delivery.trying import Trials
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.exceptions import BadRequestError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.alerts.channels import ChannelConfig
    from bloop_trio.config import Config, DirectSettings
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.metrics import Family


@attrs.frozen(eq=False, kw_only=True)
class Sending:
    """What sends alerts, and what tries channels out."""

    outbox: Outbox
    trials: Trials
    fallbacks: Mapping[str, ChannelConfig]
    """By type: where alerts of rules go that have no channel."""

    def families(self, now_ms: int) -> list[Family]:
        """Return what `/metrics` shows of it."""
        return delivery_families(self.outbox.serving.statistics, now_ms)


def build_sending(
    config: Config, direct: DirectSettings, *, readers: Readers, writer: Writer, clock: Callable[[], int]
) -> Sending:
    """Put together what sends alerts; starts nothing.

    Raises:
        ConfigError: a URL of the environment cannot be used.
    """
    alerting, public_url = config.alerting, config.server.public_url
    fallbacks = _read_fallbacks(direct)
    sender = Sender(smtp=config.smtp, allow_private=alerting.allow_private_webhooks)
    settling = Settling(writer, cooldown_ms=alerting.cooldown_secs * MS_PER_SEC, clock=clock)
    serving = Serving(
        readers=readers, sender=sender, settling=settling, fallbacks=fallbacks, public_url=public_url, clock=clock
    )
    return Sending(
        outbox=Outbox(
            readers=readers,
            writer=writer,
            settling=settling,
            serving=serving,
            max_per_minute=alerting.max_per_minute,
            clock=clock,
        ),
        trials=Trials(readers=readers, sender=sender, fallbacks=fallbacks, public_url=public_url, clock=clock),
        fallbacks=fallbacks,
    )


def _read_fallbacks(direct: DirectSettings) -> dict[str, ChannelConfig]:
    """Whether an address is private is judged when something is sent, as everywhere."""
    given = (
        ("slack", "BLOOP_SLACK_WEBHOOK_URL", "webhook_url", direct.slack_webhook_url),
        ("webhook", "BLOOP_WEBHOOK_URL", "url", direct.webhook_url),
    )
    fallbacks = {}
    for channel_type, variable, field, url in given:
        if url is not None:
            try:
                fallbacks[channel_type] = parse_channel({"type": channel_type, field: url}, allow_private=True)
            except BadRequestError as error:
                raise ConfigError(f"{variable}: {error.message}") from None
    return fallbacks
