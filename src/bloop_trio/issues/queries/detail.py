"""One issue: its releases, samples and history.

An issue is asked for by any of its fingerprints, and answers as a whole under its first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.lifecycle.endings import get_snooze, read_fixes
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.queries.detail_shapes import ErrorDetail, IssueFix, IssueSnooze, Sample, StatusChange
from bloop_trio.issues.queries.listing import read_summaries
from bloop_trio.issues.queries.regression import CHANGED_BY_NAME, get_regression
from bloop_trio.issues.queries.release_range import get_release_range
from bloop_trio.issues.queries.shapes import ErrorAggregate

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader

NO_ID: Final = 2**63 - 1
"""Above every id."""
MAX_AGGREGATES: Final = 1_000
"""Releases and environments of one issue that a detail shows; the newest ones."""


@attrs.frozen(kw_only=True)
class Part:
    """Which part of something that happened bit by bit is wanted, newest first."""

    limit: int
    offset: int = 0
    """Entries to leave out before the first."""
    before_id: int = NO_ID
    """Wanted is what came before the entry of this id."""


@attrs.frozen(kw_only=True)
class FoundIssue:
    """An issue with what its rows elsewhere hang on."""

    id: int
    fingerprint_ids: tuple[int, ...]
    project_id: str
    fingerprint: str
    status: str
    error_type: str
    message: str
    source: str
    route_or_procedure: str | None
    screen: str | None

    @property
    def placeholders(self) -> str:
        """Return the parameter marks for `fingerprint_ids`."""
        return ", ".join("?" * len(self.fingerprint_ids))


def find_issue(conn: Connection, *, project_no: int, project_id: str, fingerprint: str) -> FoundIssue | None:
    """Return the project's issue that a fingerprint belongs to.

    A fingerprint that a client brought itself is found as the client wrote it, also where it is stored as a hash.
    """
    row = conn.execute(
        "SELECT i.id, i.fingerprint, i.status, i.error_type, i.message, i.source, i.route_or_procedure, i.screen"
        " FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
        " WHERE f.project_no = ? AND f.fingerprint = ?",
        (project_no, own_fingerprint(fingerprint)),
    ).fetchone()
    if row is None:
        return None
    issue_id, first_fingerprint, status, error_type, message, source, route_or_procedure, screen = row
    ids = conn.execute("SELECT id FROM issue_fingerprints WHERE issue_id = ? ORDER BY id", (issue_id,))
    return FoundIssue(
        id=issue_id,
        fingerprint_ids=tuple(fingerprint_id for (fingerprint_id,) in ids),
        project_id=project_id,
        fingerprint=first_fingerprint,
        status=status,
        error_type=error_type,
        message=message,
        source=source,
        route_or_procedure=route_or_procedure,
        screen=screen,
    )


def get_detail(
    conn: Connection,
    payloads: PayloadReader,
    *,
    project_no: int,
    project_id: str,
    fingerprint: str,
    max_samples: int,
) -> ErrorDetail | None:
    """Return an issue's releases and samples, or None if there is no such issue in the project."""
    with snapshot(conn):
        issue = find_issue(conn, project_no=project_no, project_id=project_id, fingerprint=fingerprint)
        if issue is None:
            return None
        (summary,) = read_summaries(conn, payloads, {issue.id: project_id})
        _, last_release = get_release_range(conn, issue.id)
        return ErrorDetail(
            aggregates=_aggregates(conn, issue),
            samples=_samples(conn, payloads, issue, max_samples),
            users_affected=summary.users_affected,
            users_affected_exact=summary.users_affected_exact,
            first_release=summary.first_release,
            last_release=last_release,
            assignee=summary.assignee,
            snooze=_snooze(conn, issue),
            fix=_fix(conn, issue),
            issue=summary,
            regression=get_regression(conn, issue.id, project_no, issue.status),
        )


def _snooze(conn: Connection, issue: FoundIssue) -> IssueSnooze | None:
    snooze = get_snooze(conn, issue.id) if issue.status == Status.MUTED else None
    if snooze is None:
        return None
    return IssueSnooze(
        until=snooze.until_ms,
        until_total_count=snooze.until_count,
        until_users_affected=snooze.until_users,
        after_release=snooze.after_release,
    )


