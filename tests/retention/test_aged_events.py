"""Each project keeps its events for its own number of days; what is gone is counted as gone, whatever happens."""

from __future__ import annotations

import random
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
from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.db.writer import open_writer
from bloop_trio.issues.stored import days
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.tombstones import delete_project
from bloop_trio.retention.aged_events import STEP_IDS, find_aged_days
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.purge import Purged, purge
from bloop_trio.retention.settings import RetentionSettings
from bloop_trio.retention.storage import read_pages
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.writing.test_day_counts import counted, kept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

ROOT = Path(__file__).parents[2]
SHOP, OTHER = 2, 3
KILLS = 8

Stored = set[tuple[int, int]]
"""Project number and id of each event."""


@pytest.fixture
async def writer(database: Path) -> AsyncIterator[Writer]:
    async with open_writer(database) as opened:
        yield opened


@pytest.fixture
def projects(connection: Connection) -> Connection:
    for slug in ("shop", "other"):
        insert_project(connection, slug)
    return connection


def keep(conn: Connection, **days_of: int) -> None:
    for slug, kept_days in days_of.items():
        conn.execute("INSERT INTO project_retention SELECT no, ? FROM projects WHERE slug = ?", (kept_days, slug))


def store(conn: Connection, ages_days: list[tuple[int, float]]) -> None:
    """Store an event for each pair of a project number and an age."""
    batches = BatchWriter(conn, sample_reservoir_size=1)
    for project_no, age in sorted(ages_days, key=lambda pair: -pair[1]):
        batches.write(conn, [accepted(project_no=project_no, received_ms=int(NOW_MS - age * MS_PER_DAY))])


def stored(conn: Connection) -> Stored:
    return {
        (no, event_id)
        for table in days.event_tables(conn)
        for no, event_id in conn.execute(f"SELECT project_no, id FROM {table}")
    }


async def run(writer: Writer, config: dict[str, int] | None = None, **changes: Any) -> Purged:
    paced = PacedWriter(writer=writer, rest_factor=0)
    usual: dict[str, Any] = {"now_ms": NOW_MS, "paced": paced}
    return await purge(writer, RetentionConfig(**config or {}), **usual | changes)


