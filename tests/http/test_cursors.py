from __future__ import annotations

from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.cursors import next_link, read_cursor, write_cursor

INT64 = st.integers(1 - 2**63, 2**63 - 1)


@given(st.text(max_size=20), st.lists(INT64, max_size=3))
def test_what_was_written_is_read_back(name: str, place: list[int]) -> None:
    assert read_cursor(write_cursor(name, *place), name, len(place)) == tuple(place)


def test_a_cursor_can_stand_in_a_query_as_it_is() -> None:
    assert write_cursor("release.last_seen", 1_767_268_800_000, 42).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "====",
        "ä",
        "\0",
        "a" * 200,
        write_cursor("other", 1, 2),
        write_cursor("list", 1),
        write_cursor("list", 1, 2, 3),
        write_cursor("list", 2**63, 1),
        urlsafe_b64encode(b'["list","1","2"]').decode(),
        urlsafe_b64encode(b'["list",1.5,2]').decode(),
        urlsafe_b64encode(b'["list",true,2]').decode(),
        urlsafe_b64encode(b'["list",null,2]').decode(),
        urlsafe_b64encode(b'{"list":1}').decode(),
        urlsafe_b64encode(b"[]").decode(),
        urlsafe_b64encode(b"[" * 150).decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadRequestError, match=r"^cursor must be one that this list gave out"):
        read_cursor(text, "list", 2)


@given(st.text(max_size=50))
def test_no_text_is_an_error_of_another_kind(text: str) -> None:
    with suppress(BadRequestError):
        read_cursor(text, "list", 2)


class TestNextLink:
    def test_it_is_the_same_list_behind_the_cursor(self) -> None:
        link = next_link("/v1/errors", [("sort", "total_count"), ("offset", "50"), ("cursor", "old")], "new")
        assert link == '</v1/errors?sort=total_count&cursor=new>; rel="next"'

    def test_whatever_was_asked_for_is_escaped(self) -> None:
        link = next_link("/v1/releases/feature%2Fx 1>/errors", [("q", 'a>"; rel="x&b')], "c")
        assert link == '</v1/releases/feature%2Fx%201%3E/errors?q=a%3E%22%3B+rel%3D%22x%26b&cursor=c>; rel="next"'
