"""Source maps go when nothing can need them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from bloop_trio.clock import MS_PER_DAY, MS_PER_SEC
from bloop_trio.config import Config
from bloop_trio.retention.aged_maps import remove_aged_maps
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.purges import Purges
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.writing.writer import BatchWriter


def put(conn: Connection, map_id: str, days_ago: float, *, release: str = "1.0.0", project_no: int = 1) -> None:
    conn.execute(
        "INSERT INTO source_maps (id, project_no, release, file, size_bytes, stored_bytes, uploaded_secs, content)"
        " VALUES (?1, ?2, ?3, ?1, 2, 2, ?4, x'7b7d')",
        (map_id, project_no, release, round(NOW_MS - days_ago * MS_PER_DAY) // MS_PER_SEC),
    )


async def left(conn: Connection, writer: Writer, days: int) -> set[str]:
    paced = PacedWriter(writer=writer, rest_factor=0)
    before = conn.execute("SELECT count(*) FROM source_maps").fetchone()[0]
    removed = await remove_aged_maps(paced, days=days, now_ms=NOW_MS)
    kept = {map_id for (map_id,) in conn.execute("SELECT id FROM source_maps")}
    assert removed == before - len(kept)
    return kept


async def test_those_that_were_uploaded_long_ago_go(connection: Connection, writer: Writer) -> None:
    for map_id, days_ago in (("old", 40.0), ("edge", 30.001), ("young", 29.999), ("new", 0.0)):
        put(connection, map_id, days_ago)
    assert await left(connection, writer, 30) == {"young", "new"}


async def test_those_of_a_release_that_still_sends_stay(
    connection: Connection, batches: BatchWriter, writer: Writer
) -> None:
    insert_project(connection, "other")
    for release, days_ago in (("2", 31), ("3", 29), ("4", 0)):
        batches.write(connection, [accepted(release=release, received_ms=NOW_MS - days_ago * MS_PER_DAY)])
    for release in ("1", "2", "3", "4"):
        put(connection, release, 100, release=release)
    put(connection, "other", 100, release="4", project_no=2)
    assert await left(connection, writer, 30) == {"3", "4"}


@pytest.mark.parametrize(("map_days", "kept"), [(0, {"old", "new"}), (30, {"new"})])
async def test_a_purge_removes_them_if_it_is_set_so(
    connection: Connection, writer: Writer, map_days: int, kept: set[str]
) -> None:
    put(connection, "old", 100)
    put(connection, "new", 1)
    purges = Purges(writer=writer, config=Config().retention, map_days=map_days, clock=lambda: NOW_MS)
    assert (await purges.run()).source_maps == 2 - len(kept)
    assert {map_id for (map_id,) in connection.execute("SELECT id FROM source_maps")} == kept


async def test_batches_find_the_writer_free_between_two_maps(connection: Connection, writer: Writer) -> None:
    for number in range(5):
        put(connection, f"{number}", 100)
    seen: list[int] = []

    def look(conn: Connection) -> None:
        seen.append(conn.execute("SELECT count(*) FROM source_maps").fetchone()[0])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(left, connection, writer, 30)
        for _ in range(4):
            await writer.run(look)
    assert any(0 < count < 5 for count in seen)


async def test_a_release_that_sends_again_meanwhile_keeps_its_maps(
    connection: Connection, batches: BatchWriter, writer: Writer
) -> None:
    for number in range(3):
        put(connection, f"{number}", 100 - number)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(left, connection, writer, 30)
        # The first turn finds the maps, the second removes one.
        for _ in range(2):
            await writer.run(lambda _: None)
        await writer.run(lambda conn: batches.write(conn, [accepted(release="1.0.0", received_ms=NOW_MS)]))
    assert connection.execute("SELECT count(*) FROM source_maps").fetchone()[0] > 0
