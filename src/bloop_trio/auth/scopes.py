"""What a token may do: the scopes, and which of them stand in for others. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SCOPES: Final = (
    "errors:read",
    "errors:write",
    "sourcemaps:read",
    "sourcemaps:write",
    "sourcemaps:upload",
    "alerts:read",
    "alerts:write",
    "analytics:read",
    "llm:read",
    "llm:write",
)
"""Every scope that a token can be given."""

_MAX_NAMED_CHARS: Final = 100
"""Of a scope that does not exist, in the message that says so."""

# Insights and LLM data came after the first tokens: those that could read or write errors can reach them too.
_STANDS_IN: Final = {
    "analytics:read": "errors:read",
    "llm:read": "errors:read",
    "llm:write": "errors:write",
    "sourcemaps:upload": "sourcemaps:write",
}


def allows(granted: Collection[str], needed: str) -> bool:
    """Say whether a token with the scopes `granted` may do what `needed` asks for.

    Writing does not include reading.
    """
    return needed in granted or _STANDS_IN.get(needed) in granted


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes without repetition, in the order in which they were given.

    Raises:
        BadRequestError: There is none, or one that does not exist.
    """
    distinct = tuple(dict.fromkeys(scopes))
    if not distinct:
        raise BadRequestError("at least one scope is required")
    for scope in distinct:
        if scope not in SCOPES:
            raise BadRequestError(f"invalid scope: {scope[:_MAX_NAMED_CHARS]}")
    return distinct
