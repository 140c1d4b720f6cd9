"""The live feed of a real server: what it tells, whom, from where on, and how it ends."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

from bloop_trio.issues.live.feed import MAX_STREAMS_PER_PROJECT, TICK_SECS
from bloop_trio.issues.live.routes import MAX_STREAMS
from tests.conftest import an_event, as_json
from tests.server.listening import Listener
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until
from tests.server.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICKLY = {"PIPELINE__FLUSH_INTERVAL_SECS": "0.05"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path, **QUICKLY) as running:
        yield running


def token_for(server: ServerProcess, project: str = "default") -> dict[str, Any]:
    scopes = ("--scope", "errors:read", "--scope", "errors:write")
    made: dict[str, Any] = server.run("token", "create", "--project", project, "--name", "t", *scopes)
    return made


def resolve(server: ServerProcess, token: str, fingerprint: str) -> None:
    ask(server, token, f"/v1/errors/{fingerprint}/resolve")


def ask(server: ServerProcess, token: str, path: str, body: Any = None) -> Any:
    """POST something that is done, and return the answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        method="POST",
        data=as_json(body or {}),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
        assert answer.status == 200
        return json.load(answer)


async def until_changes(listener: Listener, count: int) -> None:
    await listener.until(lambda heard: len(heard.of("status")) == count)


def metric(server: ServerProcess, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=DEADLINE_SECS) as answer:
        lines = answer.read().decode().splitlines()
    (value,) = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
    return float(value)


async def test_what_happens_to_an_issue_is_heard(server: ServerProcess) -> None:
    made = token_for(server)
    sender = Sender(server.port, server.key())
    async with Listener(server.port, made["token"]) as listener:
        assert listener.status == 200
        await listener.until(lambda heard: heard.kinds() == ["counters"])

        await sender.single(fingerprint="cart")
        await listener.until(lambda heard: heard.of("new"))
        (new,) = listener.reader.of("new")
        assert (new["fingerprint"], new["error_type"], new["events"]) == ("cart", "TypeError", 1)

        await sender.batch([an_event(fingerprint="cart")] * 3)
        await listener.until(lambda heard: heard.of("changed"))
        (changed,) = listener.reader.of("changed")
        assert [(issue["fingerprint"], issue["events"]) for issue in changed["issues"]] == [("cart", 3)]

        await trio.to_thread.run_sync(resolve, server, made["token"], "cart")
        await listener.until(lambda heard: heard.of("status"))
        (status,) = listener.reader.of("status")
        assert (status["old_status"], status["new_status"]) == ("unresolved", "resolved")
        assert status["changed_by"] == f"token:{made['id']}"

        await sender.single(fingerprint="cart")
        await listener.until(lambda heard: heard.of("regressed"))
        await listener.until(lambda heard: heard.of("counters")[-1]["stored"] == 5)
        last = listener.reader.of("counters")[-1]
        assert (last["received"], last["accepted"], last["buffered"], last["dropped"]) == (5, 5, 0, 0)
    await sender.aclose()


async def test_what_ends_by_itself_or_is_undone_is_heard_as_any_other_change(server: ServerProcess) -> None:
    made = token_for(server)
    sender = Sender(server.port, server.key())
    async with Listener(server.port, made["token"]) as listener:
        await sender.single(fingerprint="cart")
        await listener.until(lambda heard: heard.of("new"))
        before = 0
        for ends in ({"until_count": 1}, {"for_secs": 1}):
            await trio.to_thread.run_sync(ask, server, made["token"], "/v1/errors/cart/mute", ends)
            if "until_count" in ends:
                await sender.single(fingerprint="cart")
            before += 2
            await until_changes(listener, before)
            last = listener.reader.of("status")[-1]
            assert (last["old_status"], last["changed_by"]) == ("muted", None)

        change = await trio.to_thread.run_sync(ask, server, made["token"], "/v1/errors/cart/ignore")
        await trio.to_thread.run_sync(ask, server, made["token"], f"/v1/status-changes/{change['change_id']}/undo")
        await listener.until(lambda heard: heard.of("status")[-1]["old_status"] == "ignored")
        assert listener.reader.of("status")[-1]["changed_by"] == f"token:{made['id']}"

        await trio.to_thread.run_sync(ask, server, made["token"], "/v1/errors/cart/comments", {"text": "Seen."})
        await listener.until(lambda heard: heard.of("activity"))
        (activity,) = listener.reader.of("activity")
        assert (activity["fingerprint"], activity["kind"], activity["actor_name"]) == ("cart", "comment", "t")
    await sender.aclose()


