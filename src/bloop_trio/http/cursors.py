"""Cursors: where a page of a list ended, as a text that clients hand back without looking into it. Pure."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import msgspec

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.parameters import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

CURSOR: Final = Text(
    "cursor",
    "Continues a list behind the end of a page: the `Link` header of that page holds it."
    " Whatever comes in meanwhile, no row comes twice or is left out because of it.",
    max_chars=200,
    format="cursor",
)
LINK: Final = "Link"

_INT64_MAX: Final = 2**63 - 1


def write_cursor(list_name: str, *place: int) -> str:
    """Return the cursor for a place in the list of that name."""
    return urlsafe_b64encode(msgspec.json.encode([list_name, *place])).rstrip(b"=").decode()


def read_cursor(text: str, list_name: str, size: int) -> tuple[int, ...]:
    """Return the `size` numbers that `write_cursor` was given for this list.

    Raises:
        BadRequestError: it is no cursor, or one of another list.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        name, *place = msgspec.json.decode(urlsafe_b64decode(padded.encode("ascii")), type=list[str | int])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        name, place = None, []
    numbers = tuple(number for number in place if isinstance(number, int) and abs(number) <= _INT64_MAX)
    if name != list_name or len(numbers) != size or len(place) != size:
        raise BadRequestError("cursor must be one that this list gave out, with the same order and grouping")
    return numbers


def next_link(path: str, arguments: Iterable[tuple[str, str]], cursor: str) -> str:
    """Return the value of a `Link` header that leads from a request to the page behind it."""
    kept = [(name, value) for name, value in arguments if name not in {"cursor", "offset"}]
    # In a path as routes see it, slashes and per cent signs within a segment are still escaped.
    return f'<{quote(path, safe="/%")}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
