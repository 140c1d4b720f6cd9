"""How many events each project has in the table of each day, kept beside the tables so that nobody has to count.

Whatever adds to a day's table, or takes from it, does the same here in its own transaction. The events of a deleted
project are taken away without that: its counts stand until all of them are gone, and nobody asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.db.connection import transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.issues import days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.db.connection import Connection


def add_day_counts(conn: Connection, counts: Mapping[tuple[str, int], int]) -> None:
    """Add to the events of (day, project number); called inside the transaction that stores or removes them."""
    run_rows(
        conn,
        "INSERT INTO event_day_counts (day, project_no, count)",
        [(day, project_no, count) for (day, project_no), count in sorted(counts.items()) if count],
        "ON CONFLICT (day, project_no) DO UPDATE SET count = count + excluded.count",
    )


def count_old_days(conn: Connection) -> list[str]:
    """Count the events of days that an older version has left; returns these days. Nobody may store events meanwhile."""
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
    return counted
