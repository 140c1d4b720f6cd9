"""Text of others within Markdown: it cannot end the code span or the block that it stands in. Pure.

Nothing in it is a heading, a link or HTML, and characters that nobody would see are made visible.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

_TICKS: Final = re.compile(r"`+")
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_WRITTEN: Final = "\t\u200c\u200d\ufe0e\ufe0f"
"""Not seen by themselves, but part of how texts, words and emoji are written."""
_HIDDEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""What is not seen either, though it is called a letter or a mark: whole sentences can be written in it."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def code_span(text: str) -> str:
    """Return `text` as a code span on one line; white space of any kind becomes single blanks."""
    shown = _visible(" ".join(text.split()))
    if not shown:
        return "(empty)"
    ticks = "`" * (_longest_run(shown) + 1)
    padding = " " if "`" in {shown[0], shown[-1]} else ""
    return f"{ticks}{padding}{shown}{padding}{ticks}"


def fenced(text: str, language: str = "text") -> str:
    """Return `text` as a fenced block; every kind of line end becomes a line feed."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    lines = (_visible(line) for line in _LINE_ENDS.sub("\n", text).rstrip("\n").split("\n"))
    return "\n".join([ticks + language, *lines, ticks])


def moment(epoch_ms: int) -> str:
    """Return a time as ISO 8601 in UTC; one that no calendar has as a number."""
    try:
        return (_EPOCH + timedelta(milliseconds=epoch_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return f"{epoch_ms} ms"


def shortened(text: str, max_chars: int) -> str:
    """Return `text`, or as much of it as fits, with an ellipsis."""
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)


def _visible(line: str) -> str:
    """Put U+FFFD in place of characters that nobody would see; those can hide or reorder what is read."""
    if line.isascii() and line.isprintable():
        return line
    return "".join(character if _is_shown(character) else "\ufffd" for character in line)


def _is_shown(character: str) -> bool:
    if character in _WRITTEN:
        return True
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs"} and not _HIDDEN.match(character)
