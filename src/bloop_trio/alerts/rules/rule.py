"""Alert rules: what each kind of them watches for, and which rules make sense. Pure."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from bloop_trio.alerts.rules.config_reading import MAX_COUNT, ConfigFields
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MIN_WINDOW_SECS: Final = 10
"""Counts are kept in pieces of ten seconds; nothing shorter can be told."""
MAX_WINDOW_SECS: Final = 86_400
"""Longest window in which events are counted: single events of a day are there whatever the retention is."""
MAX_BASELINE_SECS: Final = 7 * 86_400
"""Longest window that another one is compared with."""

WHOLE_FALL_PERCENT: Final = 100
"""Events cannot become fewer by more than that."""


class RuleType(enum.StrEnum):
    """What a rule watches for."""

    NEW_ISSUE = "new_issue"
    REGRESSION = "regression"
    THRESHOLD = "threshold"
    SPIKE = "spike"
    ESCALATING = "escalating"
    MOVER = "mover"


@attrs.frozen(kw_only=True)
class NewIssue:
    """An error that its project has never had; or, unless told otherwise, one that was resolved and is back."""

    environment: str | None = None
    """Only in this environment; says the same as the rule's `environment_filter`."""
    regressions: bool = True


@attrs.frozen(kw_only=True)
class Regression:
    """An error that was resolved and is back."""

    environment: str | None = None


class Direction(enum.StrEnum):
    """Whether more events are worth an alert, or fewer."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@attrs.frozen(kw_only=True)
class Threshold:
    """More than `threshold` events within the last `window_secs`: of one error, or of all with a route."""

    fingerprint: str | None = None
    route: str | None = None
    threshold: int
    window_secs: int


@attrs.frozen(kw_only=True)
class Spike:
    """A rate in the last `compare_window_secs` is over `multiplier` times that of the window before it."""

    fingerprint: str | None = None
    """Of the error whose rate it is; None for that of the project as a whole."""
    multiplier: float
    baseline_window_secs: int
    compare_window_secs: int
    min_count: int = 5
    """Events that the last window has at least."""


@attrs.frozen(kw_only=True)
class Escalating:
    """An error's rate in the last `window_secs` is over `multiplier` times its own at this time of the last 7 days."""

    fingerprint: str | None = None
    """Only this error."""
    multiplier: float
    window_secs: int
    min_count: int = 5
    """Events that the window has at least."""


@attrs.frozen(kw_only=True)
class Mover:
    """An error has `percent` more events in the last `window_secs` than in as long before, or fewer."""

    fingerprint: str | None = None
    """Only this error."""
    direction: Direction = Direction.BOTH
    percent: float
    window_secs: int
    min_change: int = 5
    """Events that there are at least more, or fewer."""


@attrs.frozen(kw_only=True)
class Unreadable:
    """A config that is stored and says nothing that this version understands. Its rule never fires."""

    type: str
    """What the rule is stored as."""
    text: str
    """The config as it is stored."""
    problem: str
    """Why it cannot be read."""


Readable: TypeAlias = NewIssue | Regression | Threshold | Spike | Escalating | Mover
Config: TypeAlias = Readable | Unreadable

_TYPES: Final[Mapping[RuleType, type[Readable]]] = {
    RuleType.NEW_ISSUE: NewIssue,
    RuleType.REGRESSION: Regression,
    RuleType.THRESHOLD: Threshold,
    RuleType.SPIKE: Spike,
    RuleType.ESCALATING: Escalating,
    RuleType.MOVER: Mover,
}
_NAMES: Final = {cls: name for name, cls in _TYPES.items()}


@attrs.frozen(kw_only=True)
class Rule:
    """A rule, as stored."""

    id: int
    """Never given to another rule."""
    project_no: int | None
    """The project whose errors it watches; None for all of them."""
    name: str
    config: Config
    is_enabled: bool
    description: str | None = None
    environment_filter: str | None = None
    """Only events of this environment count; None for any. The other filters are alike."""
    source_filter: str | None = None
    release_filter: str | None = None
    route_filter: str | None = None
    http_status_filter: str | None = None
    """Of new errors and regressions alone: counts do not tell it."""
    created_secs: int = 0
    updated_secs: int = 0

    @property
    def type(self) -> str:
        """Return what it watches for."""
        return type_of(self.config)


