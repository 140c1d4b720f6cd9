"""What version 2 takes out of texts: all that changes from event to event, and nothing that tells errors apart."""

from __future__ import annotations

import re
import time
from re import _constants, _parser  # type: ignore[attr-defined] # how a pattern is built is told nowhere else
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.grouping import normalising
from bloop_trio.issues.grouping.normalising import normalise_message, normalise_route, normalise_type

if TYPE_CHECKING:
    from collections.abc import Callable

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
hostile = st.lists(
    st.sampled_from(
        ["a", "1", "f", ".", "@", "-", ":", "?", "=", "'", '"', "`", "0x", " ", "/", "_", "+", "eyj", "%", "\n"]
    ),
    max_size=60,
).map("".join)
words = st.sampled_from(["order", "user", "failed", "at", "for", "the", "cart", "not", "found"])
sentences = st.lists(words, max_size=5).map(" ".join)
hexadecimal = st.text("0123456789abcdef", min_size=16, max_size=64).filter(lambda text: not text.isalpha())

MESSAGES = {
    "Order 12345 not found": "order <n> not found",
    "took -5.3e10 s, limit 1,000": "took <n> s, limit <n>",
    "Timeout after 5000ms": "timeout after <n>ms",
    "for bob.smith+x@example.co.uk.": "for <email>.",
    "at 2026-11-21T10:00:00.123Z now": "at <time> now",
    "at 2026-11-21 10:00:00,123 +0100 now": "at <time> now",
    "on 2026-11-21": "on <time>",
    "on Sat Nov 21 21:02:12 UTC 2026": "on <time>",
    "on Sat, 21 Nov 2026 21:02:12 GMT": "on <time>",
    "on Sat Nov 21 2026 21:02:12 GMT+0100 (CET)": "on <time> (cet)",
    "on 21/Nov/2026:21:02:12 +0000": "on <time>",
    "on November 21, 2026": "on <time>",
    "at 21:02:12.5": "at <time>",
    "you may try 5 times": "you may try <n> times",
    "Connection refused at 10.0.0.1:5432": "connection refused at <ip>:<n>",
    "connect [fe80::1%eth0]:80 failed": "connect [<ip>]:<n> failed",
    "2001:db8:85a3::8a2e:370:7334 refused": "<ip> refused",
    "aa:bb:cc:dd:ee:f1 is gone": "<ip> is gone",
    "uninitialized constant A::B": "uninitialized constant a::b",
    "GET https://x.com/users/123?token=abc&b=2 failed": "get https://x.com/users/<n>?<query> failed",
    "really? 5 of them": "really? <n> of them",
    "<UIView: 0x7ffee4b; frame = (0 0; 320 480)>": "<uiview: <hex>; frame = (<n> <n>; <n> <n>)>",
    "User 550E8400-e29b-41d4-a716-446655440000 missing": "user <uuid> missing",
    "key 'Nff8skPmLZJb1a' not found": "key '<n>' not found",
    'key "ord_9f3a" not found': 'key "<n>" not found',
    "attribute 'username' of 'order'": "attribute 'username' of 'order'",
    "customer cus_Nff8skPmLZJb1a": "customer cus_<n>",
    "commit 3f2a1b4c5d is bad": "commit <n> is bad",
    "the facade is deadbeefcafe": "the facade is deadbeefcafe",
    "token eyJhbGciOi.eyJzdWIi.abc-_ expired": "token <n> expired",
    "data aGVsbG8gd29ybGQgaGVsbG8gd29y== bad": "data <n> bad",
    "  two\n\t lines\x00 ": "two lines",
    "ÄRGER bei ID ٣٤٥ ": "ärger bei id <n>",
    "[1, 2,3] and 1.2.3": "[<n>, <n>] and <n>",
}

ROUTES = {
    "/users/123/orders/9f3a2b1c": "/users/{n}/orders/{id}",
    "/api/v1/users/:id": "/api/v1/users/:id",
    "GET /u/550E8400-e29b-41d4-a716-446655440000?x=1": "GET /u/{id}",
    "users.getById": "users.getById",
    "/days/2026-11-21": "/days/{n}",
    "/by/bob@example.com/x": "/by/{email}/x",
    "/c/cus_Nff8skPmLZJb1a": "/c/{id}",
    "/oauth2/s3/v2": "/oauth2/s3/v2",
    "/Facade/deadbeef": "/Facade/deadbeef",
    "import job 17": "import job {n}",
    "": "",
}

