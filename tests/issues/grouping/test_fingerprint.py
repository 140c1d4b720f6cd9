"""The fingerprint must not change by a bit: every stored issue hangs on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.grouping.fingerprint import Fingerprinter, fingerprint, normalise, own_fingerprint, top_frame

VECTORS = json.loads((Path(__file__).parents[2] / "contract" / "fingerprint_vectors.json").read_text())

text = st.text(st.characters(exclude_categories=["Cs"]))
stacks = st.lists(
    st.sampled_from(["at a (b.js:1:2)", "node_modules/x.js:1", "  ", "", "\tat kotlin.run", "File x, line 42", "\x1c"])
    | text
).map("\n".join)


@pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])
def test_every_vector_is_met(vector: dict[str, Any]) -> None:
    assert normalise(vector["message"]) == vector["normalized"]
    assert top_frame(vector["stack"]) == vector["top_frame"]
    made = fingerprint(
        source=vector["source"],
        error_type=vector["error_type"],
        route=vector["route"],
        message=vector["message"],
        stack=vector["stack"],
    )
    assert made == vector["fingerprint"]


def test_there_are_25_vectors() -> None:
    assert len(VECTORS) == 25


@given(text)
def test_a_normalised_message_has_no_digit_left(message: str) -> None:
    assert not re.search(r"\d", normalise(message))


@given(text, st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_do_not_tell_messages_apart(message: str, one: int, other: int) -> None:
    assert normalise(f"{message} {one} x") == normalise(f"{message} {other} x")


@given(text)
def test_normalising_equals_the_rules_applied_one_by_one(message: str) -> None:
    expected = re.sub(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "<uuid>", message)
    expected = re.sub(r"\d{1,3}(\.\d{1,3}){3}", "<ip>", expected)
    expected = re.sub(r"\d+", "<n>", expected).lower()
    white = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f")
    assert normalise(message) == expected.strip(white)


@given(stacks)
def test_the_top_frame_is_one_trimmed_line_of_the_stack(stack: str) -> None:
    frame = top_frame(stack)
    assert "\n" not in frame
    assert frame == frame.strip("\t\x0b\x0c\r \x85\xa0\u2028\u2029\u3000")


@given(stacks)
def test_line_numbers_of_own_frames_do_not_matter(stack: str) -> None:
    assert (
        top_frame(f"  at run (app.js:1:2)\n{stack}") == top_frame(f"at run (app.js:77)\n{stack}") == "at run (app.js)"
    )


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_a_line_feed_ends_a_line(separator: str) -> None:
    assert top_frame(f"at a{separator}at b") == f"at a{separator}at b"


@pytest.mark.parametrize("own", ["checkout-timeout", "a" * 128, "resolve", "report.md", "A:b_c.d-9"])
def test_a_clients_own_fingerprint_is_kept_as_it_is(own: str) -> None:
    assert own_fingerprint(own) == own


@pytest.mark.parametrize("own", ["a" * 129, "a/b", "é", "a b", "../x", "a\n"])
def test_an_own_fingerprint_that_no_path_can_hold_is_hashed(own: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", own_fingerprint(own))


@given(text, text, st.none() | text, text, st.none() | stacks)
def test_a_remembered_fingerprint_is_the_computed_one(
    source: str, error_type: str, route: str | None, message: str, stack: str | None
) -> None:
    fingerprinter = Fingerprinter(max_entries=2)
    for _ in range(2):
        assert fingerprinter.of(source, error_type, route, message, stack) == fingerprint(
            source=source, error_type=error_type, route=route, message=message, stack=stack
        )
