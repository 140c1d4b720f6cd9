from __future__ import annotations

import pytest

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.paging import Page, read_hours, read_page, read_text, read_whole


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        ({}, Page(limit=50, offset=0)),
        ({"limit": "10", "offset": "20"}, Page(limit=10, offset=20)),
        ({"limit": "", "offset": ""}, Page(limit=50, offset=0)),
        ({"limit": "200"}, Page(limit=200, offset=0)),
        ({"limit": "201"}, Page(limit=200, offset=0)),
        ({"limit": "0"}, Page(limit=1, offset=0)),
        ({"limit": "-1"}, Page(limit=1, offset=0)),
        ({"offset": "-7"}, Page(limit=50, offset=0)),
        ({"offset": "+7"}, Page(limit=50, offset=7)),
        ({"offset": "9" * 40}, Page(limit=50, offset=2**63 - 1)),
    ],
)
def test_a_page_is_brought_within_its_bounds(arguments: dict[str, str], page: Page) -> None:
    assert read_page(arguments) == page


@pytest.mark.parametrize("text", ["abc", "1.5", "1e3", "1_000", " 7", "7 ", "\u0667", "0x10", "--1", "9" * 41, "null"])
def test_what_is_no_whole_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadRequestError, match=r"^limit must be a whole number$"):
        read_page({"limit": text})
    with pytest.raises(BadRequestError, match=r"^offset must be a whole number$"):
        read_page({"offset": text})
    with pytest.raises(BadRequestError, match=r"^hours must be a whole number$"):
        read_hours({"hours": text})


@pytest.mark.parametrize(("text", "hours"), [(None, 72), ("1", 1), ("0", 1), ("720", 720), ("721", 720), ("-5", 1)])
def test_hours_are_three_days_unless_asked_and_thirty_at_most(text: str | None, hours: int) -> None:
    assert read_hours({} if text is None else {"hours": text}) == hours


def test_a_number_without_bounds_still_fits_into_a_column() -> None:
    assert read_whole({"since": "9" * 30}, "since") == 2**63 - 1
    assert read_whole({"since": "-" + "9" * 30}, "since") == -(2**63 - 1)
    assert read_whole({"since": "-5"}, "since") == -5
    assert read_whole({}, "since") is None


def test_an_empty_text_counts_as_absent() -> None:
    assert read_text({"status": ""}, "status") is None
    assert read_text({}, "status") is None
    assert read_text({"status": " "}, "status") == " "
