from __future__ import annotations

import pytest

from bloop_trio.http.codec import answer
from bloop_trio.http.conditional import tagged


def tag_of(value: object, **headers: str) -> str:
    body, status, own = answer(value)
    return tagged((body, status, own | headers), None)[2]["etag"]


def test_an_answer_gets_a_tag() -> None:
    body, status, headers = tagged(answer([1]), None)
    assert (body, status) == (b"[1]", 200)
    assert headers["etag"].startswith('"')
    assert headers["content-type"] == "application/json"


def test_the_tag_follows_body_and_headers() -> None:
    assert tag_of([1]) == tag_of([1])
    assert len({tag_of([1]), tag_of([2]), tag_of([1], link="a"), tag_of([1], link="b")}) == 4


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "{}, W/{}", "*"])
def test_an_unchanged_answer_is_not_sent_again(form: str) -> None:
    body, status, headers = tagged(answer([1]), form.format(tag_of([1]), tag_of([1])))
    assert (body, status) == (b"", 304)
    assert headers == {"etag": tag_of([1])}


@pytest.mark.parametrize("form", ["", '"other"', "nonsense", '"', "W/", ","])
def test_any_other_is(form: str) -> None:
    assert tagged(answer([1]), form)[1] == 200


def test_a_refusal_is_never_left_out() -> None:
    assert tagged(answer({"error": "no"}, 404), "*")[1] == 404
