from __future__ import annotations

import re
from typing import Any

import pytest

from bloop_trio.config import Config
from bloop_trio.issues.events.event import Event, EventLimits, judge, read_leniently
from bloop_trio.issues.ingest.event_schema import batch_body, event_schema, single_body
from bloop_trio.issues.ingest.intake import IntakeSettings
from tests.conftest import an_event

INGEST = Config().ingest
SETTINGS = IntakeSettings(
    limits=EventLimits(max_stack_bytes=77),
    max_batch_size=INGEST.max_batch_size,
    max_batch_payload_bytes=INGEST.max_batch_payload_bytes,
    max_wait_secs=0,
    durable=False,
    allow_keyless=False,
)
SCHEMA = event_schema(SETTINGS)
KINDS: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    7,
    65536,
    1.5,
    2.0,
    1e300,
    2**63 - 1,
    "",
    "prod",
    "a b",
    "x" * 40,
    "ü",
    [],
    {},
    [1],
]


def takes(schema: dict[str, Any], value: Any) -> bool:
    """Say whether a schema of ours takes a value: enough of JSON Schema for a single field."""
    if "anyOf" in schema:
        return any(takes(part, value) for part in schema["anyOf"])
    wanted = schema.get("type")
    kinds = wanted if isinstance(wanted, list) else [wanted] if wanted else []
    if kinds and not any(is_a(value, kind) for kind in kinds):
        return False
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, KINDS[kind])


def test_it_has_the_fields_of_an_event() -> None:
    assert list(SCHEMA["properties"]) == list(Event.__struct_fields__)


@pytest.mark.parametrize("name", Event.__struct_fields__)
@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_it_says_of_a_field_is_what_is_taken(name: str, value: Any) -> None:
    if name == "event_id" and isinstance(value, float):
        value = 1.5  # of 2.0, JSON Schema says that it is an integer, and as a text it has a dot
    limits = SETTINGS.limits
    event = read_leniently(an_event() | {name: value}, limits)
    problem = event if isinstance(event, str) else judge(event, limits)
    assert takes(SCHEMA["properties"][name], value) == (problem is None), problem


@pytest.mark.parametrize("name", Event.__struct_fields__)
def test_what_it_requires_is_what_is_missed(name: str) -> None:
    event = read_leniently(an_event(**{name: None}), SETTINGS.limits)
    assert isinstance(event, Event)
    assert (judge(event, SETTINGS.limits) is not None) == (name in SCHEMA["required"])


def test_limits_stand_in_it() -> None:
    assert SCHEMA["properties"]["stack"]["x-max-bytes"] == 77
    assert SCHEMA["properties"]["route_or_procedure"]["x-cut-bytes"] == 500


def test_bodies_refer_to_it() -> None:
    assert single_body(SETTINGS).schemas["Event"] == batch_body(SETTINGS).schemas["Event"] == SCHEMA
    events = batch_body(SETTINGS).schemas["Batch"]["properties"]["events"]
    assert (events["x-promised-items"], events["maxItems"]) == (INGEST.max_batch_size, 2 * INGEST.max_batch_size)
