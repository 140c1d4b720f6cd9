"""Comments on issues, as they are stored among what happens to them. Called inside the caller's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

MAX_COMMENT_BYTES: Final = 8 * 1024
"""Of its text in UTF-8."""


@attrs.frozen
class Comment:
    """A comment as it is stored."""

    id: int
    author: str | None
    """A user's id, or ``token:`` and a token's id."""


def checked_text(text: str) -> str:
    """Return the text of a comment without the white space around it.

    Raises:
        BadRequestError: nothing is left, or too much.
    """
    found = text.strip()
    if not found:
        raise BadRequestError("text must not be empty")
    # A lone surrogate is no character, and no store takes it.
    if len(found.encode(errors="replace")) > MAX_COMMENT_BYTES:
        raise BadRequestError(f"text must be at most {MAX_COMMENT_BYTES} bytes")
    return found


def add_comment(conn: Connection, issue_id: int, *, author: str, text: str, at_ms: int) -> int:
    """Add a comment to an issue; returns its number."""
    return note_activity(conn, issue_id, ActivityKind.COMMENT, actor=author, at_ms=at_ms, content={"text": text})


def get_comment(conn: Connection, issue_id: int, comment_id: int) -> Comment:
    """Return a comment of an issue.

    Raises:
        NotFoundError: the issue has no such comment.
    """
    row = conn.execute(
        "SELECT id, actor FROM issue_activity WHERE id = ? AND issue_id = ? AND kind = ?",
        (comment_id, issue_id, ActivityKind.COMMENT.value),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"comment {comment_id} not found")
    return Comment(*row)


def edit_comment(conn: Connection, comment: Comment, *, text: str, at_ms: int) -> None:
    """Give a comment another text."""
    conn.execute(
        "UPDATE issue_activity SET content = ?, edited_ms = ? WHERE id = ?",
        (json.dumps({"text": text}, ensure_ascii=False), at_ms, comment.id),
    )


def delete_comment(conn: Connection, comment: Comment) -> None:
    """Remove a comment."""
    conn.execute("DELETE FROM issue_activity WHERE id = ?", (comment.id,))
