"""Merging issues: several become one, which their events count to from then on. `unmerging` takes it back.

One transaction moves everything that names the issues: their fingerprints, the counts that lists read, history and
activity. What an issue was before stays in `merged_issues`, and what each fingerprint counts in `merged_counts`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action, by
from bloop_trio.audit.store import record
from bloop_trio.db.connection import transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.exceptions import BadRequestError, ConflictError, NotFoundError
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity
from bloop_trio.issues.lifecycle.endings import take_away
from bloop_trio.issues.lifecycle.snoozes import shift_snooze
from bloop_trio.issues.stored.users import users_of_issue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import Caller
    from bloop_trio.issues.events.batch import FingerprintKey
    from bloop_trio.issues.queries.scope import OneProject

MAX_FINGERPRINTS: Final = 200
"""Of one issue: each is looked for in whatever is read of it."""
MAX_MOVED_ROWS: Final = 1_000
"""Counts by release and environment of the issues that are merged at once: some 20 ms for which events wait."""
MAX_MOVED_ENTRIES: Final = 5_000
"""Changes of status and activities of these issues: about as long."""
MAX_PARENT_ROWS: Final = 10_000
"""Counts of the issue that they are merged into, each of which is copied: about as long."""
MAX_AUDITED: Final = 20
"""Fingerprints that an entry of the audit log names, of however many were moved."""
_ACTIONS: Final = {ActivityKind.MERGED: Action.ERRORS_MERGED, ActivityKind.UNMERGED: Action.ERRORS_UNMERGED}
_PRESENT: Final = (
    "EXISTS (SELECT 1 FROM projects AS p WHERE p.no = wanted.project_no AND p.deleted_secs IS NULL LIMIT 1)"
)
"""What is left of a project that was deleted since the request was let in is being taken apart."""


@attrs.frozen(kw_only=True)
class Asked:
    """Which issue is meant, and which fingerprints are to join it or to leave it."""

    project: OneProject
    fingerprint: str
    """Any of the issue's, as the client wrote it, like the others."""
    fingerprints: tuple[str, ...]
    caller: Caller


@attrs.frozen(kw_only=True)
class Regrouped:
    """What a transaction did."""

    project_no: int
    fingerprint: str
    """What the issue is addressed by."""
    status: str
    """The issue's own, which neither merging nor unmerging changes."""
    total_count: int
    moved: tuple[str, ...]
    """The addresses of the issues that were merged into it, or that have left it."""
    at_ms: int
    keys: tuple[FingerprintKey, ...]
    """All fingerprints that belong to another issue now, or count in another place."""


@attrs.frozen
class FoundIssue:
    """What a fingerprint was found to mean."""

    id: int
    fingerprint: str
    """What the issue is addressed by."""
    status: str
    source: str
    route_or_procedure: str | None
    home_issue_id: int | None
    """Whose the fingerprint that was asked for is by itself; None: the issue's."""


def merge(conn: Connection, *, asked: Asked, clock: Callable[[], int]) -> Regrouped:
    """Merge the issues of `asked.fingerprints` into that of `asked.fingerprint`, in one transaction.

    The issue keeps its status, its texts and what it is addressed by. The others are gone until they are unmerged:
    whoever asks for one of them, or changes it, means this issue.

    Raises:
        NotFoundError: the project has no such issue.
        BadRequestError: it would be merged into itself, or is too large.
        ConflictError: one of them is merged already.
    """
    with transaction(conn):
        parent, children = _find_all(conn, asked)
        ids = [child.id for child in children]
        _check_sizes(conn, [parent.id, *ids])
        now_ms = clock()
        before = users_of_issue(conn, parent.id).count
        keys = _gather_fingerprints(conn, asked.project.no, parent, ids)
        count = _add_up(conn, asked.project.no, parent, ids)
        for child in children:
            _set_aside(conn, child, parent.id, asked.caller.actor, now_ms)
        _move_history(conn, parent.id, ids)
        _remove(conn, asked.project.no, children)
        shift_snooze(conn, parent.id, events=count, users=users_of_issue(conn, parent.id).count - before)
        moved = tuple(child.fingerprint for child in children)
        note_regrouping(conn, asked, parent, ActivityKind.MERGED, moved, now_ms)
        return Regrouped(
            project_no=asked.project.no,
            fingerprint=parent.fingerprint,
            status=parent.status,
            total_count=total_of(conn, parent.id),
            moved=moved,
            at_ms=now_ms,
            keys=keys,
        )


