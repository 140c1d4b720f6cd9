from __future__ import annotations

import pytest

from bloop_trio.alerts.rules.http_status import has_http_status, read_http_status_filter
from bloop_trio.exceptions import BadRequestError


@pytest.mark.parametrize(("text", "stored"), [("503", "503"), ("5xx", "5xx"), (" 4XX ", "4xx"), ("100", "100")])
def test_a_filter_is_a_status_or_a_class(text: str, stored: str) -> None:
    assert read_http_status_filter(text) == stored


@pytest.mark.parametrize("text", ["", "5", "5x", "50x", "6xx", "0xx", "600", "99", "5xxx", "50\u0663", "xx", "-503"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(
        BadRequestError, match=r"^http_status_filter must be a status such as 503, or a class such as 5xx$"
    ):
        read_http_status_filter(text)


@pytest.mark.parametrize(
    ("wanted", "http_status", "is_wanted"),
    [
        (None, None, True),
        (None, 200, True),
        ("5xx", 500, True),
        ("5xx", 599, True),
        ("5xx", 499, False),
        ("5xx", 5000, False),
        ("503", 503, True),
        ("503", 500, False),
        ("5xx", None, False),
        ("503", None, False),
    ],
)
def test_which_events_have_it(wanted: str | None, http_status: int | None, is_wanted: bool) -> None:
    assert has_http_status(wanted, http_status) is is_wanted
