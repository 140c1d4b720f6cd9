"""Which configs of rules make sense, and with which sentence others are refused."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.rules.config_schema import CONFIG_SCHEMAS
from bloop_trio.alerts.rules.rule import (
    Direction,
    Escalating,
    Mover,
    NewIssue,
    Regression,
    Rule,
    RuleType,
    Spike,
    Threshold,
    check_filters,
    config_fields,
    parse_config,
    type_of,
)
from bloop_trio.exceptions import BadRequestError

THRESHOLD = {"type": "threshold", "threshold": 100, "window_secs": 300}
SPIKE = {"type": "spike", "multiplier": 3, "baseline_window_secs": 3600, "compare_window_secs": 300}
ESCALATING = {"type": "escalating", "multiplier": 2.5, "window_secs": 3600}
MOVER = {"type": "mover", "percent": 50, "window_secs": 3600}


@pytest.mark.parametrize(
    ("raw", "config"),
    [
        ({"type": "new_issue"}, NewIssue()),
        ({"type": "new_issue", "environment": "prod", "regressions": False}, NewIssue(environment="prod", regressions=False)),
        ({"type": "new_issue", "environment": "", "regressions": None}, NewIssue()),
        ({"type": "regression"}, Regression()),
        ({"type": "regression", "environment": "prod"}, Regression(environment="prod")),
        (THRESHOLD, Threshold(threshold=100, window_secs=300)),
        (THRESHOLD | {"threshold": 0, "fingerprint": "cart"}, Threshold(threshold=0, window_secs=300, fingerprint="cart")),
        (THRESHOLD | {"route": "/pay", "fingerprint": None}, Threshold(threshold=100, window_secs=300, route="/pay")),
        (SPIKE, Spike(multiplier=3.0, baseline_window_secs=3600, compare_window_secs=300, min_count=5)),
        (SPIKE | {"min_count": 1}, Spike(multiplier=3.0, baseline_window_secs=3600, compare_window_secs=300, min_count=1)),
        (SPIKE | {"fingerprint": "cart"}, Spike(fingerprint="cart", multiplier=3.0, baseline_window_secs=3600, compare_window_secs=300)),
        (ESCALATING, Escalating(multiplier=2.5, window_secs=3600, min_count=5)),
        (ESCALATING | {"fingerprint": "cart"}, Escalating(fingerprint="cart", multiplier=2.5, window_secs=3600)),
        (MOVER, Mover(percent=50.0, window_secs=3600, direction=Direction.BOTH, min_change=5)),
        (MOVER | {"fingerprint": "cart", "direction": "down", "min_change": 1}, Mover(percent=50.0, window_secs=3600, direction=Direction.DOWN, min_change=1, fingerprint="cart")),
    ],
)  # fmt: skip
def test_a_config_is_read_and_written_again_as_the_same(raw: dict[str, Any], config: Any) -> None:
    assert parse_config(raw) == config
    assert parse_config(msgspec.json.decode(msgspec.json.encode(config_fields(config)))) == config
    assert config_fields(config)["type"] == raw["type"] == type_of(config)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "config must be an object"),
        ([], "config must be an object"),
        ({}, "type is required"),
        ({"type": None}, "type is required"),
        ({"type": "llm_latency"}, "type must be new_issue, regression, threshold, spike, escalating or mover"),
        (MOVER | {"direction": "sideways"}, "direction must be up, down or both"),
        (MOVER | {"percent": 0}, "percent must be a number above 0, up to 1000000"),
        (MOVER | {"fingerprint": 7}, "fingerprint must be a string of at most 500 characters"),
        ({"type": ["spike"]}, "type must be new_issue, regression, threshold, spike, escalating or mover"),
        ({"type": "new_issue", "environment": 1}, "environment must be a string of at most 500 characters"),
        ({"type": "regression", "environment": "x" * 501}, "environment must be a string of at most 500 characters"),
        ({"type": "new_issue", "regressions": 1}, "regressions must be true or false"),
        ({"type": "new_issue", "window_secs": 1}, "there is no field window_secs"),
        ({"type": "regression", "regressions": True}, "there is no field regressions"),
        ({"type": "regression", "y" * 200: 1}, "there is no field " + "y" * 100),
        ({"type": "threshold"}, "threshold is required"),
        ({"type": "threshold", "threshold": 1}, "window_secs is required"),
        (THRESHOLD | {"threshold": -1}, "threshold must be a whole number from 0 to 1000000000"),
        (THRESHOLD | {"threshold": True}, "threshold must be a whole number from 0 to 1000000000"),
        (THRESHOLD | {"threshold": 1.5}, "threshold must be a whole number from 0 to 1000000000"),
        (THRESHOLD | {"window_secs": 0}, "window_secs must be a whole number from 10 to 86400"),
        (THRESHOLD | {"window_secs": 86_401}, "window_secs must be a whole number from 10 to 86400"),
        (THRESHOLD | {"fingerprint": "a", "route": "b"}, "fingerprint and route exclude each other"),
        (SPIKE | {"multiplier": None}, "multiplier is required"),
        (SPIKE | {"multiplier": 0}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"multiplier": -1.5}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"multiplier": float("nan")}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"multiplier": float("inf")}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"multiplier": 10**400}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"multiplier": "3"}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"multiplier": False}, "multiplier must be a number above 0, up to 1000000"),
        (SPIKE | {"baseline_window_secs": 604_801}, "baseline_window_secs must be a whole number from 10 to 604800"),
        (SPIKE | {"compare_window_secs": 9}, "compare_window_secs must be a whole number from 10 to 86400"),
        (
            {"type": "mover", "percent": 101, "window_secs": 3600, "direction": "down"},
            "percent must be at most 100 where the direction is down",
        ),
        (SPIKE | {"compare_window_secs": 3600}, "compare_window_secs must be less than baseline_window_secs"),
        (SPIKE | {"min_count": 0}, "min_count must be a whole number from 1 to 1000000000"),
        (ESCALATING | {"window_secs": 100_000}, "window_secs must be a whole number from 10 to 86400"),
        (ESCALATING | {"baseline_window_secs": 3600}, "there is no field baseline_window_secs"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(raw: object, message: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_config(raw)
    assert refused.value.message == message


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=20), parts, max_size=3),
    max_leaves=5,
)
FIELDS = sorted({name for schema in CONFIG_SCHEMAS.values() for name in schema["properties"]})
LIKELY = st.dictionaries(
    st.sampled_from(FIELDS),
    st.sampled_from([*RuleType, 0, 1, 10, 300, 3600, 86_400, 604_800, -1, 2.5, True, None, "", "prod"]) | ANY_JSON,
)


@given(st.one_of(ANY_JSON, LIKELY, LIKELY.map(lambda raw: {**raw, "type": "threshold"})))
def test_anything_is_a_config_or_refused_in_words(raw: object) -> None:
    try:
        config = parse_config(raw)
    except BadRequestError:
        return
    assert parse_config(config_fields(config)) == config


@pytest.mark.parametrize("rule_type", list(RuleType))
def test_the_documented_schema_names_the_fields_that_are_taken(rule_type: RuleType) -> None:
    schema = CONFIG_SCHEMAS[rule_type]
    examples = {"threshold": THRESHOLD, "spike": SPIKE, "escalating": ESCALATING, "mover": MOVER}
    raw = examples.get(rule_type, {"type": rule_type.value})
    assert config_fields(parse_config(raw)).keys() == schema["properties"].keys()
    assert set(schema["required"]) == set(raw)
    for field in schema["required"]:
        with pytest.raises(BadRequestError, match=f"^{field} is required$"):
            parse_config({name: value for name, value in raw.items() if name != field})
    for name, part in schema["properties"].items():
        for bound, beyond in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0)):
            if bound in part:
                with pytest.raises(BadRequestError, match=f"^{name} must be"):
                    parse_config(raw | {name: part[bound] + beyond})


@pytest.mark.parametrize(
    ("config", "filters", "message"),
    [
        (NewIssue(environment="prod"), {"environment_filter": "staging"}, "environment and environment_filter name different environments"),
        (Regression(environment="prod"), {"environment_filter": "staging"}, "environment and environment_filter name different environments"),
        (Threshold(route="/a", threshold=1, window_secs=60), {"route_filter": "/b"}, "route and route_filter name different routes"),
        (Mover(percent=50, window_secs=60), {"http_status_filter": "5xx"}, "http_status_filter goes with new_issue and regression alone, as counts do not tell it"),
        (Threshold(threshold=1, window_secs=60), {"http_status_filter": "5xx"}, "http_status_filter goes with new_issue and regression alone, as counts do not tell it"),
    ],
)  # fmt: skip
def test_filters_that_exclude_the_config_are_refused(config: Any, filters: dict[str, str], message: str) -> None:
    rule = Rule(id=1, project_no=1, name="r", config=config, is_enabled=True)
    assert check_filters(rule) is rule
    changes: dict[str, Any] = {**filters}
    with pytest.raises(BadRequestError, match=f"^{message}$"):
        check_filters(attrs.evolve(rule, **changes))
