"""What becomes of a batch when the store refuses it: put aside, tried again, or told; never twice, never silently."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import open_connection
from bloop_trio.issues.events.accounting import Drop, Loss
from bloop_trio.issues.stored.payload import TRAINING_EVENTS
from tests.conftest import NOW_MS, accepted, an_event
from tests.issues.rig import a_rig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from tests.issues.rig import Rig

HEAVY: dict[str, Any] = {"stack": "at f (x.js:1:1)\n" * 500}
"""About 8 KB: every event of this kind takes a page of its own."""


@pytest.fixture
def holder(database: Path) -> Iterator[Connection]:
    """Another program's connection to the database."""
    conn = open_connection(database)
    try:
        yield conn
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        conn.close()


def offer(rig: Rig, count: int, *, project_no: int = 1, slug: str = "default", **changes: Any) -> None:
    """Put accepted events into the buffer, counted as the intake counts them."""
    for _ in range(count):
        assert rig.pipeline.offer(accepted(project_no=project_no, **changes))
        tally = rig.accounting.of(project_no, slug)
        tally.received += 1
        tally.accepted += 1


def offer_poison(rig: Rig, count: int = 1) -> None:
    """Put events in that no retry will make storable: those of a project that is gone."""
    offer(rig, count, project_no=99, slug="gone", message="poison")


async def fill_disk(rig: Rig) -> None:
    """Leave no page to the database beyond those it has."""

    def fill(conn: Connection) -> None:
        (pages,) = conn.execute("PRAGMA page_count").fetchone()
        conn.execute(f"PRAGMA max_page_count = {pages}")

    await rig.writer.run(fill)


async def make_room(rig: Rig) -> None:
    await rig.writer.run(lambda conn: conn.execute("PRAGMA max_page_count = 1000000").fetchall())


async def lose_patience(rig: Rig) -> None:
    """Have the writer give up at once on a lock that another process holds."""
    await rig.writer.run(lambda conn: conn.execute("PRAGMA busy_timeout = 0").fetchall())


class TestGoodDays:
    async def test_a_batch_is_stored_and_said(self, database: Path) -> None:
        async with a_rig(database) as rig:
            offer(rig, 3)
            offer(rig, 1, message="another")
            await rig.until(lambda: rig.counts().stored == 4)
            assert rig.stored() == 4
            statistics = rig.flusher.statistics
            assert (statistics.events, statistics.failures, statistics.last_error) == (4, 0, None)
            assert statistics.last_flush_ms is not None
            assert [(s.project_no, s.regression) for s in rig.seen] == [(1, False)] * 2

    async def test_it_ends_when_the_buffer_is_closed_and_empty(self, database: Path) -> None:
        async with a_rig(database, flushing=False) as rig:
            offer(rig, 5)
            rig.pipeline.close()
            await rig.flusher.run()
            assert rig.counts().stored == rig.stored() == 5


class TestPoison:
    @pytest.mark.parametrize("before", [0, 1, 6])
    @pytest.mark.parametrize("after", [0, 1, 9])
    async def test_a_poison_event_is_put_aside_and_the_others_are_stored(
        self, database: Path, before: int, after: int
    ) -> None:
        async with a_rig(database, flushing=False) as rig:
            offer(rig, before)
            offer_poison(rig)
            offer(rig, after, message="after")
            await rig.flush()
            assert rig.counts("gone").dead_lettered == 1
            assert rig.stored() == before + after
            ((project_no, error, payload),) = rig.rows("SELECT project_no, error, payload FROM dead_letters")
            assert (project_no, msgspec.json.decode(payload)["message"]) == (99, "poison")
            assert "FOREIGN KEY" in error

    async def test_many_of_them_among_many(self, database: Path) -> None:
        async with a_rig(database, flushing=False) as rig:
            for n in range(40):
                offer(rig, 7, message=f"issue {n % 5}")
                offer_poison(rig)
            await rig.flush()
            assert rig.counts().stored == rig.stored() == 280
            assert rig.counts("gone").dead_lettered == 40
            assert rig.rows("SELECT count(*) FROM dead_letters") == [(40,)]
            assert rig.flusher.statistics.last_error is None

    async def test_its_sender_is_told_that_it_is_kept(self, database: Path, holder: Connection) -> None:
        async with a_rig(database, durable=True) as rig:
            holder.execute("PRAGMA foreign_keys = OFF")
            holder.execute("DELETE FROM projects")
            assert (await rig.send(an_event()))[0] == 200
            assert rig.counts().dead_lettered == 1

    async def test_a_failure_in_the_middle_of_a_split_batch_repeats_nothing(self, database: Path) -> None:
        async with a_rig(database, flushing=False) as rig:
            offer(rig, 4)
            await rig.flush()
            offer(rig, 4)
            offer_poison(rig, 2)
            offer(rig, 10, **HEAVY)
            await fill_disk(rig)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(rig.flush)
                await rig.until(lambda: rig.flusher.statistics.failures >= 2)
                assert (rig.counts().stored, rig.counts("gone").dead_lettered) == (8, 2)
                assert rig.stored() == 8
                await make_room(rig)
            assert (rig.counts().stored, rig.counts("gone").dead_lettered) == (18, 2)
            assert rig.stored() == 18
            assert rig.rows("SELECT count(*) FROM dead_letters") == [(2,)]


