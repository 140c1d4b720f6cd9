"""The statements that change the status of issues. Called inside the caller's transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bloop_trio.db.sequences import take_numbers
from bloop_trio.db.statements import run_rows
from bloop_trio.issues.lifecycle.endings import take_away

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.lifecycle.status import Status


def change_status(  # noqa: PLR0913 - each is a column of the history
    conn: Connection,
    issues: Sequence[tuple[int, str]],
    new: Status,
    *,
    changed_by: str | None,
    changed_ms: int,
    reason: str | None = None,
    set_id: str | None = None,
) -> int:
    """Give `issues` (id and present status) the status `new`; returns how many releases and environments that touches.

    Issues that have this status already are left alone. Each change gets a row in the history, with the name of who did
    it (None: the server itself), and with the set of changes that it belongs to. Snoozes and fixes end with the status
    that they belong to.
    """
    changed = [(issue_id, old) for issue_id, old in issues if old != new]
    if not changed:
        return 0
    numbers = take_numbers(conn, "status_change_id", len(changed))
    ended = take_away(conn, changed)
    run_rows(
        conn,
        "INSERT INTO status_changes (id, issue_id, old_status, new_status, changed_by, changed_ms, reason, set_id, ended)",
        [
            (number, issue_id, old, new.value, changed_by, changed_ms, reason, set_id, ended.get(issue_id))
            for number, (issue_id, old) in zip(numbers, changed, strict=True)
        ],
    )
    ids = sorted((issue_id,) for issue_id, _ in changed)
    moved = run_rows(
        conn,
        "WITH changed (id, changed_ms) AS (",
        [(issue_id, changed_ms) for (issue_id,) in ids],  # a value, not text: each text is a statement to prepare
        f") UPDATE issues SET status = '{new.value}', status_changed_ms = changed.changed_ms"
        " FROM changed WHERE issues.id = changed.id RETURNING issues.id, issues.project_no",
    )
    _move_totals(conn, dict(changed), moved, new)
    touched = run_rows(
        conn,
        "WITH changed (id) AS (",
        ids,
        f") UPDATE issue_counts SET status = '{new.value}' WHERE issue_id IN (SELECT id FROM changed) RETURNING id",
    )
    return len(touched)


def _move_totals(conn: Connection, old: dict[int, str], moved: list[tuple[int, int]], new: Status) -> None:
    """Count issues under their new status instead of their old one."""
    totals: Counter[tuple[int, str]] = Counter()
    for issue_id, project_no in moved:
        totals[project_no, old[issue_id]] -= 1
        totals[project_no, new.value] += 1
    run_rows(
        conn,
        "INSERT INTO issue_totals (project_no, status, count)",
        [(*key, count) for key, count in sorted(totals.items())],
        "ON CONFLICT (project_no, status) DO UPDATE SET count = count + excluded.count",
    )
