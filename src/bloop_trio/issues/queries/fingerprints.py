"""The fingerprints of an issue: what each of them has counted, and what it was before it was merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.queries.detail import find_issue

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True, slots=False)
class IssueFingerprint:
    """One of the fingerprints of an error."""

    fingerprint: str
    """What events are grouped by."""
    total_count: int
    """Its own events."""
    first_seen: int | None
    """When the first of them was received, in epoch milliseconds."""
    last_seen: int | None
    """When the newest of them was received, in epoch milliseconds."""
    error_type: str
    """Class or code of the error that it belonged to by itself, as are the next four."""
    message: str
    """What went wrong."""
    source: str
    """Where it comes from, such as ``api`` or ``ios``."""
    status: str
    """Of a merged error, the status that it had, and gets back."""
    home: str
    """What that error is addressed by, and taken out by: it is the fingerprint itself, or what that is merged with."""
    merged_into: str | None
    """What that error was merged into; null if it is the error itself."""
    merged_by: str | None
    """A user's id, or ``token:`` and a token's id."""
    merged_by_name: str | None
    """The name of that user or token; null if there is no such user or token any more."""
    merged_at: int | None
    """When it was merged, in epoch milliseconds."""


_COUNTS = "SELECT sum(c.total_count), min(c.first_seen_ms), max(c.last_seen_ms) FROM {} AS c WHERE c.fingerprint_id = ?"


def list_fingerprints(
    conn: Connection, *, project_no: int, project_id: str, fingerprint: str
) -> list[IssueFingerprint] | None:
    """Return the fingerprints of an issue, its own one first; None if the project has no such issue."""
    with snapshot(conn):
        issue = find_issue(conn, project_no=project_no, project_id=project_id, fingerprint=fingerprint)
        if issue is None:
            return None
        rows = conn.execute(
            "SELECT f.id, f.head_id, f.fingerprint, coalesce(m.error_type, i.error_type), coalesce(m.message, i.message),"
            " coalesce(m.source, i.source), coalesce(m.status, i.status), coalesce(m.fingerprint, i.fingerprint),"
            " CASE WHEN m.parent_id = i.id THEN i.fingerprint"
            " ELSE (SELECT p.fingerprint FROM merged_issues AS p WHERE p.id = m.parent_id) END,"
            " m.merged_by, coalesce((SELECT username FROM users WHERE id = m.merged_by),"
            " (SELECT name FROM bearer_tokens WHERE 'token:' || id = m.merged_by AND id = substr(m.merged_by, 7))),"
            " m.merged_ms FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
            " LEFT JOIN merged_issues AS m ON m.id = f.home_issue_id WHERE f.issue_id = ?"
            " ORDER BY m.id IS NOT NULL, f.fingerprint <> i.fingerprint, m.merged_ms, f.id",
            (issue.id,),
        ).fetchall()
        found = []
        for fingerprint_id, head_id, *texts in rows:
            table = "issue_counts" if head_id is None else "merged_counts"
            total, first_ms, last_ms = conn.execute(_COUNTS.format(table), (fingerprint_id,)).fetchone()
            found.append(_fingerprint(texts, total or 0, first_ms, last_ms))
        return found


def _fingerprint(texts: list[Any], total: int, first_ms: int | None, last_ms: int | None) -> IssueFingerprint:
    fingerprint, error_type, message, source, status, home, merged_into, merged_by, name, merged_ms = texts
    return IssueFingerprint(
        fingerprint=fingerprint,
        total_count=total,
        first_seen=first_ms,
        last_seen=last_ms,
        error_type=error_type,
        message=message,
        source=source,
        status=status,
        home=home,
        merged_into=merged_into,
        merged_by=merged_by,
        merged_by_name=name,
        merged_at=merged_ms,
    )