class TestOtherErrors:
    async def test_what_python_refuses_is_put_aside_as_what_sqlite_refuses(self, database: Path) -> None:
        async with a_rig(database, flushing=False) as rig:
            offer(rig, 5)
            batch = await rig.pipeline.take()
            batch[2].id_hash = 2**64  # more than SQLite's integers hold: an OverflowError, and no error of SQLite's
            await rig.flusher._store(batch)
            counts = rig.counts()
            assert (counts.stored, counts.dead_lettered) == (4, 1)
            assert rig.stored() == 4


class TestWhatItTells:
    async def test_the_age_of_the_oldest_event_also_while_its_batch_is_refused(self, database: Path) -> None:
        async with a_rig(database) as rig:
            assert rig.flusher.oldest_received_ms is None
            await fill_disk(rig)
            for n in range(10):
                rig.now_ms = NOW_MS + n
                assert (await rig.send(an_event(**HEAVY)))[0] == 200
            await rig.until(lambda: rig.flusher.statistics.failures >= 2)
            assert rig.flusher.oldest_received_ms == NOW_MS
            await make_room(rig)
            await rig.until(lambda: rig.counts().in_buffer == 0 and rig.flusher.oldest_received_ms is None)
            assert rig.flusher.statistics.durations.count == rig.flusher.statistics.batches

    async def test_in_durable_mode_a_refusal_is_told_until_it_is_too_old_to_mean_anything(self, database: Path) -> None:
        async with a_rig(database, durable=True) as rig:
            await fill_disk(rig)
            assert (await rig.send([an_event(**HEAVY)] * 20))[0] == 503
            failed_ms = rig.flusher.statistics.last_failure_ms
            assert failed_ms is not None
            assert "full" in str(rig.flusher.trouble(failed_ms + 15_000))
            assert rig.flusher.trouble(failed_ms + 15_001) is None


class TestFullDisk:
    async def test_nothing_accepted_is_lost_and_it_recovers_by_itself(self, database: Path) -> None:
        async with a_rig(database) as rig:
            assert (await rig.send(an_event()))[0] == 200
            await rig.until(lambda: rig.counts().stored == 1)
            await fill_disk(rig)
            for _ in range(30):
                assert (await rig.send(an_event(**HEAVY)))[0] == 200
            await rig.until(lambda: rig.flusher.statistics.failures >= 3)
            assert "full" in str(rig.flusher.statistics.last_error)
            assert (rig.counts().in_buffer, rig.counts().lost) == (30, 0)
            assert rig.stored() == 1
            await make_room(rig)
            await rig.until(lambda: rig.counts().in_buffer == 0)
            assert rig.counts().stored == rig.stored() == 31
            assert rig.flusher.statistics.last_error is None
            assert rig.rows("PRAGMA integrity_check") == [("ok",)]

    async def test_in_durable_mode_the_sender_is_told_at_once(self, database: Path) -> None:
        async with a_rig(database, durable=True) as rig:
            assert (await rig.send(an_event()))[0] == 200
            await fill_disk(rig)
            assert await rig.send([an_event(**HEAVY)] * 40) == (503, {"error": "not stored, try again"})
            assert (rig.counts().lost, rig.counts().in_buffer) == (40, 0)
            assert rig.accounting.recent.totals(now_ms()) == {Loss.LOST: 40}
            await make_room(rig)
            assert (await rig.send(an_event(**HEAVY)))[0] == 200
            assert rig.stored() == 2

    async def test_a_dictionary_that_finds_no_room_costs_no_event_a_second_count(
        self, database: Path, holder: Connection
    ) -> None:
        async with a_rig(database, capacity=TRAINING_EVENTS + 100, flushing=False) as rig:
            holder.execute("DROP TABLE payload_dictionaries")
            for n in range(TRAINING_EVENTS):
                offer(rig, 1, message=f"Timeout of request {n} to service {n % 7}", **HEAVY)
            rig.pipeline.close()
            await rig.flusher.run()
            assert rig.counts().stored == rig.stored() == TRAINING_EVENTS
            assert rig.flusher.statistics.failures == 0


