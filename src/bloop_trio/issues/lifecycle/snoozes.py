"""Muted issues that are unresolved again by themselves: after a time, after so many events or users, in a new release.

What events decide is decided in the transaction of the batch that brings them, and only for muted issues; what time
decides, by `end_due`, which a task calls.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.connection import transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.lifecycle.endings import Snooze, read_snoozes, set_snoozes
from bloop_trio.issues.lifecycle.release_order import is_later
from bloop_trio.issues.lifecycle.releases import newest_release, read_releases
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.stored.user_set import NOBODY
from bloop_trio.issues.stored.users import users_of_issues

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import CombinedBatch, FingerprintKey, Span
    from bloop_trio.issues.lifecycle.release_order import Release
    from bloop_trio.issues.stored.finding import IssueRef
    from bloop_trio.issues.stored.user_set import UserCount

NO_RELEASE: Final = "the project has no release yet"
SLICE_SNOOZES: Final = 500
"""Snoozes that one transaction ends as their time is over."""
_ENDED: Final = "snooze ended: "


@attrs.frozen(kw_only=True)
class SnoozeTerms:
    """What is to end the muting of issues: the first of what is set."""

    until_ms: int | None = None
    more_events: int | None = None
    more_users: int | None = None
    until_next_release: bool = False


@attrs.frozen(kw_only=True)
class EndedSnooze:
    """A muted issue that has become unresolved by itself."""

    project_no: int
    issue_id: int
    fingerprint: str
    changed_ms: int
    reason: str
    """Stands in the history."""


def snooze_issues(conn: Connection, project_no: int, issue_ids: Sequence[int], terms: SnoozeTerms) -> None:
    """Give muted issues of a project a snooze, counted from now on; called inside a transaction.

    Raises:
        BadRequestError: it is to end with the next release, and the project has none yet.
    """
    release = newest_release(conn, project_no) if terms.until_next_release else None
    if terms.until_next_release and release is None:
        raise BadRequestError(NO_RELEASE)
    counts = run_rows(
        conn,
        "WITH wanted (id) AS (",
        [(issue_id,) for issue_id in issue_ids],
        ") SELECT i.id, i.total_count FROM wanted CROSS JOIN issues AS i USING (id)",
    )
    users = users_of_issues(conn, issue_ids) if terms.more_users is not None else {}
    snoozes = {}
    for issue_id, total_count in counts:
        affected = users.get(issue_id, NOBODY).count
        snoozes[issue_id] = Snooze(
            until_ms=terms.until_ms,
            until_count=None if terms.more_events is None else total_count + terms.more_events,
            more_events=terms.more_events,
            until_users=None if terms.more_users is None else affected + terms.more_users,
            more_users=terms.more_users,
            after_release=None if release is None else release.name,
        )
    set_snoozes(conn, snoozes)


def shift_snooze(conn: Connection, issue_id: int, *, events: int, users: int = 0) -> None:
    """Have a snooze count from another beginning, as its issue was given, or lost, so much that is not new."""
    conn.execute(
        "UPDATE issue_snoozes SET until_count = until_count + ?, until_users = until_users + ? WHERE issue_id = ?",
        (events, users, issue_id),
    )


def end_met(
    conn: Connection, combined: CombinedBatch, refs: dict[FingerprintKey, IssueRef], muted: Sequence[int]
) -> tuple[EndedSnooze, ...]:
    """End the snoozes that a batch has met, of those of its issues that are muted; events and users are added already."""
    snoozes = read_snoozes(conn, muted)
    if not snoozes:
        return ()
    parts: defaultdict[int, list[tuple[str, Span]]] = defaultdict(list)
    for (key, release, _), span in combined.releases.items():
        ref = refs.get(key)
        if ref is not None and ref.issue_id in snoozes:
            parts[ref.issue_id].append((release, span))
    issues = conn.execute(
        "SELECT i.id, i.project_no, i.fingerprint, i.total_count FROM json_each(?) AS w"
        " CROSS JOIN issues AS i ON i.id = w.value ORDER BY i.id",
        (json.dumps(list(snoozes)),),
    ).fetchall()
    news = _News(
        known=read_releases(
            conn,
            [
                (project_no, name)
                for issue_id, project_no, _, _ in issues
                if (after := snoozes[issue_id].after_release) is not None
                for name in (after, *(release for release, _ in parts[issue_id]))
            ],
        ),
        users=users_of_issues(conn, [no for no, snooze in snoozes.items() if snooze.until_users is not None]),
    )
    ended = []
    for issue_id, project_no, fingerprint, total_count in issues:
        releases = {release for release, _ in parts[issue_id]}
        what = news.met(
            snoozes[issue_id],
            issue_id=issue_id,
            project_no=project_no,
            total_count=total_count,
            releases=releases,
        )
        if what is not None:
            ended.append(
                EndedSnooze(
                    project_no=project_no,
                    issue_id=issue_id,
                    fingerprint=fingerprint,
                    changed_ms=max(span.last_ms for _, span in parts[issue_id]),
                    reason=f"{_ENDED}{what}",
                )
            )
    _end(conn, ended)
    return tuple(ended)


@attrs.frozen
class _News:
    """What a batch has brought to snoozed issues."""

    known: Mapping[tuple[int, str], Release]
    """The releases that matter."""
    users: Mapping[int, UserCount]
    """How many users those issues have affected whose snooze counts them."""

    def met(
        self, snooze: Snooze, *, issue_id: int, project_no: int, total_count: int, releases: set[str]
    ) -> str | None:
        """Return what has ended the snooze of an issue; None if nothing has."""
        if snooze.until_count is not None and total_count >= snooze.until_count:
            return _counted(snooze.more_events, "event")
        if snooze.until_users is not None and self.users.get(issue_id, NOBODY).count >= snooze.until_users:
            return _counted(snooze.more_users, "user")
        if snooze.after_release is not None:
            last = self.known[project_no, snooze.after_release]
            for name in sorted(releases):
                if is_later(self.known[project_no, name], last):
                    return f"release {name}"
        return None


def _counted(number: int | None, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _end(conn: Connection, ended: Iterable[EndedSnooze]) -> None:
    alike: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for snooze in ended:
        alike[snooze.changed_ms, snooze.reason].append(snooze.issue_id)
    for (changed_ms, reason), issue_ids in alike.items():
        change_status(
            conn,
            [(issue_id, Status.MUTED) for issue_id in issue_ids],
            Status.UNRESOLVED,
            changed_by=None,
            changed_ms=changed_ms,
            reason=reason,
        )


def end_due(conn: Connection, *, now_ms: int) -> tuple[EndedSnooze, ...]:
    """End snoozes whose time is over at `now_ms`, at most `SLICE_SNOOZES`, in one transaction; returns them.

    Those of deleted projects are left to whoever clears these away. Without any, nothing is written.
    """
    if conn.execute("SELECT 1 FROM issue_snoozes WHERE until_ms <= ? LIMIT 1", (now_ms,)).fetchone() is None:
        return ()
    with transaction(conn):
        rows = conn.execute(
            "SELECT i.id, i.project_no, i.fingerprint FROM issue_snoozes AS s CROSS JOIN issues AS i ON i.id = s.issue_id"
            " CROSS JOIN projects AS p ON p.no = i.project_no"
            " WHERE s.until_ms <= ? AND p.deleted_secs IS NULL ORDER BY s.until_ms, s.issue_id LIMIT ?",
            (now_ms, SLICE_SNOOZES),
        ).fetchall()
        ended = tuple(
            EndedSnooze(
                project_no=project_no,
                issue_id=issue_id,
                fingerprint=fingerprint,
                changed_ms=now_ms,
                reason=f"{_ENDED}the time is over",
            )
            for issue_id, project_no, fingerprint in rows
        )
        _end(conn, ended)
        return ended
