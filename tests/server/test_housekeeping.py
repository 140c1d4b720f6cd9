"""What the server does on its own while it serves: dropping old days, and making new ones ahead."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest
import trio

from bloop_trio.clock import MS_PER_DAY, now_ms
from bloop_trio.issues.stored import days
from tests.server.process import Load, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SIZES = [50_000, pytest.param(1_000_000, marks=pytest.mark.torture)]


def add_old_day(server: ServerProcess, rows: int) -> str:
    """Give the stopped server's database a day of events that is due to be dropped; returns its table."""
    day = days.day_of(now_ms() - 40 * MS_PER_DAY)
    with closing(sqlite3.connect(server.database, isolation_level=None)) as conn:
        conn.execute("BEGIN")
        days.create_day(conn, day)
        conn.execute(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            f" INSERT INTO {days.event_table(day)}"
            " SELECT i, 0, 0, i % 1000, 1, '1.0.0', 'prod', 'api', randomblob(100) FROM n",
            (rows,),
        )
        conn.execute("UPDATE sequences SET value = ? WHERE name = 'event_id'", (rows,))
        conn.execute("COMMIT")
    return days.event_table(day)


def has_table(server: ServerProcess, table: str) -> bool:
    return server.rows(f"SELECT count(*) FROM sqlite_master WHERE name = '{table}'") == [(1,)]


@pytest.mark.parametrize("rows", SIZES)
async def test_a_large_day_goes_under_load_and_no_flush_fails(tmp_path: Path, rows: int) -> None:
    with ServerProcess(tmp_path, INGEST__MAX_WAIT_MS="20000", PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        assert server.stop() == 0
        table = add_old_day(server, rows)
        server.start()
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 4)
            await trio.to_thread.run_sync(wait_until, lambda: not has_table(server, table), "the old day is dropped")
            await load.until_acknowledged(100)
            assert server.get("/health")["status"] == "ok"
            code = await trio.to_thread.run_sync(server.stop)
        assert code == 0
        assert "batch not stored" not in server.log()
        assert "background work failed" not in server.log()
        assert load.all_acknowledged() <= server.stored_fingerprints()
        server.check_consistency()
        assert server.rows("SELECT min(id) FROM " + days.event_table(days.day_of(now_ms()))) >= [(rows + 1,)]


async def test_a_stop_during_a_purge_leaves_the_rest_to_the_next_start(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        assert server.stop() == 0
        table = add_old_day(server, 150_000)
        server.start()
        assert server.stop() == 0
        assert server.rows("PRAGMA integrity_check") == [("ok",)]
        server.start()
        wait_until(lambda: not has_table(server, table), "the rest is dropped")
        assert server.stop() == 0


def test_the_tables_of_today_and_tomorrow_are_made_ahead(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        for day in (days.day_of(now_ms()), days.day_of(now_ms() + MS_PER_DAY)):
            wait_until(partial(has_table, server, days.event_table(day)), "the day has its table")
        assert server.stop() == 0
