"""While the projection is made anew, the database goes on changing: at any moment, in any way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import pytest

from bloop_trio.analytics.engine import Engine
from bloop_trio.analytics.projection import Projection
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.projects.tombstones import delete_project
from bloop_trio.retention.purge import purge
from bloop_trio.retention.removal import Removal
from tests.analytics.following import Followed, an_hour_ago, followed
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

Change: TypeAlias = "Callable[[], Awaitable[None]]"


@attrs.define(eq=False, kw_only=True)
class InterruptedEngine(Engine):
    """Has something done to the database before some of its feedings."""

    changes: dict[int, Change]
    """By the number of the feeding."""
    feedings: int = 0

    async def feed(self, work: Callable[[Any], Any]) -> Any:
        self.feedings += 1
        if self.feedings in self.changes:
            await self.changes.pop(self.feedings)()
        return await super().feed(work)


def fill(it: Followed) -> None:
    """Have thirty errors in two projects, each with two hours, one of which is months old; two of them are merged."""
    insert_project(it.conn, "shop")
    for number in range(30):
        fingerprint, project_no = f"f{number}", 1 + (number % 3 == 0)
        old_ms = an_hour_ago(24 * (number + 80))
        it.store(
            accepted(fingerprint=fingerprint, project_no=project_no),
            accepted(fingerprint=fingerprint, project_no=project_no, received_ms=old_ms),
        )
    put_together(it.conn, it.batches, "f1", "f28")


def changes_of(it: Followed, *, first: int, step: int) -> dict[int, Change]:
    """Return all that happens to counts, one thing after the other."""

    async def merge_what_was_copied_into_what_was_not() -> None:
        put_together(it.conn, it.batches, "f29", "f1", "f2")

    async def delete_a_project() -> None:
        delete_project(it.conn, "shop", now_secs=NOW_MS // 1000)

    async def age_out() -> None:
        await purge(it.writer, RetentionConfig(hourly_counts_days=90), now_ms=NOW_MS)

    async def take_an_inner_one_out() -> None:
        take_apart(it.conn, it.batches, "f29", "f28")

    async def clear_the_project_away() -> None:
        await Removal(writer=it.writer, is_expected=lambda _: False, clock=lambda: NOW_MS).clear()

    async def store_more() -> None:
        it.store(accepted(fingerprint="f2"), accepted(fingerprint="new"))

    steps = (
        merge_what_was_copied_into_what_was_not,
        delete_a_project,
        age_out,
        take_an_inner_one_out,
        clear_the_project_away,
        store_more,
    )
    return {first + step * number: change for number, change in enumerate(steps)}


@pytest.mark.parametrize(("first", "step"), [(1, 1), (3, 2), (4, 4), (9, 3), (14, 2), (16, 3)])
async def test_what_changes_while_it_is_made_anew_is_in_it(database: Path, first: int, step: int) -> None:
    async with followed(database) as it:
        fill(it)
        changes = changes_of(it, first=first, step=step)
        engine = InterruptedEngine(path=it.engine.path, config=it.engine.config, changes=changes)
        it.projection = Projection(engine=engine, readers=it.readers, writer=it.writer, slice_rows=3)
        engine.wake()
        await it.projection.look()
        assert not changes
        assert it.projection.statistics.rebuilds == 1
        await it.check()
        assert it.projection.statistics.rebuilds == 1
