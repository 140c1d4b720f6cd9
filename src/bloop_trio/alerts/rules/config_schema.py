"""The config of a rule as JSON Schema, for the documents; `rule.parse_config` is what decides. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bloop_trio.alerts.rules.config_reading import MAX_COUNT, MAX_MULTIPLIER, MAX_TEXT_CHARS
from bloop_trio.alerts.rules.rule import (
    MAX_BASELINE_SECS,
    MAX_WINDOW_SECS,
    MIN_WINDOW_SECS,
    Direction,
    RuleType,
)

if TYPE_CHECKING:
    from bloop_trio.http.parameters import Schema

_TEXT: Final[Schema] = {"type": ["string", "null"], "maxLength": MAX_TEXT_CHARS}
_WINDOW: Final[Schema] = {"type": "integer", "minimum": MIN_WINDOW_SECS, "maximum": MAX_WINDOW_SECS}
_MIN_COUNT: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": MAX_COUNT, "default": 5}
_MULTIPLIER: Final[Schema] = {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_MULTIPLIER}


def _schema(rule_type: RuleType, required: tuple[str, ...] = (), **properties: Any) -> Schema:
    return {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": [rule_type.value]}, **properties},
        "required": ["type", *required],
        "additionalProperties": False,
    }


CONFIG_SCHEMAS: Final[dict[RuleType, Schema]] = {
    RuleType.NEW_ISSUE: _schema(
        RuleType.NEW_ISSUE, environment=_TEXT, regressions={"type": "boolean", "default": True}
    ),
    RuleType.REGRESSION: _schema(RuleType.REGRESSION, environment=_TEXT),
    RuleType.THRESHOLD: _schema(
        RuleType.THRESHOLD,
        ("threshold", "window_secs"),
        fingerprint=_TEXT,
        route=_TEXT,
        threshold={"type": "integer", "minimum": 0, "maximum": MAX_COUNT},
        window_secs=_WINDOW,
    ),
    RuleType.SPIKE: _schema(
        RuleType.SPIKE,
        ("multiplier", "baseline_window_secs", "compare_window_secs"),
        fingerprint=_TEXT,
        multiplier=_MULTIPLIER,
        baseline_window_secs={**_WINDOW, "maximum": MAX_BASELINE_SECS},
        compare_window_secs=_WINDOW,
        min_count=_MIN_COUNT,
    ),
    RuleType.ESCALATING: _schema(
        RuleType.ESCALATING,
        ("multiplier", "window_secs"),
        fingerprint=_TEXT,
        multiplier=_MULTIPLIER,
        window_secs=_WINDOW,
        min_count=_MIN_COUNT,
    ),
    RuleType.MOVER: _schema(
        RuleType.MOVER,
        ("percent", "window_secs"),
        fingerprint=_TEXT,
        direction={"type": "string", "enum": list(Direction), "default": Direction.BOTH.value},
        percent=_MULTIPLIER,
        window_secs=_WINDOW,
        min_change=_MIN_COUNT,
    ),
}
"""What the config of each kind of rule may hold. That two of its fields contradict each other, no schema says."""
CONFIG_SCHEMA: Final[Schema] = {"anyOf": list(CONFIG_SCHEMAS.values())}