async def test_a_project_hears_of_itself_alone(server: ServerProcess) -> None:
    shop = server.run("project", "create", "Shop", "--slug", "shop")
    ours, theirs = token_for(server)["token"], token_for(server, "shop")["token"]
    sender, shopkeeper = Sender(server.port, server.key()), Sender(server.port, shop["api_key"])
    async with Listener(server.port, ours) as listener, Listener(server.port, theirs) as neighbour:
        await sender.single(fingerprint="ours")
        await listener.until(lambda heard: heard.of("new"))
        await shopkeeper.single(fingerprint="theirs")
        await neighbour.until(lambda heard: heard.of("new") and heard.of("counters")[-1]["stored"])
        await sender.single(fingerprint="last")
        await listener.until(lambda heard: len(heard.of("new")) == 2)
    assert [new["fingerprint"] for new in listener.reader.of("new")] == ["ours", "last"]
    assert [new["fingerprint"] for new in neighbour.reader.of("new")] == ["theirs"]
    assert neighbour.reader.of("counters")[-1]["received"] == 1
    await sender.aclose()
    await shopkeeper.aclose()


async def test_a_client_that_comes_back_again_and_again_misses_nothing_and_hears_nothing_twice(
    server: ServerProcess,
) -> None:
    token = token_for(server)["token"]
    names = [f"e{n:03}" for n in range(150)]  # a batch is told in the order of its fingerprints

    sender, turn = Sender(server.port, server.key()), trio.Lock()

    async def send(some: list[str]) -> None:
        async with turn:
            for name in some:
                await sender.single(fingerprint=name)

    unsent = names
    heard: list[str] = []
    ids: list[str] = []
    connections = 0
    async with Listener(server.port, token) as listener:
        await listener.until(lambda reader: reader.told)
    async with trio.open_nursery() as nursery:
        while len(heard) < len(names):
            nursery.start_soon(send, unsent[:10])  # meanwhile
            unsent = unsent[10:]
            async with Listener(server.port, token, listener.reader.last_id) as listener:
                await listener.until(lambda reader: reader.of("new"))
            connections += 1
            heard += [new["fingerprint"] for new in listener.reader.of("new")]
            ids += [told.id for told in listener.reader.told]
            assert "reset" not in listener.reader.kinds()
    assert heard == names
    assert len(ids) == len(set(ids))
    assert connections > 1
    await sender.aclose()
    assert metric(server, "bloop_stream_resets_total") == 0


async def test_after_a_restart_a_client_is_told_to_read_anew(server: ServerProcess) -> None:
    token = token_for(server)["token"]
    async with Listener(server.port, token) as listener:
        await listener.until(lambda heard: heard.told)
    assert server.stop() == 0
    server.start()
    async with Listener(server.port, token, listener.reader.last_id) as again:
        await again.until(lambda heard: len(heard.told) == 2)
    assert again.reader.kinds() == ["reset", "counters"]
    assert again.reader.of("reset") == [{"reason": "unknown_id"}]


