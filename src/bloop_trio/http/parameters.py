"""What stands in query strings: each parameter is one object, which reads its value and describes it. Pure.

All are forgiving in the same way. A number out of its bounds is taken as the nearest bound; a parameter that is there
but empty counts as absent, since forms send their empty fields too; of a repeated one the first counts.
"""

from __future__ import annotations

import enum
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import attrs
from werkzeug.datastructures import MultiDict

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema, as OpenAPI 3.1 takes it."""

MAX_TEXT_CHARS: Final = 500
"""Cap of a text that says nothing else; no text that issues are filtered by is stored with more bytes."""
MAX_LIMIT: Final = 200
MAX_OFFSET: Final = 10**12
"""Behind the end of every list, and far from what no column can hold: queries add to it."""
DEFAULT_LIMIT: Final = 50
DEFAULT_HOURS: Final = 72
MAX_HOURS: Final = 720

_INT64_MAX: Final = 2**63 - 1
# int() alone would take "1_000", " 7" and digits of other scripts, and the cap keeps it from quadratic work.
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,40}")

T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=enum.Enum)


@attrs.frozen
class Parameter(ABC, Generic[T_co]):
    """One parameter of a query string."""

    name: str
    description: str
    """What it does, in a sentence or two; Markdown."""
    required: bool = attrs.field(default=False, kw_only=True)
    """Whether it has to be there; reading then refuses its absence."""

    @abstractmethod
    def read(self, arguments: Mapping[str, str]) -> T_co:
        """Return the value that a query string gives.

        Raises:
            BadRequestError: it cannot be understood; the message names the parameter.
        """

    @abstractmethod
    def schema(self) -> Schema:
        """Return what is accepted, and in words what becomes of values that others would refuse."""

    def check_presence(self, value: object) -> None:
        """Refuse a `value` that stands for nothing; raises BadRequestError when it is required."""
        if self.required and not value:
            raise BadRequestError(f"{self.name} is required")


@attrs.frozen
class Text(Parameter["str | None"]):
    """A text; None when it is absent or empty."""

    max_chars: int = attrs.field(default=MAX_TEXT_CHARS, kw_only=True)
    format: str | None = attrs.field(default=None, kw_only=True)
    """The name of what such a text is, where not every text is one."""

    def read(self, arguments: Mapping[str, str]) -> str | None:
        """Return the text.

        Raises:
            BadRequestError: it is longer than `max_chars`, or required and not there.
        """
        text = self.checked(arguments.get(self.name)) or None
        self.check_presence(text)
        return text

    def checked(self, text: str | None) -> str | None:
        """Return `text`; raises BadRequestError when it is too long."""
        if text is not None and len(text) > self.max_chars:
            raise BadRequestError(f"{self.name} must be at most {self.max_chars} characters")
        return text

    def schema(self) -> Schema:
        """Return the schema of the text."""
        schema: Schema = {"type": "string", "maxLength": self.max_chars}
        return schema if self.format is None else {**schema, "format": self.format}


@attrs.frozen
class Texts(Parameter[tuple[str, ...]]):
    """A text that may be given several times; empty ones are left out, and so are repetitions."""

    max_items: int = attrs.field(kw_only=True)
    max_chars: int = attrs.field(default=MAX_TEXT_CHARS, kw_only=True)

    def read(self, arguments: Mapping[str, str]) -> tuple[str, ...]:
        """Return the texts in the order in which they came.

        Raises:
            BadRequestError: there are more than `max_items`, or one is longer than `max_chars`; or they are required
                and none is there.
        """
        one = Text(self.name, self.description, max_chars=self.max_chars)
        given = arguments.getlist(self.name) if isinstance(arguments, MultiDict) else [arguments.get(self.name, "")]
        if len(given) > self.max_items:
            raise BadRequestError(f"{self.name} may be given at most {self.max_items} times")
        texts = tuple(dict.fromkeys(text for text in map(one.checked, given) if text))
        self.check_presence(texts)
        return texts

    def schema(self) -> Schema:
        """Return the schema of the list; OpenAPI writes one as a repeated parameter."""
        schema: Schema = {
            "type": "array",
            "items": {"type": "string", "maxLength": self.max_chars},
            "maxItems": self.max_items,
        }
        return {**schema, "minItems": 1, "contains": {"type": "string", "minLength": 1}} if self.required else schema


@attrs.frozen
class Choice(Parameter[E]):
    """One of the values of an enumeration."""

    choices: type[E]
    default: E

    def read(self, arguments: Mapping[str, str]) -> E:
        """Return the member that is named, `default` when none is.

        Raises:
            BadRequestError: there is no such value.
        """
        text = arguments.get(self.name)
        if not text:
            return self.default
        for member in self.choices:
            if member.value == text:
                return member
        *others, last = [str(member.value) for member in self.choices]
        raise BadRequestError(f"{self.name} must be {', '.join(others)} or {last}")

    def schema(self) -> Schema:
        """Return the schema with all values."""
        return {
            "type": "string",
            "enum": [member.value for member in self.choices],
            "default": self.default.value,
        }


@attrs.frozen
class Whole(Parameter["int | None"]):
    """A whole number, brought within its bounds; without bounds of its own it still fits into a column."""

    low: int = attrs.field(default=-_INT64_MAX, kw_only=True)
    high: int = attrs.field(default=_INT64_MAX, kw_only=True)
    default: int | None = attrs.field(default=None, kw_only=True)

    def read(self, arguments: Mapping[str, str]) -> int | None:
        """Return the number, `default` when it is absent or empty.

        Raises:
            BadRequestError: it is something else than a whole number, or required and not there.
        """
        text = arguments.get(self.name)
        if not text:
            self.check_presence(self.default is not None)
            return self.default
        if not _WHOLE.fullmatch(text):
            raise BadRequestError(f"{self.name} must be a whole number")
        return max(self.low, min(int(text), self.high))

    def schema(self) -> Schema:
        """Return the schema; the bounds are said in words, since a number beyond them is taken too."""
        schema: Schema = {"type": "integer"}
        if bounds := self.bounds():
            schema["description"] = bounds
        if self.default is not None:
            schema["default"] = self.default
        return schema

    def bounds(self) -> str:
        """Return in words what becomes of a number out of bounds, nothing if any is fine."""
        if self.low == -_INT64_MAX and self.high == _INT64_MAX:
            return ""
        if self.high == _INT64_MAX:
            return f"{self.low} or more; a smaller number is taken as {self.low}."
        return f"{self.low} to {self.high}; a number outside is taken as the nearer of the two."


@attrs.frozen
class Count(Whole):
    """A whole number that has a default, and is therefore always there."""

    default: int = attrs.field(kw_only=True)

    def read(self, arguments: Mapping[str, str]) -> int:
        """Return the number; raises as `Whole.read` does."""
        number = super().read(arguments)
        return self.default if number is None else number


LIMIT: Final = Count("limit", "Rows to answer with.", low=1, high=MAX_LIMIT, default=DEFAULT_LIMIT)
OFFSET: Final = Count(
    "offset", "Rows to leave out before the first. It excludes `cursor`.", low=0, high=MAX_OFFSET, default=0
)
HOURS: Final = Count("hours", "Length of the window in hours.", low=1, high=MAX_HOURS, default=DEFAULT_HOURS)


@attrs.frozen(kw_only=True)
class Page:
    """Which part of a list is asked for."""

    limit: int = DEFAULT_LIMIT
    """Rows, 1 to `MAX_LIMIT`."""
    offset: int = 0
    """Rows to leave out before the first. It excludes `cursor`."""


def read_page(arguments: Mapping[str, str]) -> Page:
    """Return the page that `LIMIT` and `OFFSET` ask for.

    Raises:
        BadRequestError: one of them is no whole number.
    """
    return Page(limit=LIMIT.read(arguments), offset=OFFSET.read(arguments))
