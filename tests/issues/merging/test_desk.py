"""Between a merge and the next batch nothing fits in, and a merge that is cut off has never been."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
import trio

from bloop_trio.db.connection import open_connection
from bloop_trio.exceptions import StoreUnavailableError, UnavailableError
from bloop_trio.issues.merging import unmerging
from bloop_trio.issues.merging.desk import MergeDesk
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted
from tests.issues.histories import fill_up, store
from tests.issues.mergers import asked, put_together, what_is_kept

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def told() -> list[int]:
    """The projects whose issues the desk has told to be regrouped."""
    return []


@pytest.fixture
def desk(writer: Writer, readers: Readers, batches: BatchWriter, told: list[int]) -> MergeDesk:
    """What merges beside `batches`, both on one writer."""
    return MergeDesk(
        writer=writer,
        readers=readers,
        clock=lambda: NOW_MS,
        forget=batches.forget_fingerprints,
        on_regrouped=told.append,
    )


def totals(conn: Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT fingerprint, total_count FROM issues"))


async def test_no_batch_counts_where_its_events_belonged_before(
    desk: MergeDesk, writer: Writer, connection: Connection, batches: BatchWriter
) -> None:
    names = [f"f{n}" for n in range(6)]
    sent: Counter[str] = Counter()

    async def send() -> None:
        for number in range(60):
            batch = [accepted(fingerprint=name, received_ms=NOW_MS + number) for name in names]
            sent.update(names)
            await writer.run(partial(batches.write, batch=batch))

    async def regroup() -> None:
        for _ in range(15):
            await desk.merge(asked("f0", "f1", "f2"))
            await desk.merge(asked("f3", "f0", "f4"))
            await desk.unmerge(asked("f1", "f0"))
            await desk.unmerge(asked("f3"))
            await desk.unmerge(asked("f0"))

    await writer.run(partial(batches.write, batch=[accepted(fingerprint=name) for name in names]))
    sent.update(names)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        nursery.start_soon(regroup)
    assert totals(connection) == sent
    found = look_at_consistency(connection)
    assert (found.miscounted, found.totals_agree, found.events) == (0, True, sum(sent.values()))


async def test_events_that_are_on_their_way_count_to_the_parent(
    desk: MergeDesk, writer: Writer, connection: Connection, batches: BatchWriter
) -> None:
    store(connection, batches, "a", "b")
    on_its_way = [accepted(fingerprint="b", received_ms=NOW_MS - 1)]
    await desk.merge(asked("a", "b"))
    await writer.run(partial(batches.write, batch=on_its_way))
    assert totals(connection) == {"a": 3}


async def test_each_transaction_is_told_of_when_it_is_committed(
    desk: MergeDesk, connection: Connection, batches: BatchWriter, told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(connection, batches, "a", "b", "c")
    done = await desk.merge(asked("a", "b", "c"))
    assert (done.fingerprint, done.total_count, done.moved, told) == ("a", 3, ("b", "c"), [1])
    monkeypatch.setattr(unmerging, "MAX_MOVED_ROWS", 1)
    undone = await desk.unmerge(asked("a", *done.moved))
    assert (undone.fingerprint, undone.total_count, undone.moved, told) == ("a", 1, ("b", "c"), [1, 1, 1])


async def test_a_full_disk_refuses_and_changes_nothing(
    desk: MergeDesk, writer: Writer, connection: Connection, batches: BatchWriter, told: list[int]
) -> None:
    store(connection, batches, "a")
    for number in range(300):
        store(connection, batches, "b", release=f"{number}" * 30)
    before = what_is_kept(connection)
    await writer.run(fill_up)
    with pytest.raises(StoreUnavailableError):
        await desk.merge(asked("a", "b"))
    assert (what_is_kept(connection), told) == (before, [])
    await writer.run(lambda conn: conn.execute("PRAGMA max_page_count = 1000000").fetchone())
    await desk.merge(asked("a", "b"))
    assert totals(connection) == {"a": 301}


async def test_what_was_taken_out_before_the_store_refused_stays_so(
    desk: MergeDesk, connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(connection, batches, "a", "b", "c", "d")
    put_together(connection, batches, "a", "b", "c", "d")
    monkeypatch.setattr(unmerging, "MAX_MOVED_ROWS", 1)
    steps: list[int] = []

    def lock_after_two(project_no: int) -> None:
        steps.append(project_no)
        if len(steps) == 2:
            connection.execute("BEGIN IMMEDIATE")  # as another process might

    locked = attrs.evolve(desk, on_regrouped=lock_after_two)
    with pytest.raises(UnavailableError, match=r"^stopped after 2 errors, ask again for the rest: the store refused"):
        await locked.unmerge(asked("a"))
    connection.execute("ROLLBACK")
    assert totals(connection) == {"a": 2, "b": 1, "c": 1}
    assert look_at_consistency(connection).miscounted == 0


@pytest.mark.parametrize("what", ["merge", "unmerge"])
def test_killed_at_any_statement_it_is_done_or_it_is_not(database: Path, tmp_path: Path, what: str) -> None:
    conn = open_connection(database)
    batches = BatchWriter(conn, sample_reservoir_size=3)
    for release in "12":
        store(conn, batches, "a", "b", "c", release=release)
    if what == "unmerge":
        put_together(conn, batches, "a", "b", "c")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    conn.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.issues.killed_merging", database, what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20
