"""What became of one attempt to send. Pure."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import attrs

from bloop_trio.clock import MS_PER_SEC

MAX_RETRY_AFTER_SECS: Final = 3_600
"""What a receiver may ask us to wait."""
_TRANSIENT: Final = frozenset({408, 425, 429})
"""Refusals that can be another answer next time; all others of the 4xx stay what they are."""


@attrs.frozen(kw_only=True)
class Outcome:
    """One attempt: sent, or why not."""

    ok: bool
    status: int | None = None
    """Of the HTTP answer, if there was one."""
    error: str | None = None
    is_final: bool = False
    """It would fail again the same way."""
    retry_after_secs: int | None = None
    """What the receiver asks to be waited."""


def sent(status: int | None = None) -> Outcome:
    """Return the outcome of an attempt that the receiver has confirmed."""
    return Outcome(ok=True, status=status)


def failed(error: str, *, is_final: bool = False) -> Outcome:
    """Return the outcome of an attempt without an answer."""
    return Outcome(ok=False, error=error, is_final=is_final)


def judge_answer(status: int, retry_after: str | None, excerpt: str, now_ms: int) -> Outcome:
    """Return what an HTTP answer means; `excerpt` is the start of its body, on one line."""
    if 200 <= status < 300:
        return sent(status)
    said = f": {excerpt}" if excerpt else ""
    if 300 <= status < 400:
        # Not followed: it could lead where the channel itself may not.
        return Outcome(ok=False, status=status, error=f"answered {status}: redirects are not followed", is_final=True)
    is_final = 400 <= status < 500 and status not in _TRANSIENT
    wait_secs = None if is_final else _parse_retry_after(retry_after, now_ms)
    return Outcome(
        ok=False, status=status, error=f"answered {status}{said}", is_final=is_final, retry_after_secs=wait_secs
    )


def _parse_retry_after(text: str | None, now_ms: int) -> int | None:
    """Seconds or a date; None if it is neither."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(int(text), MAX_RETRY_AFTER_SECS)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the figures of a year or a zone can have any length
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0, min(int(until.timestamp() - now_ms / MS_PER_SEC), MAX_RETRY_AFTER_SECS))
