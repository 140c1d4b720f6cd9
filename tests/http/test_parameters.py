from __future__ import annotations

import enum
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.parameters import HOURS, LIMIT, OFFSET, Choice, Page, Text, Texts, Whole, read_page


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


SINCE = Whole("since", "When it began.")
NAME = Text("name", "What it is called.", max_chars=5)
NAMES = Texts("name", "What they are called.", max_items=3, max_chars=5)
COLOUR = Choice("colour", "How it looks.", Colour, Colour.GREEN)

NO_NUMBERS = [
    "abc",
    "1.5",
    "1e3",
    "1_000",
    " 7",
    "7 ",
    "\u0667",
    "0x10",
    "--1",
    "9" * 41,
    "null",
    "' OR 1=1 --",
    "\x00",
]


class TestWhole:
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
            ({"offset": "9" * 40}, Page(limit=50, offset=10**12)),
            ({"LIMIT": "3", "lim": "4"}, Page(limit=50, offset=0)),
        ],
    )
    def test_a_page_is_brought_within_its_bounds(self, arguments: dict[str, str], page: Page) -> None:
        assert read_page(arguments) == page

    @pytest.mark.parametrize("text", NO_NUMBERS)
    @pytest.mark.parametrize("parameter", [LIMIT, OFFSET, HOURS, SINCE], ids=lambda parameter: parameter.name)
    def test_what_is_no_whole_number_is_refused_by_name(self, parameter: Whole, text: str) -> None:
        with pytest.raises(BadRequestError, match=rf"^{parameter.name} must be a whole number$"):
            parameter.read({parameter.name: text})

    @pytest.mark.parametrize(("text", "hours"), [(None, 72), ("1", 1), ("0", 1), ("720", 720), ("721", 720), ("-5", 1)])
    def test_hours_are_three_days_unless_asked_and_thirty_at_most(self, text: str | None, hours: int) -> None:
        assert HOURS.read({} if text is None else {"hours": text}) == hours

    def test_without_bounds_it_still_fits_into_a_column(self) -> None:
        assert SINCE.read({"since": "9" * 30}) == 2**63 - 1
        assert SINCE.read({"since": "-" + "9" * 30}) == -(2**63 - 1)
        assert SINCE.read({"since": "-5"}) == -5
        assert SINCE.read({}) is None

    def test_a_required_one_is_missed(self) -> None:
        needed = Whole("since", "When it began.", required=True)
        assert needed.read({"since": "0"}) == 0
        with pytest.raises(BadRequestError, match=r"^since is required$"):
            needed.read({"since": ""})

    def test_its_schema_says_its_bounds_in_words_since_it_refuses_no_number(self) -> None:
        assert LIMIT.schema() == {
            "type": "integer",
            "description": "1 to 200; a number outside is taken as the nearer of the two.",
            "default": 50,
        }
        assert OFFSET.schema()["description"] == (
            "0 to 1000000000000; a number outside is taken as the nearer of the two."
        )
        assert SINCE.schema() == {"type": "integer"}
        assert Whole("since", "When it began.", low=0).bounds() == "0 or more; a smaller number is taken as 0."


class TestText:
    def test_an_empty_one_counts_as_absent(self) -> None:
        assert NAME.read({"name": ""}) is None
        assert NAME.read({}) is None
        assert NAME.read({"name": " "}) == " "

    @pytest.mark.parametrize("text", ["';--", "%00", "\x00", "\u202e", "\U0001f4a5" * 5])
    def test_it_is_taken_as_it_is(self, text: str) -> None:
        assert NAME.read({"name": text}) == text

    def test_one_that_is_too_long_is_refused_by_name(self) -> None:
        assert NAME.read({"name": "a" * 5}) == "a" * 5
        with pytest.raises(BadRequestError, match=r"^name must be at most 5 characters$"):
            NAME.read({"name": "a" * 6})

    @pytest.mark.parametrize("arguments", [{}, {"name": ""}, {"nam": "a"}])
    def test_a_required_one_is_missed(self, arguments: dict[str, str]) -> None:
        needed = Text("name", "What it is called.", required=True)
        with pytest.raises(BadRequestError, match=r"^name is required$"):
            needed.read(arguments)
        assert needed.read({"name": "a"}) == "a"

    def test_its_schema_says_how_long_it_may_be_and_what_it_is(self) -> None:
        assert NAME.schema() == {"type": "string", "maxLength": 5}
        place = Text("cursor", "Where to go on.", max_chars=5, format="cursor")
        assert place.schema() == {"type": "string", "maxLength": 5, "format": "cursor"}


