"""A deleted project leaves nothing, and takes nothing of anybody else with it, whatever happens meanwhile."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import StoreError, open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.db.writer import open_writer
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.tombstones import delete_project, list_tombstones
from bloop_trio.retention.leftovers import clear_away
from bloop_trio.retention.purge import purge
from bloop_trio.retention.removal import Removal
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.rig import a_rig
from tests.retention.estates import check_the_search_index, fill, read_estates, without

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

ROOT = Path(__file__).parents[2]
SHOP = 2
KILLS = 9


def delete(conn: Connection, slug: str = "shop") -> None:
    delete_project(conn, slug, now_secs=NOW_MS // 1000)


def a_removal(writer: Writer, **changes: Any) -> Removal:
    given: dict[str, Any] = {"is_expected": lambda _: False, "clock": lambda: NOW_MS, "slice_secs": 0, "rest_factor": 0}
    return Removal(writer=writer, **given | changes)


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """`database` with something of the projects 1 to 3 in every table; the second is `shop`."""
    for slug in ("shop", "other"):
        insert_project(connection, slug)
    fill(connection, [1, 2, 3], seed=1)
    return connection


class TestWhatIsLeft:
    @given(seed=st.integers(0, 2**32), slice_secs=st.sampled_from([0, 0.0005, 1]), others=st.integers(0, 2))
    @settings(max_examples=12, deadline=None)
    def test_nothing_of_the_project_and_all_of_the_others(self, seed: int, slice_secs: float, others: int) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "bloop.db"
            with closing(open_connection(path)) as conn:
                migrate(conn, path, 0)
                for slug in ("default", "shop", "other")[: 2 + others]:
                    insert_project(conn, slug)
                fill(conn, [1, 2, 3][: 2 + others], seed)
                before = read_estates(conn)
                delete(conn)
                trio.run(self.clear, path, slice_secs)
                left = read_estates(conn)
                assert without(left, SHOP) == without(before, SHOP)
                assert {table for table, rows in left.items() if SHOP in dict(rows)} == set()
                check_the_search_index(conn)
                assert conn.execute("PRAGMA foreign_key_check").fetchall() == []

    async def clear(self, path: Path, slice_secs: float) -> None:
        async with open_writer(path) as writer:
            assert await a_removal(writer, slice_secs=slice_secs).clear()

    async def test_there_was_something_in_every_table(self, filled: Connection) -> None:
        tables = {table for table, rows in read_estates(filled).items() if any(owner == SHOP for owner, _ in rows)}
        assert tables >= {
            "alert_channels", "alert_cooldowns", "alert_deliveries", "alert_rules", "alerts",
            "bearer_tokens", "dead_letters", "event_counts_hourly", "event_counts_recent", "events_20260101",
            "events_20251231", "facet_counts", "issue_counts", "issue_fingerprints", "issue_search_texts", "issue_totals",
            "issues", "merged_counts", "merged_issues", "project_counts_hourly", "projects", "samples", "status_changes",
        }  # fmt: skip

    async def test_the_search_finds_others_as_before_and_nothing_of_it(
        self, filled: Connection, writer: Writer
    ) -> None:
        found = "SELECT rowid FROM issue_search WHERE issue_search MATCH 'undefined' ORDER BY rowid"
        theirs = [row for row in filled.execute(found).fetchall() if row not in ids_of(filled, SHOP)]
        delete(filled)
        await a_removal(writer).clear()
        assert filled.execute(found).fetchall() == theirs

    async def test_the_numbers_of_removed_issues_are_never_given_again(
        self, filled: Connection, writer: Writer
    ) -> None:
        batches = BatchWriter(filled, sample_reservoir_size=3)
        batches.write(filled, [accepted(project_no=SHOP, fingerprint=f"late{n}") for n in range(9)])
        index_slice(filled, PayloadReader())
        (highest,) = filled.execute("SELECT max(id) FROM issues").fetchone()
        delete(filled)
        await a_removal(writer).clear()
        batches.write(filled, [accepted(fingerprint="new", message="zebra")])
        index_slice(filled, PayloadReader())
        ((found,),) = filled.execute("SELECT rowid FROM issue_search WHERE issue_search MATCH 'zebra'").fetchall()
        assert found == highest + 1
        check_the_search_index(filled)

    async def test_the_last_act_is_noted(self, filled: Connection, writer: Writer) -> None:
        delete(filled)
        await a_removal(writer).clear()
        assert filled.execute(
            "SELECT actor, actor_name, action, target, target_name FROM audit_entries ORDER BY id DESC LIMIT 1"
        ).fetchall() == [(None, "server", "project.purged", "00000000-0000-4000-8000-000000000002", "Shop")]

    async def test_without_a_deleted_project_nothing_happens(self, filled: Connection, writer: Writer) -> None:
        before = read_estates(filled)
        assert await a_removal(writer).clear()
        assert read_estates(filled) == before

    async def test_several_projects_go_in_one_run(self, filled: Connection, writer: Writer) -> None:
        before = read_estates(filled)
        for slug in ("shop", "other"):
            delete(filled, slug)
        assert await a_removal(writer).clear()
        assert without(read_estates(filled), 0) == without(without(before, 2), 3)

    async def test_a_step_touches_few_rows(self, filled: Connection) -> None:
        fill(filled, [SHOP], seed=3, events=3_000)
        delete(filled)
        before = filled.total_changes
        most = 0
        for _ in clear_away(filled, SHOP):
            most, before = max(most, filled.total_changes - before), filled.total_changes
        assert most <= 200  # of a step of 20 issues also what the index of the search writes

    async def test_free_pages_go_back_to_the_file_system(self, filled: Connection, writer: Writer) -> None:
        fill(filled, [SHOP], seed=3, events=6_000)
        delete(filled)
        (before,) = filled.execute("PRAGMA page_count").fetchone()
        await a_removal(writer).clear()
        assert filled.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert filled.execute("PRAGMA page_count").fetchone()[0] < before


def ids_of(conn: Connection, project_no: int) -> list[tuple[int]]:
    return conn.execute(
        "SELECT id FROM issues WHERE project_no = ?1 UNION ALL SELECT id FROM merged_issues WHERE project_no = ?1",
        (project_no,),
    ).fetchall()


class TestMeanwhile:
    async def test_the_doctor_has_nothing_to_say_at_any_step(self, filled: Connection) -> None:
        delete(filled)
        for number, _ in enumerate(clear_away(filled, SHOP)):
            if number % 7 == 0:
                found = look_at_consistency(filled)
                assert (found.miscounted, found.totals_agree) == (0, True)
                assert filled.execute("PRAGMA foreign_key_check").fetchall() == []
                check_the_search_index(filled)

    async def test_the_day_of_a_step_may_be_dropped_between_two(self, filled: Connection, writer: Writer) -> None:
        delete(filled)
        steps = clear_away(filled, SHOP)
        for _ in range(30):
            next(steps)
        later_ms = NOW_MS + 30 * MS_PER_DAY
        assert len((await purge(writer, RetentionConfig(raw_events_days=7, audit_days=7), now_ms=later_ms)).days) == 3
        for _ in steps:
            pass
        assert ids_of(filled, SHOP) == []

    async def test_others_write_between_the_slices(self, filled: Connection, writer: Writer) -> None:
        delete(filled)
        turns = 0

        async def others() -> None:
            nonlocal turns
            while await writer.run(list_tombstones):
                turns += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            await a_removal(writer).clear()
        assert turns >= 10

    async def test_after_trouble_with_the_store_it_goes_on(self, filled: Connection, writer: Writer) -> None:
        before = read_estates(filled)
        delete(filled)
        calls = 0

        def fail_now_and_then(*_: object) -> int:
            nonlocal calls
            calls += 1
            return calls in {100, 300, 600, 900}

        await writer.run(lambda conn: conn.set_progress_handler(fail_now_and_then, 20))
        failures = 0
        with trio.fail_after(60):
            while True:
                try:
                    if await a_removal(writer).clear():
                        break
                except StoreError:
                    failures += 1
        assert failures >= 3
        assert without(read_estates(filled), 0) == without(before, SHOP)


class TestEventsOnTheirWay:
    async def test_they_count_as_stored_leave_no_row_and_hurt_nobody_else(self, database: Path) -> None:
        with closing(open_connection(database)) as conn:
            insert_project(conn, "shop")
        async with a_rig(database, flushing=False) as rig:
            for number in range(40):
                for project_no, slug in ((1, "default"), (SHOP, "shop")):
                    tally = rig.accounting.of(project_no, slug)
                    tally.received += 1
                    tally.accepted += 1
                    rig.pipeline.offer(accepted(project_no=project_no, fingerprint=f"f{number % 3}"))
            await rig.writer.run(delete)
            await rig.flush()
            assert (rig.counts("shop").stored, rig.counts("shop").in_buffer) == (40, 0)
            assert (rig.counts().stored, rig.counts("shop").dead_lettered) == (40, 0)
            assert rig.stored() == 40
            assert rig.rows("SELECT DISTINCT project_no FROM issues") == [(1,)]
            assert rig.rows("SELECT count(*) FROM dead_letters") == [(0,)]

    async def test_a_batch_of_nothing_else_is_written_too(self, filled: Connection) -> None:
        batches = BatchWriter(filled, sample_reservoir_size=3)
        delete(filled)
        before = read_estates(filled)
        result = batches.write(filled, [accepted(project_no=SHOP) for _ in range(3)])
        assert (result.stored, result.seen) == ({SHOP: 3}, ())
        assert read_estates(filled) == before

    async def test_what_the_writer_remembers_of_the_project_does_no_harm(
        self, filled: Connection, writer: Writer
    ) -> None:
        batches = BatchWriter(filled, sample_reservoir_size=3)
        batches.write(filled, [accepted(project_no=SHOP, fingerprint=f"f{n}") for n in range(12)])
        delete(filled)
        await a_removal(writer, is_expected=lambda _: True).clear()
        before = read_estates(filled)
        batches.write(filled, [accepted(project_no=SHOP, fingerprint=f"f{n}") for n in range(12)])
        assert read_estates(filled) == before
        batches.write(filled, [accepted(fingerprint=f"new{n}") for n in range(12)])
        assert [owner for owner, _ in read_estates(filled)["samples"]].count(None) == 0
        assert look_at_consistency(filled).miscounted == 0

    async def test_the_tombstone_stays_until_none_can_come(self, filled: Connection, writer: Writer) -> None:
        delete(filled)
        expected = True
        removal = a_removal(writer, is_expected=lambda no: expected and no == SHOP)
        assert not await removal.clear()
        assert [tombstone.no for tombstone in list_tombstones(filled)] == [SHOP]
        assert ids_of(filled, SHOP) == []
        expected = False
        assert await removal.clear()
        assert list_tombstones(filled) == []


class TestKilled:
    def test_at_any_statement_it_goes_on_where_it_was(self, filled: Connection, database: Path, tmp_path: Path) -> None:
        before = read_estates(filled)
        delete(filled)
        filled.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = tmp_path / "whole.db"
        shutil.copy(database, whole)
        statements = int(self.run(whole, 0).stdout.split()[-1])
        assert statements > 200
        for number in range(KILLS):
            copy = tmp_path / f"killed-{number}.db"
            shutil.copy(database, copy)
            done = self.run(copy, 1 + number * (statements - 1) // (KILLS - 1))
            assert done.returncode == -signal.SIGKILL, done.stderr
            with closing(open_connection(copy)) as conn:
                assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert look_at_consistency(conn).miscounted == 0
                trio.run(partial(TestWhatIsLeft().clear, copy, 0))
                assert without(read_estates(conn), 0) == without(before, SHOP)
                check_the_search_index(conn)

    def run(self, path: Path, statement: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.retention.killed_removal", path, str(statement)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
