"""Reading query strings: whole numbers within bounds, pages, windows of hours. Pure.

A number out of its bounds is taken as the nearest bound; only what is no whole number is refused. A parameter that is
there but empty counts as absent, since forms send their empty fields too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
DEFAULT_HOURS: Final = 72
MAX_HOURS: Final = 720

_INT64_MAX: Final = 2**63 - 1
# int() alone would take "1_000", " 7" and digits of other scripts, and the cap keeps it from quadratic work.
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,40}")


@attrs.frozen(kw_only=True)
class Page:
    """Which part of a list is asked for."""

    limit: int = DEFAULT_LIMIT
    """Rows, 1 to `MAX_LIMIT`."""
    offset: int = 0
    """Rows to leave out before the first."""


def read_text(arguments: Mapping[str, str], name: str) -> str | None:
    """Return a parameter, or None when it is absent or empty."""
    return arguments.get(name) or None


def read_whole(
    arguments: Mapping[str, str], name: str, *, low: int = -_INT64_MAX, high: int = _INT64_MAX
) -> int | None:
    """Return a whole number brought within [low, high], or None when it is absent.

    Raises:
        BadRequestError: it is something else than a whole number.
    """
    text = read_text(arguments, name)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text):
        raise BadRequestError(f"{name} must be a whole number")
    return max(low, min(int(text), high))


def read_page(arguments: Mapping[str, str]) -> Page:
    """Return the page that `limit` and `offset` ask for.

    Raises:
        BadRequestError: one of them is no whole number.
    """
    limit = read_whole(arguments, "limit", low=1, high=MAX_LIMIT)
    offset = read_whole(arguments, "offset", low=0)
    return Page(limit=DEFAULT_LIMIT if limit is None else limit, offset=0 if offset is None else offset)


def read_hours(arguments: Mapping[str, str]) -> int:
    """Return the length of the window that `hours` asks for.

    Raises:
        BadRequestError: it is no whole number.
    """
    hours = read_whole(arguments, "hours", low=1, high=MAX_HOURS)
    return DEFAULT_HOURS if hours is None else hours
