"""Taking merged issues apart: what was merged becomes an issue of its own again, with all that has happened since.

Each comes back under its old number and with its own history. The counts of either side are what they would be if the
two had never been merged.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.connection import transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity
from bloop_trio.issues.lifecycle.endings import put_back
from bloop_trio.issues.lifecycle.snoozes import shift_snooze
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.merging.merging import (
    MAX_MOVED_ROWS,
    Asked,
    FoundIssue,
    Regrouped,
    find_issues,
    get_issue,
    note_regrouping,
    total_of,
)
from bloop_trio.issues.stored.users import users_of_issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import FingerprintKey

REASON_EVENTS: Final = "events came in while it was merged"
"""Why an issue that was resolved is not any more when it comes back."""


@attrs.frozen
class Node:
    """A merged issue."""

    id: int
    parent_id: int
    fingerprint: str
    status: str
    merged_ms: int
    ended: str | None
    assigned_to: str | None
    assigned_secs: int | None


@attrs.frozen
class Group:
    """What becomes one issue again: a merged one, with what had been merged into it before."""

    node: Node
    fingerprints: dict[int, str]
    """By their ids."""
    issue_ids: tuple[int, ...]
    """Of all merged issues in it, its own included."""


@attrs.frozen(kw_only=True)
class Step:
    """What one transaction did of what was asked for."""

    done: Regrouped
    rest: tuple[str, ...]
    """The fingerprints that are to follow, each that of a merged issue."""


def unmerge(conn: Connection, *, asked: Asked, clock: Callable[[], int]) -> Step:
    """Take out of an issue what `asked.fingerprints` name, in one transaction, or as much of it as there is time for.

    Without fingerprints everything is taken out that was ever merged into it. What had been merged into one of these
    issues before, and is not named itself, stays with it.

    Raises:
        NotFoundError: the project has no such issue or fingerprint.
        BadRequestError: nothing is merged into the issue, or not one of the fingerprints.
    """
    with transaction(conn):
        parent = get_issue(conn, asked)
        nodes = _read_nodes(conn, parent.id)
        wanted = _wanted(conn, asked, parent, nodes)
        taken = _as_many_as_fit(conn, parent.id, nodes, wanted)
        now_ms = clock()
        before = users_of_issue(conn, parent.id).count
        total = total_of(conn, parent.id)
        for group in taken:
            _restore(conn, asked.project.no, group)
        _subtract(conn, parent.id, [fingerprint_id for group in taken for fingerprint_id in group.fingerprints])
        for group in taken:
            _settle(conn, asked, parent, group, now_ms)
        keys = _release(conn, asked.project.no, parent.id, taken)
        left = total_of(conn, parent.id)
        shift_snooze(conn, parent.id, events=left - total, users=users_of_issue(conn, parent.id).count - before)
        moved = tuple(group.node.fingerprint for group in taken)
        note_regrouping(conn, asked, parent, ActivityKind.UNMERGED, moved, now_ms)
        return Step(
            done=Regrouped(
                project_no=asked.project.no,
                fingerprint=parent.fingerprint,
                status=parent.status,
                total_count=left,
                moved=moved,
                at_ms=now_ms,
                keys=keys,
            ),
            rest=tuple(node.fingerprint for node in wanted[len(taken) :]),
        )


def _read_nodes(conn: Connection, issue_id: int) -> dict[int, Node]:
    """Return all that was ever merged into an issue."""
    rows = conn.execute(
        "SELECT m.id, m.parent_id, m.fingerprint, m.status, m.merged_ms, m.ended, m.assigned_to, m.assigned_secs"
        " FROM (SELECT DISTINCT home_issue_id AS id FROM issue_fingerprints WHERE issue_id = ?) AS home"
        " CROSS JOIN merged_issues AS m USING (id)",
        (issue_id,),
    )
    return {row[0]: Node(*row) for row in rows}


def _wanted(conn: Connection, asked: Asked, parent: FoundIssue, nodes: Mapping[int, Node]) -> list[Node]:
    """Return what is to be taken out, where one thing was merged into another the inner one first."""
    ids = set(nodes)
    if not nodes:
        raise BadRequestError(f"not merged: nothing was merged into {parent.fingerprint}")
    if asked.fingerprints:
        ids = set()
        found = find_issues(conn, asked.project.no, asked.fingerprints)
        for fingerprint in asked.fingerprints:
            issue = found.get(fingerprint)
            if issue is None:
                raise NotFoundError(f"no errors with fingerprint {fingerprint}")
            home_id = issue.home_issue_id
            if issue.id != parent.id or home_id is None:
                raise BadRequestError(f"not merged: {fingerprint} is not one that was merged into {parent.fingerprint}")
            ids.add(home_id)
    return sorted((nodes[node_id] for node_id in ids), key=lambda node: (-_depth(node, nodes), node.id))


def _depth(node: Node, nodes: Mapping[int, Node]) -> int:
    depth = 0
    while node.parent_id in nodes:
        node, depth = nodes[node.parent_id], depth + 1
    return depth


def _as_many_as_fit(conn: Connection, issue_id: int, nodes: dict[int, Node], wanted: Sequence[Node]) -> list[Group]:
    """Return the first of what is wanted, at least one, until there are `MAX_MOVED_ROWS` counts to be moved."""
    by_home: defaultdict[int, dict[int, str]] = defaultdict(dict)
    sizes: dict[int, int] = {}
    rows = conn.execute(
        "SELECT id, fingerprint, home_issue_id, (SELECT count(*) FROM merged_counts WHERE fingerprint_id = f.id)"
        " FROM issue_fingerprints AS f WHERE issue_id = ? AND home_issue_id IS NOT NULL",
        (issue_id,),
    )
    for fingerprint_id, fingerprint, home_issue_id, size in rows:
        by_home[home_issue_id][fingerprint_id] = fingerprint
        sizes[home_issue_id] = sizes.get(home_issue_id, 0) + size
    left = dict(nodes)
    groups: list[Group] = []
    moved = 0
    for node in wanted:
        issue_ids = _with_inner(node, left)
        moved += sum(sizes[inner] for inner in issue_ids)
        if groups and moved > MAX_MOVED_ROWS:
            break
        groups.append(Group(node, {k: v for inner in issue_ids for k, v in by_home[inner].items()}, tuple(issue_ids)))
        for inner in issue_ids:
            del left[inner]
    return groups


def _with_inner(node: Node, nodes: Mapping[int, Node]) -> list[int]:
    """Return the id of a merged issue and of all that were merged into it before."""
    found = [node.id]
    for outer in found:  # which grows meanwhile
        found += [inner.id for inner in nodes.values() if inner.parent_id == outer]
    return found


def _restore(conn: Connection, project_no: int, group: Group) -> None:
    """Give a merged issue its row, its fingerprints and its counts back."""
    node, marks = group.node, ", ".join("?" * len(group.fingerprints))
    counts = f"merged_counts WHERE fingerprint_id IN ({marks})"
    conn.execute(
        "INSERT INTO issues (id, project_no, fingerprint, status, status_changed_ms, regressed_ms, error_type, message,"
        " source, route_or_procedure, screen, total_count, first_seen_ms, last_seen_ms)"
        " SELECT m.id, m.project_no, m.fingerprint, m.status, m.status_changed_ms, m.regressed_ms, m.error_type,"
        " m.message, m.source, m.route_or_procedure, m.screen, coalesce(own.total, 0),"
        " coalesce(own.first, m.merged_ms), coalesce(own.last, m.merged_ms)"
        " FROM merged_issues AS m CROSS JOIN (SELECT sum(total_count) AS total, min(first_seen_ms) AS first,"
        f" max(last_seen_ms) AS last FROM {counts}) AS own WHERE m.id = ?",
        (*group.fingerprints, node.id),
    )
    (head_id,) = conn.execute(
        "SELECT id FROM issue_fingerprints WHERE project_no = ? AND fingerprint = ?", (project_no, node.fingerprint)
    ).fetchone()
    conn.execute(
        "UPDATE issue_fingerprints SET issue_id = ?1, head_id = ?2, home_issue_id = nullif(home_issue_id, ?1)"
        f" WHERE id IN ({', '.join(f'?{number}' for number in range(3, 3 + len(group.fingerprints)))})",
        (node.id, head_id if len(group.fingerprints) > 1 else None, *group.fingerprints),
    )
    conn.execute(
        "INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
        " route_or_procedure, total_count, first_seen_ms, last_seen_ms)"
        " SELECT ?, i.id, own.release, own.environment, i.project_no, i.status, i.source, i.route_or_procedure,"
        " own.total, own.first, own.last FROM issues AS i CROSS JOIN (SELECT release, environment, sum(total_count) AS total,"
        f" min(first_seen_ms) AS first, max(last_seen_ms) AS last FROM {counts} GROUP BY release, environment) AS own"
        " WHERE i.id = ? ORDER BY own.release, own.environment",
        (head_id, *group.fingerprints, node.id),
    )


def _subtract(conn: Connection, issue_id: int, fingerprint_ids: Sequence[int]) -> None:
    """Have an issue count what its fingerprints count, now that these are none of them any more."""
    marks = ", ".join("?" * len(fingerprint_ids))
    conn.execute(
        "WITH gone (release, environment) AS MATERIALIZED"
        f" (SELECT DISTINCT release, environment FROM merged_counts WHERE fingerprint_id IN ({marks})),"
        " left_over (release, environment, total, first, last) AS MATERIALIZED"
        " (SELECT release, environment, sum(m.total_count), min(m.first_seen_ms), max(m.last_seen_ms)"
        " FROM gone CROSS JOIN issue_fingerprints AS f CROSS JOIN merged_counts AS m USING (release, environment)"
        " WHERE f.issue_id = ? AND m.fingerprint_id = f.id GROUP BY release, environment)"
        " UPDATE issue_counts SET total_count = total, first_seen_ms = first, last_seen_ms = last FROM left_over AS l"
        " WHERE issue_counts.issue_id = ? AND issue_counts.release = l.release"
        " AND issue_counts.environment = l.environment",
        (*fingerprint_ids, issue_id, issue_id),
    )
    conn.execute(
        "WITH gone (release, environment) AS MATERIALIZED"
        f" (SELECT DISTINCT release, environment FROM merged_counts WHERE fingerprint_id IN ({marks}))"
        " DELETE FROM issue_counts WHERE id IN (SELECT c.id FROM gone CROSS JOIN issue_counts AS c"
        " INDEXED BY issue_counts_by_issue ON c.issue_id = ? AND c.release = gone.release"
        " AND c.environment = gone.environment WHERE NOT EXISTS (SELECT 1 FROM issue_fingerprints AS f"
        " CROSS JOIN merged_counts AS m ON m.fingerprint_id = f.id AND m.release = gone.release"
        " AND m.environment = gone.environment WHERE f.issue_id = c.issue_id))",
        (*fingerprint_ids, issue_id),
    )
    # What was first seen before all that has gone was seen by the issue itself: also by a clock that was set back.
    conn.execute(
        "UPDATE issues SET total_count = coalesce(left_to.total, 0), last_seen_ms = coalesce(left_to.last, last_seen_ms),"
        " first_seen_ms = CASE WHEN first_seen_ms < gone.first THEN first_seen_ms ELSE coalesce(left_to.first, first_seen_ms) END"
        " FROM (SELECT sum(total_count) AS total, min(first_seen_ms) AS first, max(last_seen_ms) AS last"
        " FROM issue_counts WHERE issue_id = ?) AS left_to CROSS JOIN (SELECT min(first_seen_ms) AS first FROM merged_counts"
        f" WHERE fingerprint_id IN ({marks})) AS gone WHERE issues.id = ?",
        (issue_id, *fingerprint_ids, issue_id),
    )


def _settle(conn: Connection, asked: Asked, parent: FoundIssue, group: Group, now_ms: int) -> None:
    """Give a merged issue the rest back, and have it be one as any other."""
    node = group.node
    marks = ", ".join("?" * len(group.issue_ids))
    for table in ("status_changes", "issue_activity"):
        conn.execute(
            f"UPDATE {table} SET issue_id = ?, origin_issue_id = nullif(origin_issue_id, ?)"
            f" WHERE issue_id = ? AND origin_issue_id IN ({marks})",
            (node.id, node.id, parent.id, *group.issue_ids),
        )
    conn.execute(
        "INSERT INTO issue_search_texts (issue_id, frames, parts)"
        " SELECT id, frames, parts FROM merged_issues WHERE id = ? AND frames IS NOT NULL",
        (node.id,),
    )
    conn.execute("DELETE FROM merged_issues WHERE id = ?", (node.id,))
    conn.execute(
        "INSERT INTO issue_totals (project_no, status, count) VALUES (?, ?, 1)"
        " ON CONFLICT (project_no, status) DO UPDATE SET count = count + 1",
        (asked.project.no, node.status),
    )
    if node.ended is not None:
        put_back(conn, {node.id: node.ended})
    conn.execute(
        "INSERT INTO issue_assignments (issue_id, project_no, user_id, assigned_secs)"
        " SELECT ?, ?, id, ? FROM users WHERE id = ?",
        (node.id, asked.project.no, node.assigned_secs, node.assigned_to),
    )
    (last_seen_ms,) = conn.execute("SELECT last_seen_ms FROM issues WHERE id = ?", (node.id,)).fetchone()
    if node.status == Status.RESOLVED and last_seen_ms > node.merged_ms:
        change_status(
            conn,
            [(node.id, node.status)],
            Status.UNRESOLVED,
            changed_by=asked.caller.actor,
            changed_ms=now_ms,
            reason=REASON_EVENTS,
        )
    note_activity(
        conn,
        node.id,
        ActivityKind.UNMERGED,
        actor=asked.caller.actor,
        at_ms=now_ms,
        content={"from": parent.fingerprint},
    )


def _release(conn: Connection, project_no: int, issue_id: int, taken: Iterable[Group]) -> tuple[FingerprintKey, ...]:
    """Have fingerprints that are alone again count for themselves; returns all that count in another place now."""
    alone = [next(iter(group.fingerprints)) for group in taken if len(group.fingerprints) == 1]
    rest = conn.execute("SELECT id, fingerprint FROM issue_fingerprints WHERE issue_id = ?", (issue_id,)).fetchall()
    if len(rest) == 1:
        alone.append(rest[0][0])
        conn.execute("UPDATE issue_fingerprints SET head_id = NULL WHERE issue_id = ?", (issue_id,))
    run_rows(
        conn,
        "WITH alone (id) AS (",
        [(fingerprint_id,) for fingerprint_id in alone],
        ") DELETE FROM merged_counts WHERE fingerprint_id IN (SELECT id FROM alone)",
    )
    moved = [fingerprint for group in taken for fingerprint in group.fingerprints.values()]
    return tuple((project_no, fingerprint) for fingerprint in (*moved, *(fingerprint for _, fingerprint in rest)))
