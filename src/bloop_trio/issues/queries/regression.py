"""How a resolved issue came back, from the history of its status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bloop_trio.issues.lifecycle.releases import next_release
from bloop_trio.issues.lifecycle.status import REASON_REGRESSION, Status
from bloop_trio.issues.queries.detail_shapes import Regression

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

CHANGED_BY_NAME: Final = (
    "coalesce((SELECT username FROM users WHERE id = s.changed_by),"
    " (SELECT name FROM bearer_tokens WHERE 'token:' || id = s.changed_by AND id = substr(s.changed_by, 7)))"
)
"""The expression for the name of whoever made a change of status, called ``s``."""
_LAST: Final = (
    # What came with an issue that was merged into this one is that issue's own.
    "SELECT id, changed_ms, ended, in_release FROM status_changes WHERE issue_id = ? AND reason = ?"
    " AND changed_by IS NULL AND origin_issue_id IS NULL ORDER BY id DESC LIMIT 1"
)
_BEFORE: Final = (
    f"SELECT s.changed_ms, {CHANGED_BY_NAME} FROM status_changes AS s WHERE s.issue_id = ? AND s.new_status = ? AND s.id < ?"
    " AND s.origin_issue_id IS NULL ORDER BY s.id DESC LIMIT 1"
)


def get_regression(conn: Connection, issue_id: int, project_no: int, status: str) -> Regression | None:
    """Return how an issue with this status last came back; None if it never did, or if people want to see it no more."""
    if status not in {Status.UNRESOLVED, Status.RESOLVED}:
        return None
    back = conn.execute(_LAST, (issue_id, REASON_REGRESSION)).fetchone()
    if back is None:
        return None
    change_id, back_ms, ended, back_in = back
    resolved = conn.execute(_BEFORE, (issue_id, Status.RESOLVED, change_id)).fetchone()
    if resolved is None:
        return None
    return Regression(
        resolved_at=resolved[0],
        resolved_by_name=resolved[1],
        resolved_in=_fixed_in(conn, project_no, ended),
        back_at=back_ms,
        back_in=back_in,
    )


def _fixed_in(conn: Connection, project_no: int, ended: str | None) -> str | None:
    """Return the release of a fix that the event has put an end to, as `endings` has it."""
    fields = json.loads(ended) if ended is not None else {}
    release = fields.get("release")
    if release is None or not fields.get("is_next"):
        return release
    return next_release(conn, project_no, release)
