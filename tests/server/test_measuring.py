"""The metrics of a whole server: what the reference lists is there, and nothing else; sums agree with what was sent."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import an_event
from tests.server.process import Sender, ServerProcess, wait_until

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"

if TYPE_CHECKING:
    from collections.abc import Iterable


def page(server: ServerProcess) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as answer:
        text: str = answer.read().decode()
    return text.splitlines()


def value(lines: Iterable[str], sample: str) -> float:
    (found,) = [line.rsplit(" ", 1)[1] for line in lines if line.rsplit(" ", 1)[0] == sample]
    return float(found)


async def test_a_server_shows_all_that_the_reference_lists(tmp_path: Path) -> None:
    listed = set(re.findall(r"^\| `((?:bloop|process)_\w+)` \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE))
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.05") as server:
        sender = Sender(server.port, server.key())
        for n in range(3):
            assert (await sender.single(message=f"event {n}")).status == 200
        assert (await sender.batch([an_event(), an_event(environment="")])).status == 200
        await sender.aclose()
        wait_until(lambda: value(page(server), 'bloop_events_stored_total{project="default"}') == 4, "all is stored")
        lines = page(server)
        assert {line.split()[2] for line in lines if line.startswith("# TYPE")} == listed
        single, batch = "/v1/ingest", "/v1/ingest/batch"
        assert value(lines, f'bloop_http_requests_total{{method="POST",route="{single}",status="2xx"}}') == 3
        assert value(lines, f'bloop_http_request_duration_seconds_count{{method="POST",route="{batch}"}}') == 1
        assert value(lines, "bloop_lane_requests_total") == 4
        assert value(lines, "bloop_flush_duration_seconds_count") == value(lines, "bloop_flushes_total")
        assert value(lines, "bloop_ready") == 1
        assert value(lines, "bloop_buffer_oldest_age_seconds") == 0
        assert value(lines, "bloop_database_bytes") > 0
