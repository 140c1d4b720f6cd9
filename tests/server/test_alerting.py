"""Alert rules in a server that runs: made by another process, judged after the commit, also after a crash."""

from __future__ import annotations

import signal
import urllib.request
from typing import TYPE_CHECKING, Any

from bloop_trio.alerts.rules.store import create_rule
from bloop_trio.db.connection import open_connection
from tests.alerts.rigging import a_rule
from tests.server.process import Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.alerts.rules.rule import Rule


def make(server: ServerProcess, *rules: Rule) -> None:
    """Make rules beside the server, as another process."""
    conn = open_connection(server.database)
    try:
        for rule in rules:
            create_rule(conn, rule, created_by=None)
    finally:
        conn.close()


def fired(server: ServerProcess) -> list[tuple[Any, ...]]:
    return server.rows("SELECT kind, subject FROM alerts ORDER BY kind, subject")


def scrape(server: ServerProcess) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        page: bytes = answer.read()
    return page.decode().splitlines()


async def send(server: ServerProcess, *fingerprints: str) -> None:
    sender = Sender(server.port, server.key())
    for fingerprint in fingerprints:
        assert (await sender.single(fingerprint=fingerprint)).status == 200
    await sender.aclose()


async def test_rules_are_judged_while_the_server_runs(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        make(server, a_rule(type="new_issue"), a_rule(None, type="threshold", threshold=2, window_secs=60))
        await send(server, "one", "one", "one")
        wait_until(lambda: fired(server) == [("new_issue", "one"), ("threshold", "one")], "both rules have fired")
        shown = scrape(server)
        assert "bloop_alert_rules 2" in shown
        assert 'bloop_alerts_fired_total{kind="threshold"} 1' in shown


async def test_what_a_killed_server_had_not_judged_is_judged_by_the_next(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, INGEST__ACK="durable") as server:
        make(server, a_rule(type="new_issue"))
        names = [f"issue-{number:02}" for number in range(20)]
        await send(server, *names)
        server.stop(signal.SIGKILL)
        server.start()
        wait_until(lambda: len(fired(server)) >= len(names), "every issue was told")
        assert fired(server) == [("new_issue", name) for name in names]


async def test_a_server_that_stops_judges_what_it_has_just_stored(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="60") as server:
        make(server, a_rule(type="new_issue"))
        await send(server, "one")
        assert server.stop() == 0
        assert fired(server) == [("new_issue", "one")]
