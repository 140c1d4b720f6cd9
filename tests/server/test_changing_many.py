"""A change of very many errors on a real server: events go on being stored, and a kill leaves no half of anything."""

from __future__ import annotations

import json
import signal
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.issues.triage.triage import SLICE_ISSUES
from tests.conftest import PROJECT_KEY, accepted, as_json
from tests.issues.histories import check_that_all_agree, statuses
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

ISSUES = 20 * SLICE_ISSUES


@pytest.fixture
def _stored(connection: Connection, batches: BatchWriter) -> None:
    for start in range(0, ISSUES, 2000):
        batches.write(connection, [accepted(fingerprint=f"f{n}") for n in range(start, start + 2000)])


def resolve_all(server: ServerProcess, token: str) -> Any:
    """Ask for it and return the answer; None if the server was gone before it answered."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/status-changes",
        as_json({"status": "resolved", "filter": {"status": "unresolved", "release": "1.0.0"}}),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
            return json.load(answer)
    except (OSError, HTTPException):
        return None


@pytest.mark.usefixtures("_stored")
async def test_a_kill_half_way_leaves_whole_slices_and_the_next_request_does_the_rest(
    tmp_path: Path, connection: Connection, make_token: Callable[..., str]
) -> None:
    token = make_token("errors:write")
    with ServerProcess(tmp_path) as server:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, resolve_all, server, token)
            await trio.to_thread.run_sync(
                wait_until, lambda: server.rows("SELECT 1 FROM status_changes LIMIT 1"), "something is changed"
            )
            assert server.process is not None
            server.process.send_signal(signal.SIGKILL)
        server.process.wait()

        done = list(statuses(connection).values()).count("resolved")
        assert done > 0
        assert done % SLICE_ISSUES == 0
        check_that_all_agree(connection)

        server.start()
        answer = await trio.to_thread.run_sync(resolve_all, server, token)
        assert answer["changed"] == answer["updated"] == ISSUES - done
        assert server.stop() == 0
    check_that_all_agree(connection)
    assert set(statuses(connection).values()) == {"resolved"}


@pytest.mark.usefixtures("_stored")
async def test_meanwhile_durable_events_are_stored(
    tmp_path: Path, connection: Connection, make_token: Callable[..., str]
) -> None:
    """In durable mode an answer follows its commit, so answers to events tell that the change lets them in between."""
    token = make_token("errors:write")
    answered_meanwhile: list[int] = []
    with ServerProcess(tmp_path, INGEST__ACK="durable") as server:
        sender = Sender(server.port, PROJECT_KEY)

        async def send_until(done: trio.Event) -> None:
            while not done.is_set():
                reply = await sender.single(fingerprint="new", release="2.0.0")
                answered_meanwhile.append(reply.status)

        async with trio.open_nursery() as nursery:
            done = trio.Event()
            nursery.start_soon(send_until, done)
            answer = await trio.to_thread.run_sync(resolve_all, server, token)
            done.set()
        await sender.aclose()
        assert answer["changed"] == ISSUES
        assert set(answered_meanwhile) == {200}
        assert len(answered_meanwhile) > 2
        assert server.stop() == 0
    check_that_all_agree(connection)
    assert statuses(connection)["new"] == "unresolved"
