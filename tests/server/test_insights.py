"""Insights of a real server: there when they are on, absent when they are off, and made anew after a restore."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.analytics.files import projection_path
from tests.conftest import an_event
from tests.server.process import Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path

ROUTES = ("spikes", "movers", "correlations", "releases", "environments")


async def send(server: ServerProcess, *names: str) -> None:
    sender = Sender(server.port, server.key())
    assert (await sender.batch([an_event(fingerprint=name) for name in names])).status == 200
    await sender.aclose()


def ask(server: ServerProcess, route: str, token: str) -> tuple[int, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/v1/analytics/{route}")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers) | json.load(error)


def metrics(server: ServerProcess) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as answer:
        return str(answer.read().decode())


def make_token(server: ServerProcess) -> str:
    made = server.run("token", "create", "--project", "default", "--name", "t", "--scope", "errors:read")
    return str(made["token"])


def count_aside(folder: Path) -> int:
    return len(list(folder.glob("*.set-aside-*")))


def total(server: ServerProcess, token: str) -> int | None:
    status, answer = ask(server, "environments", token)
    return answer["total_count"] if status == 200 else None


async def test_they_tell_of_what_was_sent_a_moment_ago(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, ANALYTICS__CACHE_TTL_SECS="0", INGEST__ACK="durable") as server:
        token = make_token(server)
        await send(server, "a", "b")
        await trio.to_thread.run_sync(wait_until, lambda: total(server, token) == 2, "the events are counted")
        assert [ask(server, route, token)[0] for route in ROUTES] == [200] * 5
        assert server.get("/readyz")["checks"][-1]["state"] == "ok"
        assert server.stop() == 0


async def test_off_they_are_not_there_and_leave_nothing(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, ANALYTICS__ENABLED="false", INGEST__ACK="durable") as server:
        token = make_token(server)
        await send(server, "a")
        assert [ask(server, route, token)[0] for route in ROUTES] == [404] * 5
        assert "bloop_analytics" not in metrics(server)
        assert server.stop() == 0
    assert not projection_path(tmp_path / "bloop.db").exists()


async def test_without_duckdb_they_are_off_and_events_are_stored(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    # As in a build without it: nothing of that name can be found.
    (blocked / "sitecustomize.py").write_text(
        "import importlib.util as u, sys\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == '_duckdb' else find(name, *a)\n"
        "sys.modules['_duckdb'] = sys.modules['duckdb'] = None\n"
    )
    server = ServerProcess(tmp_path, INGEST__ACK="durable")
    server.environment["PYTHONPATH"] = f"{blocked}:{server.environment.get('PYTHONPATH', '')}"
    with server:
        token = make_token(server)
        await send(server, "a")
        assert [ask(server, route, token)[0] for route in ROUTES] == [404] * 5
        assert server.stop() == 0
    assert server.stored_fingerprints() == {"a"}
    assert not projection_path(server.database).exists()


async def test_a_restore_takes_them_away_and_the_next_start_makes_them_anew(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, ANALYTICS__CACHE_TTL_SECS="0", INGEST__ACK="durable") as server:
        token = make_token(server)
        await send(server, "a")
        backup = server.run("backup", str(tmp_path))["path"]
        await send(server, "b", "c")
        await trio.to_thread.run_sync(wait_until, lambda: total(server, token) == 3, "the events are counted")
        assert server.stop() == 0
        server.run("restore", backup, "--force")
        assert not projection_path(server.database).exists()
        server.start()
        await trio.to_thread.run_sync(wait_until, lambda: total(server, token) == 1, "those of the backup are counted")
        assert server.stop() == 0


@pytest.mark.parametrize("mark", [b"", b"DUCK"])
async def test_a_damaged_file_keeps_no_server_from_its_work(tmp_path: Path, mark: bytes) -> None:
    with ServerProcess(tmp_path, ANALYTICS__CACHE_TTL_SECS="0", INGEST__ACK="durable") as server:
        token = make_token(server)
        await send(server, "a")
        assert server.stop() == 0
        projection_path(server.database).write_bytes(b"12345678" + mark + b"nonsense" * 5000)
        server.start()
        await trio.to_thread.run_sync(wait_until, lambda: total(server, token) == 1, "the events are counted")
        assert server.stop() == 0
    assert count_aside(tmp_path) == (0 if mark else 1)
