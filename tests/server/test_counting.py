"""Every event that was sent is found in the metrics under exactly one outcome, and the stored ones in the database."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

from tests.conftest import an_event, as_json, signature
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SAMPLE = re.compile(r'^bloop_events_(\w+?)(?:_total)?\{project="([^"]*)"(?:,reason="(\w+)")?\} (\d+)$', re.MULTILINE)


def counts(server: ServerProcess, project: str | None = None) -> dict[str, int]:
    """Return the counts of a project (default: the sums of all), having checked that they add up."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=DEADLINE_SECS) as answer:
        samples = SAMPLE.findall(answer.read().decode())
    projects: dict[str, dict[str, int]] = {}
    for outcome, of, reason, value in samples:
        found = projects.setdefault(of, {})
        found[outcome] = found.get(outcome, 0) + int(value)
        if reason:
            found[reason] = int(value)
    for found in projects.values():
        assert_adds_up(found)
    if project is not None:
        return projects[project]
    return {name: sum(found.get(name, 0) for found in projects.values()) for name in projects["default"]}


def assert_adds_up(found: Mapping[str, int]) -> None:
    rejected = found.get("rejected", 0)
    assert found["received"] == found["accepted"] + found["dropped"] + rejected, found
    settled = found["stored"] + found["duplicate"] + found["dead_lettered"] + found["lost"]
    assert found["accepted"] == settled + found["in_buffer"], found


async def test_a_mix_of_everything_adds_up_while_it_runs_and_at_the_end(tmp_path: Path) -> None:
    settings = {
        "INGEST__CHANNEL_CAPACITY": "60",
        "INGEST__MAX_WAIT_MS": "0",
        "PIPELINE__FLUSH_INTERVAL_SECS": "0.05",
        "RATE_LIMIT__PER_SECOND": "1",
        "RATE_LIMIT__BURST_SIZE": "1",
    }
    with ServerProcess(tmp_path, **settings) as server:
        key = server.key()
        near, far = Sender(server.port, key), Sender(server.port, key, headers="X-Forwarded-For: 203.0.113.9\r\n")
        stranger = Sender(server.port, "bloop_nobody")
        batch = [an_event(), an_event(environment=""), an_event(event_id="same"), an_event(event_id="same")]

        async def send_some(turns: int) -> None:
            for _ in range(turns):
                assert (await near.single()).status == 200
                assert (await near.single(release=["no text"])).status == 400
                verdict = (await near.batch(batch)).json
                assert verdict["accepted"] + verdict["dropped"] + len(verdict["errors"]) == 4
                assert (await near.post("/v1/ingest", b"no json")).status == 400
                assert (await far.single()).status == 200
                assert (await stranger.single()).status == 401
                counts(server)

        await send_some(5)
        wait_until(lambda: counts(server, "default")["stored"] > 5, "a first part is stored")
        with closing(sqlite3.connect(server.database, isolation_level=None, timeout=30)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            while counts(server, "default")["buffer_full"] < 20:
                await send_some(5)
            assert counts(server, "default")["in_buffer"] > 0
            holder.execute("ROLLBACK")
        wait_until(lambda: counts(server)["in_buffer"] == 0, "the rest is stored")

        found = counts(server, "default")
        assert all(found[name] > 0 for name in ("duplicate", "rate_limited", "invalid_event", "malformed_json")), found
        assert (found["lost"], found["dead_lettered"]) == (0, 0)
        assert counts(server, "")["rejected"] == counts(server, "")["invalid_project_key"] > 0
        for sender in (near, far, stranger):
            await sender.aclose()
        assert server.stop() == 0
        assert server.check_consistency() == found["stored"]


async def test_secrets_are_not_in_the_log_whatever_is_logged(tmp_path: Path) -> None:
    secret = "a secret that is long enough to be one"
    with ServerProcess(tmp_path, AUTH__HMAC_SECRET=secret, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        assert server.stop() == 0
        server.environment["BLOOP_LOG"] = "debug"
        server.start()
        made = server.run("project", "create", "Shop", "--slug", "shop")
        token = server.run("token", "create", "--project", "shop", "--name", "t", "--scope", "errors:read")["token"]
        sender = Sender(server.port, made["api_key"])
        body = as_json(an_event(message="shown", metadata={"card": "4111"}))
        for path in ("/v1/ingest", "//v1/ingest"):  # by the express lane, and by the ordinary road
            assert (await sender.post(path, body)).status == 200
        assert (await sender.post("/v1/ingest", b"{")).status == 400
        wait_until(lambda: server.get("/v1/errors", token), "the event is visible")
        await sender.aclose()
        assert server.stop() == 0
        log = server.log()
        for line in ("event accepted", "batch written", "new issue"):
            assert f'"{line}"' in log
        for never in (secret, made["api_key"], token, server.key(), signature(body, made["api_key"]), "4111"):
            assert never not in log


async def test_at_the_default_level_nothing_is_logged_for_each_request(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, server.key())
        assert (await sender.single()).status == 200
        wait_until(lambda: counts(server)["stored"] == 1, "the first event is stored")
        before = server.log()
        for n in range(50):
            assert (await sender.single(fingerprint=f"e{n}")).status == 200
            await sender.post("/v1/ingest", b"{}")
        wait_until(lambda: counts(server)["stored"] == 51, "all are stored")
        await sender.aclose()
        assert server.log() == before


class Unheard(ServerProcess):
    """A server whose log goes to a pipe that nobody reads."""

    def launch(self) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        try:
            return subprocess.Popen(self.command, cwd=self.folder, env=self.environment, stdout=writing, stderr=writing)
        finally:
            os.close(writing)
            os.close(reading)


async def test_a_log_that_nobody_reads_does_not_end_the_server(tmp_path: Path) -> None:
    with Unheard(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, server.key())
        for n in range(20):
            assert (await sender.single(fingerprint=f"e{n}")).status == 200
        await sender.aclose()
        assert server.stop() == 0
        assert server.check_consistency() == 20


async def test_both_roads_share_keys_of_repeated_requests_and_buckets(tmp_path: Path) -> None:
    limits = {"RATE_LIMIT__PER_SECOND": "1", "RATE_LIMIT__BURST_SIZE": "100", "INGEST__MAX_WAIT_MS": "0"}
    with ServerProcess(tmp_path, **limits) as server:
        headers = "X-Forwarded-For: 203.0.113.9\r\nIdempotency-Key: one\r\n"
        batch = as_json({"events": [an_event()] * 3})
        lane, ordinary = Sender(server.port, server.key(), headers), Sender(server.port, server.key(), headers)
        accepted = 0
        for _ in range(80):  # a doubled slash leads off the express lane
            accepted += (await lane.post("/v1/ingest/batch", batch)).json["accepted"]
            accepted += (await ordinary.post("//v1/ingest/batch", batch)).json["accepted"]
        await lane.aclose()
        await ordinary.aclose()
        assert 300 <= accepted < 450  # with a bucket for each road it would be 480
        assert counts(server, "default")["rate_limited"] == 480 - accepted
        assert server.stop() == 0
        assert server.check_consistency() == 3
