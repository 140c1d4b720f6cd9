"""Changes of many issues that belong together, as they are stored. Called inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

KEPT_DAYS: Final = 30
"""How long a set of changes can be undone."""
_SLICE_ROWS: Final = 200


def note_set(conn: Connection, set_id: str, *, project_no: int, changed_by: str | None, changed_ms: int) -> None:
    """Have a set known to which changes are about to be added; one that is known stays as it is."""
    conn.execute(
        "INSERT OR IGNORE INTO status_change_sets (id, project_no, changed_by, changed_ms) VALUES (?, ?, ?, ?)",
        (set_id, project_no, changed_by, changed_ms),
    )


def forget_old_sets(conn: Connection, *, now_ms: int) -> bool:
    """Take one step of forgetting the sets that cannot be undone any more; returns whether another one is needed.

    The changes themselves stay in the history.
    """
    row = conn.execute(
        "SELECT id FROM status_change_sets WHERE changed_ms < ? ORDER BY changed_ms LIMIT 1",
        (now_ms - KEPT_DAYS * MS_PER_DAY,),
    ).fetchone()
    if row is None:
        return False
    loosened = conn.execute(
        "UPDATE status_changes SET set_id = NULL"
        f" WHERE id IN (SELECT id FROM status_changes WHERE set_id = ? LIMIT {_SLICE_ROWS:d})",
        row,
    ).rowcount
    if loosened < _SLICE_ROWS:
        conn.execute("DELETE FROM status_change_sets WHERE id = ?", row)
    return True
