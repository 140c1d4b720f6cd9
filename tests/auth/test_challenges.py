"""Challenges: once, for two minutes, for one browser, whatever is sent."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.auth.challenges import TTL_SECS, Challenge, Challenges, Kind
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable


def at(clock: list[int]) -> Callable[[], int]:
    return lambda: clock[0]


def take(challenges: Challenges, challenge: Challenge, *cookies: str) -> Challenge:
    return challenges.take(challenge.kind, challenge.id, cookies or [challenges.seal(challenge)])


def is_good(challenges: Challenges, challenge: Challenge) -> bool:
    try:
        take(challenges, challenge)
    except BadRequestError:
        return False
    return True


def test_what_it_is_about_comes_back() -> None:
    challenges = Challenges(at([0]))
    challenge = challenges.start(Kind.INVITE, username="Ada \U0001f469", user_id="u", invite_hash="h")
    assert take(challenges, challenge) == challenge


def test_it_is_found_among_the_cookies_of_other_ceremonies() -> None:
    challenges = Challenges(at([0]))
    one, other = (challenges.start(kind) for kind in (Kind.LOGIN, Kind.REGISTER))
    cookies = [challenges.seal(other), "garbage", challenges.seal(one)]
    assert take(challenges, one, *cookies) == one
    assert take(challenges, other, *cookies) == other


@pytest.mark.parametrize(("age_secs", "good"), [(0, True), (TTL_SECS - 1, True), (TTL_SECS, False)])
def test_it_lasts_for_two_minutes(age_secs: int, good: bool) -> None:
    clock = [1000]
    challenges = Challenges(at(clock))
    challenge = challenges.start(Kind.LOGIN)
    clock[0] += age_secs
    assert is_good(challenges, challenge) is good


def test_the_wrong_kind_uses_it_up() -> None:
    challenges = Challenges(at([0]))
    challenge = challenges.start(Kind.LOGIN)
    with pytest.raises(BadRequestError, match=r"^wrong challenge type$"):
        challenges.take(Kind.REGISTER, challenge.id, [challenges.seal(challenge)])
    assert not is_good(challenges, challenge)


def test_another_process_does_not_believe_its_cookie() -> None:
    here, there = Challenges(at([0])), Challenges(at([0]))
    challenge = here.start(Kind.LOGIN)
    with pytest.raises(BadRequestError):
        take(there, challenge, here.seal(challenge))


def test_a_forged_cookie_is_not_believed() -> None:
    challenges = Challenges(at([0]))
    real = challenges.start(Kind.INVITE, username="bob")
    sealed, _, mac = challenges.seal(real).partition(".")
    fake = msgspec.json.encode(msgspec.to_builtins(real) | {"username": "eve"})
    for cookie in (
        f"{urlsafe_b64encode(fake).decode()}.{mac}",
        f"{sealed}.",
        sealed,
        f"{sealed}.{'0' * 64}",
        f".{mac}",
    ):
        with pytest.raises(BadRequestError):
            take(challenges, real, cookie)
    assert is_good(challenges, real)


@given(st.text(), st.text())
def test_nothing_that_is_sent_breaks_it(challenge_id: str, cookie: str) -> None:
    challenges = Challenges(at([0]))
    real = challenges.start(Kind.LOGIN)
    cookies = [cookie, challenges.seal(real) + cookie[:1], challenges.seal(real)[: len(cookie)]]
    with pytest.raises(BadRequestError):
        challenges.take(Kind.LOGIN, challenge_id, cookies)


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 5))
def test_none_is_good_twice_however_little_is_remembered(order: list[int], max_remembered: int) -> None:
    challenges = Challenges(at([0]), max_remembered)
    started = [challenges.start(Kind.LOGIN) for _ in range(31)]
    used = [number for number in order if is_good(challenges, started[number])]
    assert len(used) == len(set(used))
    assert len(challenges._taken) <= max_remembered


def test_a_flood_of_used_ones_does_not_spoil_those_that_were_asked_for_later() -> None:
    challenges = Challenges(at([0]), max_remembered=10)
    for _ in range(100):
        assert is_good(challenges, challenges.start(Kind.LOGIN))
    fresh = challenges.start(Kind.LOGIN)
    for _ in range(10):
        assert is_good(challenges, challenges.start(Kind.LOGIN))
    assert is_good(challenges, fresh)
