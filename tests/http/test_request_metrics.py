"""Requests by method, route and class of status: bounded in number, and on either road alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.http.request_metrics import OTHER, RequestMetrics, name_route, named_route, route_of
from tests.conftest import as_json
from tests.lane.harness import a_get, a_post, running_lane, until, wire

if TYPE_CHECKING:
    from tests.client import Client
    from tests.conftest import Ingest


def answered(requests: RequestMetrics) -> dict[tuple[str, str, str], int]:
    """Return how many answers each method, route and class of status has had."""
    total, *_ = requests.families()
    return {(s.labels["method"], s.labels["route"], s.labels["status"]): int(s.value) for s in total.samples}


class TestCounting:
    def test_a_request_counts_with_its_status_and_its_duration(self) -> None:
        requests = RequestMetrics()
        for status, secs in [(200, 0.001), (204, 0.002), (404, 0.5), (503, 20.0)]:
            requests.of("GET", "/v1/errors").note(status, secs)
        assert answered(requests) == {
            ("GET", "/v1/errors", "2xx"): 2,
            ("GET", "/v1/errors", "4xx"): 1,
            ("GET", "/v1/errors", "5xx"): 1,
        }
        durations = requests.of("GET", "/v1/errors").durations
        assert durations.count == 4
        assert durations.sum_secs == pytest.approx(20.503)

    @pytest.mark.parametrize("status", [0, 99, 600, 999])
    def test_a_status_beyond_all_classes_is_counted_too(self, status: int) -> None:
        requests = RequestMetrics()
        requests.of("GET", "/health").note(status, 0.0)
        assert answered(requests) == {("GET", "/health", OTHER): 1}

    def test_methods_that_nobody_knows_are_one(self) -> None:
        requests = RequestMetrics()
        for method in ("BREW", "PROPFIND", "get", ""):
            requests.of(method, OTHER).note(405, 0.0)
        assert answered(requests) == {(OTHER, OTHER, "4xx"): 4}


class TestNaming:
    def test_a_rule_is_written_as_in_the_documents(self) -> None:
        assert route_of("/v1/errors/<segment:fingerprint>/trend") == "/v1/errors/{fingerprint}/trend"
        assert route_of("/v1/releases/<release>/errors") == "/v1/releases/{release}/errors"
        assert route_of("/health") == "/health"

    def test_a_copy_of_the_scope_tells_the_original(self) -> None:
        scope = {"path": "/x", "state": {}}
        assert named_route(scope) == OTHER
        name_route({**scope, "path": "/y"}, "/v1/stats")
        assert named_route(scope) == "/v1/stats"

    def test_a_scope_that_nobody_counts_is_left_alone(self) -> None:
        scope = {"path": "/x"}
        name_route(scope, "/v1/stats")
        assert scope == {"path": "/x"}


class TestBothRoads:
    async def test_requests_of_the_express_lane_are_counted(self, ingest: Ingest, client: Client) -> None:
        bad = as_json({"events": 1})
        async with running_lane(ingest.intake, client.app) as running, wire(running) as wired:
            await wired.send(a_post() + a_post(b"{}") + a_post(bad, "/v1/ingest/batch"))
            assert [(await wired.reply()).status for _ in range(3)] == [200, 400, 400]
            assert answered(running.stats.requests) == {
                ("POST", "/v1/ingest", "2xx"): 1,
                ("POST", "/v1/ingest", "4xx"): 1,
                ("POST", "/v1/ingest/batch", "4xx"): 1,
            }

    async def test_requests_of_the_ordinary_road_are_counted_by_rule_and_not_by_path(
        self, ingest: Ingest, client: Client
    ) -> None:
        async with running_lane(ingest.intake, client.app) as running, wire(running) as wired:
            bearer = f"Authorization: Bearer {client.token}"
            for fingerprint in ("a", "b", "c%2Fd"):
                await wired.send(a_get(f"/v1/errors/{fingerprint}/trend", bearer))
                assert (await wired.reply()).status == 200
            for path in ("/nowhere", "/wp-login.php", "/v1/errors"):
                await wired.send(a_get(path))
                assert (await wired.reply()).status in {401, 404}
            assert answered(running.stats.requests) == {
                ("GET", "/v1/errors/{fingerprint}/trend", "2xx"): 3,
                ("GET", OTHER, "4xx"): 2,
                ("GET", "/v1/errors", "4xx"): 1,
            }
            await until(lambda: running.stats.requests.in_progress == 0)

    async def test_heads_that_are_refused_are_counted(self, ingest: Ingest, client: Client) -> None:
        async with running_lane(ingest.intake, client.app) as running:
            async with wire(running) as wired:
                await wired.send(b"POST /v1/ingest HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
                assert (await wired.reply()).status == 431
            async with wire(running) as wired:
                await wired.send(a_get("/health", "X: " + "x" * 20_000))
                assert (await wired.reply()).status == 431
            assert sum(answered(running.stats.requests).values()) == 2
