"""One connection writes, one piece of work at a time, and none of it is cut in half."""

from __future__ import annotations

import resource
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.writer import Writer, open_writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection


@pytest.fixture
async def writer(database: Path) -> AsyncIterator[Writer]:
    async with open_writer(database) as opened:
        await opened.run(lambda conn: conn.execute("CREATE TABLE notes (text)"))
        yield opened


def notes(database: Path) -> list[str]:
    conn = open_connection(database, read_only=True)
    try:
        return [text for (text,) in conn.execute("SELECT text FROM notes ORDER BY rowid")]
    finally:
        conn.close()


def note(conn: Connection, text: str) -> None:
    with transaction(conn):
        conn.execute("INSERT INTO notes VALUES (?)", (text,))


async def test_work_is_done_in_the_order_of_asking(writer: Writer, database: Path) -> None:
    running = threading.Lock()

    def work(conn: Connection, text: str) -> None:
        assert running.acquire(blocking=False)
        note(conn, text)
        running.release()

    async with trio.open_nursery() as nursery:
        for n in range(20):
            nursery.start_soon(writer.run, lambda conn, n=n: work(conn, str(n)))
            await wait_all_tasks_blocked()
    assert notes(database) == [str(n) for n in range(20)]


async def test_a_result_and_an_error_come_back(writer: Writer, database: Path) -> None:
    assert await writer.run(lambda conn: conn.execute("SELECT 7").fetchone()) == (7,)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await writer.run(lambda conn: conn.execute("SELECT * FROM absent"))
    await writer.run(lambda conn: note(conn, "after"))
    assert notes(database) == ["after"]


async def test_who_is_cancelled_waits_for_the_end_of_what_runs(writer: Writer, database: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(conn: Connection) -> None:
        with transaction(conn):
            conn.execute("INSERT INTO notes VALUES ('first half')")
            begun.set()
            go_on.wait(20)
            conn.execute("INSERT INTO notes VALUES ('second half')")

    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run, slow)
            await trio.to_thread.run_sync(begun.wait, 20)
            scope.cancel()
            go_on.set()
    assert notes(database) == ["first half", "second half"]


async def test_who_is_cancelled_before_its_turn_does_nothing(writer: Writer, database: Path) -> None:
    go_on = threading.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, lambda _: go_on.wait(20))
        await wait_all_tasks_blocked()
        with trio.CancelScope() as scope:
            scope.cancel()
            await writer.run(lambda conn: note(conn, "never"))
        assert scope.cancelled_caught
        go_on.set()
    assert notes(database) == []


async def test_on_leaving_the_log_is_moved_into_the_database(database: Path) -> None:
    wal = database.with_name(database.name + "-wal")
    async with open_writer(database) as writer:
        await writer.run(lambda conn: conn.execute("CREATE TABLE notes (text)"))
        assert wal.stat().st_size > 0
    assert not wal.exists()
    assert notes(database) == []


async def test_a_reader_does_not_hold_the_closing_and_nothing_is_lost(database: Path) -> None:
    reading = open_connection(database, read_only=True)
    try:
        async with open_writer(database) as writer:
            await writer.run(lambda conn: conn.execute("CREATE TABLE notes (text)"))
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM notes").fetchone()
            await writer.run(lambda conn: note(conn, "kept"))
    finally:
        reading.close()
    assert notes(database) == ["kept"]


async def test_a_disk_without_room_does_not_keep_it_from_closing(database: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        async with open_writer(database) as writer:
            await writer.run(lambda conn: conn.execute("CREATE TABLE notes (text)"))
            await writer.run(lambda conn: note(conn, "kept"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # what is in the log cannot be moved
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert notes(database) == ["kept"]


@pytest.mark.parametrize(("synchronous", "level"), [("NORMAL", 1), ("FULL", 2)])
async def test_how_much_is_synced_is_set(database: Path, synchronous: str, level: int) -> None:
    async with open_writer(database, synchronous=synchronous) as writer:  # type: ignore[arg-type]  # from a table
        assert await writer.run(lambda conn: conn.execute("PRAGMA synchronous").fetchone()) == (level,)
