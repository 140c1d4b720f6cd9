from __future__ import annotations

import pytest

from bloop_trio.auth.challenges import Kind
from bloop_trio.auth.cookies import Cookies, read_challenges


@pytest.mark.parametrize(
    ("origin", "is_secure"),
    [
        ("http://localhost:5332", False),
        ("http://127.0.0.1:5332", False),
        ("http://[::1]:5332", False),
        ("https://localhost", False),
        ("https://bloop.example", True),
        ("https://localhost.example", True),
        ("http://bloop.lan", True),
    ],
)
def test_only_this_host_does_without_tls(origin: str, is_secure: bool) -> None:
    cookies = Cookies.for_origin(origin, 60)
    for cookie in (cookies.session("v"), cookies.no_session(), cookies.challenge(Kind.LOGIN, "v")):
        assert cookie.endswith("; Secure") is is_secure
        assert "; HttpOnly; " in cookie


def test_a_cleared_session_has_the_attributes_of_a_set_one() -> None:
    cookies = Cookies.for_origin("https://bloop.example", 60)
    assert cookies.session("v").split("; ")[1:] == [
        part.replace("Max-Age=0", "Max-Age=60") for part in cookies.no_session().split("; ")[1:]
    ]


def test_each_kind_of_ceremony_has_its_cookie() -> None:
    cookies = Cookies.for_origin("http://localhost", 60)
    sent = dict(cookies.challenge(kind, kind.value).partition(";")[0].split("=") for kind in Kind)
    assert read_challenges(sent | {"bloop_session": "s", "other": "o"}) == tuple(kind.value for kind in Kind)
