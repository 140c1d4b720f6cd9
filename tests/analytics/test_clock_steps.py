"""A clock that was far ahead for a while leaves nothing behind in the projection once it goes right again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.retention.purge import purge
from tests.analytics.following import followed
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from pathlib import Path

KEPT = RetentionConfig(hourly_counts_days=90)


async def test_what_comes_after_a_clock_was_ahead_counts(database: Path) -> None:
    async with followed(database) as it:
        it.store(accepted(fingerprint="a"))
        await it.check()
        await purge(it.writer, KEPT, now_ms=NOW_MS + 365 * MS_PER_DAY, forget=it.batches.forget)
        it.batches.forget()
        await it.check()
        await purge(it.writer, KEPT, now_ms=NOW_MS, forget=it.batches.forget)
        it.store(accepted(fingerprint="b"))
        await it.check()
        assert [count for *_, count in (await it.tables())["hours"]] == [1]


async def test_what_was_removed_while_a_clock_was_a_little_ahead_stays_left_out(database: Path) -> None:
    async with followed(database) as it:
        it.store(accepted(fingerprint="a", received_ms=NOW_MS - 80 * MS_PER_DAY), accepted(fingerprint="a"))
        await it.check()
        await purge(it.writer, KEPT, now_ms=NOW_MS + 30 * MS_PER_DAY, forget=it.batches.forget)
        await purge(it.writer, KEPT, now_ms=NOW_MS, forget=it.batches.forget)
        await it.check()
        assert len((await it.tables())["hours"]) == 1
        assert it.projection.statistics.rebuilds == 1