class TestWhatGoes:
    async def test_a_shorter_project_leaves_the_days_of_the_others(self, projects: Connection, writer: Writer) -> None:
        keep(projects, shop=2)
        store(projects, [(no, age) for no in (1, SHOP, OTHER) for age in (0, 3, 4)])
        purged = await run(writer)
        assert (purged.days, purged.events) == ((), 2)
        assert kept(projects) == counted(projects)
        assert [(day, no) for day, no, _ in kept(projects)] == [
            *(("20251228", no) for no in (1, OTHER)),
            *(("20251229", no) for no in (1, OTHER)),
            *(("20260101", no) for no in (1, SHOP, OTHER)),
        ]

    async def test_a_longer_project_keeps_its_days_and_nothing_of_the_others_in_them(
        self, projects: Connection, writer: Writer
    ) -> None:
        keep(projects, shop=30)
        store(projects, [(no, age) for no in (1, SHOP) for age in (0, 10, 40)])
        purged = await run(writer)
        assert (purged.days, purged.events) == (("20251122",), 3)
        assert [(day, no) for day, no, _ in kept(projects)] == [("20251222", SHOP), ("20260101", 1), ("20260101", SHOP)]
        assert kept(projects) == counted(projects)

    async def test_a_day_goes_when_no_project_needs_it_though_others_would_be_kept(
        self, projects: Connection, writer: Writer
    ) -> None:
        keep(projects, shop=1)
        store(projects, [(SHOP, 3), (1, 0)])
        assert (await run(writer)).days == ("20251229",)

    async def test_a_day_of_a_deleted_project_alone_goes_as_all_others_do(
        self, projects: Connection, writer: Writer
    ) -> None:
        keep(projects, shop=30)
        store(projects, [(SHOP, 3), (SHOP, 10), (1, 0)])
        delete_project(projects, "shop", now_secs=NOW_MS // 1000)
        assert (await run(writer)).days == ("20251222",)

    async def test_what_administrators_set_holds_in_place_of_the_configuration(
        self, projects: Connection, writer: Writer
    ) -> None:
        store(projects, [(1, 0), (1, 3), (1, 10)])
        projects.execute("INSERT INTO retention_settings VALUES ('raw_events_days', 2)")
        assert (await run(writer, {"raw_events_days": 365})).events == 2

    async def test_with_nothing_to_do_no_events_are_looked_at(self, projects: Connection, writer: Writer) -> None:
        keep(projects, shop=2)
        store(projects, [(no, age) for no in (1, SHOP) for age in (0, 3)])
        await run(writer)
        statements: list[str] = []
        await writer.run(lambda conn: conn.set_trace_callback(statements.append))
        await run(writer)
        assert not [sql for sql in statements if "events_2" in sql]

    async def test_dead_letters_live_as_long_as_the_events_of_their_project(
        self, projects: Connection, writer: Writer
    ) -> None:
        keep(projects, shop=2, other=30)
        for no in (1, SHOP, OTHER):
            for age in (0, 3, 10, 40):
                projects.execute(
                    "INSERT INTO dead_letters (project_no, received_ms, fingerprint, error, payload)"
                    " VALUES (?, ?, 'f', 'e', x'7b7d')",
                    (no, NOW_MS - age * MS_PER_DAY),
                )
        assert (await run(writer)).dead_letters == 2 + 3 + 1
        left = projects.execute("SELECT project_no, count(*) FROM dead_letters GROUP BY 1 ORDER BY 1").fetchall()
        assert left == [(1, 2), (SHOP, 1), (OTHER, 3)]

    @given(
        events=st.lists(st.tuples(st.integers(1, 3), st.floats(0, 12)), max_size=25),
        of_all=st.integers(1, 10),
        own=st.dictionaries(st.sampled_from(["default", "shop", "other"]), st.integers(1, 12), max_size=3),
    )
    @settings(max_examples=15, deadline=None)
    def test_exactly_the_events_whose_day_has_aged_out(
        self, events: list[tuple[int, float]], of_all: int, own: dict[str, int]
    ) -> None:
        with TemporaryDirectory() as folder, closing(open_connection(Path(folder) / "bloop.db")) as conn:
            migrate(conn, Path(folder) / "bloop.db", 0)
            for slug in ("default", "shop", "other"):
                insert_project(conn, slug)
            keep(conn, **own)
            store(conn, events)
            before = stored(conn)
            expected = {
                (no, event_id)
                for day in days.event_days(conn)
                for no, event_id in conn.execute(f"SELECT project_no, id FROM {days.event_table(day)}")
                if days.day_start_ms(day) + MS_PER_DAY
                > NOW_MS - own.get(("default", "shop", "other")[no - 1], of_all) * MS_PER_DAY
            }

            async def clear() -> Purged:
                async with open_writer(Path(folder) / "bloop.db") as writer:
                    return await run(writer, {"raw_events_days": of_all})

            purged = trio.run(clear)
            assert stored(conn) == expected
            assert purged.events == len(before) - len(expected)
            assert kept(conn) == counted(conn)
            assert find_aged_days(conn, RetentionSettings(raw_events_days=3650, hourly_counts_days=90), NOW_MS) == []


def fill_days(conn: Connection, rows: int) -> None:
    """Give three projects a good many events on an old day and on one that only `shop` is done with."""
    keep(conn, shop=2)
    batches = BatchWriter(conn, sample_reservoir_size=1)
    for age in (20, 4, 0):
        batch = [
            accepted(project_no=1 + n % 3, received_ms=NOW_MS - age * MS_PER_DAY, fingerprint=f"f{n % 40}")
            for n in range(rows)
        ]
        batches.write(conn, batch)


async def test_what_others_keep_between_it_stays_as_it_is_and_moves_together(
    projects: Connection, writer: Writer
) -> None:
    keep(projects, shop=2)
    chance = random.Random(1)
    batch = [
        accepted(
            project_no=1 + n % 2,
            received_ms=NOW_MS - 4 * MS_PER_DAY,
            fingerprint=f"f{n % 40}",
            message=f"{n} {chance.randbytes(80).hex()}",
        )
        for n in range(8 * STEP_IDS)
    ]
    empty = read_pages(projects).used_bytes
    BatchWriter(projects, sample_reservoir_size=1).write(projects, batch)
    full = read_pages(projects).used_bytes
    theirs = "SELECT * FROM events_20251228 WHERE project_no = 1 ORDER BY id"
    before = projects.execute(theirs).fetchall()
    assert (await run(writer)).events == 4 * STEP_IDS
    assert projects.execute(theirs).fetchall() == before
    assert read_pages(projects).used_bytes - empty < 0.65 * (full - empty)
    assert kept(projects) == counted(projects)
    assert projects.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_where_little_goes_the_rest_stays_where_it_is(projects: Connection, writer: Writer) -> None:
    keep(projects, shop=2)
    batch = [
        accepted(project_no=SHOP if n % 5 == 0 else 1, received_ms=NOW_MS - 4 * MS_PER_DAY) for n in range(2 * STEP_IDS)
    ]
    BatchWriter(projects, sample_reservoir_size=1).write(projects, batch)
    statements: list[str] = []
    await writer.run(lambda conn: conn.set_trace_callback(statements.append))
    assert (await run(writer)).events == 2 * STEP_IDS // 5
    assert not [sql for sql in statements if sql.startswith("INSERT INTO events_")]
    assert kept(projects) == counted(projects)


class TestMeanwhile:
    async def test_others_write_between_the_slices(self, projects: Connection, writer: Writer) -> None:
        fill_days(projects, 10 * STEP_IDS)
        left: list[int] = []
        over = trio.Event()

        def look(conn: Connection) -> int:
            return int(conn.execute("SELECT count(*) FROM events_20251228").fetchone()[0])

        async def others() -> None:
            while not over.is_set():
                left.append(await writer.run(look))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            await run(writer, paced=PacedWriter(writer=writer, slice_secs=0))
            over.set()
        assert len(set(left)) >= 5

    async def test_a_purge_that_is_cancelled_leaves_exact_counts(self, projects: Connection, writer: Writer) -> None:
        fill_days(projects, 10 * STEP_IDS)
        before = len(stored(projects))
        slices = 0
        with trio.CancelScope() as scope:

            def count(_: str) -> None:
                nonlocal slices
                slices += 1
                if slices == 40:
                    trio.from_thread.run_sync(scope.cancel)

            await writer.run(lambda conn: conn.set_trace_callback(count))
            await run(writer, paced=PacedWriter(writer=writer, slice_secs=0))
        await writer.run(lambda conn: conn.set_trace_callback(None))
        assert scope.cancelled_caught
        between = len(stored(projects))
        assert before > between
        assert kept(projects) == counted(projects)
        assert (await run(writer)).events == between - len(stored(projects))
        assert kept(projects) == counted(projects)

    def test_killed_at_any_statement_it_leaves_exact_counts_and_the_next_one_ends_the_same(
        self, projects: Connection, database: Path, tmp_path: Path
    ) -> None:
        fill_days(projects, 3 * STEP_IDS)
        projects.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        def purge_copy(name: str, statement: int) -> tuple[int, str]:
            path = tmp_path / name
            if not path.exists():
                shutil.copy(database, path)
            command = [sys.executable, "-m", "tests.retention.killed_purge", str(path), str(NOW_MS), str(statement)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stderr

        code, printed = purge_copy("whole.db", 0)
        assert code == 0
        with closing(open_connection(tmp_path / "whole.db")) as conn:
            expected = (stored(conn), kept(conn))
            assert kept(conn) == counted(conn)
        for kill in range(1, KILLS + 1):
            statement = int(printed) * kill // (KILLS + 1)
            assert purge_copy(f"{kill}.db", statement)[0] == -signal.SIGKILL
            with closing(open_connection(tmp_path / f"{kill}.db")) as conn:
                assert kept(conn) == counted(conn)
            assert purge_copy(f"{kill}.db", 0)[0] == 0
            with closing(open_connection(tmp_path / f"{kill}.db")) as conn:
                assert (stored(conn), kept(conn)) == expected
                assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_aged_days_are_found_from_counts_alone(projects: Connection, writer: Writer) -> None:
    store(projects, [(1, 3)])
    long = RetentionSettings(raw_events_days=1, hourly_counts_days=90, by_project={1: 7})
    assert await writer.run(partial(find_aged_days, settings=long, now_ms=NOW_MS)) == []
