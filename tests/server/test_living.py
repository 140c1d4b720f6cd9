"""What changes while the server runs: keys, tokens, projects, and how fast clients may be."""

from __future__ import annotations

import urllib.error
from typing import TYPE_CHECKING, Any

import pytest
from bloop import BloopClient

from bloop_trio.clock import now_ms
from tests.server.process import Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path


def status_of(server: ServerProcess, path: str, token: str) -> int:
    try:
        server.get(path, token)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return 200


def token_for(server: ServerProcess, project: str = "default") -> dict[str, Any]:
    command = ("token", "create", "--project", project, "--name", "t", "--scope", "errors:read")
    made: dict[str, Any] = server.run(*command)
    return made


async def test_a_project_made_beside_the_server_can_send_at_once_and_reads_only_its_own(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        made = server.run("project", "create", "Shop", "--slug", "shop")
        sender = Sender(server.port, made["api_key"])
        assert (await sender.single(message="in the shop")).status == 200
        await sender.aclose()
        shop, default = token_for(server, "shop")["token"], token_for(server)["token"]
        errors = wait_until(lambda: server.get("/v1/errors", shop), "the event is visible")
        assert [error["message"] for error in errors] == ["in the shop"]
        assert server.get("/v1/errors", default) == []
        assert server.get(f"/v1/errors?project_id={made['id']}", default) == []


async def test_a_rotated_key_stops_and_the_new_one_works(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        old = server.run("project", "create", "Shop", "--slug", "shop")["api_key"]
        sender = Sender(server.port, old)
        assert (await sender.single()).status == 200
        new = server.run("project", "rotate-key", "shop")["api_key"]
        renewed = Sender(server.port, new)
        assert (await renewed.single()).status == 200
        reply = await sender.single()
        assert (reply.status, reply.json) == (401, {"error": "invalid project key"})
        await sender.aclose()
        await renewed.aclose()


async def test_a_revoked_token_stops_within_about_a_second(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        token = token_for(server)
        assert status_of(server, "/v1/stats", token["token"]) == 200
        server.run("token", "revoke", token["id"])
        wait_until(lambda: status_of(server, "/v1/stats", token["token"]) == 401, "the token is refused")


async def test_over_its_rate_a_client_is_told_200_and_its_events_are_counted_as_dropped(tmp_path: Path) -> None:
    limits = {"RATE_LIMIT__PER_SECOND": "1", "RATE_LIMIT__BURST_SIZE": "3", "INGEST__MAX_WAIT_MS": "0"}
    with ServerProcess(tmp_path, **limits) as server:
        key = server.key()
        near = Sender(server.port, key)
        for _ in range(10):  # a loopback peer that forwards nobody's address is not limited
            assert (await near.single()).status == 200
        assert server.get("/health")["dropped_total"] == 0

        far = Sender(server.port, key, headers="X-Forwarded-For: 203.0.113.9\r\n")
        for _ in range(8):
            assert (await far.single()).json == {"status": "accepted"}
        dropped = server.get("/health")["dropped_total"]
        assert 0 < dropped <= 5
        verdict = (await far.batch([{}])).json
        assert verdict["accepted"] + verdict["dropped"] + len(verdict["errors"]) == 1
        assert "client over its rate" in server.log()
        assert "203.0.113.9" in server.log()
        other = Sender(server.port, key, headers="X-Forwarded-For: 203.0.113.10\r\n")
        assert (await other.single()).status == 200
        assert server.get("/health")["dropped_total"] == dropped
        for sender in (near, far, other):
            await sender.aclose()


@pytest.mark.parametrize("count", [1, 3, 100])
async def test_the_published_sdk_is_accepted_with_its_defaults(tmp_path: Path, count: int) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        key = server.run("project", "create", "Shop", "--slug", "shop")["api_key"]
        token = token_for(server, "shop")["token"]
        client = BloopClient(f"http://127.0.0.1:{server.port}", key)
        for number in range(count):
            client.capture("KeyError", f"order {number} is missing", stack='  File "app.py", line 3, in handler')
        client.close()
        (error,) = wait_until(
            lambda: [e for e in server.get("/v1/errors", token) if e["total_count"] == count], "all events are visible"
        )
        assert (error["source"], error["release"], error["environment"]) == ("python", "unknown", "production")
        (newest, *_) = server.get(f"/v1/errors/{error['fingerprint']}/occurrences", token)
        assert abs(newest["timestamp"] - now_ms()) < 60_000  # it was sent in seconds


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000], ids=["s", "ms", "us", "ns"])
async def test_a_clients_clock_does_not_decide_what_is_counted(tmp_path: Path, unit: int) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, server.key())
        for seconds in (now_ms() // 1000, 1_000_000_000, 4_000_000_000):
            assert (await sender.single(timestamp=int(seconds * unit))).status == 200
        await sender.aclose()
        token = token_for(server)["token"]
        wait_until(lambda: server.get("/v1/stats", token)["total_events_24h"] == 3, "all three count as of today")
