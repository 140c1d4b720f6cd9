"""`kill -9` at any moment: what durable mode has answered is there, and the next start needs no repair."""

from __future__ import annotations

import random
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import trio

from tests.conftest import an_event
from tests.server.process import Load, Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

CAPACITY = 300


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ack", ["buffered", "durable"])
async def test_ten_kills(tmp_path: Path, ack: str, seed: int) -> None:
    await kill_and_compare(tmp_path, ack, seed)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(5, 55))
@pytest.mark.parametrize("ack", ["buffered", "durable"])
async def test_a_hundred_kills(tmp_path: Path, ack: str, seed: int) -> None:
    await kill_and_compare(tmp_path, ack, seed)


async def kill_and_compare(folder: Path, ack: str, seed: int) -> None:
    events = random.Random(seed).randrange(1, 4000)
    settings = {
        "INGEST__ACK": ack,
        "INGEST__CHANNEL_CAPACITY": str(CAPACITY),
        "INGEST__MAX_WAIT_MS": "20000",
        "PIPELINE__FLUSH_INTERVAL_SECS": "0.2",
        "PIPELINE__FLUSH_BATCH_SIZE": "100",
    }
    with ServerProcess(folder, **settings) as server:
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 12)
            await load.until_acknowledged(events)
            assert server.process is not None
            server.process.send_signal(signal.SIGKILL)
        server.process.wait()

        server.start()  # needs no repair
        stored = server.stored_fingerprints()
        assert server.check_consistency() == len(stored)
        missing = load.all_acknowledged() - stored
        if ack == "durable":
            assert missing == set()
        else:
            # Batches are cut from the buffer in order, so only the newest of each sender can be missing.
            for mine in load.acknowledged:
                kept = [name in stored for name in mine]
                assert kept == sorted(kept, reverse=True)
            # One flush is what lies in the buffer and what is just being written.
            assert len(missing) <= 2 * CAPACITY

        sender = Sender(server.port, server.key())
        assert (await sender.single(fingerprint="after")).status == 200
        await sender.aclose()
        assert server.stop() == 0
        assert "after" in server.stored_fingerprints()
        server.check_consistency()


@pytest.mark.parametrize("ack", ["buffered", "durable"])
async def test_who_repeats_everything_after_a_kill_has_it_counted_once(tmp_path: Path, ack: str) -> None:
    ids = [f"event-{n}" for n in range(600)]
    batches = [ids[start : start + 20] for start in range(0, len(ids), 20)]

    async def send_all(sender: Sender) -> None:
        for number, batch in enumerate(batches):
            with_ids = [an_event(event_id=name) for name in batch[::2]] + [an_event() for _ in batch[1::2]]
            sender.headers = f"Idempotency-Key: batch-{number}\r\n"
            assert (await sender.batch(with_ids)).json["accepted"] == len(batch)

    with ServerProcess(tmp_path, INGEST__ACK=ack, PIPELINE__FLUSH_INTERVAL_SECS="0.02") as server:
        first = Sender(server.port, server.key())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_it_breaks, send_all, first)
            await trio.to_thread.run_sync(wait_until, lambda: stored(server) > 100, "some are stored")
            assert server.process is not None
            server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        server.start()
        again = Sender(server.port, server.key())
        await send_all(again)
        await again.aclose()
        assert server.stop() == 0
        assert server.check_consistency() == len(ids)


def stored(server: ServerProcess) -> int:
    return int(server.rows("SELECT coalesce(sum(total_count), 0) FROM issues")[0][0])


async def _until_it_breaks(send: Callable[[Sender], Awaitable[None]], sender: Sender) -> None:
    with suppress(OSError, EOFError, trio.BrokenResourceError):
        await send(sender)
    await sender.aclose()
