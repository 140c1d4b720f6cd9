"""Full-text search over issues: what people type becomes an expression that cannot fail. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

MAX_MATCHES: Final = 10_000
"""A search looks at so many of the newest matching issues."""

_TERM: Final = re.compile(r'"([^"]*)"?|(\S+)')


def match_expression(text: str, project_no: int) -> str | None:
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
    return f"project : p{project_no:d} AND {{error_type message route frames parts}} : ({' AND '.join(terms)})"


def matches_statement(expression: str, limit: int) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that gives the ids of matching issues, the newest `limit` of them, and its values."""
    sql = "SELECT rowid AS id FROM issue_search WHERE issue_search MATCH ? ORDER BY rowid DESC LIMIT ?"
    return sql, (expression, limit)
