"""Multi-row statements: many rows a step, few distinct texts.

One `INSERT … VALUES (…), (…), …` lets go of the interpreter lock once, where `executemany` does so for each row
and a busy event loop then makes the writer queue for it row by row. Rows go out in chunks of powers of two, so that
the connection's statement cache sees a handful of texts instead of one for each batch size.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection

MAX_ROWS: Final = 256
"""Rows a statement: 256 rows of 12 columns stay far below SQLite's limit of 32,766 parameters."""


def run_rows(
    conn: Connection, head: str, rows: Sequence[Sequence[Any]], tail: str = "", *, max_rows: int = MAX_ROWS
) -> list[tuple[Any, ...]]:
    """Execute `head` + `VALUES` for all `rows` + `tail`; returns what a RETURNING clause in `tail` gives.

    All rows have the same number of columns. The order of returned rows is not defined.
    """
    returned: list[tuple[Any, ...]] = []
    start = 0
    while start < len(rows):
        size = _chunk_size(len(rows) - start, max_rows)
        chunk = rows[start : start + size]
        sql = _statement(head, tail, size, len(chunk[0]))
        cursor = conn.execute(sql, list(chain.from_iterable(chunk)))
        if cursor.description is not None:
            returned.extend(cursor.fetchall())
        start += size
    return returned


def _chunk_size(remaining: int, max_rows: int) -> int:
    """The largest power of two that fits."""
    return max_rows if remaining >= max_rows else 1 << (remaining.bit_length() - 1)


@lru_cache(maxsize=512)
def _statement(head: str, tail: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{head} VALUES {', '.join([row] * rows)} {tail}"
