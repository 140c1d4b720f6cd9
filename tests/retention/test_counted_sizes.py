"""The sizes that budgets go by are right, also when the store refuses, the disk is full or the server is killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import StoreError, open_connection, transaction
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.stored import days
from bloop_trio.issues.writing.day_counts import EVENT_BYTES, count_old_days
from bloop_trio.retention.storage import read_pages
from tests.conftest import NOW_MS
from tests.issues.writing.test_day_counts import counted, kept
from tests.retention.budgets import MB, SHOP, bytes_of, measured, purges, set_budget, size_of, store
from tests.server.test_full_disk import OWN_MOUNTS, may_mount

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

ROOT = Path(__file__).parents[2]
KILLS = 8


class TestWhatIsKnownOfSizes:
    def test_the_constant_of_a_row_is_right_within_a_few_per_cent(self, connection: Connection) -> None:
        """With payloads of a few hundred bytes; of larger ones less than one fits into what a page has left."""
        before = read_pages(connection).used_bytes
        days.create_day(connection, "20260101")
        count, payload = 20_000, 300
        with transaction(connection):
            connection.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT INTO events_20260101"
                " SELECT i, ?, ?, i % 1000, 1, '1.0.0', 'production', 'api', randomblob(?) FROM n",
                (count, NOW_MS, NOW_MS, payload),
            )
        (estimated,) = connection.execute(f"SELECT sum({EVENT_BYTES}) FROM events_20260101").fetchone()
        assert estimated == pytest.approx(read_pages(connection).used_bytes - before, rel=0.05)

    def test_days_of_an_older_version_are_estimated_once(self, shop: Connection) -> None:
        for age in (1, 0):
            store(shop, 400, age_days=age, project_numbers=(1, SHOP))
        exact = shop.execute("SELECT day, project_no, bytes FROM event_day_counts ORDER BY 1, 2").fetchall()
        shop.execute("UPDATE event_day_counts SET bytes = 0")
        count_old_days(shop)
        estimated = shop.execute("SELECT day, project_no, bytes FROM event_day_counts ORDER BY 1, 2").fetchall()
        for (*key, size), (*same_key, about) in zip(exact, estimated, strict=True):
            assert (key, about) == (same_key, pytest.approx(size, rel=0.05))
        shop.execute("UPDATE event_day_counts SET bytes = 7")
        count_old_days(shop)
        assert shop.execute("SELECT DISTINCT bytes FROM event_day_counts").fetchall() == [(7,)]

    async def test_an_estimate_that_was_too_low_ends_at_nothing_with_the_events(
        self, connection: Connection, writer: Writer
    ) -> None:
        store(connection, 700, age_days=40)
        connection.execute("UPDATE event_day_counts SET bytes = 10")
        connection.execute("INSERT INTO project_retention VALUES (1, 3)")
        store(connection, 1, age_days=40, project_numbers=(1,))
        await purges(writer).run()
        assert connection.execute("SELECT count(*) FROM event_day_counts WHERE bytes < 0").fetchone() == (0,)


class TestTrouble:
    async def test_when_the_store_refuses_what_was_done_stays_and_the_next_time_it_goes_on(
        self, connection: Connection, database: Path, writer: Writer
    ) -> None:
        store(connection, 4_000)
        running = purges(writer, max_database_bytes=size_of(connection, database) // 2)
        deletions = 0

        def refuse(statement: str) -> None:
            nonlocal deletions
            deletions += statement.startswith("DELETE FROM events_")

        await writer.run(lambda conn: conn.set_trace_callback(refuse))
        await writer.run(lambda conn: conn.set_progress_handler(lambda: int(deletions == 2), 1))
        with pytest.raises(StoreError):
            await running.keep_budgets()
        assert kept(connection) == counted(connection)
        assert bytes_of(connection, 1) == measured(connection, 1)
        await writer.run(lambda conn: conn.set_trace_callback(None))
        deletions = 0
        await running.keep_budgets()
        assert size_of(connection, database) <= (running.config.max_database_bytes)
        assert kept(connection) == counted(connection)

    @pytest.mark.skipif(not may_mount(), reason="needs the right to mount a file system of its own")
    def test_on_a_full_disk_nothing_breaks_and_room_is_all_it_takes(self, tmp_path: Path) -> None:
        mount = f'mount -t tmpfs -o size=24m tmpfs "{tmp_path}" && exec "$@"'
        command = [
            *OWN_MOUNTS,
            "sh",
            "-c",
            mount,
            "sh",
            sys.executable,
            "-m",
            "tests.retention.full_disk",
            str(tmp_path),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr.splitlines() == ["refused: database or disk is full", "True True True"], done.stdout

    def test_killed_at_any_statement_counts_are_exact_and_the_next_one_ends_within_the_budget(
        self, shop: Connection, database: Path, tmp_path: Path
    ) -> None:
        for age in (2, 1, 0):
            store(shop, 900, age_days=age, project_numbers=(1, SHOP))
        set_budget(shop, SHOP, 2 * MB)
        size = size_of(shop, database)
        budget = size // 2
        set_budget(shop, 0, budget)
        shop.execute("INSERT INTO aggregate_retention VALUES (1, 400)")
        shop.execute("UPDATE issues SET last_seen_ms = 0 WHERE fingerprint = 'f3' AND project_no = 1")
        size_of(shop, database)

        def run(name: str, statement: int) -> tuple[int, str]:
            path = tmp_path / name
            if not path.exists():
                shutil.copy(database, path)
            command = [sys.executable, "-m", "tests.retention.killed_budget", str(path), str(NOW_MS), str(statement)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stderr

        def check(name: str) -> None:
            with closing(open_connection(tmp_path / name)) as conn:
                assert kept(conn) == counted(conn)
                for project_no in (1, SHOP):
                    assert bytes_of(conn, project_no) == measured(conn, project_no)
                found = look_at_consistency(conn)
                assert (found.miscounted, found.totals_agree) == (0, True)
                assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert conn.execute("PRAGMA foreign_key_check").fetchall() == []

        code, printed = run("whole.db", 0)
        assert code == 0, printed
        check("whole.db")
        for kill in range(1, KILLS + 1):
            assert run(f"{kill}.db", int(printed) * kill // (KILLS + 1))[0] == -signal.SIGKILL
            check(f"{kill}.db")
            assert run(f"{kill}.db", 0)[0] == 0
            check(f"{kill}.db")
            assert (tmp_path / f"{kill}.db").stat().st_size <= budget
