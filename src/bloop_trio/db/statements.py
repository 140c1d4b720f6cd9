"""Multi-row statements: many rows a step, few distinct texts.

One `INSERT … VALUES (…), (…), …` lets go of the interpreter lock once, where `executemany` does so for each row
and a busy event loop then makes the writer queue for it row by row. Rows go out in chunks of a few sizes, so that the
connection's statement cache meets the same texts again whatever the size of the batch.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection

_SIZES: Final = (256, 192, 128, 96, 64, 48, 32)
"""Rows a statement: 256 rows of 12 columns stay far below SQLite's limit of 32,766 parameters."""
_EXACT_ROWS: Final = 32
"""Up to here every number of rows has a statement of its own."""


def run_rows(conn: Connection, head: str, rows: Sequence[Sequence[Any]], tail: str = "") -> list[tuple[Any, ...]]:
    """Execute `head` + `VALUES` for all `rows` + `tail`; returns what a RETURNING clause in `tail` gives.

    All rows have the same number of columns. The order of returned rows is not defined.
    """
    returned: list[tuple[Any, ...]] = []
    start = 0
    while start < len(rows):
        size = _chunk_size(len(rows) - start)
        chunk = rows[start : start + size]
        sql = _statement(head, tail, size, len(chunk[0]))
        cursor = conn.execute(sql, list(chain.from_iterable(chunk)))
        if cursor.description is not None:
            returned.extend(cursor.fetchall())
        start += size
    return returned


def _chunk_size(remaining: int) -> int:
    """Small batches go out in one piece: each further statement is one more fight for the interpreter lock."""
    if remaining <= _EXACT_ROWS:
        return remaining
    return next(size for size in _SIZES if size <= remaining)


@lru_cache(maxsize=1024)
def _statement(head: str, tail: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{head} VALUES {', '.join([row] * rows)} {tail}"
