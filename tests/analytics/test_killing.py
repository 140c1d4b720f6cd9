"""`kill -9` of a server while it feeds the projection, or makes it anew: the next one has it right, whatever was lost."""

from __future__ import annotations

import random
import re
import signal
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import trio

from bloop_trio.analytics.files import projection_path
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.db.connection import open_connection, transaction
from tests.analytics.following import what_is_in, what_should_be_there
from tests.server.process import Load, Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {"INGEST__ACK": "durable", "ANALYTICS__THREADS": "1"}
SHORT = range(3)
LONG = range(3, 28)
"""Of each of the two, which makes fifty kills."""
HOURS = 400
"""So many hours for each of some errors make a rebuild of about half a second."""


@pytest.mark.parametrize("seed", SHORT)
async def test_killed_while_it_is_fed(tmp_path: Path, seed: int) -> None:
    await kill_while_feeding(tmp_path, seed)


@pytest.mark.torture
@pytest.mark.parametrize("seed", LONG)
async def test_killed_while_it_is_fed_at_many_moments(tmp_path: Path, seed: int) -> None:
    await kill_while_feeding(tmp_path, seed)


@pytest.mark.parametrize("seed", SHORT)
async def test_killed_while_it_is_made_anew(tmp_path: Path, seed: int) -> None:
    await kill_while_rebuilding(tmp_path, seed)


@pytest.mark.torture
@pytest.mark.parametrize("seed", LONG)
async def test_killed_while_it_is_made_anew_at_many_moments(tmp_path: Path, seed: int) -> None:
    await kill_while_rebuilding(tmp_path, seed)


async def kill_while_feeding(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    with ServerProcess(folder, **SETTINGS) as server:
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 4)
            await load.until_acknowledged(20)
            await trio.to_thread.run_sync(wait_until, lambda: metrics(server)["rows_fed_total"], "something is fed")
            await load.until_acknowledged(len(load.all_acknowledged()) + chance.randrange(1, 4_000))
            kill(server)
        await check_the_next_one(server)


async def kill_while_rebuilding(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    with ServerProcess(folder, **SETTINGS) as server:
        sender = Sender(server.port, server.key())
        for name in range(100):
            assert (await sender.single(fingerprint=f"old-{name}")).status == 200
        await sender.aclose()
        assert server.stop() == 0
        add_hours(server)
        projection_path(server.database).unlink(missing_ok=True)
        server.start()
        load = Load(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run, 2)
            progress = chance.random()
            await trio.to_thread.run_sync(
                wait_until, lambda: metrics(server)["progress_ratio"] >= progress, "a rebuild"
            )
            kill(server)
        await check_the_next_one(server)


def add_hours(server: ServerProcess) -> None:
    """Give each error counts of many hours."""
    with closing(open_connection(server.database)) as conn, transaction(conn):
        conn.execute(
            "WITH RECURSIVE hours (ago) AS (VALUES (1) UNION ALL SELECT ago + 1 FROM hours WHERE ago < ?)"
            " INSERT INTO event_counts_hourly (fingerprint_id, hour_ms, environment, source, count)"
            " SELECT f.id, (SELECT max(hour_ms) FROM event_counts_hourly) - ago * ?, 'prod', 'api', ago % 7 + 1"
            " FROM issue_fingerprints AS f CROSS JOIN hours",
            (HOURS, MS_PER_HOUR),
        )


def kill(server: ServerProcess) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


async def check_the_next_one(server: ServerProcess) -> None:
    """Start the server again, and hold the projection against the database once it has followed and stopped."""
    server.start()
    sender = Sender(server.port, server.key())
    assert (await sender.single(fingerprint="after")).status == 200
    await sender.aclose()
    await trio.to_thread.run_sync(wait_until, lambda: is_following(server), "the projection follows")
    assert server.stop() == 0
    with closing(open_connection(server.database)) as conn:
        expected = what_should_be_there(conn)
    assert what_is_in(projection_path(server.database)) == expected
    assert "after" in {row[2] for row in expected["issues"]}


def is_following(server: ServerProcess) -> bool:
    """Whether all that was committed is in the projection."""
    seen = metrics(server)
    return seen["rows_fed_total"] > 0 and seen["progress_ratio"] == 1 and seen["lag_seconds"] == 0


def metrics(server: ServerProcess) -> dict[str, float]:
    """Return what the server measures of its projection."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        name: float(value) for name, value in re.findall(r"^bloop_analytics_(\w+) ([\d.e+-]+)$", text, re.MULTILINE)
    }
