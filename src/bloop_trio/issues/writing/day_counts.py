"""How many events each project has in the table of each day, and what they take, so that nobody has to count.

Whatever adds to a day's table, or takes from it, does the same here in its own transaction. The events of a deleted
project are taken away without that: its counts stand until all of them are gone, and nobody asks for them.
"""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bloop_trio.db.connection import transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bloop_trio.db.connection import Connection

ROW_BYTES: Final = 70
"""What an event takes in the database beside its payload, its entry in the index included: measured."""
EVENT_BYTES: Final = f"length(payload) + {ROW_BYTES:d}"
"""The same of a row with its payload, in SQL; a payload's length is known without reading it."""
ESTIMATED_FROM_ROWS: Final = 500
"""Events of an old day whose payloads tell how long they are on average."""

DaySizes: TypeAlias = "dict[tuple[str, int], tuple[int, int]]"
"""(number of events, bytes) by (day, project number)"""

_project_no = itemgetter(4)
_payload = itemgetter(8)


def day_sizes(of_days: Mapping[str, Sequence[tuple[Any, ...]]]) -> DaySizes:
    """Return how many rows of a day's table there are for each project, and what they take; by day as given."""
    sizes: DaySizes = {}
    for day, rows in of_days.items():
        numbers = set(map(_project_no, rows))
        for project_no in numbers:
            own = rows if len(numbers) == 1 else [row for row in rows if row[4] == project_no]
            sizes[day, project_no] = len(own), sum(map(len, map(_payload, own))) + len(own) * ROW_BYTES
    return sizes


def add_day_counts(conn: Connection, sizes: DaySizes) -> None:
    """Add to the events of (day, project number); called inside the transaction that stores them."""
    run_rows(
        conn,
        "INSERT INTO event_day_counts (day, project_no, count, bytes)",
        [(day, project_no, *size) for (day, project_no), size in sorted(sizes.items()) if size[0]],
        "ON CONFLICT (day, project_no) DO UPDATE SET count = count + excluded.count, bytes = bytes + excluded.bytes",
    )


def take_day_counts(conn: Connection, day: str, found: str, values: Sequence[object]) -> None:
    """Take the events of a day off that are about to be deleted in the same transaction.

    `found` is what comes after SELECT and finds them: ``FROM events_20260131 WHERE …``.
    """
    # Rows that come back to us would each be a fight for the interpreter lock, so the store counts them.
    conn.execute(
        "INSERT INTO event_day_counts (day, project_no, count, bytes)"
        f" SELECT ?, project_no, -count(*), -sum({EVENT_BYTES}) {found}"
        " GROUP BY project_no ON CONFLICT (day, project_no) DO UPDATE SET count = count + excluded.count,"
        # What was estimated once may not be what it was: nothing is left of no events.
        " bytes = iif(count + excluded.count > 0, max(bytes + excluded.bytes, 1), 0)",
        (day, *values),
    )


def remove_events(conn: Connection, of_days: Mapping[str, Sequence[tuple[Any, ...]]], ids: AbstractSet[int]) -> None:
    """Delete those of the rows of a day's table that have one of `ids`, and take them off."""
    for day, rows in of_days.items():
        own = sorted(row[0] for row in rows if row[0] in ids)
        found = f"FROM {days.event_table(day)} WHERE id IN (SELECT value FROM json_each(?))"
        take_day_counts(conn, day, found, [json.dumps(own)])
        conn.execute(f"DELETE {found}", (json.dumps(own),))


def count_old_days(conn: Connection) -> list[str]:
    """Count the events of days that an older version has left, and estimate what they take; returns the former days.

    Nobody may store events meanwhile.
    """
    counted = [day for (day,) in conn.execute("SELECT day FROM uncounted_days ORDER BY day")]
    existing = set(days.event_days(conn))
    for day in counted:
        with transaction(conn):
            conn.execute("DELETE FROM event_day_counts WHERE day = ?", (day,))
            if day in existing:
                conn.execute(
                    "INSERT INTO event_day_counts (day, project_no, count)"
                    f" SELECT ?, project_no, count(*) FROM {days.event_table(day)} GROUP BY project_no",
                    (day,),
                )
            conn.execute("DELETE FROM uncounted_days WHERE day = ?", (day,))
    unmeasured = conn.execute("SELECT DISTINCT day FROM event_day_counts WHERE bytes = 0 AND count > 0").fetchall()
    for (day,) in unmeasured:
        if day in existing:
            with transaction(conn):
                conn.execute(
                    "UPDATE event_day_counts SET bytes = count * (SELECT coalesce(CAST(avg("
                    f"{EVENT_BYTES}) AS INTEGER), 1)"
                    f" FROM (SELECT payload FROM {days.event_table(day)} LIMIT {ESTIMATED_FROM_ROWS:d}))"
                    " WHERE day = ? AND bytes = 0",
                    (day,),
                )
    return counted
