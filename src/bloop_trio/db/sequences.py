"""Numbers that are never given twice, although the rows that had them may be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def take_numbers(conn: Connection, name: str, count: int) -> range:
    """Return the next `count` numbers of a sequence, which the caller's transaction has then used up."""
    (last,) = conn.execute(
        "UPDATE sequences SET value = value + ? WHERE name = ? RETURNING value", (count, name)
    ).fetchone()
    return range(last - count + 1, last + 1)
