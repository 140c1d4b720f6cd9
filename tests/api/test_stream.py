"""The live feed as a route: who may listen, with which headers, from where on, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.auth.store import create_token, revoke_token
from bloop_trio.issues.events.batch import combine
from bloop_trio.issues.live import routes as stream_routes
from tests.conftest import NOW_MS, accepted
from tests.server_sent import EventReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

STREAM = "/v1/stream"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def read_opening(messages: trio.MemoryReceiveChannel[Any], reader: EventReader) -> None:
    """Wait for the head of the answer and its first part."""
    assert (await messages.receive())["status"] == 200
    reader.feed((await messages.receive())["body"])


async def read_all(messages: trio.MemoryReceiveChannel[Any], reader: EventReader) -> bool:
    """Read what has come; returns whether the answer is at its end."""
    await wait_all_tasks_blocked()
    while True:
        try:
            message = messages.receive_nowait()
        except trio.WouldBlock:
            return False
        if message["type"] == "http.response.body":
            reader.feed(message["body"])
            if not message["more_body"]:
                return True


async def test_it_is_an_event_stream_that_nobody_is_to_keep(client: Client) -> None:
    answer = await client.get(STREAM)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-length" not in answer.headers


async def test_a_head_opens_nothing(client: Client) -> None:
    answer = await client.request("HEAD", STREAM, headers=bearer(client.token))
    assert (answer.status, answer.body) == (200, b"")
    assert client.services.feed.statistics().streams_open == 0


async def test_a_stream_is_open_until_its_client_leaves(client: Client) -> None:
    feed = client.services.feed
    async with client.listen(STREAM, bearer(client.token)) as messages:
        await messages.receive()
        assert feed.statistics().streams_open == 1
    assert feed.statistics().streams_open == 0
    assert client.services.streams.count("feed") == 0


async def test_a_client_that_leaves_before_its_answer_begins_leaves_nothing_behind(client: Client) -> None:
    async with client.listen(STREAM, bearer(client.token)):
        pass
    assert client.services.feed.statistics().streams_open == 0
    assert client.services.streams.count("feed") == 0


async def test_a_changed_status_is_told(
    client: Client, connection: Connection, batches: BatchWriter, make_token: Callable[..., str]
) -> None:
    batches.write(connection, [accepted(fingerprint="cart")])
    reader, writing = EventReader(), make_token("errors:write")
    async with client.listen(STREAM, bearer(client.token)) as messages:
        await read_opening(messages, reader)
        assert (await client.request("POST", "/v1/errors/cart/mute", headers=bearer(writing))).status == 200
        await read_all(messages, reader)
    (status,) = reader.of("status")
    assert (status["fingerprint"], status["old_status"], status["new_status"]) == ("cart", "unresolved", "muted")
    assert status["changed_at"] == NOW_MS


class TestResuming:
    async def listen_once(self, client: Client, target: str = STREAM, **headers: str) -> EventReader:
        reader = EventReader()
        async with client.listen(target, bearer(client.token) | headers) as messages:
            await read_opening(messages, reader)
            await read_all(messages, reader)
        return reader

    def publish(self, client: Client, fingerprint: str) -> None:
        client.services.feed.publish_batch(combine([accepted(fingerprint=fingerprint)]), [])
        client.services.feed.tick()

    async def test_by_header_and_by_query_and_the_header_wins(self, client: Client) -> None:
        start = (await self.listen_once(client)).last_id
        self.publish(client, "a")
        resumed = await self.listen_once(client, **{"last-event-id": start})
        assert resumed.kinds() == ["changed"]
        self.publish(client, "b")
        for target, headers, kinds in (
            (f"{STREAM}?last_event_id={start}", {}, ["changed", "changed"]),
            (f"{STREAM}?last_event_id=garbage", {"last-event-id": resumed.last_id}, ["changed"]),
            (f"{STREAM}?last_event_id={start}", {"last-event-id": "garbage"}, ["reset", "counters"]),
            (f"{STREAM}?last_event_id=", {"last-event-id": ""}, ["counters"]),
        ):
            assert (await self.listen_once(client, target, **headers)).kinds() == kinds, (target, headers)

    @pytest.mark.parametrize("last_id", ["garbage", "%00", "1%0d%0aevent:+new", "%ff", "-1", "x" * 400])
    async def test_after_garbage_it_says_reset(self, client: Client, last_id: str) -> None:
        reader = await self.listen_once(client, f"{STREAM}?last_event_id={last_id}")
        assert reader.kinds() == ["reset", "counters"]

    async def test_a_query_that_is_far_too_long_is_refused(self, client: Client) -> None:
        answer = await client.get(f"{STREAM}?last_event_id={'x' * 5000}")
        assert answer.status == 400
        assert answer.json["error"].startswith("last_event_id must be at most ")


class TestEnding:
    async def test_with_a_revoked_token(self, client: Client, connection: Connection) -> None:
        issued = create_token(connection, name="t", project_no=1, scopes=["errors:read"], now_secs=NOW_MS // 1000)
        async with client.listen(STREAM, bearer(issued.plaintext)) as messages:
            revoke_token(connection, issued.token.id, NOW_MS // 1000)
            client.services.bearer.clear()
            with trio.fail_after(20):
                while (message := await messages.receive()).get("more_body", True):
                    assert b"event: new" not in message.get("body", b"")

    @pytest.mark.parametrize("end", ["it is ended", "its user is removed", "it expires"])
    async def test_with_the_session(
        self,
        client: Client,
        connection: Connection,
        sign_in: Callable[..., dict[str, str]],
        monkeypatch: pytest.MonkeyPatch,
        end: str,
    ) -> None:
        reader = EventReader()
        other = sign_in("bert")
        async with client.listen(STREAM, sign_in("ada")) as messages, client.listen(STREAM, other) as others:
            await read_opening(messages, reader)
            assert not await read_all(messages, reader)
            await read_opening(others, EventReader())
            if end == "it expires":
                monkeypatch.setattr(client.services.sessions, "_now_secs", lambda: NOW_MS // 1000 + 86_400)
            else:
                connection.execute("DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE username = 'ada')")
                client.services.sessions.clear()
                client.services.feed.publish_batch(combine([accepted(fingerprint="secret")]), [])
                client.services.feed.tick()
            with trio.fail_after(20):
                while (message := await messages.receive()).get("more_body", True):
                    assert b"secret" not in message.get("body", b"")
            if end != "it expires":
                with trio.fail_after(20):
                    assert b"secret" in (await others.receive())["body"]

    async def test_with_the_server(self, client: Client) -> None:
        reader = EventReader()
        async with client.listen(STREAM, bearer(client.token)) as messages:
            await read_opening(messages, reader)
            assert not await read_all(messages, reader)
            client.services.streams.end_all()
            assert await read_all(messages, reader)
        assert client.services.feed.statistics().streams_open == 0
        assert (await client.get(STREAM)).status == 503


class TestLimits:
    async def test_of_all_streams(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stream_routes, "MAX_STREAMS", 2)
        async with (
            client.listen(STREAM, bearer(client.token)) as one,
            client.listen(STREAM, bearer(client.token)) as other,
        ):
            assert [(await messages.receive())["status"] for messages in (one, other)] == [200, 200]
            answer = await client.get(STREAM)
            assert (answer.status, answer.headers["retry-after"]) == (503, "10")
            assert answer.json == {"error": "too many open streams: close one or try again later"}
        assert (await client.get(STREAM)).status == 200
        assert client.services.feed.statistics().streams_open == 0

    async def test_of_a_project(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client.services.feed, "_max_streams_per_project", 1)
        async with client.listen(STREAM, bearer(client.token)) as messages:
            await messages.receive()
            answer = await client.get(STREAM)
            assert (answer.status, answer.headers["retry-after"]) == (503, "10")
            assert answer.json == {"error": "too many open streams of this project: close one or try again later"}
            assert client.services.streams.count("feed") == 1
