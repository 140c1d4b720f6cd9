from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bloop_trio.auth.usernames import MAX_USERNAME_CHARS, check_username, username_key
from bloop_trio.exceptions import BadRequestError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ada", "ada"),
        ("  Ada Lovelace\t", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\U0001f469", "\U0001f469"),
        ("<b>", "<b>"),
        ("\u0627\u0628", "\u0627\u0628"),
        ("e\u0301" * 64, "\u00e9" * 64),
    ],
)
def test_names_are_composed_and_trimmed(text: str, name: str) -> None:
    assert check_username(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n", "a\nb", "a\x00", "\u202ea", "a\u200db", "\ufeffa\ufeff", "\ue000", "a\u2028b", "\x7f"),
        *("\u3164", "\u2800 \u115f", "\ufe0f", "\uffa0\u034f"),
    ],
)
def test_names_that_cannot_be_seen_are_refused(text: str) -> None:
    with pytest.raises(BadRequestError, match=r"^username "):
        check_username(text)


@pytest.mark.parametrize("text", ["a" * 65, "e\u0301" * 65, "x" * 1_000_000, "\ufdfa" * 65])
def test_long_names_are_refused(text: str) -> None:
    with pytest.raises(BadRequestError, match=r"^username must be at most 64 characters$"):
        check_username(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada", "ADA"),
        ("Stra\u00dfe", "STRASSE"),
        ("ada", "\uff41\uff44\uff41"),
        ("\u03c3", "\u03c2"),
        ("ada", "a\u034fda\ufe0f"),
        ("ada", "ada\u3164"),
        ("ada b", "ada \u00a0\u2003 b"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert username_key(check_username(one)) == username_key(check_username(other))


@pytest.mark.parametrize("text", ["shell", " Server ", "SHELL", "\uff53hell", "shell\u3164"])
def test_nobody_is_called_what_the_audit_log_calls_commands_and_the_server(text: str) -> None:
    with pytest.raises(BadRequestError, match=r"^username is reserved$"):
        check_username(text)


@given(st.text())
@example("\u0345" * 64)
def test_what_is_kept_is_kept_as_it_is_the_second_time(text: str) -> None:
    try:
        name = check_username(text)
    except BadRequestError:
        return
    assert 1 <= len(name) <= MAX_USERNAME_CHARS
    assert check_username(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert username_key(username_key(name)) == username_key(name)
