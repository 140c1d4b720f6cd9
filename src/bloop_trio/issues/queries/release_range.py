"""The releases in which an issue was seen first and last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_SAME_MOMENT: Final = 100
"""Rows of a project and a status that were first seen in one millisecond, among which that of an issue is looked for."""
FIRST_RELEASE: Final = (
    # An issue of very many releases is as quick as any: its first row was first seen when the issue was.
    "coalesce((SELECT c.release FROM (SELECT release, issue_id FROM issue_counts INDEXED BY issue_counts_by_first_seen"
    " WHERE project_no = i.project_no AND status = i.status AND first_seen_ms = i.first_seen_ms"
    f" ORDER BY id LIMIT {_SAME_MOMENT:d}) AS c WHERE c.issue_id = i.id LIMIT 1),"
    # After a clock was set back, or in a crowd.
    " (SELECT release FROM issue_counts WHERE issue_id = i.id ORDER BY first_seen_ms, id LIMIT 1))"
)
"""The expression for the release of the first event of an issue, called ``i``; null without any event."""


def get_release_range(conn: Connection, issue_id: int) -> tuple[str | None, str | None]:
    """Return the release of an issue's first event and that of its newest; None without any event.

    Looks at each release and environment of the issue, so it is for one issue at a time.
    """
    (first,), (last,) = (
        conn.execute(
            # Of two that were seen in the same millisecond, the one that was there first.
            f"SELECT (SELECT release FROM issue_counts WHERE issue_id = ? ORDER BY {order} LIMIT 1)",
            (issue_id,),
        ).fetchone()
        for order in ("first_seen_ms, id", "last_seen_ms DESC, id DESC")
    )
    return first, last
