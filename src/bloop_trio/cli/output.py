"""What a command says: text for people, or with ``--json`` one JSON document on standard output."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence


@attrs.frozen
class Output:
    """Where a command's result or its error goes."""

    as_json: bool

    def result(self, document: Any, text: str) -> None:
        """Show what was done: the document as JSON, or the text."""
        print(json.dumps(document, indent=2) if self.as_json else text)

    def error(self, message: str) -> None:
        """Show in one line why nothing was done."""
        line = " ".join(message.split())
        if self.as_json:
            print(json.dumps({"error": line}))
        else:
            print(f"bloop: {printable(line)}", file=sys.stderr)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their headings in columns."""
    cells = [list(headings), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def printable(text: str) -> str:
    """Return the text without what a terminal would obey; names come from whoever may create things."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def moment(secs: int | None) -> str:
    """Return a time as people read it, or a dash for none."""
    return "-" if secs is None else f"{datetime.fromtimestamp(secs, UTC):%Y-%m-%d %H:%M}"


def size(size_bytes: int) -> str:
    """Return a number of bytes as people read it."""
    scaled = float(size_bytes)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if scaled < 1024:
            return f"{scaled:.0f} {unit}"
        scaled /= 1024
    return f"{scaled:.1f} TiB"
