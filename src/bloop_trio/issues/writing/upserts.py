"""The statements that add a combined batch to issues and counts. Called inside the batch's transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from bloop_trio.db.sequences import take_numbers
from bloop_trio.db.statements import run_rows
from bloop_trio.issues.events.batch import CombinedBatch, FingerprintKey, Span
from bloop_trio.issues.lifecycle.fixes import came_back
from bloop_trio.issues.lifecycle.status import REASON_REGRESSION, Status, after_event, is_regression
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.stored.finding import IssueRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True)
class IssueSeen:
    """An issue that a batch created or brought back."""

    project_no: int
    issue_id: int
    fingerprint: str
    regression: bool


@attrs.frozen
class CountedOn:
    """What a batch did to issues that exist."""

    back: list[IssueSeen]
    """Those that a new event has brought back."""
    muted: list[int]
    """The ids of those that are muted, whose snooze may be over."""


def count_on(conn: Connection, combined: CombinedBatch, refs: dict[FingerprintKey, IssueRef]) -> CountedOn:
    """Add to the issues that exist, and bring back those that were resolved and are not fixed."""
    spans: dict[int, Span] = {}
    keys: dict[int, FingerprintKey] = {}
    for key, ref in refs.items():
        span = combined.issues[key]
        keys[ref.issue_id] = key
        if ref.issue_id in spans:  # several fingerprints of one issue
            spans[ref.issue_id].include(span)
        else:
            spans[ref.issue_id] = Span(span.count, span.first_ms, span.last_ms)
    rows = [(issue_id, span.count, span.last_ms) for issue_id, span in sorted(spans.items())]
    updated = run_rows(
        conn,
        "WITH added (id, count, last_ms) AS (",
        rows,
        ") UPDATE issues SET total_count = total_count + added.count, last_seen_ms = max(last_seen_ms, added.last_ms)"
        " FROM added WHERE issues.id = added.id"
        " RETURNING issues.id, issues.status, issues.status_changed_ms, issues.first_seen_ms",
    )
    for issue_id, _, _, first_ms in updated:
        # After a clock was set back. Lists rely on it that nothing was first seen later than in one of its releases;
        # set with the others, it would have every event write one more index.
        if spans[issue_id].first_ms < first_ms:
            conn.execute("UPDATE issues SET first_seen_ms = ? WHERE id = ?", (spans[issue_id].first_ms, issue_id))
    resolved = {
        issue_id: (spans[issue_id], changed_ms) for issue_id, status, changed_ms, _ in updated if is_regression(status)
    }
    back = came_back(conn, combined, refs, resolved) if resolved else {}
    releases = _releases_at(combined, refs, back) if back else {}
    for issue_id, seen_ms in sorted(back.items()):
        conn.execute("UPDATE issues SET regressed_ms = ? WHERE id = ?", (seen_ms, issue_id))
        change_status(
            conn,
            [(issue_id, Status.RESOLVED)],
            after_event(Status.RESOLVED),
            changed_by=None,
            changed_ms=seen_ms,
            reason=REASON_REGRESSION,
        )
        conn.execute(
            "UPDATE status_changes SET in_release = ?"
            " WHERE id = (SELECT max(id) FROM status_changes WHERE issue_id = ?)",
            (releases.get(issue_id), issue_id),
        )
    return CountedOn(
        [
            IssueSeen(project_no=keys[issue_id][0], issue_id=issue_id, fingerprint=keys[issue_id][1], regression=True)
            for issue_id in back
        ],
        [issue_id for issue_id, status, _, _ in updated if status == Status.MUTED],
    )


def _releases_at(
    combined: CombinedBatch, refs: dict[FingerprintKey, IssueRef], moments: Mapping[int, int]
) -> dict[int, str]:
    """Return the release of the event that was received at the given moment, by the id of its issue."""
    found: dict[int, str] = {}
    for (key, release, _), span in combined.releases.items():
        issue_id = refs[key].issue_id if key in refs else None
        if issue_id is not None and moments.get(issue_id) == span.last_ms:
            found[issue_id] = release
    return found


def create(conn: Connection, combined: CombinedBatch, new: list[FingerprintKey]) -> dict[FingerprintKey, IssueRef]:
    """Insert the issues of `new` fingerprints with all that the batch knows of them."""
    if not new:
        return {}
    issues = []
    for issue_id, key in zip(take_numbers(conn, "issue_id", len(new)), new, strict=True):
        span, event = combined.issues[key], combined.heads[key].event
        issues.append(
            (
                issue_id,
                *key,
                Status.UNRESOLVED.value,
                span.first_ms,
                span.last_ms,
                span.count,
                event.error_type,
                event.message,
                event.source,
                event.route_or_procedure,
                event.screen,
            )
        )
    created = run_rows(
        conn,
        "INSERT INTO issues (id, project_no, fingerprint, status, first_seen_ms, last_seen_ms, total_count, error_type,"
        " message, source, route_or_procedure, screen)",
        issues,
        "RETURNING project_no, fingerprint, id",
    )
    run_rows(
        conn,
        "INSERT INTO issue_totals (project_no, status, count)",
        [(no, Status.UNRESOLVED.value, count) for no, count in sorted(Counter(no for no, _, _ in created).items())],
        "ON CONFLICT (project_no, status) DO UPDATE SET count = count + excluded.count",
    )
    fingerprints = run_rows(
        conn,
        "INSERT INTO issue_fingerprints (project_no, fingerprint, issue_id)",
        created,
        "RETURNING project_no, fingerprint, id, issue_id",
    )
    return {(no, fingerprint): IssueRef(fid, issue_id) for no, fingerprint, fid, issue_id in fingerprints}


def add_counts(conn: Connection, combined: CombinedBatch, refs: dict[FingerprintKey, IssueRef]) -> None:
    """Add the batch to every table of counts, each in the order of its key."""
    run_rows(
        conn,
        "WITH added (fingerprint_id, release, environment, issue_id, first_ms, last_ms, count) AS (",
        # Several fingerprints may count in one row: whichever was seen first makes it.
        sorted(
            (
                (refs[key].head or refs[key]).fingerprint_id,
                release,
                environment,
                refs[key].issue_id,
                span.first_ms,
                span.last_ms,
                span.count,
            )
            for (key, release, environment), span in combined.releases.items()
        ),
        ") INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
        " route_or_procedure, total_count, first_seen_ms, last_seen_ms)"
        " SELECT fingerprint_id, i.id, release, environment, i.project_no, i.status, i.source, i.route_or_procedure,"
        " added.count, added.first_ms, added.last_ms"
        # WHERE TRUE tells the parser that ON CONFLICT does not belong to the join.
        " FROM added CROSS JOIN issues AS i ON i.id = added.issue_id WHERE TRUE"
        " ON CONFLICT (fingerprint_id, release, environment) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
    )
    run_rows(
        conn,
        "INSERT INTO event_counts_hourly (fingerprint_id, hour_ms, environment, source, count)",
        sorted((refs[key].fingerprint_id, *rest, count) for (key, *rest), count in combined.hours.items()),
        "ON CONFLICT (fingerprint_id, hour_ms, environment, source) DO UPDATE SET count = count + excluded.count",
    )
    run_rows(
        conn,
        "INSERT INTO event_counts_recent (bucket_ms, fingerprint_id, environment, source, project_no, count)",
        sorted(
            (bucket_ms, refs[key].fingerprint_id, environment, source, key[0], count)
            for (bucket_ms, key, environment, source), count in combined.recent.items()
        ),
        "ON CONFLICT (bucket_ms, fingerprint_id, environment, source) DO UPDATE SET count = count + excluded.count",
    )
    run_rows(
        conn,
        "INSERT INTO project_counts_hourly (project_no, hour_ms, count)",
        [(*key, count) for key, count in combined.project_hours.items()],
        "ON CONFLICT (project_no, hour_ms) DO UPDATE SET count = count + excluded.count",
    )
    run_rows(
        conn,
        "INSERT INTO facet_counts (project_no, facet, value, total_count, last_seen_ms)",
        [(*key, span.count, span.last_ms) for key, span in combined.facets.items()],
        "ON CONFLICT (project_no, facet, value) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
    )
