"""All routes of alerts, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.alerts.delivery.log_routes import log_routes
from bloop_trio.alerts.rules.channel_routes import channel_routes
from bloop_trio.alerts.rules.rule_routes import rule_routes
from bloop_trio.alerts.trials.desk import TrialDesk
from bloop_trio.alerts.trials.routes import trial_routes

if TYPE_CHECKING:
    from quart import Blueprint

    from bloop_trio.alerts.rules.desk import AlertDesk
    from bloop_trio.config import Config


def alert_routes(desk: AlertDesk, config: Config) -> tuple[Blueprint, ...]:
    """Return the routes of rules, their channels, dry runs, and the log."""
    trials = TrialDesk(
        readers=desk.readers,
        clock=desk.clock,
        retention=config.retention,
        cooldown_secs=config.alerting.cooldown_secs,
    )
    return rule_routes(desk), channel_routes(desk), trial_routes(trials), log_routes(desk.readers)
