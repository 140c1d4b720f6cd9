"""Occurrences as CSV (RFC 4180), safe to be opened in a spreadsheet. Pure.

A spreadsheet takes a cell that begins with ``=`` and the like for a formula, and runs it. The texts come from whoever
can send an error, so such a cell gets an apostrophe before it. A cell that begins with an apostrophe gets another one,
so that a reader gets every text back by taking one leading apostrophe away.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from msgspec import Raw

from bloop_trio.issues.queries.export_lines import OccurrenceLine

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = OccurrenceLine.__struct_fields__
"""The columns, which are the fields of an occurrence."""

HEADER: Final = (",".join(COLUMNS) + "\r\n").encode()

DEFUSED: Final = frozenset("=+-@\t\r\n'")
"""What a text begins with that gets an apostrophe before it."""

_Cell: TypeAlias = str | int | None
_METADATA: Final = COLUMNS.index("metadata")
# The fields of an occurrence as what they are; metadata as its JSON.
_Cells: Final = msgspec.defstruct(
    "_Cells", [(name, Raw if position == _METADATA else _Cell) for position, name in enumerate(COLUMNS)], gc=False
)
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(list[_Cells]).decode  # type: ignore[valid-type] # made two lines above


def encode_rows(lines: Sequence[OccurrenceLine]) -> bytes:
    """Return a row for each occurrence: null is an empty cell, metadata is JSON."""
    out = io.StringIO(newline="")
    # Twice through JSON is faster than a call for each of the many fields.
    csv.writer(out).writerows([_cells(occurrence) for occurrence in _decode(_encode(lines))])
    return out.getvalue().encode()


def _cells(occurrence: Any) -> list[_Cell]:
    row: list[Any] = list(msgspec.structs.astuple(occurrence))
    metadata = bytes(row[_METADATA]).decode()
    row[_METADATA] = None if metadata == "null" else metadata
    return ["'" + cell if cell.__class__ is str and cell[:1] in DEFUSED else cell for cell in row]