class TestLockedDatabase:
    async def test_a_lock_that_is_held_for_long_is_waited_out(self, database: Path, holder: Connection) -> None:
        async with a_rig(database) as rig:
            await lose_patience(rig)
            holder.execute("BEGIN IMMEDIATE")
            for _ in range(5):
                assert (await rig.send(an_event()))[0] == 200
            await rig.until(lambda: rig.flusher.statistics.failures >= 2)
            assert "locked" in str(rig.flusher.statistics.last_error)
            holder.execute("ROLLBACK")
            await rig.until(lambda: rig.counts().stored == 5)
            assert rig.stored() == 5

    async def test_a_lock_that_is_held_for_an_instant_is_not_even_noticed(
        self, database: Path, holder: Connection
    ) -> None:
        async with a_rig(database) as rig:
            holder.execute("BEGIN IMMEDIATE")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(rig.send, an_event())
                await wait_all_tasks_blocked(0.05)
                holder.execute("ROLLBACK")
            await rig.until(lambda: rig.counts().stored == 1)
            assert rig.flusher.statistics.failures == 0

    async def test_in_durable_mode_it_is_503_until_the_lock_is_gone(self, database: Path, holder: Connection) -> None:
        async with a_rig(database, durable=True) as rig:
            await lose_patience(rig)
            holder.execute("BEGIN IMMEDIATE")
            assert (await rig.send(an_event()))[0] == 503
            holder.execute("ROLLBACK")
            assert (await rig.send(an_event()))[0] == 200
            assert (rig.counts().lost, rig.counts().stored, rig.stored()) == (1, 1, 1)


class TestStall:
    async def test_while_the_writer_stalls_the_buffer_fills_and_drops_are_counted(self, database: Path) -> None:
        go_on = threading.Event()
        async with a_rig(database, capacity=20) as rig, trio.open_nursery() as nursery:
            nursery.start_soon(rig.writer.run, lambda _: go_on.wait(20))
            await wait_all_tasks_blocked()
            try:
                assert (await rig.send(an_event()))[0] == 200
                await rig.until(lambda: rig.pipeline.statistics().buffered == 0)  # it is with the flusher now
                for _ in range(30):
                    assert (await rig.send(an_event()))[0] == 200
                assert rig.pipeline.statistics().usage == 1.0
                assert rig.counts().dropped == {Drop.BUFFER_FULL: 10}
            finally:
                go_on.set()
            await rig.until(lambda: rig.counts().in_buffer == 0)
            assert rig.counts().stored == rig.stored() == 21
            assert rig.pipeline.statistics().usage == 0.0


class TestGivingUp:
    async def test_what_is_held_and_what_is_buffered_is_counted_as_lost(
        self, database: Path, holder: Connection
    ) -> None:
        async with a_rig(database, flushing=False) as rig:
            await lose_patience(rig)
            holder.execute("BEGIN IMMEDIATE")
            offer(rig, 3)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(rig.flusher.run)
                await rig.until(lambda: rig.flusher.statistics.failures >= 1)
                offer(rig, 2)
                nursery.cancel_scope.cancel()
            assert rig.counts().lost == 3
            assert rig.flusher.lose_rest() == 2
            assert rig.flusher.lose_rest() == 0
            assert (rig.counts().lost, rig.counts().in_buffer) == (5, 0)
            assert rig.stored() == 0

    async def test_a_transaction_that_runs_is_waited_for_and_counted(self, database: Path) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def hold(conn: Connection, _text: str) -> int:
            begun.set()
            go_on.wait(20)
            return 0

        def slow_down(conn: Connection) -> None:
            conn.create_function("hold", 1, lambda text: hold(conn, text))
            conn.execute("CREATE TEMP TRIGGER slow AFTER INSERT ON issues BEGIN SELECT hold(new.message); END")

        async with a_rig(database, flushing=False) as rig:
            await rig.writer.run(slow_down)
            offer(rig, 3)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(rig.flusher.run)
                await rig.until(begun.is_set)
                nursery.cancel_scope.cancel()
                go_on.set()
            assert (rig.counts().stored, rig.counts().lost) == (3, 0)
            assert rig.stored() == 3
