"""Taking the fields of a rule's config out of JSON, each of its type and within its bounds. Pure."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_COUNT: Final = 1_000_000_000
MAX_MULTIPLIER: Final = 1_000_000.0
MAX_TEXT_CHARS: Final = 500
"""Of a text that an event has to have; no such text is stored with more bytes."""

_MAX_NAMED_CHARS: Final = 100
"""Of a field that does not exist, in the message that says so."""


E = TypeVar("E", bound=enum.Enum)


class ConfigFields:
    """Takes fields out of an object, each of which is then of its type and within its bounds."""

    def __init__(self, raw: Mapping[Any, Any]) -> None:
        self._raw = {name: value for name, value in raw.items() if name != "type"}

    def text(self, name: str) -> str | None:
        """Take a text, None if it is empty or not there; raises BadRequestError, as all of these."""
        value = self._raw.pop(name, None)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
            raise BadRequestError(f"{name} must be a string of at most {MAX_TEXT_CHARS} characters")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Take a truth value."""
        value = self._raw.pop(name, None)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise BadRequestError(f"{name} must be true or false")
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Take a whole number, which has to be there unless it has a default."""
        value = self._raw.pop(name, None)
        if value is None:
            value = default
        if value is None:
            raise BadRequestError(f"{name} is required")
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadRequestError(f"{name} must be a whole number from {low} to {high}")
        return value

    def choice(self, name: str, choices: type[E], default: E) -> E:
        """Take one of the values of an enumeration."""
        value = self._raw.pop(name, None)
        if value is None:
            return default
        for member in choices:
            if member.value == value:
                return member
        *others, last = [str(member.value) for member in choices]
        raise BadRequestError(f"{name} must be {', '.join(others)} or {last}")

    def positive(self, name: str) -> float:
        """Take a number above 0, which has to be there."""
        value = self._raw.pop(name, None)
        if value is None:
            raise BadRequestError(f"{name} is required")
        # NaN is not between anything.
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= MAX_MULTIPLIER:
            raise BadRequestError(f"{name} must be a number above 0, up to {MAX_MULTIPLIER:.0f}")
        return float(value)

    def check_no_others(self) -> None:
        """Refuse what is left over: a misspelt field would otherwise change what the rule means."""
        for name in self._raw:
            raise BadRequestError(f"there is no field {str(name)[:_MAX_NAMED_CHARS]}")
