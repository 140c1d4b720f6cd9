"""Patterns with asterisks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.grouping.glob import Glob
from tests.issues.grouping.test_normalising import growth

few = st.text("ab*", max_size=8)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("*", "anything\nat all", True),
        ("Timeout*", "timeout after 5 s", True),
        ("*timeout*", "a TIMEOUT b", True),
        ("timeout", "a timeout", False),
        ("a*a", "a", False),
        ("a*b*c", "a-c-b", False),
        ("a?c", "abc", False),
        ("a?c", "a?c", True),
        ("[a]", "a", False),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, text: str, matches: bool) -> None:
    assert Glob.of(pattern).matches(text.lower()) is matches


@given(few, st.text("ab", max_size=12))
def test_it_matches_what_a_regular_expression_would(pattern: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None
    assert Glob.of(pattern).matches(text) is expected


@pytest.mark.parametrize("pattern", ["*a" * 90 + "*b", "*" * 200 + "b", "a*" * 90, "*" + "ab" * 90 + "*"])
def test_the_work_grows_as_the_text_does(pattern: str) -> None:
    glob = Glob.of(pattern)
    assert growth(glob.matches, "a") < 24
    assert growth(glob.matches, "ab") < 24