class TestTexts:
    @pytest.mark.parametrize(
        ("given", "read"),
        [([], ()), (["a"], ("a",)), (["b", "a"], ("b", "a")), (["a", "", "a"], ("a",)), ([""], ())],
    )
    def test_they_come_in_their_order_without_empty_ones_and_repetitions(
        self, given: list[str], read: tuple[str, ...]
    ) -> None:
        assert NAMES.read(MultiDict([("name", text) for text in given])) == read

    def test_a_plain_mapping_has_one_at_most(self) -> None:
        assert NAMES.read({"name": "a"}) == ("a",)
        assert NAMES.read({}) == ()

    def test_too_many_and_too_long_ones_are_refused_by_name(self) -> None:
        with pytest.raises(BadRequestError, match=r"^name may be given at most 3 times$"):
            NAMES.read(MultiDict([("name", "a")] * 4))
        with pytest.raises(BadRequestError, match=r"^name must be at most 5 characters$"):
            NAMES.read(MultiDict([("name", "a"), ("name", "a" * 6)]))

    def test_of_required_ones_at_least_one_is_not_empty(self) -> None:
        needed = Texts("name", "What they are called.", max_items=3, required=True)
        assert needed.read(MultiDict([("name", ""), ("name", "a")])) == ("a",)
        for arguments in (MultiDict[str, str](), MultiDict([("name", "")])):
            with pytest.raises(BadRequestError, match=r"^name is required$"):
                needed.read(arguments)

    def test_their_schema_is_a_list(self) -> None:
        schema = {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 3}
        assert NAMES.schema() == schema
        needed = Texts("name", "What they are called.", max_items=3, max_chars=5, required=True).schema()
        assert needed == {**schema, "minItems": 1, "contains": {"type": "string", "minLength": 1}}


class TestChoice:
    @pytest.mark.parametrize(
        ("arguments", "colour"),
        [({}, Colour.GREEN), ({"colour": ""}, Colour.GREEN), ({"colour": "blue"}, Colour.BLUE)],
    )
    def test_it_is_the_default_unless_asked(self, arguments: dict[str, str], colour: Colour) -> None:
        assert COLOUR.read(arguments) is colour

    @pytest.mark.parametrize("text", ["RED", " red", "red,blue", "1", "purple", "red\x00"])
    def test_another_value_is_refused_with_those_that_there_are(self, text: str) -> None:
        with pytest.raises(BadRequestError, match=r"^colour must be red, green or blue$"):
            COLOUR.read({"colour": text})

    def test_its_schema_lists_the_values(self) -> None:
        assert COLOUR.schema() == {"type": "string", "enum": ["red", "green", "blue"], "default": "green"}


@pytest.mark.parametrize(
    ("parameter", "values", "read"),
    [
        (LIMIT, ["7", "9"], 7),
        (LIMIT, ["7", "abc"], 7),
        (NAME, ["a", "b"], "a"),
        (COLOUR, ["red", "purple"], Colour.RED),
    ],
)
def test_of_a_repeated_one_the_first_counts(parameter: Any, values: list[str], read: Any) -> None:
    assert parameter.read(MultiDict([(parameter.name, value) for value in values])) == read
