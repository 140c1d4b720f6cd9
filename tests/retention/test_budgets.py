"""A database that is too large loses what is oldest, as little of it as it takes, and never an issue."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.db.connection import transaction
from bloop_trio.issues.stored import days
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.retention.aged_events import PACK_STEP_IDS
from bloop_trio.retention.budgets import NEWEST_KEPT, STEP_LETTERS
from tests.conftest import NOW_MS, accepted
from tests.issues.writing.test_day_counts import counted, kept
from tests.retention.budgets import MB, SHOP, bytes_of, measured, purges, rows_by_day, set_budget, size_of, store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer


class TestTheDatabase:
    async def test_its_file_is_within_the_budget_and_the_newest_events_are_there(
        self, connection: Connection, database: Path, writer: Writer
    ) -> None:
        for age in (3, 2, 1, 0):
            store(connection, 1_500, age_days=age)
        before = size_of(connection, database)
        issues = connection.execute("SELECT * FROM issues").fetchall()
        hours = connection.execute("SELECT * FROM event_counts_hourly").fetchall()
        budget = before * 7 // 10
        await purges(writer, max_database_bytes=budget).keep_budgets()
        after = size_of(connection, database)
        assert budget * 0.8 < after <= budget
        left = rows_by_day(connection)
        assert "20251229" not in left
        assert 0 < left["20251230"] < 1_500
        assert (left["20251231"], left["20260101"]) == (1_500, 1_500)
        assert kept(connection) == counted(connection)
        assert bytes_of(connection, 1) == measured(connection, 1)
        assert connection.execute("SELECT * FROM issues").fetchall() == issues
        assert connection.execute("SELECT * FROM event_counts_hourly").fetchall() == hours
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)

    async def test_of_a_day_the_oldest_events_go(self, connection: Connection, database: Path, writer: Writer) -> None:
        store(connection, 4_000)
        await purges(writer, max_database_bytes=size_of(connection, database) * 3 // 4).keep_budgets()
        first, last, count = connection.execute("SELECT min(id), max(id), count(*) FROM events_20260101").fetchone()
        assert (last, count) == (4_000, 4_000 - first + 1)
        assert count < 3_200

    async def test_within_its_budget_nothing_goes_and_no_events_are_read(
        self, connection: Connection, database: Path, writer: Writer
    ) -> None:
        store(connection, 100)
        statements: list[str] = []
        await writer.run(lambda conn: conn.set_trace_callback(statements.append))
        kept_before = kept(connection)
        running = purges(writer, max_database_bytes=size_of(connection, database))
        await running.keep_budgets()
        assert kept(connection) == kept_before
        assert not [sql for sql in statements if "events_2" in sql]
        assert running.statistics.budget_problem is None

    async def test_after_it_was_kept_it_is_not_over_at_the_next_event(
        self, connection: Connection, database: Path, writer: Writer
    ) -> None:
        store(connection, 4_000)
        running = purges(writer, max_database_bytes=size_of(connection, database) * 3 // 4)
        await running.keep_budgets()
        removed = running.statistics.trimmed_events
        store(connection, 100)
        await running.keep_budgets()
        assert running.statistics.trimmed_events == removed > 0

    async def test_what_comes_after_the_events_goes_in_its_order_and_no_more_than_has_to(
        self, connection: Connection, database: Path, writer: Writer
    ) -> None:
        store(connection, 500)
        with transaction(connection):
            connection.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                " INSERT INTO dead_letters (project_no, received_ms, fingerprint, error, payload)"
                " SELECT 1, ?, 'f', 'e', randomblob(2000) FROM n",
                (NOW_MS,),
            )
            connection.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                " INSERT INTO event_counts_hourly SELECT 1, ? - i * ?, 'an environment', 'a source', 1 FROM n",
                (NOW_MS, MS_PER_HOUR),
            )
        whole = size_of(connection, database)
        running = purges(writer, max_database_bytes=whole - 2 * MB)
        await running.keep_budgets()
        assert (await counts(writer))[:1] == (500,)  # all of them are among the newest
        assert 0 < running.statistics.trimmed_dead_letters < 2_000
        assert running.statistics.trimmed_hourly_counts == 0
        (oldest,) = connection.execute("SELECT min(id) FROM dead_letters").fetchone()
        assert oldest == running.statistics.trimmed_dead_letters + 1
        (whole_after,) = (size_of(connection, database),)
        running = purges(writer, max_database_bytes=whole_after - 5 * MB)
        await running.keep_budgets()
        assert connection.execute("SELECT count(*) FROM dead_letters").fetchone() == (0,)
        assert running.statistics.trimmed_hourly_counts > 0

    async def test_of_large_dead_letters_no_more_go_than_have_to(
        self, connection: Connection, database: Path, writer: Writer
    ) -> None:
        connection.execute(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
            " INSERT INTO dead_letters (project_no, received_ms, fingerprint, error, payload)"
            " SELECT 1, ?, 'f', 'e', randomblob(200000) FROM n",
            (NOW_MS,),
        )
        running = purges(writer, max_database_bytes=size_of(connection, database) - MB)
        await running.keep_budgets()
        assert 5 <= running.statistics.trimmed_dead_letters <= 5 + STEP_LETTERS
        assert running.statistics.budget_problem is None

    async def test_when_all_has_gone_that_may_it_says_so_until_it_is_over(
        self, connection: Connection, writer: Writer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store(connection, NEWEST_KEPT + 600, age_days=1)
        running = purges(writer, max_database_bytes=MB)
        for _ in range(2):
            await running.keep_budgets()
        assert running.statistics.trimmed_events == 600
        assert sum(rows_by_day(connection).values()) == NEWEST_KEPT
        problem = running.statistics.budget_problem
        assert problem is not None
        assert problem.endswith("MB over its budget, and nothing is left that may go")
        log = capsys.readouterr().out
        assert log.count("there is nothing left that may go") == 1
        assert log.count("budget") == 1  # four looks a minute would fill the log
        assert connection.execute("SELECT count(*) FROM issues").fetchone() == (7,)
        set_budget(connection, 0, 100 * MB)
        await running.keep_budgets()
        assert running.statistics.budget_problem is None

    async def test_what_an_administrator_sets_beats_the_configuration(
        self, connection: Connection, writer: Writer
    ) -> None:
        store(connection, 2_000)
        set_budget(connection, 0, 100 * MB)
        await purges(writer, max_database_bytes=MB).keep_budgets()
        assert rows_by_day(connection)["20260101"] == 2_000

    async def test_without_a_budget_nothing_is_looked_at(self, connection: Connection, writer: Writer) -> None:
        store(connection, 10)
        running = purges(writer)
        await running.keep_budgets()
        assert running.statistics.budget is None

    async def test_the_newest_are_counted_by_what_is_stored(self, connection: Connection, writer: Writer) -> None:
        storm = BatchWriter(connection, sample_reservoir_size=1, full_occurrences_per_minute=800)
        for _ in range(10):
            storm.write(connection, [accepted(stack=random.Random(1).randbytes(1_500).hex()) for _ in range(1_000)])
        (before,) = rows_by_day(connection).values()
        assert NEWEST_KEPT < before < 2 * NEWEST_KEPT  # of ten times as many ids
        await purges(writer, max_database_bytes=MB).keep_budgets()
        assert rows_by_day(connection) == {"20260101": NEWEST_KEPT}

    async def test_todays_table_stays_though_it_is_emptied(self, connection: Connection, writer: Writer) -> None:
        store(connection, NEWEST_KEPT + 50)
        await purges(writer, max_database_bytes=MB).keep_budgets()
        assert "20260101" in days.event_days(connection)
        BatchWriter(connection, sample_reservoir_size=1).write(connection, [accepted()])
        assert kept(connection) == counted(connection)


async def counts(writer: Writer) -> tuple[int, ...]:
    return await writer.run(lambda conn: tuple(sorted(rows_by_day(conn).values())))


class TestProjects:
    async def test_a_project_loses_its_own_oldest_events_and_others_none(
        self, shop: Connection, writer: Writer
    ) -> None:
        for age in (2, 1, 0):
            store(shop, 1_000, age_days=age, project_numbers=(1, SHOP))
        others = [row for row in kept(shop) if row[1] == 1]
        set_budget(shop, SHOP, 2 * MB)
        await purges(writer).keep_budgets()
        assert [row for row in kept(shop) if row[1] == 1] == others
        assert kept(shop) == counted(shop)
        assert 1.7 * MB < bytes_of(shop, SHOP) == measured(shop, SHOP) <= 2 * MB
        own = [(day, count) for day, no, count in kept(shop) if no == SHOP]
        assert own[-1] == ("20260101", 500)
        assert sum(count for _, count in own) < 1_500

    async def test_what_others_have_before_its_oldest_event_is_looked_through_once(
        self, shop: Connection, writer: Writer
    ) -> None:
        store(shop, 5_000, chars=10)
        set_budget(shop, SHOP, MB)
        running = purges(writer)
        steps: list[int] = []

        def note(sql: str) -> None:
            if sql.startswith("DELETE FROM events_20260101 WHERE id >"):
                steps[-1] += 1

        await writer.run(lambda conn: conn.set_trace_callback(note))
        for _ in range(2):
            store(shop, 500, project_numbers=(SHOP,))
            steps.append(0)
            await running.keep_budgets()
            assert bytes_of(shop, SHOP) == measured(shop, SHOP) <= MB
        assert steps[0] > 5_000 / PACK_STEP_IDS
        assert 0 < steps[1] < 500 / PACK_STEP_IDS + 2

    async def test_its_newest_events_go_too_if_they_are_too_large_together(
        self, shop: Connection, writer: Writer
    ) -> None:
        store(shop, 900, project_numbers=(SHOP,), chars=3_000)
        set_budget(shop, SHOP, MB)
        await purges(writer).keep_budgets()
        assert bytes_of(shop, SHOP) <= MB
        (first, last) = shop.execute("SELECT min(id), max(id) FROM events_20260101").fetchone()
        assert (last, first > 400) == (900, True)

    async def test_a_project_that_is_being_deleted_is_left_to_that(self, shop: Connection, writer: Writer) -> None:
        store(shop, 900, project_numbers=(SHOP,))
        set_budget(shop, SHOP, MB)
        shop.execute("UPDATE projects SET deleted_secs = 1 WHERE no = ?", (SHOP,))
        await purges(writer).keep_budgets()
        assert rows_by_day(shop) == {"20260101": 900}
