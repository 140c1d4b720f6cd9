"""Answers about what was deleted are forgotten when the projection has followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.config.sections import RetentionConfig
from bloop_trio.projects.tombstones import delete_project
from bloop_trio.retention.purge import purge
from tests.analytics.following import Followed, followed
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOUR_MS = 3_600_000


@pytest.fixture
async def it(database: Path) -> AsyncIterator[Followed]:
    """A projection that has followed a database with events of two projects, and of long ago."""
    async with followed(database) as opened:
        insert_project(opened.conn, "shop")
        opened.store(
            accepted(fingerprint="a"),
            accepted(fingerprint="a", received_ms=NOW_MS - 2_400 * HOUR_MS),
            accepted(fingerprint="b", project_no=2),
        )
        await opened.check()
        yield opened


async def test_new_events_leave_answers_until_their_time_is_over(it: Followed) -> None:
    told: list[str] = []
    it.projection.on_made = lambda: told.append("forget")
    it.store(accepted(fingerprint="c"))
    await it.check()
    assert told == []


async def test_a_deleted_project_takes_its_answers_along(it: Followed) -> None:
    told: list[str] = []
    it.projection.on_made = lambda: told.append("forget")
    delete_project(it.conn, "shop", now_secs=NOW_MS // 1000)
    await it.check()
    assert told == ["forget"]


async def test_so_do_hours_that_age_out(it: Followed) -> None:
    told: list[str] = []
    it.projection.on_made = lambda: told.append("forget")
    await purge(it.writer, RetentionConfig(hourly_counts_days=90), now_ms=NOW_MS)
    await it.check()
    assert told == ["forget"]
