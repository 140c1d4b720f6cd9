"""What of a batch is not stored: events that were stored before, and those of projects that were deleted.

Called inside the batch's transaction.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bloop_trio.db.statements import run_rows
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent


def without_deleted(conn: Connection, batch: Sequence[AcceptedEvent]) -> tuple[Sequence[AcceptedEvent], Counter[int]]:
    """Split off the events of projects that were deleted after these were accepted; returns how many by project.

    The row of such a project is kept until no event of it can come any more, so it is always known here.
    """
    deleted = run_rows(
        conn,
        "WITH wanted (no) AS (",
        [(no,) for no in sorted({a.project_no for a in batch})],
        ") SELECT no FROM wanted CROSS JOIN projects USING (no) WHERE deleted_secs IS NOT NULL",
    )
    if not deleted:
        return batch, Counter()
    numbers = {no for (no,) in deleted}
    kept = [a for a in batch if a.project_no not in numbers]
    return kept, Counter(a.project_no for a in batch if a.project_no in numbers)


def without_duplicates(
    conn: Connection, batch: Sequence[AcceptedEvent]
) -> tuple[Sequence[AcceptedEvent], Counter[int]]:
    """Split off the events whose id was stored today or yesterday, or stands twice in the batch."""
    duplicates: Counter[int] = Counter()
    hashes = sorted({a.id_hash for a in batch if a.id_hash is not None})
    if not hashes:
        return batch, duplicates
    day = days.day_of(max(a.received_ms for a in batch))
    known: set[int] = set()
    existing = days.event_id_days(conn)
    # Tomorrow too: a clock that was set back over midnight must not make yesterday's retries new.
    for near in (day, days.previous_day(day), days.next_day(day)):
        if near in existing:
            rows = run_rows(
                conn,
                "WITH wanted (hash) AS (",
                [(h,) for h in hashes],
                f") SELECT hash FROM wanted JOIN {days.event_id_table(near)} USING (hash)",
            )
            known.update(h for (h,) in rows)
    fresh = []
    for accepted in batch:
        if accepted.id_hash is None:
            fresh.append(accepted)
        elif accepted.id_hash in known:
            duplicates[accepted.project_no] += 1
        else:
            known.add(accepted.id_hash)
            fresh.append(accepted)
    new_hashes = sorted(a.id_hash for a in fresh if a.id_hash is not None)
    run_rows(conn, f"INSERT INTO {days.event_id_table(day)} (hash)", [(h,) for h in new_hashes])
    return fresh, duplicates