TYPES = {
    "java.lang.IllegalStateException:": "java.lang.IllegalStateException",
    "Http404": "Http404",
    "SQLSTATE[23000]": "SQLSTATE[23000]",
    "Task@0x7f00ab12": "Task@<hex>",
    "E550e8400 550e8400-e29b-41d4-a716-446655440000": "E550e8400 <uuid>",
    "Error-20261121": "Error-<n>",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_keeps_what_tells_errors_apart(message: str) -> None:
    assert normalise_message(message) == MESSAGES[message]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_keeps_its_names(route: str) -> None:
    assert normalise_route(route) == ROUTES[route]


@pytest.mark.parametrize("error_type", TYPES)
def test_a_type_keeps_its_codes(error_type: str) -> None:
    assert normalise_type(error_type) == TYPES.get(error_type)


@pytest.mark.parametrize("normalise", [normalise_message, normalise_route, normalise_type])
@given(text=texts | hostile)
def test_what_is_normalised_stays_so(normalise: Callable[[str], str], text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "\n" not in once


@given(texts | hostile)
def test_a_normalised_message_has_no_digit_left(message: str) -> None:
    assert not re.search(r"\d", normalise_message(message))


@given(sentences, sentences, st.integers(), st.integers())
def test_numbers_do_not_tell_messages_apart(before: str, after: str, one: int, other: int) -> None:
    assert normalise_message(f"{before} {one} {after}") == normalise_message(f"{before} {other} {after}")


@given(sentences, sentences, st.emails(), st.emails())
def test_addresses_do_not_tell_messages_apart(before: str, after: str, one: str, other: str) -> None:
    plain = re.compile(r"[\w.+%-]+@[\w.-]+\.\w+")
    if plain.fullmatch(one) and plain.fullmatch(other):
        assert normalise_message(f"{before} {one} {after}") == normalise_message(f"{before} {other} {after}")


@given(
    sentences,
    sentences,
    st.datetimes(),
    st.datetimes(),
    st.sampled_from(["%c", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%X"]),
)
def test_times_do_not_tell_messages_apart(before: str, after: str, one: Any, other: Any, form: str) -> None:
    if one.year >= 1000 <= other.year:
        made = [normalise_message(f"{before} {' '.join(at.strftime(form).split())} {after}") for at in (one, other)]
        assert made[0] == made[1]


@given(sentences, sentences, hexadecimal, hexadecimal, st.uuids(), st.uuids())
def test_ids_do_not_tell_messages_and_routes_apart(
    before: str, after: str, one: str, other: str, uuid: Any, other_uuid: Any
) -> None:
    made, same = (normalise_message(f"{before} {a} {b} {after}") for a, b in ((one, uuid), (other, other_uuid)))
    assert made == same
    assert normalise_route(f"/a/{uuid}/b") == normalise_route(f"/a/{other_uuid}/b")


@given(st.lists(sentences, min_size=1, max_size=4), st.integers(0), st.integers(0))
def test_numbers_do_not_tell_routes_apart(names: list[str], one: int, other: int) -> None:
    folders = "/".join(names)
    assert normalise_route(f"/{folders}/{one}/x") == normalise_route(f"/{folders}/{other}/x")


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern that is looked for anywhere in a text."""
    return [step.pattern for step in normalising._STEPS] + [normalising._LONG_NUMBER, normalising._BLANKS]


def unbounded_repeats_that_go_back(tree: Any) -> list[Any]:
    """Return the repeats in a parsed pattern that have no end and may be tried again with less."""
    found = []
    for operation, argument in tree:
        if operation in {_constants.MAX_REPEAT, _constants.MIN_REPEAT} and argument[1] == _constants.MAXREPEAT:
            found.append((operation, argument))
        parts = argument if isinstance(argument, (tuple, list)) else [argument]
        for part in parts:
            if isinstance(part, _parser.SubPattern):
                found += unbounded_repeats_that_go_back(part)
            elif isinstance(part, list):
                for branch in part:
                    if isinstance(branch, _parser.SubPattern):
                        found += unbounded_repeats_that_go_back(branch)
    return found


def test_the_check_of_patterns_finds_a_repeat_that_goes_back() -> None:
    assert unbounded_repeats_that_go_back(_parser.parse(r"x(?:a+|b)y"))
    assert not unbounded_repeats_that_go_back(_parser.parse(r"x(?:a++|b{1,5})y"))


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.pattern[:30])
def test_no_pattern_goes_back_over_what_it_has_read(pattern: re.Pattern[str]) -> None:
    assert not unbounded_repeats_that_go_back(_parser.parse(pattern.pattern))


UNITS = ["a", "1", "f1", "a.", "a@", "a@b.", "1-", "1:", "::", "?a=", "?", "'", "'a1", "0x", "eyj.", "=", "a1b2", " 1", "+", "https://", "jan ", "sat 1 "]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_the_work_grows_as_the_text_does(unit: str) -> None:
    assert growth(normalise_message, unit) < 24
    assert growth(normalise_route, unit) < 24


def growth(work: Callable[[str], object], unit: str) -> float:
    """Return how much longer eight times the text takes, by the time of this thread: 8 is as it should be, 64 a square."""
    text = unit * (8192 // len(unit))
    # What is quick is done often, as a single run would tell more of the clock than of the work.
    times = 1 + int(0.001 / max(fastest(work, text, 1), 1e-6))
    return fastest(work, text * 8, times) / fastest(work, text, times)


def fastest(work: Callable[[str], object], text: str, times: int) -> float:
    """Return the shortest of several runs, in each of which the work is done so many times."""
    taken = []
    for _ in range(3):
        started = time.thread_time()
        for _ in range(times):
            work(text)
        taken.append(time.thread_time() - started)
    return min(taken)
