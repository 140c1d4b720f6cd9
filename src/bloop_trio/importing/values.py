"""Values of another program's columns, whose types nobody has checked, as ours. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.events.event import CUT_BYTES, SOURCE, UNKNOWN_RELEASE

MAX_TEXT_BYTES: Final = 256 * 1024
"""What messages, stacks and metadata are cut to: far above what any server took in, and a bound on a payload."""
MAX_TIME_MS: Final = 253_402_300_799_999
"""The end of the year 9999, which is the last one that has a name."""
_MAX_COUNT: Final = 10**15
"""Sums of counts stay within 64 bits."""
_INT64: Final = 2**63
_SOURCE: Final = re.compile(SOURCE)
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_CUT_BYTES: Final = dict(CUT_BYTES)


def as_text(value: Any) -> str | None:
    """Return a value as text without half characters; None stays None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def as_whole(value: Any) -> int | None:
    """Return a whole number of at most 64 bits, however it was written; None for anything else."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _INT64 else None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return None


def as_time_ms(value: Any) -> int | None:
    """Return a time between 1970 and 9999 in epoch milliseconds; None for anything else."""
    time_ms = as_whole(value)
    return time_ms if time_ms is not None and 0 <= time_ms <= MAX_TIME_MS else None


def as_time_secs(value: Any) -> int | None:
    """Return a time between 1970 and 9999 in epoch seconds; None for anything else."""
    time_secs = as_whole(value)
    return time_secs if time_secs is not None and 0 <= time_secs <= MAX_TIME_MS // 1000 else None


def as_count(value: Any) -> int | None:
    """Return a number of events, at least one; None for anything else."""
    count = as_whole(value)
    return count if count is not None and 0 < count <= _MAX_COUNT else None


def as_source(value: Any) -> str:
    """Return the source of an event as events have it today, in lower case."""
    text = as_text(value) or ""
    return text.lower() if _SOURCE.fullmatch(text) else UNKNOWN_RELEASE


def as_field(name: str, value: Any) -> str | None:
    """Return the field `name` of an event, cut to what such a field may have; None if it is empty."""
    text = as_text(value)
    return cut_text(text, _CUT_BYTES[name]) if text else None


def as_required(name: str, value: Any) -> str:
    """Return the field `name` of an event that has to have one: ``unknown`` if it is empty."""
    return as_field(name, value) or UNKNOWN_RELEASE


def hour_of(time_ms: int) -> int:
    """Return the first millisecond of the hour that a time is in."""
    return time_ms - time_ms % MS_PER_HOUR


def cut_text(text: str, max_bytes: int) -> str:
    """Return at most `max_bytes` of a text, as whole characters."""
    if len(text) * 4 <= max_bytes:
        return text
    encoded = text.encode()
    return text if len(encoded) <= max_bytes else encoded[:max_bytes].decode("utf-8", "ignore")