def _fix(conn: Connection, issue: FoundIssue) -> IssueFix | None:
    fix = read_fixes(conn, [issue.id]).get(issue.id) if issue.status == Status.RESOLVED else None
    return None if fix is None else IssueFix(release=fix.release, is_next=fix.is_next)


def _aggregates(conn: Connection, issue: FoundIssue) -> list[ErrorAggregate]:
    rows = conn.execute(
        "SELECT release, environment, sum(total_count), min(first_seen_ms), max(last_seen_ms) AS last_ms"
        f" FROM issue_counts WHERE fingerprint_id IN ({issue.placeholders})"
        " GROUP BY release, environment ORDER BY last_ms DESC, release DESC, environment DESC LIMIT ?",
        (*issue.fingerprint_ids, MAX_AGGREGATES),
    )
    return [
        ErrorAggregate(
            project_id=issue.project_id,
            fingerprint=issue.fingerprint,
            release=release,
            environment=environment,
            total_count=total_count,
            first_seen=first_seen_ms,
            last_seen=last_seen_ms,
            error_type=issue.error_type,
            message=issue.message,
            source=issue.source,
            route_or_procedure=issue.route_or_procedure,
            screen=issue.screen,
            status=issue.status,
        )
        for release, environment, total_count, first_seen_ms, last_seen_ms in rows
    ]


def _samples(conn: Connection, payloads: PayloadReader, issue: FoundIssue, limit: int) -> list[Sample]:
    rows = conn.execute(
        "SELECT event_id, received_ms, source, environment, release, payload FROM samples"
        f" WHERE fingerprint_id IN ({issue.placeholders}) ORDER BY event_id DESC LIMIT ?",
        (*issue.fingerprint_ids, limit),
    ).fetchall()
    return [
        Sample(
            id=event_id,
            captured_at=received_ms,
            source=source,
            environment=environment,
            release=release,
            **described(issue, payloads.decode(conn, blob)),
        )
        for event_id, received_ms, source, environment, release, blob in rows
    ]


def described(issue: FoundIssue, payload: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that samples and occurrences take from the issue and from the event's payload."""
    return {
        "project_id": issue.project_id,
        "fingerprint": issue.fingerprint,
        "error_type": payload.get("error_type") or issue.error_type,
        "message": payload.get("message") or issue.message,
        "stack": payload.get("stack"),
        "request_id": payload.get("request_id"),
        "metadata": payload.get("metadata"),
        "user_id_hash": payload.get("user_id_hash"),
        "device_id_hash": payload.get("device_id_hash"),
        "app_version": payload.get("app_version"),
        "build_number": payload.get("build_number"),
        "screen": payload.get("screen"),
        "http_status": payload.get("http_status"),
        "route_or_procedure": payload.get("route_or_procedure"),
    }


def list_history(
    conn: Connection, *, project_no: int, project_id: str, fingerprint: str, part: Part
) -> list[StatusChange]:
    """Return an issue's changes of status, newest first; empty if there is no such issue."""
    rows = conn.execute(
        f"SELECT s.id, i.fingerprint, s.old_status, s.new_status, s.changed_by, {CHANGED_BY_NAME}, s.changed_ms, s.reason"
        " FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
        " JOIN status_changes AS s ON s.issue_id = i.id"
        " WHERE f.project_no = ? AND f.fingerprint = ? AND s.id < ?"
        # Changes are written one after the other; a clock that was set back does not change their order.
        " ORDER BY s.id DESC LIMIT ? OFFSET ?",
        (project_no, own_fingerprint(fingerprint), part.before_id, part.limit, part.offset),
    )
    return [
        StatusChange(
            id=change_id,
            project_id=project_id,
            fingerprint=first_fingerprint,
            old_status=old_status,
            new_status=new_status,
            changed_by=changed_by,
            changed_by_name=changed_by_name,
            changed_at=changed_ms,
            reason=reason,
        )
        for change_id, first_fingerprint, old_status, new_status, changed_by, changed_by_name, changed_ms, reason in rows
    ]
