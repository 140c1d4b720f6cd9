"""The issues that a search finds.

The index has an entry for each issue, and for each that was merged into another: the latter stands for the other. So
several entries can mean one issue, and a statement says of each issue how many of them there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.issues.queries.search import in_project, outside_projects

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

MAX_MATCHES: Final = 10_000
"""A search looks at so many of the newest matching issues."""
_ISSUE: Final = (
    "coalesce((SELECT f.issue_id FROM merged_issues AS m CROSS JOIN issue_fingerprints AS f"
    " ON f.project_no = m.project_no AND f.fingerprint = m.fingerprint WHERE m.id = e.id), e.id)"
)
"""The issue that an entry `e` of the index means."""


def matches_statement(
    conn: Connection, expression: str, project_no: int, limit: int = MAX_MATCHES
) -> tuple[str, tuple[str, int]]:
    """Return the statement that gives the ids of a project's matching issues, and its values.

    It looks at the newest `limit` entries, and gives an id and how many `entries` mean it, the highest id first.
    """
    # The project is one more word that is in every entry: to demand it takes as long as the commonest word does.
    (has_others,) = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM issue_totals WHERE project_no <> ?)", (project_no,)
    ).fetchone()
    expression = in_project(expression, project_no) if has_others else expression
    merged = "SELECT EXISTS (SELECT 1 FROM merged_issues WHERE project_no = ?)"
    (has_merged,) = conn.execute(merged, (project_no,)).fetchone()
    return _matches(expression, limit, has_merged=has_merged)


def matches_of_all(conn: Connection, expression: str, limit: int = MAX_MATCHES) -> tuple[str, tuple[str, int]]:
    """Return the same for the issues of all projects."""
    # What a deleted project has left in the index must not take the places of what is there.
    deleted = conn.execute("SELECT no FROM projects WHERE deleted_secs IS NOT NULL").fetchall()
    (has_merged,) = conn.execute("SELECT EXISTS (SELECT 1 FROM merged_issues)").fetchone()
    return _matches(outside_projects(expression, [no for (no,) in deleted]), limit, has_merged=has_merged)


def _matches(expression: str, limit: int, *, has_merged: bool) -> tuple[str, tuple[str, int]]:
    sql = "SELECT rowid AS id, 1 AS entries FROM issue_search WHERE issue_search MATCH ? ORDER BY rowid DESC LIMIT ?"
    if has_merged:  # which takes nearly twice as long where very many match
        sql = f"SELECT {_ISSUE} AS id, count(*) AS entries FROM ({sql}) AS e GROUP BY 1 ORDER BY 1 DESC"
    return sql, (expression, limit)
