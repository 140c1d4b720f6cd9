from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from bloop_trio.alerts.delivery.outbox_store import Settled
from bloop_trio.alerts.delivery.settling import MAX_ROWS, Settling
from bloop_trio.db.connection import StoreError
from tests.alerts.sending import insert_alert, insert_channel
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer


def as_sent(id_: int) -> Settled:
    return Settled(id=id_, alert_id=id_, state="sent", attempts=1, next_ms=NOW_MS)


def put(conn: Connection, count: int) -> list[Settled]:
    channel = (insert_channel(conn, 1, type="slack", webhook_url="https://example.com/"), "slack")
    return [as_sent(insert_alert(conn, channel, subject=str(number))[0]) for number in range(count)]


def count_sent(conn: Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM alert_deliveries WHERE state = 'sent'").fetchone()[0])


async def test_who_settles_goes_on_when_it_is_committed(connection: Connection, writer: Writer) -> None:
    rows = put(connection, MAX_ROWS + 1)
    settling = Settling(writer, cooldown_ms=1_000, clock=lambda: NOW_MS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(settling.run)
        with trio.fail_after(30):
            await settling.settle(rows)
        assert count_sent(connection) == MAX_ROWS + 1
        nursery.cancel_scope.cancel()


async def test_what_a_locked_store_refuses_is_kept_and_written_later(
    database: Path, connection: Connection, writer: Writer
) -> None:
    rows = put(connection, 1)
    settling = Settling(writer, cooldown_ms=1_000, clock=lambda: NOW_MS)
    async with trio.open_nursery() as nursery:
        with closing(sqlite3.connect(database, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            nursery.start_soon(settling.run)
            nursery.start_soon(settling.settle, rows)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(StoreError):  # the writer's turn comes after that of what is settled
                await writer.run(lambda conn: conn.execute("BEGIN IMMEDIATE"))
            assert count_sent(connection) == 0
            holder.execute("ROLLBACK")
        with trio.fail_after(30):
            while not count_sent(connection):  # noqa: ASYNC110 - nobody announces what is written
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()


async def test_when_it_is_cancelled_it_commits_what_is_left(connection: Connection, writer: Writer) -> None:
    rows = put(connection, 3)
    settling = Settling(writer, cooldown_ms=0, clock=lambda: NOW_MS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(settling.run)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(settling.settle, rows)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert count_sent(connection) == 3
    assert connection.execute("SELECT count(*) FROM alert_cooldowns").fetchone() == (0,)


async def test_what_was_cancelled_meanwhile_stays_so_unless_it_was_sent(connection: Connection, writer: Writer) -> None:
    one, other = put(connection, 2)
    connection.execute("UPDATE alert_deliveries SET state = 'cancelled'")
    settling = Settling(writer, cooldown_ms=1_000, clock=lambda: NOW_MS)
    failed = Settled(id=other.id, alert_id=other.alert_id, state="failed", attempts=1, next_ms=NOW_MS, error="x")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(settling.run)
        await settling.settle([one, failed])
        nursery.cancel_scope.cancel()
    assert connection.execute("SELECT state FROM alert_deliveries ORDER BY id").fetchall() == [
        ("sent",),
        ("cancelled",),
    ]


async def test_a_digest_is_never_torn_apart_and_ends_at_one_moment(connection: Connection, writer: Writer) -> None:
    rows = put(connection, MAX_ROWS + 2)
    settling = Settling(writer, cooldown_ms=1_000, clock=lambda: NOW_MS + 5)
    async with trio.open_nursery() as nursery:
        digest, other = rows[:-1], rows[-1:]
        counts: list[int] = []

        async def settle(message: list[Settled]) -> None:
            await settling.settle(message)
            counts.append(count_sent(connection))

        with trio.fail_after(30):
            async with trio.open_nursery() as messages:
                messages.start_soon(settle, digest)
                await trio.testing.wait_all_tasks_blocked()
                messages.start_soon(settle, other)
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(settling.run)
        assert counts == [len(digest), len(rows)]
        ended = connection.execute("SELECT DISTINCT finished_ms FROM alert_deliveries").fetchall()
        assert ended == [(NOW_MS,)]
        nursery.cancel_scope.cancel()
