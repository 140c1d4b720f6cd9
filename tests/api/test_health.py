from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.app import create_app
from bloop_trio.db.readers import open_readers
from bloop_trio.http.health_routes import judge_health
from bloop_trio.issues.metrics import flow_families
from bloop_trio.issues.writing.flushing import FlushStatistics
from tests.client import Client
from tests.conftest import a_vitals, an_event, as_json, signed

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from tests.conftest import Ingest


class TestHealth:
    async def test_a_healthy_server_says_so(self, client: Client) -> None:
        answer = await client.request("GET", "/health", peer="203.0.113.9")
        assert answer.status == 200
        version = answer.json["version"]
        assert re.fullmatch(r"\d+\.\d+.*", version)
        assert answer.json == {
            "status": "ok",
            "db_ok": True,
            "buffer_usage": 0.0,
            "dropped_total": 0,
            "lost_total": 0,
            "last_flush_ms": None,
            "version": version,
            "queue": {"buffered": 0, "capacity": 100},
        }

    @pytest.mark.parametrize(
        ("vitals", "db_ok", "status", "code"),
        [
            ({}, True, "ok", 200),
            ({"buffered": 89}, True, "ok", 200),
            ({"buffered": 90}, True, "degraded", 200),
            ({"buffered": 130}, True, "degraded", 200),
            ({"flush_error": "disk full"}, True, "degraded", 200),
            ({}, False, "degraded", 503),
            ({"stopping": True}, True, "stopping", 503),
            ({"stopping": True}, False, "stopping", 503),
        ],
    )
    def test_only_what_a_restart_could_help_is_unavailable(
        self, vitals: dict[str, Any], db_ok: bool, status: str, code: int
    ) -> None:
        health, answered = judge_health(a_vitals(**vitals), db_ok=db_ok)
        assert (health.status, answered) == (status, code)
        assert 0 <= health.buffer_usage <= 1

    async def test_a_database_that_does_not_answer_makes_it_unavailable(self, client: Client, tmp_path: Path) -> None:
        empty = tmp_path / "empty.db"
        empty.touch()
        async with open_readers(empty, 1) as readers:
            broken = Client(create_app(attrs.evolve(client.services, readers=readers)), client.services, "")
            answer = await broken.get("/health")
        assert answer.status == 503
        assert (answer.json["status"], answer.json["db_ok"]) == ("degraded", False)

    async def test_queries_that_take_all_readers_are_no_reason_to_restart(self, client: Client, database: Path) -> None:
        def endless(conn: Connection) -> None:
            conn.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")

        async with open_readers(database, 1) as readers, trio.open_nursery() as nursery:
            nursery.start_soon(readers.run, endless)
            await wait_all_tasks_blocked()
            busy = Client(create_app(attrs.evolve(client.services, readers=readers)), client.services, "")
            answer = await busy.get("/health")
            nursery.cancel_scope.cancel()
        assert (answer.status, answer.json["status"], answer.json["db_ok"]) == (200, "ok", True)

    async def test_many_probes_at_once_are_one_query(self, client: Client) -> None:
        before = client.services.readers.statistics().queries_total
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(client.get, "/health")
        assert client.services.readers.statistics().queries_total == before + 1


class TestMetrics:
    async def test_the_page_adds_up_to_what_was_sent(self, client: Client) -> None:
        good, bad = as_json(an_event()), as_json(an_event(environment=""))
        await client.request("POST", "/v1/ingest", body=good, headers=signed(good))
        await client.request("POST", "/v1/ingest", body=bad, headers=signed(bad))
        await client.request("POST", "/v1/ingest", body=good)
        answer = await client.request("GET", "/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = answer.body.decode().splitlines()
        assert 'bloop_events_received_total{project="default"} 2' in lines
        assert 'bloop_events_accepted_total{project="default"} 1' in lines
        assert 'bloop_events_rejected_total{project="default",reason="invalid_event"} 1' in lines
        assert 'bloop_events_in_buffer{project="default"} 1' in lines
        assert 'bloop_events_rejected_total{project="",reason="missing_signature"} 1' in lines
        assert 'bloop_events_dropped_total{project="default",reason="buffer_full"} 0' in lines

    async def test_the_format_is_what_scrapers_read(self, client: Client, ingest: Ingest) -> None:
        answer = await client.request("GET", "/metrics")
        sample = re.compile(r'[a-z_]+(\{([a-z]+="[^"]*",?)*\})? [0-9.e+-]+')
        lines = answer.body.decode().splitlines()
        assert all(line.startswith("# ") or sample.fullmatch(line) for line in lines)
        names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
        assert len(names) == len(set(names))
        flow = flow_families(ingest.pipeline.statistics(), FlushStatistics(last_flush_ms=1500))
        assert {family.name: family.samples[0].value for family in flow}["bloop_last_flush_timestamp_seconds"] == 1.5
