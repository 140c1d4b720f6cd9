"""Whom issues are assigned to, as it is stored. Called inside the caller's transaction where something is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.auth.usernames import username_key
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.exceptions import NotFoundError
from bloop_trio.issues.queries.shapes import Assignee

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def list_assignees(conn: Connection) -> list[Assignee]:
    """Return everybody whom issues can be assigned to, by name."""
    rows = conn.execute("SELECT id, username FROM users ORDER BY username_key")
    return [Assignee(user_id, username) for user_id, username in rows]


def find_assignee(conn: Connection, *, user_id: str | None, username: str | None) -> Assignee:
    """Return the user with this id, or of this name.

    Raises:
        NotFoundError: there is none.
    """
    row = (
        conn.execute("SELECT id, username FROM users WHERE id = ?", (user_id,))
        if username is None
        else conn.execute("SELECT id, username FROM users WHERE username_key = ?", (username_key(username),))
    ).fetchone()
    if row is None:
        raise NotFoundError("user not found")
    return Assignee(*row)


def get_assignee(conn: Connection, issue_id: int) -> Assignee | None:
    """Return whom an issue is assigned to."""
    row = conn.execute(
        "SELECT u.id, u.username FROM issue_assignments AS a JOIN users AS u ON u.id = a.user_id WHERE a.issue_id = ?",
        (issue_id,),
    ).fetchone()
    return None if row is None else Assignee(*row)


def assign(conn: Connection, *, project_no: int, issue_id: int, assignee: Assignee | None, at_ms: int) -> bool:
    """Assign an issue to somebody, or to nobody; returns whether that is a change."""
    if get_assignee(conn, issue_id) == assignee:
        return False
    conn.execute("DELETE FROM issue_assignments WHERE issue_id = ?", (issue_id,))
    if assignee is not None:
        conn.execute(
            "INSERT INTO issue_assignments (issue_id, project_no, user_id, assigned_secs) VALUES (?, ?, ?, ?)",
            (issue_id, project_no, assignee.user_id, at_ms // MS_PER_SEC),
        )
    return True
