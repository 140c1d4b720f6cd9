"""Version 2 must not change by a bit either, and joins what version 1 takes apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_hexdigest

from bloop_trio.issues.grouping.fingerprint import fingerprint as fingerprint_1
from bloop_trio.issues.grouping.fingerprint_v2 import Fingerprinter, fingerprint, hashed
from tests.issues.stacks import CASES, StackCase

VECTORS = json.loads(Path(__file__).with_name("fingerprint_v2_vectors.json").read_text(encoding="utf-8"))
"""Events, the text that is hashed of each, and the hash. What stands here is never changed, only added to."""
PARTS = ("source", "error_type", "route", "message", "stack")

text = st.text(st.characters(exclude_categories=["Cs"]))
stacks = st.lists(st.sampled_from([line for case in CASES for line in case.stack.split("\n")]) | text, max_size=8).map(
    "\n".join
)

PLAIN: dict[str, Any] = {"source": "api", "error_type": "Error", "route": None, "message": "boom", "stack": None}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_is_met(vector: dict[str, Any]) -> None:
    parts = {name: vector[name] for name in PARTS}
    assert fingerprint(**parts) == vector["fingerprint"] == hashed(vector["hashed"])
    assert xxh3_64_hexdigest(vector["hashed"].encode(), seed=2) == vector["fingerprint"]


def test_a_header_line_is_no_frame() -> None:
    events = [
        PLAIN
        | {"message": f"Timeout after {ms}ms", "stack": f"Error: Timeout after {ms}ms\n  at run (/srv/app.js:10:5)"}
        for ms in (5000, 3000)
    ]
    assert len({fingerprint_1(**event) for event in events}) == 2
    assert len({fingerprint(**event) for event in events}) == 1


def test_no_two_different_events_are_joined_to_the_same_text() -> None:
    one = PLAIN | {"route": "a:b", "message": "c"}
    other = PLAIN | {"route": "a", "message": "b:c"}
    assert fingerprint_1(**one) == fingerprint_1(**other)
    assert fingerprint(**one) != fingerprint(**other)
    assert fingerprint(**PLAIN | {"route": "a\nb", "message": "c"}) != fingerprint(
        **PLAIN | {"route": "a", "message": "b\nc"}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_stack_has_a_fingerprint_of_its_own(case: StackCase) -> None:
    own = fingerprint(source="api", error_type=case.error_type, route="/x", message=case.message, stack=case.stack)
    assert len(own) == 16
    if case.frame:
        assert own != fingerprint(
            source="api", error_type=case.error_type, route="/x", message=case.message, stack="at other (other.js:1:2)"
        )


types = text | st.sampled_from(sorted({case.error_type for case in CASES}))


@given(text, types, text | st.none(), text, st.lists(stacks | st.none(), max_size=4))
def test_remembering_changes_nothing(
    source: str, error_type: str, route: str | None, message: str, stacks: Any
) -> None:
    remembering = Fingerprinter(max_entries=2)
    for stack in (*stacks, *stacks):
        expected = fingerprint(source=source, error_type=error_type, route=route, message=message, stack=stack)
        assert remembering.of(source, error_type, route, message, stack) == expected


changing = st.tuples(st.integers(0), st.uuids(), st.datetimes())


@given(st.sampled_from(CASES), changing, changing)
def test_numbers_ids_and_times_do_not_make_an_error_another(case: StackCase, one: Any, other: Any) -> None:
    made = set()
    for number, name, at in (one, other):
        told = f"order {number} of user{number}@example.com ({name}) at {at.isoformat(sep=' ', timespec='seconds')}"
        stack = f"{case.error_type}: {told}\n{case.stack}"
        route = f"/users/{number}/orders/{name}"
        made.add(fingerprint(source="api", error_type=case.error_type, route=route, message=told, stack=stack))
    assert len(made) == 1


@pytest.mark.parametrize(
    ("error_type", "told"),
    [("Error", "0x1f was left + 1"), ("main.go(0x1)", "x"), ("a.rb:1:in `c'", "x"), ("#0 a(1)", "b()")],
)
def test_a_header_that_looks_like_a_frame_is_a_header_whether_remembered_or_not(error_type: str, told: str) -> None:
    event: Any = {"source": "api", "error_type": error_type, "route": None, "message": told}
    stack = f"{error_type}: {told}\n  at pay (src/Pay.js:1:2)"
    assert Fingerprinter().of("api", error_type, None, told, stack) == fingerprint(**event, stack=stack)
    assert fingerprint(**event, stack=stack) == fingerprint(**event, stack="at pay (src/Pay.js:1:2)")
