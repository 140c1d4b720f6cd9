"""The numbers of rules and channels, as they stand in paths. Pure."""

from __future__ import annotations

import re
from typing import Final

from bloop_trio.exceptions import BadRequestError

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


def read_id(name: str, text: str) -> int:
    """Return the number in a path.

    Raises:
        BadRequestError: It is none.
    """
    if not _NUMBER.fullmatch(text):
        raise BadRequestError(f"{name} must be a whole number")
    return int(text)
