"""Merging on a real server: what the writer has remembered of an error before does not hold after."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import trio

from bloop_trio.issues.queries.consistency import look_at_consistency
from tests.conftest import PROJECT_KEY, an_event, as_json, signed
from tests.server.process import DEADLINE_SECS, ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bloop_trio.db.connection import Connection


def post(server: ServerProcess, path: str, body: Any, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", as_json(body), {"Content-Type": "application/json"} | headers
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_SECS) as answer:
        return json.load(answer)


def send(server: ServerProcess, *fingerprints: str) -> None:
    body = {"events": [an_event(fingerprint=fingerprint) for fingerprint in fingerprints]}
    post(server, "/v1/ingest/batch", body, signed(as_json(body), PROJECT_KEY))


async def test_events_count_to_what_an_error_was_merged_into_from_the_next_one_on(
    tmp_path: Path, connection: Connection, make_token: Callable[..., str]
) -> None:
    bearer = {"Authorization": f"Bearer {make_token('errors:write')}"}

    def work(server: ServerProcess) -> None:
        for _ in range(3):
            send(server, "cart", "pay", "ship")
            merged = post(server, "/v1/errors/cart/merge", {"fingerprints": ["pay"]}, bearer)
            send(server, "cart", "pay", "ship")
            post(server, "/v1/errors/cart/unmerge", {"fingerprints": merged["merged"]}, bearer)
            send(server, "cart", "pay", "ship")
        post(server, "/v1/errors/cart/merge", {"fingerprints": ["pay"]}, bearer)
        send(server, "pay")

    with ServerProcess(tmp_path, INGEST__ACK="durable") as server:
        await trio.to_thread.run_sync(work, server)
        assert server.stop() == 0
    assert connection.execute("SELECT fingerprint, total_count FROM issues").fetchall() == [("cart", 19), ("ship", 9)]
    found = look_at_consistency(connection)
    assert (found.miscounted, found.totals_agree) == (0, True)
