"""Deleting rows of a table in steps so small that the writer never waits long for its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.clock import MS_PER_DAY

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.pacing import PacedWriter

STEP_ROWS: Final = 200
"""Rows that one step deletes, unless it is to be more exact."""


@attrs.define
class Deletion:
    """Rows that are to go."""

    table: str
    key: str
    """The columns that name a row."""
    where: str
    """Finds the rows, and may say in which order they go."""
    values: tuple[int, ...] = ()
    """Of the question marks in `where`."""
    step_rows: int = STEP_ROWS
    deleted: int = 0
    """How many have gone."""

    def step(self, conn: Connection) -> bool:
        """Delete some, inside a transaction; returns whether there may be more."""
        found = f"SELECT {self.key} FROM {self.table} WHERE {self.where} LIMIT {self.step_rows:d}"
        gone = conn.execute(f"DELETE FROM {self.table} WHERE ({self.key}) IN ({found})", self.values).rowcount
        self.deleted += gone
        return gone == self.step_rows


async def delete(paced: PacedWriter, table: str, key: str, where: str, *values: int) -> int:
    """Delete the rows of `table` that `where` finds; returns how many. `key` names a row."""
    deletion = Deletion(table, key, where, values)
    await paced.repeat(deletion.step)
    return deletion.deleted


def note_pruned(conn: Connection, until_ms: int) -> None:
    """Note that the counts of hours which began at `until_ms` or earlier are about to go, or some of them.

    Whoever copies these counts leaves such hours out, from now on and whole.
    """
    conn.execute("UPDATE sequences SET value = max(value, ?) WHERE name = 'hours_pruned_ms'", (until_ms,))


def doubt_pruned(conn: Connection, now_ms: int) -> None:
    """Take back what `note_pruned` was told by a clock that was ahead; at least the hours of a day are always kept.

    What it removed is gone. What comes from now on lies before such a mark too, and is to count.
    """
    conn.execute("UPDATE sequences SET value = 0 WHERE name = 'hours_pruned_ms' AND value > ?", (now_ms - MS_PER_DAY,))