async def test_a_stream_ends_when_its_token_is_revoked(server: ServerProcess) -> None:
    revoked, kept = token_for(server), token_for(server)
    sender = Sender(server.port, server.key())
    async with Listener(server.port, revoked["token"]) as listener, Listener(server.port, kept["token"]) as other:
        await trio.to_thread.run_sync(server.run, "token", "revoke", revoked["id"])
        await listener.until_end()
        assert listener.ended_well
        await sender.single(fingerprint="secret")
        await other.until(lambda heard: heard.of("new"))
        assert listener.reader.of("new") == []
    async with Listener(server.port, revoked["token"]) as refused:
        assert refused.status == 401
    await sender.aclose()


async def test_a_stream_ends_when_its_session_is_ended_by_its_user_or_by_a_command(server: ServerProcess) -> None:
    one, other = Visitor(server.port), Visitor(server.port)
    assert one.register("/auth/register", username="ada")[0] == 200
    invite = one.send("POST", "/v1/admin/invites")[1]["token"]
    assert other.register("/auth/invite/register", username="bert", invite_token=invite)[0] == 200
    async with (
        Listener(server.port, "", session=one.session) as first,
        Listener(server.port, "", session=other.session) as second,
    ):
        await trio.to_thread.run_sync(one.send, "DELETE", "/v1/me/sessions")
        await first.until_end()
        assert first.ended_well
        await trio.to_thread.run_sync(server.run, "admin", "reset", "--yes")
        await second.until_end()
        assert second.ended_well
    async with Listener(server.port, "", session=other.session) as refused:
        assert refused.status == 401


@pytest.mark.parametrize("flood", [False, True])
async def test_a_hundred_streams_do_not_hold_the_stop(tmp_path: Path, flood: bool) -> None:
    with ServerProcess(tmp_path, **QUICKLY, SERVER__SHUTDOWN_TIMEOUT_SECS="3600") as server:
        token, key = token_for(server)["token"], server.key()

        async def send() -> None:
            sender = Sender(server.port, key)
            try:
                for n in range(1_000_000):
                    await sender.batch([an_event(fingerprint=f"e{n}-{m}") for m in range(50)])
            except (OSError, EOFError, trio.BrokenResourceError):
                await sender.aclose()

        async with AsyncExitStack() as stack:
            listeners = [await stack.enter_async_context(Listener(server.port, token)) for _ in range(100)]
            assert metric(server, "bloop_streams_open") == 100
            async with trio.open_nursery() as nursery:
                for listener in listeners:
                    nursery.start_soon(listener.until_end)
                if flood:
                    nursery.start_soon(send)
                    with trio.fail_after(DEADLINE_SECS):
                        while not all(listener.reader.of("new") for listener in listeners):  # noqa: ASYNC110
                            await trio.sleep(0.01)
                code = await trio.to_thread.run_sync(server.stop)
        assert code == 0, server.log()
        assert all(listener.ended_well for listener in listeners)
        assert "Traceback" not in server.log()


async def test_all_hear_the_same_in_the_same_order(server: ServerProcess) -> None:
    token = token_for(server)["token"]
    sender = Sender(server.port, server.key())
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(Listener(server.port, token)) for _ in range(30)]
        for n in range(20):
            await sender.batch([an_event(fingerprint=f"e{n}-{m}") for m in range(5)])
        for listener in listeners:
            await listener.until(lambda heard: len(heard.of("new")) == 100)
    await sender.aclose()
    heard = [[told for told in listener.reader.told if told.kind == "new"] for listener in listeners]
    assert all(told == heard[0] for told in heard)


async def test_a_client_that_never_reads_is_let_go_and_holds_up_nobody(tmp_path: Path) -> None:
    settings = QUICKLY | {"SERVER__WRITE_TIMEOUT_SECS": "1"}
    with ServerProcess(tmp_path, **settings) as server, silent_stream(server) as silent:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_long_news, server)
            await trio.to_thread.run_sync(
                wait_until, lambda: metric(server, "bloop_streams_open") == 0, "the silent client is let go"
            )
            nursery.cancel_scope.cancel()
        assert silent.fileno() >= 0
        assert server.get("/health")["status"] == "ok"
        assert server.stop() == 0
        assert "Traceback" not in server.log()


