"""The other server's counts by hour."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.statements import run_rows
from bloop_trio.importing.keys import read_key
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_count, as_required, as_source, as_time_ms, hour_of
from bloop_trio.issues.stored.finding import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row
    from bloop_trio.issues.events.batch import FingerprintKey

HOURS: Final = SourceTable(
    name="event_counts_hourly",
    columns=("project_id", "fingerprint", "hour_bucket", "environment", "source", "count"),
    order=("project_id", "fingerprint", "hour_bucket", "environment", "source"),
)
_Hour = tuple[int, str, str]
"""(first millisecond, environment, source)"""


@attrs.frozen
class HoursStep:
    """Adds the counts of each hour, for the error and for its project."""

    _numbers: Mapping[str, int]
    table: SourceTable = HOURS

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        counts: Counter[tuple[FingerprintKey, _Hour]] = Counter()
        read: Counter[tuple[FingerprintKey, _Hour]] = Counter()
        """How many rows each of them was."""
        for row in rows:
            key = read_key(row, self._numbers)
            hour = self._read(row)
            if isinstance(key, Reason):
                tally.skipped(key)
            elif isinstance(hour, Reason):
                tally.skipped(hour)
            else:
                place, count = hour
                counts[key, place] += count
                read[key, place] += 1
        refs = find(conn, list(dict.fromkeys(key for key, _ in counts)))
        stored = []
        projects: Counter[tuple[int, int]] = Counter()
        for (key, place), count in counts.items():
            if key not in refs:
                tally.skipped(Reason.ERROR, read[key, place])
                continue
            stored.append((refs[key].fingerprint_id, *place, count))
            projects[key[0], place[0]] += count
            tally.merged(read[key, place] - 1)
        _add(conn, sorted(stored), projects, tally)
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""

    def _read(self, row: Row) -> tuple[_Hour, int] | Reason:
        """Return the hour and its count, or why it cannot be used."""
        time_ms, count = as_time_ms(row[2]), as_count(row[5])
        if time_ms is None:
            return Reason.TIME
        if count is None:
            return Reason.COUNT
        return (hour_of(time_ms), as_required("environment", row[3]), as_source(row[4])), count


def _add(
    conn: Connection, hours: list[tuple[int, int, str, str, int]], projects: Counter[tuple[int, int]], tally: Tally
) -> None:
    there = run_rows(
        conn,
        "WITH wanted (fingerprint_id, hour_ms, environment, source) AS (",
        [hour[:4] for hour in hours],
        ") SELECT count(*) FROM wanted JOIN event_counts_hourly USING (fingerprint_id, hour_ms, environment, source)",
    )
    merged = sum(count for (count,) in there)
    tally.merged(merged)
    tally.imported(len(hours) - merged)
    # What retention has removed until now may come back, if it is kept for longer by now.
    conn.execute("UPDATE sequences SET value = 0 WHERE name = 'hours_pruned_ms'")
    run_rows(
        conn,
        "INSERT INTO event_counts_hourly (fingerprint_id, hour_ms, environment, source, count)",
        hours,
        "ON CONFLICT (fingerprint_id, hour_ms, environment, source) DO UPDATE SET count = count + excluded.count",
    )
    run_rows(
        conn,
        "INSERT INTO project_counts_hourly (project_no, hour_ms, count)",
        [(*key, count) for key, count in sorted(projects.items())],
        "ON CONFLICT (project_no, hour_ms) DO UPDATE SET count = count + excluded.count",
    )
