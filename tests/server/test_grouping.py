"""A running server groups by what its projects say, on whichever road an event comes."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.grouping.grouping import Grouper, Grouping, Version
from bloop_trio.issues.grouping.rules import parse_rules
from bloop_trio.issues.grouping.store import set_grouping
from bloop_trio.projects.store import get_project
from tests.conftest import NOW_MS, accepted, an_event
from tests.server.process import DEADLINE_SECS, Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path

ANOTHER_ROAD = "TE: trailers\r\n"
"""A header that the lane does not know, and gives its connection away for."""


def change(server: ServerProcess, version: Version, *rules: tuple[dict[str, str], str]) -> Grouping:
    """Change the grouping of the default project beside the server, as another process would."""
    with closing(open_connection(server.database)) as conn:
        changed = set_grouping(
            conn,
            lambda conn: get_project(conn, "default"),
            version=version,
            rules=parse_rules(rules),
            now_secs=NOW_MS // 1000,
            note=lambda *_, **__: None,
        )
    return changed.grouping


def fingerprints(server: ServerProcess) -> dict[str, int]:
    """Return the fingerprints that are stored, each with its issue."""
    return dict(server.rows("SELECT fingerprint, issue_id FROM issue_fingerprints"))


async def until_effective(server: ServerProcess, sender: Sender, grouping: Grouping, probe: dict[str, Any]) -> None:
    """Send `probe` until it is grouped by `grouping`."""
    expected = Grouper().group(grouping, accepted(**probe).event).fingerprint
    with trio.fail_after(DEADLINE_SECS):
        while expected not in fingerprints(server):
            assert (await sender.single(**probe)).status == 200


@pytest.mark.parametrize("ack", ["buffered", "durable"])
async def test_both_roads_group_alike_and_no_issue_splits(tmp_path: Path, ack: str) -> None:
    settings = {"INGEST__ACK": ack, "PIPELINE__FLUSH_INTERVAL_SECS": "0.01", "RATE_LIMIT__PER_SECOND": "0"}
    with ServerProcess(tmp_path, **settings) as server:
        key = server.key()
        lane, other = Sender(server.port, key), Sender(server.port, key, headers=ANOTHER_ROAD)
        old = an_event(message="No order 17", stack="Error: No order 17\n  at pay (pay.js:1:2)")
        assert (await lane.single(**old)).status == 200
        wait_until(lambda: fingerprints(server), "the first event is stored")
        grouping = change(server, 2, ({"message": "slow*"}, "slow {{route}}"))
        await until_effective(server, lane, grouping, {"message": "a probe"})

        events = [
            old,
            *(an_event(message=f"for a{n}@example.com", route_or_procedure="/x") for n in range(3)),
            *(an_event(message=f"Slow {n}", route_or_procedure=f"/x/{n}/y") for n in range(3)),
            an_event(fingerprint="mine", message="slow"),
        ]
        for sender in (lane, other):
            for event in events:
                assert (await sender.single(**event)).status == 200
            assert (await sender.batch(events)).json["accepted"] == len(events)
        sent = "SELECT sum(total_count) FROM issues WHERE message <> 'a probe'"
        wait_until(lambda: server.rows(sent) == [(4 * len(events) + 1,)], "all are stored")

        grouper = Grouper()
        stored = fingerprints(server)
        found = {stored[grouper.group(grouping, accepted(**event).event).fingerprint] for event in events}
        assert len(found) == 4
        first = stored[accepted(**old).fingerprint]
        assert stored[grouper.group(grouping, accepted(**old).event).fingerprint] == first
        assert server.rows(f"SELECT total_count FROM issues WHERE id = {first}") == [(5,)]
        assert server.check_consistency() == sum(count for (count,) in server.rows("SELECT total_count FROM issues"))
        await lane.aclose()
        await other.aclose()
        assert server.stop() == 0
