"""All that the Markdown of an issue tells, on one state of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.grouping.fingerprint import OVERFLOW_FINGERPRINT
from bloop_trio.issues.grouping.store import get_grouping
from bloop_trio.issues.grouping.why_grouped import explain, stored_event
from bloop_trio.issues.lifecycle.activity import ActivityKind
from bloop_trio.issues.lifecycle.endings import get_snooze, read_fixes
from bloop_trio.issues.queries.detail import FoundIssue, find_issue
from bloop_trio.issues.queries.detail_shapes import StatusChange
from bloop_trio.issues.queries.overview_shapes import (
    Example,
    FixedIn,
    IssueOverview,
    Merged,
    MutedUntil,
    Remark,
    Share,
    Shares,
    Standing,
)
from bloop_trio.issues.queries.regression import CHANGED_BY_NAME
from bloop_trio.issues.queries.release_range import get_release_range
from bloop_trio.issues.queries.tags import tags_of_issue
from bloop_trio.issues.stored.users import users_of_issue

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.grouping.why_grouped import Explanation
    from bloop_trio.issues.stored.payload import PayloadReader

TOP: Final = 5
"""Releases, environments, changes of the status and comments that are told of."""
MAX_MERGED: Final = 10
"""Fingerprints that are told of."""
TAGGED_EVENTS: Final = 200
"""Events whose tags are counted."""


def get_overview(
    conn: Connection,
    payloads: PayloadReader,
    *,
    project_no: int,
    project_id: str,
    fingerprint: str,
    now_ms: int,
) -> IssueOverview | None:
    """Return the issue that a fingerprint belongs to, or None if the project does not have it."""
    with snapshot(conn):
        issue = find_issue(conn, project_no=project_no, project_id=project_id, fingerprint=fingerprint)
        if issue is None:
            return None
        first_seen_ms, last_seen_ms, regressed_ms, total_count = conn.execute(
            "SELECT first_seen_ms, last_seen_ms, regressed_ms, total_count FROM issues WHERE id = ?", (issue.id,)
        ).fetchone()
        changes, older_changes = _changes(conn, issue)
        first_release, last_release = get_release_range(conn, issue.id)
        example, why = _example(conn, payloads, issue, project_no)
        return IssueOverview(
            project_id=issue.project_id,
            fingerprint=issue.fingerprint,
            status=issue.status,
            error_type=issue.error_type,
            message=issue.message,
            source=issue.source,
            route_or_procedure=issue.route_or_procedure,
            screen=issue.screen,
            first_seen_ms=first_seen_ms,
            last_seen_ms=last_seen_ms,
            regressed_ms=regressed_ms,
            total_count=total_count,
            day_count=_count_since(conn, issue, now_ms - MS_PER_DAY),
            week_count=_count_since(conn, issue, now_ms - 7 * MS_PER_DAY),
            releases=_shares(conn, issue, "release"),
            environments=_shares(conn, issue, "environment"),
            changes=changes,
            older_changes=older_changes,
            example=example,
            users=users_of_issue(conn, issue.id),
            first_release=first_release,
            last_release=last_release,
            standing=_standing(conn, issue),
            merged=_merged(conn, issue),
            tags=tags_of_issue(conn, payloads, issue, max_events=TAGGED_EVENTS),
            why=why,
            is_why_current=why is None or _leads_to(conn, issue, why),
        )


def _count_since(conn: Connection, issue: FoundIssue, since_ms: int) -> int:
    """Return the events in the hours that began at `since_ms` or later."""
    (count,) = conn.execute(
        "SELECT coalesce(sum(count), 0) FROM event_counts_hourly"
        f" WHERE fingerprint_id IN ({issue.placeholders}) AND hour_ms >= ?",
        (*issue.fingerprint_ids, since_ms),
    ).fetchone()
    return int(count)


def _shares(conn: Connection, issue: FoundIssue, column: str) -> Shares:
    of_issue = f"issue_counts WHERE fingerprint_id IN ({issue.placeholders})"
    (different,) = conn.execute(f"SELECT count(DISTINCT {column}) FROM {of_issue}", issue.fingerprint_ids).fetchone()
    rows = conn.execute(
        f"SELECT {column}, sum(total_count) AS events FROM {of_issue}"
        f" GROUP BY {column} ORDER BY events DESC, {column} LIMIT ?",
        (*issue.fingerprint_ids, TOP),
    ).fetchall()
    return Shares(top=tuple(Share(name, count) for name, count in rows), left_out=different - len(rows))


def _changes(conn: Connection, issue: FoundIssue) -> tuple[tuple[StatusChange, ...], int]:
    (count,) = conn.execute("SELECT count(*) FROM status_changes WHERE issue_id = ?", (issue.id,)).fetchone()
    rows = conn.execute(
        f"SELECT s.id, s.old_status, s.new_status, s.changed_by, {CHANGED_BY_NAME}, s.changed_ms, s.reason"
        " FROM status_changes AS s WHERE s.issue_id = ? ORDER BY s.id DESC LIMIT ?",
        (issue.id, TOP),
    ).fetchall()
    changes = tuple(
        StatusChange(
            id=change_id,
            project_id=issue.project_id,
            fingerprint=issue.fingerprint,
            old_status=old_status,
            new_status=new_status,
            changed_by=changed_by,
            changed_by_name=changed_by_name,
            changed_at=changed_ms,
            reason=reason,
        )
        for change_id, old_status, new_status, changed_by, changed_by_name, changed_ms, reason in rows
    )
    return changes, count - len(changes)


def _standing(conn: Connection, issue: FoundIssue) -> Standing:
    (count,) = conn.execute(
        "SELECT count(*) FROM issue_activity WHERE issue_id = ? AND kind = ?", (issue.id, ActivityKind.COMMENT.value)
    ).fetchone()
    rows = conn.execute(
        f"SELECT s.changed_by, {CHANGED_BY_NAME}, s.at_ms, s.edited_ms IS NOT NULL, s.content FROM"
        " (SELECT id, actor AS changed_by, at_ms, edited_ms, content FROM issue_activity"
        " WHERE issue_id = ? AND kind = ?) AS s ORDER BY s.id DESC LIMIT ?",
        (issue.id, ActivityKind.COMMENT.value, TOP),
    ).fetchall()
    assignee = conn.execute(
        "SELECT u.username FROM issue_assignments AS a JOIN users AS u ON u.id = a.user_id WHERE a.issue_id = ?",
        (issue.id,),
    ).fetchone()
    snooze, fix = get_snooze(conn, issue.id), read_fixes(conn, [issue.id]).get(issue.id)
    return Standing(
        assignee=None if assignee is None else assignee[0],
        snooze=None
        if snooze is None
        else MutedUntil(
            time_ms=snooze.until_ms,
            total_count=snooze.until_count,
            users=snooze.until_users,
            after_release=snooze.after_release,
        ),
        fix=None if fix is None else FixedIn(release=fix.release, is_next=fix.is_next),
        remarks=tuple(
            Remark(author=author, author_name=name, at_ms=at_ms, is_edited=bool(is_edited), text=_text_of(content))
            for author, name, at_ms, is_edited, content in rows
        ),
        older_remarks=count - len(rows),
    )


def _text_of(content: str) -> str:
    text = msgspec.json.decode(content).get("text")
    return text if isinstance(text, str) else ""


def _merged(conn: Connection, issue: FoundIssue) -> Merged:
    rows = conn.execute(
        "SELECT fingerprint FROM issue_fingerprints WHERE issue_id = ? AND fingerprint <> ? ORDER BY id LIMIT ?",
        (issue.id, issue.fingerprint, MAX_MERGED),
    ).fetchall()
    others = len(issue.fingerprint_ids) - 1
    return Merged(fingerprints=tuple(fingerprint for (fingerprint,) in rows), left_out=max(0, others - len(rows)))


def _leads_to(conn: Connection, issue: FoundIssue, why: Explanation) -> bool:
    found = conn.execute(
        "SELECT 1 FROM issue_fingerprints WHERE issue_id = ? AND fingerprint IN (?, ?) LIMIT 1",
        (issue.id, why.fingerprint, why.older_fingerprint),
    ).fetchone()
    return found is not None


def _example(
    conn: Connection, payloads: PayloadReader, issue: FoundIssue, project_no: int
) -> tuple[Example | None, Explanation | None]:
    """Return the newest sample, and why it is grouped as it is."""
    row = conn.execute(
        "SELECT event_id, received_ms, release, environment, source, payload FROM samples"
        f" WHERE fingerprint_id IN ({issue.placeholders}) ORDER BY event_id DESC LIMIT 1",
        issue.fingerprint_ids,
    ).fetchone()
    if row is None:
        return None, None
    event_id, received_ms, release, environment, source, blob = row
    payload = payloads.decode(conn, blob)
    example = Example(
        event_id=event_id,
        received_ms=received_ms,
        release=release,
        environment=environment,
        source=source,
        message=payload.get("message"),
        stack=payload.get("stack"),
        http_status=payload.get("http_status"),
        request_id=payload.get("request_id"),
        route_or_procedure=payload.get("route_or_procedure"),
        screen=payload.get("screen"),
        app_version=payload.get("app_version"),
        build_number=payload.get("build_number"),
        metadata=payload.get("metadata"),
    )
    if issue.fingerprint == OVERFLOW_FINGERPRINT:
        return example, None
    known = {"error_type": issue.error_type, "message": issue.message} | payload
    event = stored_event(known, source=source, environment=environment, release=release)
    return example, explain(event, get_grouping(conn, project_no).grouping)
