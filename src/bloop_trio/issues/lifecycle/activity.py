"""What happens to an issue beside its status: comments, assignments, merges. Called inside the caller's transaction."""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING, Any

from bloop_trio.db.sequences import take_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.db.connection import Connection


class ActivityKind(enum.StrEnum):
    """What happened."""

    COMMENT = "comment"
    ASSIGNED = "assigned"
    MERGED = "merged"
    UNMERGED = "unmerged"


def note_activity(
    conn: Connection,
    issue_id: int,
    kind: ActivityKind,
    *,
    actor: str | None,
    at_ms: int,
    content: Mapping[str, Any],
) -> int:
    """Add to what happened to an issue, and return the entry's number.

    `actor` is a user's id, or ``token:`` and a token's id; None is the server itself. `content` is what a client reads
    of the entry, as JSON. The numbers are those of changes of status too, so both together have one order.
    """
    (number,) = take_numbers(conn, "status_change_id", 1)
    conn.execute(
        "INSERT INTO issue_activity (id, issue_id, kind, actor, at_ms, content) VALUES (?, ?, ?, ?, ?, ?)",
        (number, issue_id, kind.value, actor, at_ms, json.dumps(dict(content), ensure_ascii=False)),
    )
    return number
