"""From what somebody wants a rule to be, to the rule. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from msgspec import UNSET

from bloop_trio.alerts.rules.config_reading import MAX_TEXT_CHARS
from bloop_trio.alerts.rules.http_status import read_http_status_filter
from bloop_trio.alerts.rules.rule import Config, Rule, check_filters, parse_config
from bloop_trio.alerts.rules.shapes import AlertRuleChange, AlertRuleInput, FlatConfig
from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.names import check_name

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DESCRIPTION_CHARS: Final = 2_000

_UNNUMBERED: Final = 0
"""Id of a rule that is not stored yet."""
_FLAT: Final = tuple(field.name for field in attrs.fields(FlatConfig) if field.name != "rule_type")
_FILTERS: Final = ("environment_filter", "source_filter", "release_filter", "route_filter", "http_status_filter")


def new_rule(given: AlertRuleInput, project_no: int | None, now_secs: int) -> Rule:
    """Return the rule that somebody asks for, without an id.

    Raises:
        BadRequestError: It makes no sense; one sentence says why.
    """
    config = read_config(given)
    if config is None:
        raise BadRequestError("config is required")
    return check_filters(
        Rule(
            id=_UNNUMBERED,
            project_no=project_no,
            name=check_name(given.name),
            config=config,
            is_enabled=given.enabled,
            description=_description(given.description),
            created_secs=now_secs,
            updated_secs=now_secs,
            **{name: _filter(name, getattr(given, name)) for name in _FILTERS},
        )
    )


def change_to(given: AlertRuleChange) -> Callable[[Rule], Rule]:
    """Return what makes the wanted rule of one that is stored.

    Raises:
        BadRequestError: It makes no sense, whatever the rule is.
    """
    changes: dict[str, Any] = {
        name: _filter(name, getattr(given, name)) for name in _FILTERS if getattr(given, name) is not UNSET
    }
    if given.name is not UNSET:
        changes["name"] = check_name(given.name)
    if given.enabled is not UNSET:
        changes["is_enabled"] = given.enabled
    if given.description is not UNSET:
        changes["description"] = _description(given.description)
    config = read_config(given)
    if config is not None:
        changes["config"] = config
    return lambda rule: attrs.evolve(rule, **changes)


def read_config(given: AlertRuleInput | AlertRuleChange) -> Config | None:
    """Return the config that a body has, nested or with its fields beside those of the rule; None if it has none.

    Raises:
        BadRequestError: It makes no sense.
    """
    flat = {name: getattr(given, name) for name in _FLAT if getattr(given, name) is not UNSET}
    if given.config is not UNSET:
        if flat:
            raise BadRequestError(f"{next(iter(flat))} belongs into config")
        typed = given.config if given.rule_type is UNSET else {"type": given.rule_type, **given.config}
        if given.rule_type not in {UNSET, typed["type"] if isinstance(typed.get("type"), str) else None}:
            raise BadRequestError("rule_type must be the type in config")
        return parse_config(typed)
    if given.rule_type is not UNSET:
        return parse_config({"type": given.rule_type, **flat})
    if flat:
        raise BadRequestError("rule_type is required")
    return None


def _description(text: str | None) -> str | None:
    if text is not None and len(text) > MAX_DESCRIPTION_CHARS:
        raise BadRequestError(f"description must be at most {MAX_DESCRIPTION_CHARS} characters")
    return text or None


def _filter(name: str, value: str | None) -> str | None:
    if value is not None and len(value) > MAX_TEXT_CHARS:
        raise BadRequestError(f"{name} must be at most {MAX_TEXT_CHARS} characters")
    if not value:
        return None
    if name == "http_status_filter":
        return read_http_status_filter(value)
    return value.lower() if name == "source_filter" else value  # the sources of events are stored in lower case