def find_issues(conn: Connection, project_no: int, fingerprints: Sequence[str]) -> dict[str, FoundIssue]:
    """Return what fingerprints of a project mean, by what was written; those that it does not have are left out."""
    given = {fingerprint: own_fingerprint(fingerprint) for fingerprint in fingerprints}
    rows = run_rows(
        conn,
        "WITH wanted (project_no, fingerprint) AS (",
        sorted({(project_no, stored) for stored in given.values()}),
        ") SELECT f.fingerprint, i.id, i.fingerprint, i.status, i.source, i.route_or_procedure, f.home_issue_id"
        " FROM wanted CROSS JOIN issue_fingerprints AS f USING (project_no, fingerprint)"
        f" JOIN issues AS i ON i.id = f.issue_id WHERE {_PRESENT}",
    )
    found = {stored: FoundIssue(*rest) for stored, *rest in rows}
    return {fingerprint: found[stored] for fingerprint, stored in given.items() if stored in found}


def get_issue(conn: Connection, asked: Asked) -> FoundIssue:
    """Return the issue that is meant.

    Raises:
        NotFoundError: the project does not have it.
    """
    found = find_issues(conn, asked.project.no, [asked.fingerprint])
    if not found:
        raise NotFoundError(f"no errors with fingerprint {asked.fingerprint}")
    return found[asked.fingerprint]


def total_of(conn: Connection, issue_id: int) -> int:
    """Return the events of an issue."""
    (count,) = conn.execute("SELECT total_count FROM issues WHERE id = ?", (issue_id,)).fetchone()
    return int(count)


def _find_all(conn: Connection, asked: Asked) -> tuple[FoundIssue, list[FoundIssue]]:
    """Return the issue that is meant, and those that are to be merged into it, each once."""
    parent = get_issue(conn, asked)
    found = find_issues(conn, asked.project.no, asked.fingerprints)
    children: dict[int, FoundIssue] = {}
    for fingerprint in asked.fingerprints:
        child = found.get(fingerprint)
        if child is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        if child.home_issue_id is not None:
            raise ConflictError(f"already merged: {fingerprint} belongs to {child.fingerprint}")
        if child.id == parent.id:
            raise BadRequestError("an error cannot be merged into itself")
        children[child.id] = child
    return parent, [children[issue_id] for issue_id in sorted(children)]


def _check_sizes(conn: Connection, ids: Sequence[int]) -> None:
    parent_id, *others = ids
    marks = ", ".join("?" * len(others))
    (fingerprints,) = conn.execute(
        f"SELECT count(*) FROM issue_fingerprints WHERE issue_id IN (?, {marks})", ids
    ).fetchone()
    if fingerprints > MAX_FINGERPRINTS:
        raise BadRequestError(f"an error has at most {MAX_FINGERPRINTS} fingerprints")
    if _has_more(conn, "issue_counts", others, MAX_MOVED_ROWS):
        raise BadRequestError(
            f"too large to be merged: these occurred in more than {MAX_MOVED_ROWS} releases and environments together;"
            " merge fewer at a time, or the other way round"
        )
    if any(_has_more(conn, table, others, MAX_MOVED_ENTRIES) for table in ("status_changes", "issue_activity")):
        raise BadRequestError(
            f"too large to be merged: the history of these has more than {MAX_MOVED_ENTRIES} entries;"
            " merge fewer at a time, or the other way round"
        )
    if _has_more(conn, "issue_counts", [parent_id], MAX_PARENT_ROWS):
        raise BadRequestError(
            f"too large to be merged: others can be merged into an error of at most {MAX_PARENT_ROWS} releases and"
            " environments"
        )


def _has_more(conn: Connection, table: str, ids: Sequence[int], limit: int) -> bool:
    """Whether issues have more than so many rows in a table."""
    (count,) = conn.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE issue_id IN ({', '.join('?' * len(ids))}) LIMIT ?)",
        [*ids, limit + 1],
    ).fetchone()
    return int(count) > limit


def _gather_fingerprints(
    conn: Connection, project_no: int, parent: FoundIssue, ids: Sequence[int]
) -> tuple[FingerprintKey, ...]:
    """Have all fingerprints belong to the parent, and keep what each of them counts; returns all of them."""
    marks = ", ".join("?" * len(ids))
    conn.execute(
        "INSERT INTO merged_counts (fingerprint_id, release, environment, total_count, first_seen_ms, last_seen_ms)"
        " SELECT c.fingerprint_id, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms"
        " FROM issue_fingerprints AS f CROSS JOIN issue_counts AS c ON c.fingerprint_id = f.id"
        f" WHERE f.issue_id IN (?, {marks}) AND f.head_id IS NULL",
        (parent.id, *ids),
    )
    conn.execute(
        "UPDATE issue_fingerprints SET home_issue_id = coalesce(home_issue_id, issue_id), issue_id = ?"
        f" WHERE issue_id IN ({marks})",
        (parent.id, *ids),
    )
    rows = conn.execute(
        "UPDATE issue_fingerprints SET head_id = (SELECT id FROM issue_fingerprints WHERE project_no = ? AND fingerprint = ?)"
        " WHERE issue_id = ? RETURNING fingerprint",
        (project_no, parent.fingerprint, parent.id),
    )
    return tuple((project_no, fingerprint) for (fingerprint,) in rows.fetchall())


