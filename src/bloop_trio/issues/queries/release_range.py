"""The releases in which an issue was seen first and last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


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
