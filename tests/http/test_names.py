from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.names import check_name, check_shown


@pytest.mark.parametrize(
    "name", ["Web shop", "東京", "<b>markup</b>", "👩‍👩‍👧 app", "می‌خواهم", "e\u0301", "a\u00a0b", "';--"]
)
def test_names_of_every_script_are_kept_as_they_are(name: str) -> None:
    assert check_shown("name", name) == name


@pytest.mark.parametrize(
    "character", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ud800"]
)
def test_what_would_break_a_line_or_turn_the_text_is_refused(character: str) -> None:
    with pytest.raises(BadRequestError, match=r"^name must not have control characters$"):
        check_shown("name", f"shop{character}")


@pytest.mark.parametrize("name", ["\u200b", "\u200d\u200d", "\u00a0", "\u2060\u0301"])
def test_what_nobody_could_see_is_refused(name: str) -> None:
    with pytest.raises(BadRequestError, match=r"^slug must have characters that can be seen$"):
        check_shown("slug", name)


@given(st.text(min_size=1))
def test_what_is_kept_has_one_line(name: str) -> None:
    try:
        kept = check_shown("name", name)
    except BadRequestError:
        return
    assert kept == name
    assert len(kept.splitlines()) == 1


def test_a_name_is_kept_without_surrounding_blanks() -> None:
    assert check_name("  Web shop \n") == "Web shop"


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "name is required"), (" \t", "name is required"), ("a" * 201, "name must be at most 200 characters")],
)
def test_any_other_name_is_refused(name: str, message: str) -> None:
    with pytest.raises(BadRequestError, match=f"^{re.escape(message)}$"):
        check_name(name)