def type_of(config: Config) -> str:
    """Return what a rule with this config watches for."""
    return config.type if isinstance(config, Unreadable) else _NAMES[type(config)].value


def config_fields(config: Config) -> dict[str, Any]:
    """Return the JSON object that `parse_config` makes the same config of; of an unreadable one, its type alone."""
    fields = {} if isinstance(config, Unreadable) else attrs.asdict(config)
    return {"type": type_of(config), **fields}


def parse_config(raw: object) -> Readable:
    """Return the config that a JSON object says.

    Raises:
        BadRequestError: it is none, or contradicts itself; one sentence says why.
    """
    if not isinstance(raw, dict):
        raise BadRequestError("config must be an object")
    if raw.get("type") is None:
        raise BadRequestError("type is required")
    if raw["type"] not in list(RuleType):
        *others, last = RuleType
        raise BadRequestError(f"type must be {', '.join(others)} or {last}")
    found = ConfigFields(raw)
    config = _READERS[RuleType(raw["type"])](found)
    found.check_no_others()
    return config


def check_filters(rule: Rule) -> Rule:
    """Return `rule` unchanged.

    Raises:
        BadRequestError: its config and its filters exclude each other, so that it could never fire.
    """
    environment = getattr(rule.config, "environment", None)
    if environment and rule.environment_filter and environment != rule.environment_filter:
        raise BadRequestError("environment and environment_filter name different environments")
    route = getattr(rule.config, "route", None)
    if route and rule.route_filter and route != rule.route_filter:
        raise BadRequestError("route and route_filter name different routes")
    if rule.http_status_filter and isinstance(rule.config, (Threshold, Spike, Escalating, Mover)):
        raise BadRequestError("http_status_filter goes with new_issue and regression alone, as counts do not tell it")
    return rule


def _read_threshold(found: ConfigFields) -> Threshold:
    config = Threshold(
        fingerprint=found.text("fingerprint"),
        route=found.text("route"),
        threshold=found.whole("threshold", 0, MAX_COUNT),
        window_secs=found.whole("window_secs", MIN_WINDOW_SECS, MAX_WINDOW_SECS),
    )
    if config.fingerprint is not None and config.route is not None:
        raise BadRequestError("fingerprint and route exclude each other")
    return config


def _read_spike(found: ConfigFields) -> Spike:
    config = Spike(
        fingerprint=found.text("fingerprint"),
        multiplier=found.positive("multiplier"),
        baseline_window_secs=found.whole("baseline_window_secs", MIN_WINDOW_SECS, MAX_BASELINE_SECS),
        compare_window_secs=found.whole("compare_window_secs", MIN_WINDOW_SECS, MAX_WINDOW_SECS),
        min_count=found.whole("min_count", 1, MAX_COUNT, default=5),
    )
    if config.compare_window_secs >= config.baseline_window_secs:
        raise BadRequestError("compare_window_secs must be less than baseline_window_secs")
    return config


def _read_escalating(found: ConfigFields) -> Escalating:
    return Escalating(
        fingerprint=found.text("fingerprint"),
        multiplier=found.positive("multiplier"),
        window_secs=found.whole("window_secs", MIN_WINDOW_SECS, MAX_WINDOW_SECS),
        min_count=found.whole("min_count", 1, MAX_COUNT, default=5),
    )


def _read_mover(found: ConfigFields) -> Mover:
    direction, percent = found.choice("direction", Direction, Direction.BOTH), found.positive("percent")
    if direction is Direction.DOWN and percent > WHOLE_FALL_PERCENT:
        raise BadRequestError("percent must be at most 100 where the direction is down")
    return Mover(
        fingerprint=found.text("fingerprint"),
        direction=direction,
        percent=percent,
        window_secs=found.whole("window_secs", MIN_WINDOW_SECS, MAX_WINDOW_SECS),
        min_change=found.whole("min_change", 1, MAX_COUNT, default=5),
    )


_READERS: Final[Mapping[RuleType, Callable[[ConfigFields], Readable]]] = {
    RuleType.NEW_ISSUE: lambda found: NewIssue(
        environment=found.text("environment"), regressions=found.flag("regressions", default=True)
    ),
    RuleType.REGRESSION: lambda found: Regression(environment=found.text("environment")),
    RuleType.THRESHOLD: _read_threshold,
    RuleType.SPIKE: _read_spike,
    RuleType.ESCALATING: _read_escalating,
    RuleType.MOVER: _read_mover,
}
