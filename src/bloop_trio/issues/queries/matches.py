"""The issues that a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.issues.search import in_project, outside_projects

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

MAX_MATCHES: Final = 10_000
"""A search looks at so many of the newest matching issues."""


def matches_statement(
    conn: Connection, expression: str, project_no: int, limit: int = MAX_MATCHES
) -> tuple[str, tuple[str, int]]:
    """Return the statement that gives the ids of a project's matching issues, the newest `limit`, and its values."""
    # The project is one more word that is in every entry: to demand it takes as long as the commonest word does.
    (has_others,) = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM issue_totals WHERE project_no <> ?)", (project_no,)
    ).fetchone()
    return _matches(in_project(expression, project_no) if has_others else expression, limit)


def matches_of_all(conn: Connection, expression: str, limit: int = MAX_MATCHES) -> tuple[str, tuple[str, int]]:
    """Return the statement that gives the ids of the matching issues of all projects, the newest `limit`."""
    # What a deleted project has left in the index must not take the places of what is there.
    deleted = conn.execute("SELECT no FROM projects WHERE deleted_secs IS NOT NULL").fetchall()
    return _matches(outside_projects(expression, [no for (no,) in deleted]), limit)


def _matches(expression: str, limit: int) -> tuple[str, tuple[str, int]]:
    sql = "SELECT rowid AS id FROM issue_search WHERE issue_search MATCH ? ORDER BY rowid DESC LIMIT ?"
    return sql, (expression, limit)
