"""Rules: what they look at, which of them decides, and which make no sense."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import pytest

from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.events.event import Event
from bloop_trio.issues.grouping import fingerprint_v2
from bloop_trio.issues.grouping.fingerprint import fingerprint, own_fingerprint
from bloop_trio.issues.grouping.grouping import Grouped, Grouper, Grouping, Groupings, rule_fingerprint
from bloop_trio.issues.grouping.rules import MAX_RULES, parse_rules
from bloop_trio.issues.grouping.stack_frames import lines_of
from tests.conftest import an_event

STACK = "Error: boom\n  at pay (src/Pay.js:1:2)\n  at run (node_modules/x/run.js:3:4)"


def event(**changes: Any) -> Event:
    return msgspec.convert(an_event(**changes), Event)


def grouped(rules: list[tuple[dict[str, str], str]], version: Any = 1, **changes: Any) -> Grouped:
    return Grouper().group(Grouping(version=version, rules=parse_rules(rules)), event(**changes))


@pytest.mark.parametrize(
    "match",
    [
        {"type": "typeerror"},
        {"message": "*PROPERTY*"},
        {"source": "api"},
        {"route": "/api/*"},
        {"environment": "prod"},
        {"release": "1.*"},
        {"top_frame": "*pay*"},
        {"frame": "at run (node_modules/*"},
        {"type": "T*", "message": "*undefined", "frame": "*Pay.js*"},
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_rule_looks_at_each_part_without_regard_to_case(match: dict[str, str], version: int) -> None:
    found = grouped([(match, "x")], version, stack="  at pay (src/Pay.js:1:2)\n  at run (node_modules/x/run.js:3:4)")
    assert (found.rule, found.fingerprint) == (0, rule_fingerprint("x"))


@pytest.mark.parametrize(
    "match",
    [
        {"type": "Typ"},
        {"type": "TypeError", "source": "ios"},
        {"top_frame": "*run.js*"},
        {"frame": "*nowhere*"},
        {"route": ""},
    ],
)
def test_all_conditions_have_to_hold(match: dict[str, str]) -> None:
    if "" in match.values():
        with pytest.raises(BadRequestError):
            grouped([(match, "x")])
    else:
        assert grouped([(match, "x")], stack=STACK.partition("\n")[2]).rule is None


def test_the_first_rule_that_matches_decides() -> None:
    rules = [({"type": "Other"}, "a"), ({"type": "*"}, "b"), ({"type": "TypeError"}, "c")]
    assert grouped(rules).rule == 1


def test_a_rule_that_swallows_everything_makes_one_issue() -> None:
    rules = [({"message": "*"}, "all")]
    made = {grouped(rules, message=str(n), error_type=f"E{n}").fingerprint for n in range(5)}
    assert made == {rule_fingerprint("all")}


def test_a_fingerprint_of_the_client_wins_over_every_rule() -> None:
    assert grouped([({"type": "*"}, "x")], 2, fingerprint="mine") == Grouped("mine")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{type}}|{{source}}|{{ route }}", "TypeError|api|/api/users/17"),
        ("{{message}}", "No order 17"),
        ("{{normalised_message}}", "no order <n>"),
        ("{{frame}}", "at pay (src/Pay.js)"),
        ("a {single} {{{type}}}", "a {single} {TypeError}"),
    ],
)
def test_a_template_is_filled_with_what_the_event_says(template: str, text: str) -> None:
    found = grouped(
        [({"type": "*"}, template)],
        message="No order 17",
        route_or_procedure="/api/users/17",
        stack=STACK.partition("\n")[2],
    )
    assert found.fingerprint == rule_fingerprint(text)


def test_by_version_2_a_template_is_filled_with_what_that_makes_of_the_event() -> None:
    template = "{{type}}|{{message}}|{{normalised_message}}|{{route}}|{{frame}}"
    found = grouped([({"type": "*"}, template)], 2, message="No order 17", route_or_procedure="/u/17", stack=STACK)
    assert found.fingerprint == rule_fingerprint("TypeError|No order 17|no order <n>|/u/{n}|pay (src/Pay.js)")
    assert found.older == rule_fingerprint("TypeError|No order 17|no order <n>|/u/17|Error: boom")


def test_a_template_of_the_default_alone_leaves_the_event_as_it_is() -> None:
    assert grouped([({"type": "*"}, "{{default}}")]).fingerprint == grouped([]).fingerprint
    assert grouped([({"type": "*"}, "{{default}}")], 2).older == grouped([]).fingerprint
    assert grouped([({"type": "*"}, "{{default}}+")]).fingerprint == rule_fingerprint(f"{grouped([]).fingerprint}+")


def test_what_a_rule_makes_is_not_what_a_client_would_get_for_the_same_text() -> None:
    for text in ("checkout", "a text with blanks", ""):
        assert rule_fingerprint(text) not in {own_fingerprint(text or "-"), text}


def test_both_versions_are_told_where_issues_of_the_other_may_be_there() -> None:
    parts: Any = {"source": "api", "error_type": "TypeError", "route": "/u/17", "message": "m", "stack": None}
    one, two = fingerprint(**parts), fingerprint_v2.fingerprint(**parts)
    sent = event(message="m", route_or_procedure="/u/17")
    grouper = Grouper()
    assert grouper.group(Grouping(version=2), sent) == Grouped(two, one)
    assert grouper.group(Grouping(version=1), sent) == Grouped(one)
    assert grouper.group(Grouping(version=1, has_used_2=True), sent) == Grouped(one, two)


@pytest.mark.parametrize(
    ("match", "template", "problem"),
    [
        ({}, "x", "rules[1].match needs at least one pattern; * matches everything"),
        ({"colour": "x"}, "x", "rules[1].match has no field colour"),
        ({"type": ""}, "x", "rules[1].match.type must be 1 to 200 characters"),
        ({"type": "x" * 201}, "x", "rules[1].match.type must be 1 to 200 characters"),
        ({"type": "x"}, "  ", "rules[1].fingerprint is required"),
        ({"type": "x"}, "x" * 501, "rules[1].fingerprint must be at most 500 characters"),
        (
            {"type": "x"},
            "{{user}}",
            "rules[1].fingerprint: {{user}} is none of {{type}}, {{message}}, {{normalised_message}}, {{route}},"
            " {{source}}, {{frame}}, {{default}}",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(match: dict[str, str], template: str, problem: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_rules([({"type": "*"}, "x"), (match, template)])
    assert refused.value.message == problem


def test_there_may_be_so_many_rules_and_no_more() -> None:
    rules = [({"type": "*"}, "x")] * MAX_RULES
    assert len(parse_rules(rules)) == MAX_RULES
    with pytest.raises(BadRequestError, match="rules must be a list of at most 100 entries"):
        parse_rules(rules * 2)


def _stacks_read(template: str) -> int:
    """Return how often a stack is split into lines to group an event whose message no cache knows."""
    calls = 0

    def count(frame: Any, what: str, _: object) -> None:
        nonlocal calls
        calls += what == "call" and frame.f_code is lines_of.__code__

    sys.setprofile(count)
    try:
        grouped([({"type": "*"}, template)], 2, stack=STACK, message="two\nlines")
    finally:
        sys.setprofile(None)
    return calls


def test_a_template_that_names_the_frame_again_and_again_reads_the_stack_no_more_often() -> None:
    assert _stacks_read("{{frame}}" * 55) == _stacks_read("{{frame}}") > 0


def test_a_project_that_groups_as_usual_is_not_kept() -> None:
    groupings = Groupings()
    groupings.replace({1: Grouping(), 2: Grouping(version=2), 3: Grouping(has_used_2=True)})
    assert groupings.of(1) is None
    assert groupings.of(2) == Grouping(version=2)
    assert groupings.of(3) == Grouping(has_used_2=True)
