"""Mutes on a real server: what ends one survives kills, and ends it once."""

from __future__ import annotations

import json
import signal
import urllib.request
from typing import TYPE_CHECKING, Any

import trio

from tests.conftest import PROJECT_KEY, accepted, as_json
from tests.issues.histories import check_that_all_agree, history, statuses
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

MORE_EVENTS = 60


def mute(server: ServerProcess, token: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/errors/cart/mute",
        as_json(body),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
        return json.load(answer)


def kill(server: ServerProcess) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


async def test_a_time_that_passes_while_the_server_is_away_ends_it_when_that_is_back(
    tmp_path: Path, connection: Connection, batches: BatchWriter, make_token: Callable[..., str]
) -> None:
    batches.write(connection, [accepted(fingerprint="cart")])
    with ServerProcess(tmp_path) as server:
        await trio.to_thread.run_sync(mute, server, make_token("errors:write"), {"for_secs": 1})
        kill(server)
        await trio.to_thread.run_sync(server.start)
        await trio.to_thread.run_sync(wait_until, lambda: statuses(connection) == {"cart": "unresolved"}, "it ends")
        assert server.stop() == 0
    assert [entry[1:] for entry in history(connection, "cart")][1:] == [
        ("unresolved", None, "snooze ended: the time is over")
    ]
    assert connection.execute("SELECT count(*) FROM issue_snoozes").fetchone() == (0,)
    check_that_all_agree(connection)


async def test_kills_between_events_neither_lose_nor_repeat_its_end(
    tmp_path: Path, connection: Connection, batches: BatchWriter, make_token: Callable[..., str]
) -> None:
    batches.write(connection, [accepted(fingerprint="cart")])
    with ServerProcess(tmp_path, INGEST__ACK="durable") as server:
        await trio.to_thread.run_sync(mute, server, make_token("errors:write"), {"until_count": MORE_EVENTS})
        for answers in (7, 31, 40):
            await send_until_killed(server, answers)
            (count,) = connection.execute("SELECT total_count FROM issues").fetchone()
            is_over = count >= 1 + MORE_EVENTS
            assert statuses(connection) == {"cart": "unresolved" if is_over else "muted"}, count
            assert len(history(connection, "cart")) == 1 + is_over
            check_that_all_agree(connection)
            await trio.to_thread.run_sync(server.start)
        assert server.stop() == 0
    assert history(connection, "cart")[-1][3] == f"snooze ended: {MORE_EVENTS} events"


async def send_until_killed(server: ServerProcess, answers: int) -> None:
    """Send events from several connections, and kill the server once so many of them are stored."""
    answered = 0

    async def send(sender: Sender) -> None:
        nonlocal answered
        try:
            while answered < answers:
                await sender.single(fingerprint="cart")
                answered += 1
        except (EOFError, OSError, trio.BrokenResourceError):
            pass  # the server is gone
        if server.process is not None and server.process.poll() is None:
            kill(server)
        await sender.aclose()

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(send, Sender(server.port, PROJECT_KEY))
