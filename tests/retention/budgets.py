"""What the tests of budgets share: databases that are filled with events, given a budget, and measured."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.issues.stored import days
from bloop_trio.issues.writing.day_counts import EVENT_BYTES
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.retention.purges import Purges
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

MB = 1_000_000
SHOP = 2
"""The number of the project that the fixture `shop` adds."""


def store(
    conn: Connection, events: int, *, age_days: float = 0, project_numbers: tuple[int, ...] = (1,), chars: int = 2_000
) -> None:
    """Store events of so many characters that nothing makes shorter."""
    chance = random.Random(events)
    batch = [
        accepted(
            received_ms=int(NOW_MS - age_days * MS_PER_DAY),
            project_no=project_numbers[number % len(project_numbers)],
            fingerprint=f"f{number % 7}",
            stack="".join(chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", k=chars)),
        )
        for number in range(events)
    ]
    batches = BatchWriter(conn, sample_reservoir_size=1)
    for start in range(0, events, 500):
        batches.write(conn, batch[start : start + 500])


def purges(writer: Writer, **config: int) -> Purges:
    return Purges(writer=writer, config=RetentionConfig(**config), clock=lambda: NOW_MS)


def set_budget(conn: Connection, project_no: int, max_bytes: int) -> None:
    conn.execute("INSERT INTO byte_budgets VALUES (?, ?)", (project_no, max_bytes))


def size_of(conn: Connection, database: Path) -> int:
    """Return what the file takes, as the file system says."""
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return database.stat().st_size


def bytes_of(conn: Connection, project_no: int) -> int:
    """Return what the events of a project take, as it was counted along with them."""
    (size,) = conn.execute("SELECT sum(bytes) FROM event_day_counts WHERE project_no = ?", (project_no,)).fetchone()
    return int(size)


def measured(conn: Connection, project_no: int) -> int:
    """Return what the events of a project take, each by itself."""
    return sum(
        conn.execute(
            f"SELECT coalesce(sum({EVENT_BYTES}), 0) FROM {table} WHERE project_no = ?", (project_no,)
        ).fetchone()[0]
        for table in days.event_tables(conn)
    )


def rows_by_day(conn: Connection) -> dict[str, int]:
    found = {}
    for day in days.event_days(conn):
        (found[day],) = conn.execute(f"SELECT count(*) FROM {days.event_table(day)}").fetchone()
    return found
