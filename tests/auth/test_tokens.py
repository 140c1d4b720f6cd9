from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.tokens import Token, check_token_name, expiry_secs, is_token_shaped, new_token, token_prefix
from bloop_trio.exceptions import BadRequestError

NOW_SECS = 1_767_268_800
ALL_A = "bloop_tk_" + "A" * 43


def a_token(**changes: Any) -> Token:
    token = Token(
        id="t",
        name="ci",
        token_hash=secret_hash(ALL_A),
        token_prefix=token_prefix(ALL_A),
        project_no=1,
        created_by=None,
        scopes=("errors:read",),
        created_secs=NOW_SECS,
        expires_secs=None,
        last_used_secs=None,
        revoked_secs=None,
    )
    return attrs.evolve(token, **changes)


def test_a_plaintext_is_the_prefix_and_43_characters() -> None:
    plaintext = new_token()
    assert re.fullmatch(r"bloop_tk_[A-Za-z0-9_-]{43}", plaintext)
    assert is_token_shaped(plaintext)


def test_no_two_plaintexts_are_alike() -> None:
    assert len({new_token() for _ in range(100)}) == 100


def test_the_published_hash_and_prefix() -> None:
    hashed = secret_hash(ALL_A)
    assert (hashed[:8], hashed[-4:], len(hashed)) == ("11bcd775", "5b5e", 64)
    assert token_prefix(ALL_A) == "bloop_tk_AAAAAAA"


@pytest.mark.parametrize("text", ["", "bloop_tk_", ALL_A[:-1], ALL_A + "A", ALL_A + "\n", " " + ALL_A, "é" * 52])
def test_other_texts_cannot_be_tokens(text: str) -> None:
    assert not is_token_shaped(text)


def test_the_hash_does_not_show_when_a_token_is_printed() -> None:
    assert secret_hash(ALL_A) not in repr(a_token())


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"expires_secs": NOW_SECS + 1}, True),
        ({"expires_secs": NOW_SECS}, False),
        ({"expires_secs": NOW_SECS - 1}, False),
        ({"revoked_secs": NOW_SECS - 1}, False),
        ({"revoked_secs": NOW_SECS + 1}, False),
    ],
)
def test_a_token_is_valid_until_it_expires_or_is_revoked(changes: dict[str, int], valid: bool) -> None:
    assert a_token(**changes).is_valid(NOW_SECS) is valid


@pytest.mark.parametrize(("days", "expires"), [(None, None), (1, NOW_SECS + 86_400), (3650, NOW_SECS + 315_360_000)])
def test_lifetimes_are_whole_days_or_none(days: int | None, expires: int | None) -> None:
    assert expiry_secs(NOW_SECS, days) == expires


@pytest.mark.parametrize("days", [0, -1, 3651, 10**20])
def test_other_lifetimes_are_refused(days: int) -> None:
    with pytest.raises(BadRequestError, match=r"^expires_in_days must be 1-3650$"):
        expiry_secs(NOW_SECS, days)


@pytest.mark.parametrize(("name", "kept"), [("ci", "ci"), (" ci \n", "ci"), ("x" * 100, "x" * 100)])
def test_names(name: str, kept: str) -> None:
    assert check_token_name(name) == kept


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(BadRequestError, match=r"^name must be 1-100 characters$"):
        check_token_name(name)
