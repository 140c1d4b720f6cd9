"""Reading: never a write, never longer than allowed, never left behind in a thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.db.connection import StoreError
from bloop_trio.db.readers import Readers, open_readers
from bloop_trio.db.snapshot import snapshot
from bloop_trio.exceptions import QueryTimeoutError

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def endless(conn: Connection) -> object:
    return conn.execute(ENDLESS).fetchone()


async def test_a_query_returns_its_result(readers: Readers) -> None:
    assert await readers.run(lambda conn: conn.execute("SELECT 40 + 2").fetchone()) == (42,)


async def test_an_error_of_a_query_is_raised_as_it_is(readers: Readers) -> None:
    with pytest.raises(StoreError, match="no such table"):
        await readers.run(lambda conn: conn.execute("SELECT * FROM nowhere"))


async def test_a_reader_cannot_write(readers: Readers) -> None:
    with pytest.raises(StoreError, match="readonly"):
        await readers.run(lambda conn: conn.execute("DELETE FROM projects"))


async def test_a_query_that_fails_half_way_does_not_keep_its_state_for_the_next(
    database: Path, connection: Connection
) -> None:
    connection.execute("CREATE TABLE numbers AS WITH n (i) AS (VALUES (1), (2), (3)) SELECT i FROM n")

    def fail(conn: Connection) -> None:
        with snapshot(conn):
            rows = conn.execute("SELECT i FROM numbers")
            raise LookupError(rows.fetchone())

    async with open_readers(database, 1) as readers:
        with pytest.raises(LookupError) as kept:
            await readers.run(fail)
        connection.execute("INSERT INTO numbers VALUES (4)")
        assert await readers.run(lambda conn: conn.execute("SELECT count(*) FROM numbers").fetchone()) == (4,)
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy
    assert kept.value.args == ((1,),)


async def test_a_query_over_its_time_is_interrupted_and_the_connection_goes_on(database: Path) -> None:
    async with open_readers(database, 1) as readers:
        with pytest.raises(QueryTimeoutError, match="longer than 50 ms"):
            await readers.run(endless, time_limit_ms=50)
        assert await readers.run(lambda conn: conn.execute("SELECT 1").fetchone()) == (1,)


async def test_a_cancelled_query_ends_in_its_thread_before_the_caller_goes_on(database: Path) -> None:
    started, ended = threading.Event(), threading.Event()

    def query(conn: Connection) -> None:
        started.set()
        try:
            endless(conn)
        finally:
            ended.set()

    async with open_readers(database, 1) as readers:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(readers.run, query)
            await trio.to_thread.run_sync(started.wait)
            nursery.cancel_scope.cancel()
        assert ended.is_set()
        assert await readers.run(lambda conn: conn.execute("SELECT 1").fetchone()) == (1,)


async def test_a_cancellation_before_the_first_statement_is_not_lost(database: Path) -> None:
    started, cancelled = threading.Event(), threading.Event()

    def query(conn: Connection) -> None:
        started.set()
        cancelled.wait()
        endless(conn)

    async with open_readers(database, 1) as readers, trio.open_nursery() as nursery:
        nursery.start_soon(readers.run, query)
        await trio.to_thread.run_sync(started.wait)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await trio.testing.wait_all_tasks_blocked()
        cancelled.set()
    assert nursery.cancel_scope.cancelled_caught


async def test_more_readers_than_connections_take_turns(database: Path) -> None:
    seen: list[int] = []

    async with open_readers(database, 1) as readers, trio.open_nursery() as nursery:

        async def read(number: int) -> None:
            seen.append(await readers.run(lambda _: number))

        for number in range(10):
            nursery.start_soon(read, number)
    assert sorted(seen) == list(range(10))


async def test_it_says_how_busy_it_is(database: Path) -> None:
    async with open_readers(database, 1) as readers:
        idle = readers.statistics()
        assert (idle.connections, idle.running, idle.waiting, idle.queries_total) == (1, 0, 0, 0)
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(readers.run, endless)
            await wait_all_tasks_blocked()
            busy = readers.statistics()
            assert (busy.running, busy.waiting, busy.queries_total) == (1, 2, 1)
            nursery.cancel_scope.cancel()
        with pytest.raises(QueryTimeoutError):
            await readers.run(endless, time_limit_ms=1)
        after = readers.statistics()
        assert (after.running, after.waiting, after.queries_total, after.timeouts_total) == (0, 0, 2, 1)
