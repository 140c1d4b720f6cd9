"""Full-text search over issues: what people type becomes an expression that cannot fail. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_TERM: Final = re.compile(r'"([^"]*)"?|(\S+)')


def match_expression(text: str) -> str | None:
    """Return the expression for what somebody typed, or None when there is no word in it.

    All words have to be there, in any order and of either case; ``"two words"`` in this order next to each other, and
    ``pre*`` stands for every word that begins so. Everything else is taken literally: punctuation separates words.
    """
    terms: dict[str, None] = {}  # each once, since each costs as much as if it were the only one
    for phrase, word in _TERM.findall(text):
        is_prefix = word.endswith("*")
        wanted = (word or phrase).replace("\0", " ").replace('"', " ").rstrip("*" if is_prefix else "")
        if any(character.isalnum() for character in wanted):
            terms[f'"{wanted}"' + ("*" if is_prefix else "")] = None
    if not terms:
        return None
    return f"{{error_type message route frames parts}} : ({' AND '.join(terms)})"


def in_project(expression: str, project_no: int) -> str:
    """Return the expression that finds only a project's own of what `expression` finds."""
    return f"project : p{project_no:d} AND {expression}"


def outside_projects(expression: str, project_nos: Sequence[int]) -> str:
    """Return the expression that finds what `expression` finds, but nothing of these projects."""
    words = " OR ".join(f"p{no:d}" for no in project_nos)
    return f"({expression}) NOT project : ({words})" if project_nos else expression
