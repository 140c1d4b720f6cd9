"""The counts of each fingerprint of an issue that has several, kept beside the sums that lists read.

Lists have one row for an issue in one release and environment. Where several fingerprints are merged, that row hangs on
the issue's own one, its head, and holds the sum. What each of them has added is kept here, so that they can be taken
apart again. Issues that nothing was merged into have no row here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.db.statements import run_rows

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import CombinedBatch, FingerprintKey
    from bloop_trio.issues.stored.finding import IssueRef


def addresses_of(refs: dict[FingerprintKey, IssueRef]) -> dict[FingerprintKey, str]:
    """Return the address of the issue for each fingerprint that is merged with others; nearly always empty."""
    return {key: ref.head.fingerprint for key, ref in refs.items() if ref.head is not None}


def add_merged_counts(conn: Connection, combined: CombinedBatch, refs: dict[FingerprintKey, IssueRef]) -> None:
    """Add a batch to the counts of the fingerprints that are merged; called inside the batch's transaction."""
    run_rows(
        conn,
        "INSERT INTO merged_counts (fingerprint_id, release, environment, total_count, first_seen_ms, last_seen_ms)",
        sorted(
            (refs[key].fingerprint_id, release, environment, span.count, span.first_ms, span.last_ms)
            for (key, release, environment), span in combined.releases.items()
            if refs[key].head is not None
        ),
        "ON CONFLICT (fingerprint_id, release, environment) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
    )
    # After a clock was set back. Nothing may be first seen earlier than the row that has its sum.
    first_ms: dict[tuple[int, str, str], int] = {}
    for (key, release, environment), span in combined.releases.items():
        head = refs[key].head
        if head is not None:
            row = (head.fingerprint_id, release, environment)
            first_ms[row] = min(span.first_ms, first_ms.get(row, span.first_ms))
    run_rows(
        conn,
        "WITH added (fingerprint_id, release, environment, first_ms) AS (",
        [(*row, at_ms) for row, at_ms in sorted(first_ms.items())],
        ") UPDATE issue_counts SET first_seen_ms = added.first_ms FROM added"
        " WHERE issue_counts.fingerprint_id = added.fingerprint_id AND issue_counts.release = added.release"
        " AND issue_counts.environment = added.environment AND issue_counts.first_seen_ms > added.first_ms",
    )
