"""What counts as a tag, and how its values are counted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.queries.tag_counts import BUILT_IN, MAX_KEYS, MAX_VALUE_CHARS, ErrorTags, TagCounter, TaggedEvent

values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
deep = st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=8)


def counted(*metadata: Any, key: str | None = None, **fields: Any) -> ErrorTags:
    counter = TagCounter(key)
    for one in metadata:
        counter.add(TaggedEvent(fields=fields, metadata=one))
    return counter.result(len(metadata))


def pairs(found: ErrorTags) -> dict[str, list[tuple[str, int]]]:
    return {tag.key: [(value.value, value.count) for value in tag.values] for tag in found.tags}


@pytest.mark.parametrize(
    ("metadata", "tags"),
    [
        ({"plan": "pro"}, {"plan": "pro"}),
        ({"vip": True, "n": 3, "x": 0.5, "empty": ""}, {"vip": "true", "n": "3", "x": "0.5", "empty": ""}),
        ({"user": {"plan": "pro", "age": 3}}, {"user.plan": "pro", "user.age": "3"}),
        ({"user": {"address": {"city": "Oslo"}}, "list": [1], "none": None}, {}),
        ({"user.plan": "flat", "user": {"plan": "nested"}}, {"user.plan": "flat"}),
        ({"release": "mine"}, {"metadata.release": "mine"}),
        ({"debug_ids": {"app.js": "1"}, "debug_meta": {"images": "x"}}, {}),
        ({"k" * 101: 1}, {}),
        (["plan"], {}),
        ("plan", {}),
        (None, {}),
    ],
)
def test_scalar_values_of_two_levels_are_tags(metadata: Any, tags: dict[str, str]) -> None:
    assert pairs(counted(metadata)) == {key: [(value, 1)] for key, value in tags.items()}


def test_fields_of_events_are_tags_too() -> None:
    found = counted(None, release="1.0", environment="", http_status=500, app_version=None)
    assert pairs(found) == {"release": [("1.0", 1)], "http_status": [("500", 1)]}
    assert all(tag.is_built_in for tag in found.tags)


def test_keys_come_by_use_and_values_by_count() -> None:
    found = counted({"a": 1, "b": 1}, {"b": 2}, {"b": 2}, {"c": 1}, release="1")
    assert pairs(found) == {"release": [("1", 4)], "b": [("2", 2), ("1", 1)], "a": [("1", 1)], "c": [("1", 1)]}
    b = found.tags[1]
    assert (b.events, b.missing, b.is_built_in) == (3, 1, False)
    assert [value.share for value in b.values] == [0.5, 0.25]


def test_rare_values_and_keys_are_told_of_as_a_number() -> None:
    found = counted(*({"id": n, **{f"k{key}": 1 for key in range(n % 60)}} for n in range(110)))
    ids = found.tags[0]
    assert (ids.key, len(ids.values), ids.other_values, ids.other_events) == ("id", 20, 90, 90)
    assert (len(found.tags), found.other_tags) == (MAX_KEYS, 60 - MAX_KEYS)
    (alone,) = counted(*({"id": n, "k": 1} for n in range(110)), key="id").tags
    assert (len(alone.values), alone.other_values) == (100, 10)


def test_long_values_are_cut() -> None:
    (tag,) = counted({"a": "x" * 500}, {"a": "x" * 400}).tags
    assert [(len(value.value), value.count) for value in tag.values] == [(MAX_VALUE_CHARS, 2)]


def test_an_event_of_very_many_keys_is_not_looked_through() -> None:
    found = counted(*({f"{event}-{key}": 1 for key in range(1_000)} for event in range(30)))
    assert len(found.tags) + found.other_tags == 2_000


@given(st.lists(st.dictionaries(st.text(max_size=4) | st.sampled_from(BUILT_IN), deep, max_size=6), max_size=6))
def test_every_event_has_each_key_once_or_misses_it(metadata: list[Any]) -> None:
    found = counted(*metadata)
    for tag in found.tags:
        assert tag.events + tag.missing == len(metadata)
        assert sum(value.count for value in tag.values) + tag.other_events == tag.events
    assert msgspec.json.decode(msgspec.json.encode(found))["events"] == len(metadata)
