"""The statements that change the status of issues. Called inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.db.statements import run_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.status import Status


def change_status(
    conn: Connection,
    issues: Sequence[tuple[int, str]],
    new: Status,
    *,
    changed_by: str | None,
    changed_ms: int,
    reason: str | None = None,
) -> int:
    """Give `issues` (id and present status) the status `new`; returns how many releases and environments that touches.

    Issues that have this status already are left alone. Each change gets a row in the history, with the name of who did
    it (None: the server itself).
    """
    changed = [(issue_id, old) for issue_id, old in issues if old != new]
    run_rows(
        conn,
        "INSERT INTO status_changes (issue_id, old_status, new_status, changed_by, changed_ms, reason)",
        [(issue_id, old, new.value, changed_by, changed_ms, reason) for issue_id, old in changed],
    )
    ids = [(issue_id,) for issue_id, _ in changed]
    run_rows(
        conn,
        "WITH changed (id) AS (",
        ids,
        f") UPDATE issues SET status = '{new.value}' FROM changed WHERE issues.id = changed.id",
    )
    touched = run_rows(
        conn,
        "WITH changed (id) AS (",
        ids,
        ") SELECT count(*) FROM changed JOIN issue_fingerprints AS f ON f.issue_id = changed.id"
        " JOIN issue_counts AS c ON c.fingerprint_id = f.id",
    )
    return sum(count for (count,) in touched)