def _add_up(conn: Connection, project_no: int, parent: FoundIssue, ids: Sequence[int]) -> int:
    """Add the counts of issues to those of the parent; returns how many events that are."""
    marks = ", ".join("?" * len(ids))
    (head_id,) = conn.execute(
        "SELECT id FROM issue_fingerprints WHERE project_no = ? AND fingerprint = ?", (project_no, parent.fingerprint)
    ).fetchone()
    # The parent may have fingerprints that were its own from the beginning: their counts belong to its head now, too.
    theirs = f"issue_counts WHERE issue_id IN (?, {marks}) AND fingerprint_id <> ?"
    conn.execute(
        "INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
        " route_or_procedure, total_count, first_seen_ms, last_seen_ms)"
        " SELECT ?, ?, release, environment, ?, ?, ?, ?, sum(total_count), min(first_seen_ms), max(last_seen_ms)"
        f" FROM {theirs} GROUP BY release, environment"
        " ON CONFLICT (fingerprint_id, release, environment) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, first_seen_ms = min(first_seen_ms, excluded.first_seen_ms),"
        " last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
        (
            head_id,
            parent.id,
            project_no,
            parent.status,
            parent.source,
            parent.route_or_procedure,
            parent.id,
            *ids,
            head_id,
        ),
    )
    conn.execute(f"DELETE FROM {theirs}", (parent.id, *ids, head_id))
    count, first_ms, last_ms = conn.execute(
        f"SELECT sum(total_count), min(first_seen_ms), max(last_seen_ms) FROM issues WHERE id IN ({marks})", ids
    ).fetchone()
    conn.execute(
        "UPDATE issues SET total_count = total_count + ?, first_seen_ms = min(first_seen_ms, ?),"
        " last_seen_ms = max(last_seen_ms, ?) WHERE id = ?",
        (count, first_ms, last_ms, parent.id),
    )
    return int(count)


def _set_aside(conn: Connection, child: FoundIssue, parent_id: int, actor: str | None, now_ms: int) -> None:
    """Keep an issue as it was, with what belongs to it alone."""
    ended = take_away(conn, [(child.id, child.status)]).get(child.id)
    assigned = conn.execute(
        "DELETE FROM issue_assignments WHERE issue_id = ? RETURNING user_id, assigned_secs", (child.id,)
    ).fetchone()
    conn.execute(
        "INSERT INTO merged_issues (id, project_no, parent_id, fingerprint, status, status_changed_ms, regressed_ms,"
        " error_type, message, source, route_or_procedure, screen, frames, parts, ended, assigned_to,"
        " assigned_secs, merged_by, merged_ms)"
        " SELECT i.id, i.project_no, ?, i.fingerprint, i.status, i.status_changed_ms, i.regressed_ms,"
        " i.error_type, i.message, i.source, i.route_or_procedure, i.screen, t.frames, t.parts, ?, ?, ?, ?, ?"
        " FROM issues AS i LEFT JOIN issue_search_texts AS t ON t.issue_id = i.id WHERE i.id = ?",
        (parent_id, ended, *(assigned or (None, None)), actor, now_ms, child.id),
    )
    # Its entry in the index of the search stays, and is one of `merged_issues` from now on.
    conn.execute("DELETE FROM issue_search_texts WHERE issue_id = ?", (child.id,))


def _move_history(conn: Connection, parent_id: int, ids: Sequence[int]) -> None:
    for table in ("status_changes", "issue_activity"):
        conn.execute(
            f"UPDATE {table} SET origin_issue_id = coalesce(origin_issue_id, issue_id), issue_id = ?"
            f" WHERE issue_id IN ({', '.join('?' * len(ids))})",
            (parent_id, *ids),
        )


def _remove(conn: Connection, project_no: int, children: Sequence[FoundIssue]) -> None:
    """Remove issues that nothing refers to any more."""
    conn.execute(f"DELETE FROM issues WHERE id IN ({', '.join('?' * len(children))})", [child.id for child in children])
    run_rows(
        conn,
        "INSERT INTO issue_totals (project_no, status, count)",
        [(project_no, status, -count) for status, count in sorted(Counter(c.status for c in children).items())],
        "ON CONFLICT (project_no, status) DO UPDATE SET count = count + excluded.count",
    )


def note_regrouping(
    conn: Connection, asked: Asked, parent: FoundIssue, kind: ActivityKind, moved: tuple[str, ...], now_ms: int
) -> None:
    """Write a merge, or what undoes one, into the timeline of the issue and into the audit log."""
    note_activity(conn, parent.id, kind, actor=asked.caller.actor, at_ms=now_ms, content={"fingerprints": moved})
    entry = by(
        asked.caller,
        _ACTIONS[kind],
        project_id=asked.project.id,
        target=parent.fingerprint,
        details={"changed": len(moved), "fingerprints": moved[:MAX_AUDITED]},
    )
    record(conn, entry, now_ms)
