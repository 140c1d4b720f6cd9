"""Alerts of a real server that is stopped and killed while they are on their way."""

from __future__ import annotations

import sqlite3
import urllib.request
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import trio

from bloop_trio.alerts.rules.rule import NewIssue, Rule
from bloop_trio.alerts.rules.store import create_rule
from bloop_trio.clock import now_ms, now_secs
from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from tests.alerts.receivers import Received, Receiver, Stream, answering, hanging, receiving
from tests.alerts.sending import insert_alert, insert_channel
from tests.conftest import an_event, as_json, signed
from tests.server.process import ServerProcess

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 30
HELD = 11


def a_server(folder: Path) -> ServerProcess:
    return ServerProcess(folder, ALERTING__ALLOW_PRIVATE_WEBHOOKS="true", ALERTING__MAX_PER_MINUTE="1000")


def put_alerts(server: ServerProcess, receiver: Receiver) -> None:
    """Put alerts into the outbox of a server that does not run yet."""
    with closing(open_connection(server.database)) as conn:
        migrate(conn, server.database, now_secs())
        insert_channel(conn, 1, type="webhook", url=receiver.url)
        for number in range(COUNT):
            insert_alert(conn, (1, "webhook"), subject=f"f{number}", at_ms=now_ms())


def states(server: ServerProcess) -> Counter[str]:
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as conn:
        return Counter(state for (state,) in conn.execute("SELECT state FROM alert_deliveries"))


def received(receiver: Receiver) -> Counter[str]:
    return Counter(request.json["fingerprint"] for request in receiver.requests)


def post(server: ServerProcess, body: bytes) -> int:
    """Send an event and return the status of the answer."""
    url = f"http://127.0.0.1:{server.port}/v1/ingest"
    with urllib.request.urlopen(urllib.request.Request(url, body, signed(body, server.key()))) as answer:
        return int(answer.status)


async def hold_the_eleventh(receiver: Receiver, request: Received, stream: Stream) -> None:
    await (answering(200) if len(receiver.requests) < HELD else hanging)(request, stream)


async def until_sent(server: ServerProcess, count: int) -> None:
    with trio.fail_after(30):
        while states(server)["sent"] < count:  # noqa: ASYNC110 - a database announces nothing
            await trio.sleep(0.02)


async def test_killed_in_the_middle_none_is_lost_and_only_what_was_not_answered_comes_twice(tmp_path: Path) -> None:
    async with receiving() as receiver:

        async def answer(request: Received, stream: Stream) -> None:
            await hold_the_eleventh(receiver, request, stream)

        receiver.answer = answer
        server = a_server(tmp_path)
        put_alerts(server, receiver)
        with server:
            await receiver.wait_for(HELD)
            await until_sent(server, HELD - 1)
            assert server.process is not None
            server.process.kill()
            await trio.to_thread.run_sync(server.process.wait)
            held = receiver.requests[-1].json["fingerprint"]

            receiver.answer = answering(200)
            await trio.to_thread.run_sync(server.start)
            await until_sent(server, COUNT)
            assert await trio.to_thread.run_sync(server.stop) == 0
        assert states(server) == {"sent": COUNT}
        assert received(receiver) == Counter({f"f{number}": 1 for number in range(COUNT)} | {held: 2})
        twice = {r.headers["x-bloop-delivery"] for r in receiver.requests if r.json["fingerprint"] == held}
        assert len(twice) == 1


async def test_a_stop_lets_alerts_go_out_and_does_not_wait_for_a_receiver_that_hangs(tmp_path: Path) -> None:
    async with receiving(hanging) as receiver:
        server = a_server(tmp_path)
        put_alerts(server, receiver)
        with server:
            await receiver.wait_for(1)
            assert await trio.to_thread.run_sync(server.stop) == 0
        assert states(server) == {"pending": COUNT}
        assert len(receiver.requests) == 1


async def test_what_was_accepted_before_a_stop_is_still_alerted_about(tmp_path: Path) -> None:
    async with receiving() as receiver:
        server = a_server(tmp_path)
        server.environment["BLOOP_WEBHOOK_URL"] = receiver.url
        with closing(open_connection(server.database)) as conn:
            migrate(conn, server.database, now_secs())
            rule = Rule(id=0, project_no=None, name="any", config=NewIssue(), is_enabled=True)
            create_rule(conn, rule, created_by=None)
        with server:
            body = as_json(an_event(timestamp=now_ms(), message="the last one"))
            assert await trio.to_thread.run_sync(post, server, body) == 200
            assert await trio.to_thread.run_sync(server.stop) == 0
        (got,) = receiver.requests
        assert (got.json["rule"], got.json["event"], got.json["error_message"]) == ("any", "new_issue", "the last one")
        assert states(server) == {"sent": 1}
