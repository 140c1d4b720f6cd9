"""The HTTP status that a rule asks for: one status, or a class of them. Pure."""

from __future__ import annotations

import re
from typing import Final

from bloop_trio.exceptions import BadRequestError

_FILTER: Final = re.compile(r"[1-5](xx|[0-9]{2})")


def read_http_status_filter(text: str) -> str:
    """Return the filter as it is stored: three digits, or one and ``xx``.

    Raises:
        BadRequestError: it is neither.
    """
    found = text.strip().lower()
    if _FILTER.fullmatch(found) is None:
        raise BadRequestError("http_status_filter must be a status such as 503, or a class such as 5xx")
    return found


def has_http_status(wanted: str | None, http_status: int | None) -> bool:
    """Whether an event has the status that a filter asks for; without a filter, every event has."""
    if wanted is None:
        return True
    if http_status is None:
        return False
    return str(http_status) == wanted or (wanted.endswith("xx") and http_status // 100 == int(wanted[0]))
