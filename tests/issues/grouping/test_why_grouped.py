"""Why an event is grouped as it is: told so that the hash can be made again from what is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_hexdigest

from bloop_trio.issues.events.event import Event
from bloop_trio.issues.grouping.grouping import RULE_SEED, Grouper, Grouping
from bloop_trio.issues.grouping.rules import parse_rules
from bloop_trio.issues.grouping.why_grouped import SkippedLine, explain, stored_event
from tests.conftest import an_event
from tests.issues.stacks import CASES, StackCase

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
STACK = "Error: boom 17\n  at run (node_modules/x/run.js:3:4)\n  note\n  at pay (src/Pay.js:1:2)\n  at main (a.js:1:1)"


def event(**changes: Any) -> Event:
    return msgspec.convert(an_event(**changes), Event)


@pytest.mark.parametrize(("version", "seed"), [(1, 0), (2, 2)])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_fingerprint_is_the_hash_of_the_text(case: StackCase, version: Any, seed: int) -> None:
    sent = event(error_type=case.error_type, message=case.message, stack=case.stack)
    told = explain(sent, Grouping(version=version))
    assert (told.by, told.rule) == ("version", None)
    assert told.fingerprint == xxh3_64_hexdigest(told.hashed_text.encode(), seed=seed)
    joint = "\n" if version == 2 else ":"
    parts = told.parts
    assert told.hashed_text == joint.join([parts.source, parts.error_type, parts.route, parts.message, parts.frame])


def test_what_was_replaced_is_told_with_what_it_was_taken_for() -> None:
    sent = event(message="User Bob@example.com at 10.0.0.1 has 3 orders")
    told = explain(sent, Grouping(version=2)).parts.replaced
    assert [(piece.kind, piece.found, piece.placeholder) for piece in told] == [
        ("e-mail", "bob@example.com", "<email>"),
        ("address", "10.0.0.1", "<ip>"),
        ("number", "3", "<n>"),
    ]
    told = explain(sent, Grouping()).parts.replaced
    assert [(piece.kind, piece.found) for piece in told] == [("address", "10.0.0.1"), ("number", "3")]


def test_version_2_tells_which_lines_it_passed_over_and_why() -> None:
    parts = explain(event(message="boom 17", stack=STACK), Grouping(version=2)).parts
    assert (parts.frame_line, parts.frame) == ("at pay (src/Pay.js:1:2)", "pay (src/Pay.js)")
    assert parts.skipped == [
        SkippedLine(line="Error: boom 17", reason="header"),
        SkippedLine(line="at run (node_modules/x/run.js:3:4)", reason="framework: node_modules"),
        SkippedLine(line="note", reason="no frame"),
    ]


def test_version_1_tells_it_too() -> None:
    parts = explain(event(stack=STACK.partition("\n")[2]), Grouping()).parts
    assert (parts.frame_line, parts.frame) == ("note", "note")
    assert parts.skipped == [SkippedLine(line="at run (node_modules/x/run.js:3:4)", reason="framework: node_modules/")]


@pytest.mark.parametrize("version", [1, 2])
def test_if_all_lines_are_a_frameworks_the_first_counts(version: Any) -> None:
    stack = "at a (node_modules/a.js:1:2)\nat b (node_modules/b.js:3:4)"
    parts = explain(event(stack=stack), Grouping(version=version)).parts
    assert parts.frame_line == "at a (node_modules/a.js:1:2)"


def test_of_a_python_traceback_the_lines_are_told_from_the_last_one() -> None:
    stack = 'Traceback (most recent call last):\n  File "a.py", line 1, in run\n    run()\nValueError: x'
    parts = explain(event(error_type="ValueError", message="x", stack=stack), Grouping(version=2)).parts
    assert parts.frame_line == 'File "a.py", line 1, in run'
    assert [(line.line, line.reason) for line in parts.skipped] == [("ValueError: x", "header"), ("run()", "no frame")]


def test_a_fingerprint_of_the_client_is_told_as_it_was_sent() -> None:
    told = explain(event(fingerprint="my own"), Grouping(version=2))
    assert (told.by, told.hashed_text, told.older_fingerprint) == ("own", "my own", None)
    assert told.fingerprint == xxh3_64_hexdigest(b"my own")


def test_a_rule_is_told_with_what_it_makes() -> None:
    rules = parse_rules([({"type": "Other"}, "x"), ({"type": "*"}, "{{type}} in pay")])
    told = explain(event(), Grouping(rules=rules))
    assert (told.by, told.rule, told.rule_fingerprint) == ("rule", 1, "{{type}} in pay")
    assert told.hashed_text == "TypeError in pay"
    assert told.fingerprint == xxh3_64_hexdigest(b"TypeError in pay", seed=RULE_SEED)


def test_a_rule_that_leaves_the_default_is_told_with_the_text_of_the_version() -> None:
    told = explain(event(), Grouping(rules=parse_rules([({"type": "*"}, "{{default}}")])))
    assert (told.by, told.rule) == ("rule", 0)
    assert told.hashed_text == explain(event(), Grouping()).hashed_text


def test_a_long_stack_and_a_long_message_are_told_of_in_part() -> None:
    parts = explain(event(message="1 " * 900, stack="header: x\n" * 500), Grouping(version=2)).parts
    assert (len(parts.replaced), len(parts.skipped)) == (50, 30)


def test_a_stored_event_has_the_columns_that_are_beside_it() -> None:
    payload = {"message": "m", "source": "API", "unknown": 1, "timestamp": 3}
    stored = stored_event(payload, source="api", environment="prod", release="1")
    assert (stored.message, stored.source, stored.environment, stored.release) == ("m", "api", "prod", "1")


@given(
    events=st.fixed_dictionaries(
        {
            "error_type": texts,
            "message": texts,
            "stack": st.none() | texts | st.sampled_from([case.stack for case in CASES]),
            "route_or_procedure": st.none() | texts,
        }
    ),
    version=st.sampled_from([1, 2]),
    template=st.sampled_from(["{{frame}} {{route}}", "{{default}}", "{{normalised_message}} {{type}}"]),
)
def test_whatever_an_event_holds_it_is_explained(events: dict[str, Any], version: Any, template: str) -> None:
    rules = parse_rules([({"frame": "*a*", "message": "*"}, "a"), ({"top_frame": "*"}, template)])
    grouping = Grouping(version=version, rules=rules, has_used_2=True)
    told = explain(event(**events), grouping)
    assert told.fingerprint == Grouper().group(grouping, event(**events)).fingerprint
    assert told.rule in {0, 1}
