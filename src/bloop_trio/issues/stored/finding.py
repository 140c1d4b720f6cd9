"""Where the fingerprints of a batch live in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bloop_trio.db.statements import run_rows

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import FingerprintKey


@attrs.frozen
class Head:
    """The fingerprint that an issue of several is addressed by, and that has its counts by release."""

    fingerprint_id: int
    fingerprint: str


@attrs.frozen
class IssueRef:
    """Where a fingerprint lives in the database."""

    fingerprint_id: int
    issue_id: int
    head: Head | None = None
    """None while nothing was merged into the issue."""


def find(conn: Connection, keys: list[FingerprintKey]) -> dict[FingerprintKey, IssueRef]:
    """Return where those of `keys` live that the database has."""
    rows = run_rows(
        conn,
        "WITH wanted (project_no, fingerprint) AS (",
        keys,
        ") SELECT f.project_no, f.fingerprint, f.id, f.issue_id, f.head_id, h.fingerprint"
        " FROM wanted JOIN issue_fingerprints AS f USING (project_no, fingerprint)"
        " LEFT JOIN issue_fingerprints AS h ON h.id = f.head_id",
    )
    return {
        (no, fingerprint): IssueRef(fingerprint_id, issue_id, None if head_id is None else Head(head_id, head))
        for no, fingerprint, fingerprint_id, issue_id, head_id, head in rows
    }
