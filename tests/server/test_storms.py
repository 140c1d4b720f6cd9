"""What a server does with more than it should keep: it counts all of it, and says what it left out."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import ensure_default_project
from tests.conftest import accepted, an_event
from tests.server.process import Sender, ServerProcess, wait_until
from tests.server.test_counting import counts

if TYPE_CHECKING:
    from pathlib import Path


async def test_new_errors_and_a_flood_beyond_the_limits_are_counted_and_shown(tmp_path: Path) -> None:
    settings = {
        "INGEST__MAX_NEW_ISSUES_PER_MINUTE": "5",
        "INGEST__FULL_OCCURRENCES_PER_MINUTE": "10",
        "PIPELINE__FLUSH_INTERVAL_SECS": "0.05",
    }
    with ServerProcess(tmp_path, **settings) as server:
        sender = Sender(server.port, server.key())
        # A batch arrives at one moment, so all of it is in one minute.
        different = [an_event(fingerprint=f"new-{n}") for n in range(14)]
        same = [an_event(fingerprint="new-0") for _ in range(35)]
        assert (await sender.batch([*different, *same])).json["accepted"] == 49
        wait_until(lambda: counts(server, "default")["stored"] == 49, "all of them are stored")
        # Of the 36 of one error, 10 are stored, and the 20th and the 30th.
        found = counts(server, "default")
        assert (found["overflowed"], found["thinned"]) == (9, 24)
        made = server.run("token", "create", "--project", "default", "--name", "t", "--scope", "errors:read")
        stats = server.get("/v1/stats", made["token"])
        assert (stats["total_errors"], stats["total_events_24h"]) == (6, 49)
        assert (stats["overflowed_events_24h"], stats["thinned_events_24h"]) == (9, 24)
        await sender.aclose()
        assert server.stop() == 0
        assert "too many new errors" in server.log()
        assert server.rows("SELECT total_count FROM issues WHERE fingerprint = 'overflow'") == [(9,)]
        assert server.rows("SELECT sum(count) FROM event_day_counts") == [(25,)]


def test_a_file_that_is_larger_than_its_budget_shrinks_while_the_server_runs(tmp_path: Path) -> None:
    with closing(open_connection(tmp_path / "bloop.db")) as conn:
        migrate(conn, tmp_path / "bloop.db", 0)
        project = ensure_default_project(conn, 0)
        batches, received_ms = BatchWriter(conn, sample_reservoir_size=1), now_ms()
        for _ in range(4):
            batches.write(
                conn,
                [
                    accepted(
                        fingerprint="one", project_no=project.no, received_ms=received_ms, stack=os.urandom(2000).hex()
                    )
                    for _ in range(1000)
                ],
            )
    before = (tmp_path / "bloop.db").stat().st_size
    budget = before // 2
    with ServerProcess(tmp_path, RETENTION__MAX_DATABASE_BYTES=str(budget)) as server:

        def pages() -> int:
            ((size,),) = server.rows("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return int(size)

        wait_until(lambda: pages() <= budget, "the database is within its budget")
        checks = {check["name"]: check["state"] for check in server.get("/readyz")["checks"]}
        assert checks["budget"] == "ok"
        assert server.stop() == 0
    assert (tmp_path / "bloop.db").stat().st_size <= budget
    assert server.rows("SELECT event_id FROM samples") == [(4_000,)]
    ((count,),) = server.rows("SELECT sum(count) FROM event_day_counts")
    assert 1_000 <= count < 2_000
    assert server.rows("SELECT total_count FROM issues") == [(4_000,)]
