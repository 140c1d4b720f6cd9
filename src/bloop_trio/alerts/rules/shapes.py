"""The JSON of the routes of alert rules and their channels. Times are epoch seconds."""

from __future__ import annotations

from typing import Annotated, Any

import attrs
from msgspec import UNSET, Meta, UnsetType

from bloop_trio.alerts.channels import masked
from bloop_trio.alerts.rules.channel_store import StoredChannel  # noqa: TC001 - attrs reads the types of this module
from bloop_trio.alerts.rules.config_schema import CONFIG_SCHEMA
from bloop_trio.alerts.rules.rule import Unreadable, config_fields
from bloop_trio.alerts.rules.store import OwnedRule  # noqa: TC001 - as above

Config = Annotated[dict[str, Any], Meta(extra_json_schema=CONFIG_SCHEMA)]


@attrs.frozen(kw_only=True, slots=False)
class AlertRule:
    """A rule that watches errors."""

    id: int
    """By which it is changed; never given to another rule."""
    name: str
    """What people call it; alerts begin with it."""
    rule_type: str
    """What it watches for, as in `config`."""
    config: Config
    """What it watches for, with the figures that this kind of rule needs."""
    enabled: bool
    """Whether it is judged at all."""
    project_id: str | None
    """Id of the project whose errors it watches; null for all projects."""
    description: str | None
    """Whatever people want to say about it."""
    environment_filter: str | None
    """Only events of this environment count; null for any."""
    source_filter: str | None
    """Only events of this source count; null for any."""
    release_filter: str | None
    """Only events of this release count; null for any."""
    route_filter: str | None
    """Only events of this route or procedure count; null for any."""
    http_status_filter: str | None
    """Only events with this HTTP status count, or with one of this class; null for all."""
    created_at: int
    """When it was created, in epoch seconds."""
    updated_at: int
    """When it was last changed, in epoch seconds."""
    problem: str | None
    """Why its config cannot be read, so that it is not judged; null if nothing is wrong."""


@attrs.frozen(kw_only=True, slots=False)
class FlatConfig:
    """A config whose fields stand beside those of the rule."""

    rule_type: str | UnsetType = UNSET
    """What the rule watches for, where there is no `config`, whose fields then stand beside it."""
    environment: str | UnsetType | None = UNSET
    """Of a `config` that is not nested."""
    regressions: bool | UnsetType = UNSET
    """Of a `config` that is not nested."""
    fingerprint: str | UnsetType | None = UNSET
    """Of a `config` that is not nested."""
    route: str | UnsetType | None = UNSET
    """Of a `config` that is not nested."""
    threshold: int | UnsetType = UNSET
    """Of a `config` that is not nested."""
    window_secs: int | UnsetType = UNSET
    """Of a `config` that is not nested."""
    multiplier: float | UnsetType = UNSET
    """Of a `config` that is not nested."""
    baseline_window_secs: int | UnsetType = UNSET
    """Of a `config` that is not nested."""
    compare_window_secs: int | UnsetType = UNSET
    """Of a `config` that is not nested."""
    min_count: int | UnsetType = UNSET
    """Of a `config` that is not nested."""
    direction: str | UnsetType = UNSET
    """Of a `config` that is not nested."""
    percent: float | UnsetType = UNSET
    """Of a `config` that is not nested."""
    min_change: int | UnsetType = UNSET
    """Of a `config` that is not nested."""


@attrs.frozen(kw_only=True, slots=False)
class AlertRuleInput(FlatConfig):
    """A rule that shall be."""

    name: str
    """What people call it, in 1 to 200 characters; white space around them is cut off."""
    config: Config | UnsetType = UNSET
    """What it watches for; or its fields stand beside `rule_type`."""
    project_id: str | None = None
    """Id or slug of the project whose errors it watches. Null means all projects, or the one of the token."""
    enabled: bool = True
    """Whether it is judged."""
    description: str | None = None
    """Whatever is to be said about it, in up to 2000 characters."""
    environment_filter: str | None = None
    """Only events of this environment count."""
    source_filter: str | None = None
    """Only events of this source count."""
    release_filter: str | None = None
    """Only events of this release count."""
    route_filter: str | None = None
    """Only events of this route or procedure count."""
    http_status_filter: str | None = None
    """Only events with this HTTP status count, such as `503`, or `5xx` for all of a class; of the types `new_issue` and
    `regression` alone."""


@attrs.frozen(kw_only=True, slots=False)
class AlertRuleChange(FlatConfig):
    """What shall be different about a rule: what is left out stays, and null takes away what was there."""

    name: str | UnsetType = UNSET
    """What people shall call it, in 1 to 200 characters."""
    config: Config | UnsetType = UNSET
    """What it shall watch for; takes the place of the whole config that was there."""
    enabled: bool | UnsetType = UNSET
    """Whether it shall be judged. One that is turned off also sends nothing of what it had still to send."""
    description: str | UnsetType | None = UNSET
    """Whatever is to be said about it, in up to 2000 characters."""
    environment_filter: str | UnsetType | None = UNSET
    """Only events of this environment shall count."""
    source_filter: str | UnsetType | None = UNSET
    """Only events of this source shall count."""
    release_filter: str | UnsetType | None = UNSET
    """Only events of this release shall count."""
    route_filter: str | UnsetType | None = UNSET
    """Only events of this route or procedure shall count."""
    http_status_filter: str | UnsetType | None = UNSET
    """Only events with this HTTP status, or of this class of them, shall count."""


@attrs.frozen(kw_only=True, slots=False)
class AlertChannel:
    """A place that alerts of a rule go to."""

    id: int
    """By which it is changed; never given to another channel."""
    rule_id: int
    """The rule that it belongs to."""
    channel_type: str
    """What kind of place it is, as in `config`."""
    config: dict[str, Any]
    """Where it is. What may be a secret is replaced by asterisks."""
    created_at: int
    """When it was added, in epoch seconds."""
    problem: str | None
    """Why its config cannot be read, so that nothing is sent there; null if nothing is wrong."""


@attrs.frozen(kw_only=True, slots=False)
class AlertChannelInput:
    """A channel as it shall be."""

    config: dict[str, Any]
    """Its `type`, and the fields that such a channel has. A value that is masked as in an answer leaves what is stored."""


@attrs.frozen(kw_only=True, slots=False)
class AlertDeleted:
    """A rule or a channel is gone."""

    deleted: int
    """Its id."""


def rule_info(owned: OwnedRule) -> AlertRule:
    """Return a rule as the API shows it."""
    rule = owned.rule
    return AlertRule(
        id=rule.id,
        name=rule.name,
        rule_type=rule.type,
        config=config_fields(rule.config),
        enabled=rule.is_enabled,
        project_id=owned.project_id,
        description=rule.description,
        environment_filter=rule.environment_filter,
        source_filter=rule.source_filter,
        release_filter=rule.release_filter,
        route_filter=rule.route_filter,
        http_status_filter=rule.http_status_filter,
        created_at=rule.created_secs,
        updated_at=rule.updated_secs,
        problem=rule.config.problem if isinstance(rule.config, Unreadable) else None,
    )


def channel_info(channel: StoredChannel) -> AlertChannel:
    """Return a channel as the API shows it, without its secrets."""
    return AlertChannel(
        id=channel.id,
        rule_id=channel.rule_id,
        channel_type=channel.type,
        config={"type": channel.type} if channel.config is None else masked(channel.config),
        created_at=channel.created_secs,
        problem=channel.problem,
    )
