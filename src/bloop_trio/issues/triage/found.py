"""Finding the issues that somebody is about to change, on the state that the change then sees.

What is left of a project that was deleted since the request was let in is being taken apart, and is not found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.statements import run_rows
from bloop_trio.issues.grouping.fingerprint import own_fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.db.connection import Connection

_PRESENT: Final = (
    "EXISTS (SELECT 1 FROM projects AS p WHERE p.no = wanted.project_no AND p.deleted_secs IS NULL LIMIT 1)"
)


@attrs.frozen
class FoundIssue:
    """An issue as it stood before a change."""

    id: int
    fingerprint: str
    status: str


def find_one(conn: Connection, project_no: int, fingerprint: str) -> FoundIssue | None:
    """Return the issue that a fingerprint belongs to, None if the project does not have it."""
    found, _ = find_listed(conn, project_no, (fingerprint,))
    return found[0] if found else None


def find_listed(
    conn: Connection, project_no: int, fingerprints: Iterable[str]
) -> tuple[tuple[FoundIssue, ...], tuple[str, ...]]:
    """Return the issues that fingerprints belong to, each once, and the fingerprints that belong to none."""
    given = {fingerprint: own_fingerprint(fingerprint) for fingerprint in fingerprints}
    rows = run_rows(
        conn,
        "WITH wanted (project_no, fingerprint) AS (",
        sorted({(project_no, stored) for stored in given.values()}),
        ") SELECT f.fingerprint, i.id, i.fingerprint, i.status"
        " FROM wanted CROSS JOIN issue_fingerprints AS f USING (project_no, fingerprint)"
        f" JOIN issues AS i ON i.id = f.issue_id WHERE {_PRESENT}",
    )
    known = {stored for stored, *_ in rows}
    issues = {issue_id: FoundIssue(issue_id, fingerprint, status) for _, issue_id, fingerprint, status in rows}
    unknown = tuple(fingerprint for fingerprint, stored in given.items() if stored not in known)
    return tuple(issues[issue_id] for issue_id in sorted(issues)), unknown


def look_again(conn: Connection, project_no: int, ids: Sequence[int], only: str | None) -> tuple[FoundIssue, ...]:
    """Return those of the issues with these ids that are still there, and with `only` still have this status."""
    rows = run_rows(
        conn,
        "WITH wanted (id, project_no) AS (",
        [(issue_id, project_no) for issue_id in ids],
        ") SELECT i.id, i.fingerprint, i.status FROM wanted CROSS JOIN issues AS i"
        f" WHERE i.id = wanted.id AND i.project_no = wanted.project_no AND {_PRESENT}",
    )
    return tuple(FoundIssue(*row) for row in sorted(rows) if only in {None, row[2]})
