"""What the removal of old data tells about itself."""

from __future__ import annotations

import pytest

from bloop_trio.db.connection import StoreError
from bloop_trio.retention.metrics import RetentionStatistics, retention_families
from bloop_trio.retention.purge import Purged


def numbers(statistics: RetentionStatistics) -> dict[str, list[float]]:
    return {family.name: [sample.value for sample in family.samples] for family in retention_families(statistics)}


async def test_purges_add_up_and_the_last_one_has_its_time() -> None:
    async def purge() -> Purged:
        return Purged(
            days=("20260101", "20260102"),
            events=10,
            hourly_counts=5,
            recent_counts=3,
            dead_letters=1,
            audit_entries=4,
            issues=6,
            credentials=7,
            source_maps=8,
        )

    statistics = RetentionStatistics()
    assert numbers(statistics)["bloop_last_purge_timestamp_seconds"] == []
    for _ in range(2):
        await statistics.note(purge())
    shown = numbers(statistics)
    assert shown["bloop_purges_total"] == [2]
    assert shown["bloop_purged_tables_total"] == [4]
    assert shown["bloop_purged_rows_total"] == [20, 10, 6, 2, 8, 12, 14, 16]
    assert shown["bloop_last_purge_timestamp_seconds"][0] > 1_700_000_000


async def test_a_purge_that_the_store_refuses_is_counted_and_raised() -> None:
    async def purge() -> Purged:
        raise StoreError("database or disk is full")

    statistics = RetentionStatistics()
    with pytest.raises(StoreError, match="full"):
        await statistics.note(purge())
    assert (statistics.failures, statistics.runs, statistics.last_run_ms) == (1, 0, None)
