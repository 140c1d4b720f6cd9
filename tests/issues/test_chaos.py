"""Load while disks fill up, locks are held and poison comes in: whatever happened, the books balance."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import accepted, an_event
from tests.issues.rig import Rig, a_rig

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection

SENDERS = 6
TURNS = 25
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(3, 40))]


@attrs.define
class Sent:
    """The ids of single events, by what their senders were told."""

    kept: set[str] = attrs.field(factory=set)
    refused: set[str] = attrs.field(factory=set)


async def send(rig: Rig, numbers: random.Random, name: str, sent: Sent) -> None:
    """Send singles, batches and poison, with pauses."""
    for turn in range(TURNS):
        heavy = {"stack": "at f (x.js:1:1)\n" * 500} if numbers.random() < 0.3 else {}
        looks = {"fingerprint": f"f{numbers.randrange(20)}", "release": f"r{numbers.randrange(3)}"} | heavy
        if numbers.random() < 0.15:
            offer_poison(rig)
        if numbers.random() < 0.6:
            event_id = f"{name}-{turn}"
            status, _ = await rig.send(an_event(event_id=event_id, **looks))
            (sent.kept if status == 200 else sent.refused).add(event_id)
        else:
            await rig.send([an_event(**looks) for _ in range(numbers.choice([2, 5, 20]))])
        rig.counts()  # which checks that they add up
        await trio.sleep(numbers.random() * 0.02)


def offer_poison(rig: Rig) -> None:
    if rig.pipeline.offer(accepted(project_no=99, message="poison")):
        tally = rig.accounting.of(99, "gone")
        tally.received += 1
        tally.accepted += 1


async def make_trouble(rig: Rig, numbers: random.Random, holder: Connection) -> None:
    """Fill the disk, or hold the lock, now and then; all is well when it is cancelled."""
    try:
        while True:
            if numbers.random() < 0.5:
                await set_room(rig, pages=numbers.randrange(6))
                await trio.sleep(numbers.random() * 0.1)
                await set_room(rig, pages=None)
            else:
                holder.execute("BEGIN IMMEDIATE")
                await trio.sleep(numbers.random() * 0.1)
                holder.execute("ROLLBACK")
            await trio.sleep(numbers.random() * 0.05)
    finally:
        if holder.in_transaction:
            holder.execute("ROLLBACK")
        with trio.CancelScope(shield=True):
            await set_room(rig, pages=None)


async def set_room(rig: Rig, pages: int | None) -> None:
    """Let the database grow by so many pages; None: as it likes."""

    def limit(conn: Connection) -> None:
        (used,) = conn.execute("PRAGMA page_count").fetchone()
        conn.execute(f"PRAGMA max_page_count = {10**6 if pages is None else used + pages}")

    await rig.writer.run(limit)


def stored_ids(rig: Rig) -> list[str]:
    """Return the event ids in the database; one that was stored twice would be in it twice."""
    reader = PayloadReader()
    conn = open_connection(rig.database, read_only=True)
    try:
        payloads: list[tuple[Any, ...]] = rig.rows("SELECT payload FROM events_20260101")
        events = [reader.decode(conn, payload) for (payload,) in payloads]
    finally:
        conn.close()
    return [event["event_id"] for event in events if "event_id" in event]


@pytest.mark.parametrize("durable", [False, True], ids=["buffered", "durable"])
@pytest.mark.parametrize("seed", SEEDS)
async def test_the_books_balance_whatever_happens(database: Path, seed: int, durable: bool) -> None:
    numbers = random.Random(seed)
    holder = open_connection(database)
    sent = Sent()
    try:
        async with a_rig(database, durable=durable, capacity=2000) as rig:
            await rig.writer.run(lambda conn: conn.execute("PRAGMA busy_timeout = 20").fetchall())
            async with trio.open_nursery() as trouble:
                trouble.start_soon(make_trouble, rig, numbers, holder)
                async with trio.open_nursery() as senders:
                    for number in range(SENDERS):
                        senders.start_soon(send, rig, random.Random(seed * 100 + number), f"s{number}", sent)
                trouble.cancel_scope.cancel()
            await rig.until(lambda: not any(p.in_buffer for p in rig.accounting.snapshot().projects))

            counts = rig.counts()
            assert rig.stored() == counts.stored
            assert (counts.dropped, counts.duplicate, counts.dead_lettered) == ({}, 0, 0)
            assert counts.lost == 0 or durable
            (poison,) = [p for p in rig.accounting.snapshot().projects if p.project == "gone"]
            assert rig.rows("SELECT count(*) FROM dead_letters") == [(poison.dead_lettered,)]
            ids = stored_ids(rig)
            assert len(ids) == len(set(ids))
            assert set(ids) == sent.kept
            assert not sent.refused or durable
            assert rig.rows("PRAGMA integrity_check") == [("ok",)]
    finally:
        holder.close()
