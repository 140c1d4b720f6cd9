"""What the tests of merging share: merging and unmerging by a line, and all that can be read of issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.issues.merging.merging import Asked, Regrouped, merge
from bloop_trio.issues.merging.unmerging import unmerge
from bloop_trio.issues.queries.scope import OneProject
from tests.conftest import NOW_MS
from tests.issues.histories import a_caller

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


def asked(parent: str, *children: str, project: OneProject | None = None) -> Asked:
    return Asked(
        project=project or OneProject(1, "default"), fingerprint=parent, fingerprints=children, caller=a_caller()
    )


def put_together(
    conn: Connection, batches: BatchWriter | None, parent: str, *children: str, now_ms: int = NOW_MS, **changes: Any
) -> Regrouped:
    """Merge, and have the writer forget what it knew, as the desk does."""
    done = merge(conn, asked=asked(parent, *children, **changes), clock=lambda: now_ms)
    if batches is not None:
        batches.forget_fingerprints(done.keys)
    return done


def take_apart(
    conn: Connection, batches: BatchWriter, parent: str, *children: str, now_ms: int = NOW_MS
) -> list[Regrouped]:
    """Unmerge these, or all there are, as the desk does."""
    wanted = asked(parent, *children)
    done = []
    while True:
        step = unmerge(conn, asked=wanted, clock=lambda: now_ms)
        batches.forget_fingerprints(step.done.keys)
        done.append(step.done)
        if not step.rest:
            return done
        wanted = asked(parent, *step.rest)


def what_is_kept(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that is kept of issues, but for the numbers of rows that nobody sees, and of what happened to them."""
    ordered = {
        "issues": "id, fingerprint, status, first_seen_ms, last_seen_ms, total_count, regressed_ms, status_changed_ms,"
        " error_type, message, source, route_or_procedure, screen",
        "issue_fingerprints": "id, fingerprint, issue_id, home_issue_id, head_id",
        "issue_counts": "fingerprint_id, issue_id, release, environment, project_no, status, source, route_or_procedure,"
        " total_count, first_seen_ms, last_seen_ms",
        "merged_counts": "*",
        "merged_issues": "*",
        "issue_search_texts": "*",
        "issue_snoozes": "*",
        "issue_fixes": "*",
        "issue_assignments": "*",
        "status_changes": "id, issue_id, origin_issue_id, old_status, new_status",
    }
    found = {
        table: sorted(conn.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
        for table, columns in ordered.items()
    }
    found["issue_totals"] = conn.execute(
        "SELECT * FROM issue_totals WHERE count <> 0 ORDER BY project_no, status"
    ).fetchall()
    return found
