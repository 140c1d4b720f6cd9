"""Names that people give to things and that are shown to other people. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from bloop_trio.exceptions import BadRequestError

MAX_NAME_CHARS: Final = 200
"""Of a project, and of an alert rule."""

_UNFIT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, ends of lines and of paragraphs."""
_UNSEEN: Final = frozenset({"Cf", "Mn", "Zs"})
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of the text around it: with it, a name is shown as another one."""


def check_name(name: str) -> str:
    """Return the name as it is stored, without surrounding blanks.

    Raises:
        BadRequestError: It is empty, longer than `MAX_NAME_CHARS`, or has characters that no name needs.
    """
    name = name.strip()
    if not name:
        raise BadRequestError("name is required")
    if len(name) > MAX_NAME_CHARS:
        raise BadRequestError(f"name must be at most {MAX_NAME_CHARS} characters")
    return check_shown("name", name)


def check_shown(field: str, name: str) -> str:
    """Return `name` unchanged.

    Raises:
        BadRequestError: it would be shown as nothing, over several lines, or as something else; names the `field`.
    """
    categories = {unicodedata.category(character) for character in name}
    if categories & _UNFIT or _TURNING & set(name):
        raise BadRequestError(f"{field} must not have control characters")
    if categories <= _UNSEEN:
        raise BadRequestError(f"{field} must have characters that can be seen")
    return name