async def test_a_client_that_never_reads_does_not_hold_the_stop(tmp_path: Path) -> None:
    patient = {"SERVER__WRITE_TIMEOUT_SECS": "3600", "SERVER__SHUTDOWN_TIMEOUT_SECS": "3600"}
    with ServerProcess(tmp_path, **QUICKLY, **patient) as server, silent_stream(server):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_long_news, server)
            await trio.to_thread.run_sync(wait_until, Watch(server).is_stuck, "the stream is stuck")
            nursery.cancel_scope.cancel()
        assert await trio.to_thread.run_sync(server.stop) == 0


async def send_long_news(server: ServerProcess) -> None:
    """Send new issues with long texts for ever: as many bytes as the feed takes."""
    sender = Sender(server.port, server.key())
    try:
        for n in range(1_000_000):
            texts = {"message": "€" * 600, "error_type": "€" * 150}
            await sender.batch([an_event(fingerprint=f"e{n}-{m}", **texts) for m in range(50)])
    finally:
        await sender.aclose()


@attrs.define
class Watch:
    """Sees when the only stream is handed nothing for so long that it cannot be for want of news."""

    server: ServerProcess
    told: float = -1
    flushes: float = -1
    since: float = 0

    def is_stuck(self) -> bool:
        told, flushes = metric(self.server, "bloop_stream_messages_total"), metric(self.server, "bloop_flushes_total")
        if told != self.told:
            self.told, self.flushes, self.since = told, flushes, time.monotonic()
        return told > 1 and flushes > self.flushes + 1 and time.monotonic() > self.since + 3 * TICK_SECS


def silent_stream(server: ServerProcess) -> socket.socket:
    """Open a stream whose client takes next to nothing."""
    token = token_for(server)["token"]
    silent = socket.socket()
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    silent.connect(("127.0.0.1", server.port))
    silent.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    wait_until(lambda: metric(server, "bloop_streams_open") == 1, "the stream is open")
    return silent


async def test_clients_that_leave_leave_nothing_behind(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, **QUICKLY, SERVER__WRITE_TIMEOUT_SECS="1") as server:
        token = token_for(server)["token"]
        for _ in range(3):
            async with AsyncExitStack() as stack:
                for _ in range(20):
                    await stack.enter_async_context(Listener(server.port, token))
            await trio.to_thread.run_sync(
                wait_until, lambda: metric(server, "bloop_streams_open") == 0, "nobody listens any more"
            )
        assert server.stop() == 0
        assert "Traceback" not in server.log()


async def test_of_five_hundred_and_one_streams_the_last_is_refused_until_the_others_have_left(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, **QUICKLY) as server:
        tokens = [token_for(server)["token"]]
        for name in ("second", "third"):
            server.run("project", "create", name, "--slug", name)
            tokens.append(token_for(server, name)["token"])
        async with AsyncExitStack() as stack:
            for number in range(MAX_STREAMS):
                token = tokens[number // MAX_STREAMS_PER_PROJECT]
                listener = await stack.enter_async_context(Listener(server.port, token))
                assert listener.status == 200
            assert metric(server, "bloop_streams_open") == MAX_STREAMS
            async with Listener(server.port, tokens[-1]) as refused:
                assert refused.status == 503
        await trio.to_thread.run_sync(
            wait_until, lambda: metric(server, "bloop_streams_open") == 0, "nobody listens any more"
        )
        async with Listener(server.port, tokens[-1]) as listener:
            assert listener.status == 200
        assert server.stop() == 0


def test_head_is_answered_at_once(server: ServerProcess) -> None:
    token = token_for(server)["token"]
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/stream", method="HEAD", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.read() == b""
    assert metric(server, "bloop_streams_open") == 0
