"""An engine that is killed between any two statements: the next one loses nothing and repeats nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from bloop_trio.db.readers import open_readers
from bloop_trio.db.writer import open_writer
from tests.alerts.rigging import Rig, build_rig
from tests.conftest import accepted, set_status

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 8
ALERTS = [("new_issue", 1, "one"), ("new_issue", 1, "two"), ("regression", 1, "two")]


def look(path: Path, statement: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.alerts.killed_engine", path, str(statement)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def fill(rig: Rig) -> None:
    """Have two new issues, one of which has come back since, and rules for either."""
    await rig.rule(type="new_issue", regressions=False)
    await rig.rule(type="regression")
    await rig.store(accepted(fingerprint="one"), accepted(fingerprint="two"))
    await rig.writer.run(lambda conn: set_status(conn, "resolved", "two"))
    await rig.store(accepted(fingerprint="two"))


async def test_what_is_killed_at_any_statement_is_done_once_by_the_next(database: Path, tmp_path: Path) -> None:
    async with open_writer(database) as writer, open_readers(database, 1) as readers:
        await fill(await build_rig(readers, writer))
    whole = tmp_path / "whole.db"
    shutil.copy(database, whole)
    statements = int(look(whole, 0).stdout.split()[-1])
    assert statements > 15
    for number in range(KILLS):
        copy = tmp_path / f"killed-{number}.db"
        shutil.copy(database, copy)
        ended = look(copy, 1 + number * (statements - 1) // (KILLS - 1))
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        async with open_writer(copy) as writer, open_readers(copy, 1) as readers:
            rig = await build_rig(readers, writer)
            assert sorted(await rig.look()) == ALERTS, number
            rows = await rig.rows("SELECT alert_id, count(*) FROM alert_deliveries GROUP BY alert_id")
            assert rows == [(1, 1), (2, 1), (3, 1)], number
