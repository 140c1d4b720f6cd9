"""What has aged out goes, in small steps; everything else stays, and so do the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

from bloop_trio.audit.entry import Action, by_shell
from bloop_trio.audit.store import record
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.writer import open_writer
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.stored import days
from bloop_trio.issues.triage.change_sets import KEPT_DAYS, note_set
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import rotate_key
from bloop_trio.retention.aged_events import DROP_WHOLE_ROWS, STEP_IDS
from bloop_trio.retention.deleting import STEP_ROWS
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.purge import ID_STEP_ROWS, Purged, prepare_days, purge
from tests.conftest import NOW_MS, accepted, insert_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

WEEK = RetentionConfig(raw_events_days=7)
MIDNIGHT_MS = days.day_start_ms(days.day_of(NOW_MS))


@pytest.fixture
async def writer(database: Path) -> AsyncIterator[Writer]:
    async with open_writer(database) as opened:
        yield opened


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    conn = open_connection(database, read_only=True)
    try:
        return conn.execute(sql).fetchall()
    finally:
        conn.close()


async def store(writer: Writer, *ages_days: float, count: int = 1) -> None:
    """Store events that were received so many days before `NOW_MS`."""

    def work(conn: Connection) -> None:
        batches = BatchWriter(conn, sample_reservoir_size=5)
        for age in sorted(ages_days, reverse=True):
            received_ms = int(NOW_MS - age * MS_PER_DAY)
            batch = [accepted(received_ms=received_ms) for _ in range(count)]
            for number, event in enumerate(batch):
                event.id_hash = received_ms + number
            batches.write(conn, batch)

    await writer.run(work)


async def event_days(writer: Writer) -> list[str]:
    return await writer.run(days.event_days)


class TestDays:
    async def test_a_day_goes_when_its_last_millisecond_is_old_enough(self, writer: Writer) -> None:
        await writer.run(lambda conn: days.create_day(conn, "20251225"))
        end_ms = days.day_start_ms("20251226")
        assert (await purge(writer, WEEK, now_ms=end_ms + 7 * MS_PER_DAY - 1)).days == ()
        assert (await purge(writer, WEEK, now_ms=end_ms + 7 * MS_PER_DAY)).days == ("20251225",)
        assert await event_days(writer) == []

    async def test_of_many_days_the_old_ones_go(self, writer: Writer, database: Path) -> None:
        await store(writer, 0, 1, 2, 3, 10, count=3)
        purged = await purge(writer, RetentionConfig(raw_events_days=2), now_ms=NOW_MS)
        assert (purged.days, purged.events) == (("20251229", "20251222"), 6)
        assert await event_days(writer) == ["20260101", "20251231", "20251230"]

    async def test_issues_counts_and_samples_outlive_their_events(self, writer: Writer, database: Path) -> None:
        await store(writer, 30, count=8)
        before = [rows(database, f"SELECT * FROM {t}") for t in ("issues", "issue_counts", "event_counts_hourly")]
        await purge(writer, RetentionConfig(raw_events_days=1), now_ms=NOW_MS)
        after = [rows(database, f"SELECT * FROM {t}") for t in ("issues", "issue_counts", "event_counts_hourly")]
        assert (before, await event_days(writer)) == (after, [])
        assert rows(database, "SELECT count(*) FROM samples") == [(5,)]

    async def test_ids_go_on_rising_after_all_days_are_gone(self, writer: Writer, database: Path) -> None:
        await store(writer, 30, count=4)
        await purge(writer, RetentionConfig(raw_events_days=1), now_ms=NOW_MS)
        await store(writer, 0)
        assert rows(database, "SELECT id FROM events_20260101") == [(5,)]

    async def test_purging_again_does_nothing(self, writer: Writer) -> None:
        await store(writer, 0, 9)
        await purge(writer, WEEK, now_ms=NOW_MS)
        again = await purge(writer, WEEK, now_ms=NOW_MS)
        assert again == Purged(days=(), events=0, hourly_counts=0, recent_counts=0, dead_letters=0, audit_entries=0)

    async def test_a_large_day_is_emptied_in_slices_and_others_write_in_between(
        self, writer: Writer, database: Path
    ) -> None:
        count = DROP_WHOLE_ROWS + 40 * STEP_IDS + 1

        def fill(conn: Connection) -> None:
            days.create_day(conn, "20251201")
            with transaction(conn):
                conn.execute(
                    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                    " INSERT INTO events_20251201 SELECT i, 0, 0, 1, 1, 'r', 'e', 's', x'00' FROM n",
                    (count,),
                )
            conn.execute("CREATE TABLE turns (rows_left INTEGER)")

        def take_turn(conn: Connection) -> bool:
            if not days.event_days(conn):
                return False
            conn.execute("INSERT INTO turns SELECT count(*) FROM events_20251201")
            return True

        async def others() -> None:
            while await writer.run(take_turn):
                pass

        await writer.run(fill)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            assert (await purge(writer, WEEK, now_ms=NOW_MS)).events == count
        seen = [left for (left,) in rows(database, "SELECT rows_left FROM turns")]
        assert len(set(seen)) >= 3
        assert await event_days(writer) == []

    async def test_freed_pages_go_back_to_the_file_system(self, writer: Writer, database: Path) -> None:
        def fill(conn: Connection) -> None:
            days.create_day(conn, "20251201")
            conn.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                " INSERT INTO events_20251201 SELECT i, 0, 0, 1, 1, 'r', 'e', 's', randomblob(4000) FROM n"
            )

        await writer.run(fill)
        ((before,),) = rows(database, "PRAGMA page_count")
        await purge(writer, WEEK, now_ms=NOW_MS)
        ((after,),) = rows(database, "PRAGMA page_count")
        assert rows(database, "PRAGMA freelist_count") == [(0,)]
        assert after < before / 2

    async def test_it_writes_on_after_a_purge_of_tables_that_it_remembers(self, writer: Writer, database: Path) -> None:
        batches = await writer.run(lambda conn: BatchWriter(conn, sample_reservoir_size=5))
        old_ms = NOW_MS - 30 * MS_PER_DAY
        await writer.run(lambda conn: batches.write(conn, [accepted(received_ms=old_ms)]))
        await purge(writer, WEEK, now_ms=NOW_MS)
        await writer.run(lambda conn: batches.write(conn, [accepted()]))
        assert rows(database, "SELECT id FROM events_20260101") == [(2,)]


class TestShortLivedRows:
    async def test_event_ids_are_remembered_today_and_yesterday(self, writer: Writer) -> None:
        await store(writer, 0, 1, 2, 3)
        await purge(writer, RetentionConfig(raw_events_days=365), now_ms=NOW_MS)
        assert await writer.run(days.event_id_days) == ["20260101", "20251231"]
        assert len(await event_days(writer)) == 4

    async def test_many_event_ids_go_in_slices_and_few_are_left_to_drop(self, writer: Writer, database: Path) -> None:
        def fill(conn: Connection) -> None:
            days.create_day(conn, "20251201")
            conn.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT OR IGNORE INTO event_ids_20251201 SELECT random() FROM n",
                (5 * ID_STEP_ROWS,),
            )
            conn.execute("CREATE TABLE turns (ids_left INTEGER)")

        def take_turn(conn: Connection) -> bool:
            if not days.event_id_days(conn):
                return False
            conn.execute("INSERT INTO turns SELECT count(*) FROM event_ids_20251201")
            return True

        async def others() -> None:
            while await writer.run(take_turn):
                pass

        await writer.run(fill)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            await purge(writer, WEEK, now_ms=NOW_MS, paced=PacedWriter(writer=writer, slice_secs=0))
        seen = sorted(set(rows(database, "SELECT ids_left FROM turns")))
        assert len(seen) > 3
        assert seen[0] <= (ID_STEP_ROWS,)

    async def test_without_old_hours_no_hours_are_read(self, writer: Writer, database: Path) -> None:
        statements: list[str] = []
        await writer.run(lambda conn: conn.set_trace_callback(statements.append))
        await purge(writer, WEEK, now_ms=NOW_MS)
        of_hours = [sql for sql in statements if sql.startswith("DELETE") and "counts_hourly" in sql]
        assert len(of_hours) == 2
        for sql in of_hours:
            assert not [step for *_, step in rows(database, f"EXPLAIN QUERY PLAN {sql}") if "SCAN" in step]

    async def test_ten_second_counts_go_after_three_hours(self, writer: Writer, database: Path) -> None:
        await store(writer, 0, 2.9 / 24, 3.01 / 24, 4 / 24)
        purged = await purge(writer, WEEK, now_ms=NOW_MS)
        assert purged.recent_counts == 2
        assert rows(database, "SELECT bucket_ms FROM event_counts_recent ORDER BY 1") == [
            (NOW_MS - 29 * MS_PER_HOUR // 10,),
            (NOW_MS,),
        ]
        assert rows(database, "SELECT sum(count) FROM event_counts_hourly") == [(4,)]

    async def test_many_rows_go_in_slices(self, writer: Writer, database: Path) -> None:
        count = 2 * STEP_ROWS + 1
        await writer.run(
            lambda conn: conn.execute(
                "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                " INSERT INTO event_counts_recent SELECT i, 1, 'e', 's', 1, 1 FROM n",
                (count,),
            )
        )
        assert (await purge(writer, WEEK, now_ms=NOW_MS)).recent_counts == count

    async def test_dead_letters_live_as_long_as_events(self, writer: Writer, database: Path) -> None:
        def put_aside(conn: Connection) -> None:
            for age in (0, 6.9, 7.1, 30):
                conn.execute(
                    "INSERT INTO dead_letters (project_no, received_ms, fingerprint, error, payload)"
                    " VALUES (1, ?, 'f', 'e', x'7b7d')",
                    (int(NOW_MS - age * MS_PER_DAY),),
                )

        await writer.run(put_aside)
        assert (await purge(writer, WEEK, now_ms=NOW_MS)).dead_letters == 2
        assert rows(database, "SELECT count(*) FROM dead_letters") == [(2,)]

    async def test_entries_of_the_audit_log_have_an_age_of_their_own(self, writer: Writer, database: Path) -> None:
        def note(conn: Connection) -> None:
            for age in (0, 29.9, 30.1):
                record(conn, by_shell(Action.PROJECT_CREATED), int(NOW_MS - age * MS_PER_DAY))

        await writer.run(note)
        assert (await purge(writer, attrs.evolve(WEEK, audit_days=30), now_ms=NOW_MS)).audit_entries == 1
        assert rows(database, "SELECT count(*) FROM audit_entries") == [(2,)]

    async def test_retired_keys_go_at_their_end(self, writer: Writer, database: Path) -> None:
        def rotate(conn: Connection) -> None:
            rotate_key(conn, "default", now_secs=NOW_MS // 1000, grace_hours=1)

        await writer.run(rotate)
        for age_ms, left in ((0, 1), (MS_PER_HOUR - 1, 1), (MS_PER_HOUR + 1000, 0)):
            await purge(writer, attrs.evolve(WEEK, audit_days=30), now_ms=NOW_MS + age_ms)
            assert rows(database, "SELECT count(*) FROM retired_keys") == [(left,)]

    async def test_changes_of_many_errors_go_when_they_cannot_be_undone_any_more(
        self, connection: Connection, batches: BatchWriter, writer: Writer
    ) -> None:
        batches.write(connection, [accepted(fingerprint=f"f{n}", received_ms=NOW_MS) for n in range(300)])
        issues = connection.execute("SELECT id, status FROM issues").fetchall()
        with transaction(connection):
            note_set(connection, "s1", project_no=1, changed_by=None, changed_ms=NOW_MS)
            change_status(connection, issues, Status.MUTED, changed_by=None, changed_ms=NOW_MS, set_id="s1")
        for age_ms, left in ((KEPT_DAYS * MS_PER_DAY, 1), (KEPT_DAYS * MS_PER_DAY + 1, 0)):
            await purge(writer, WEEK, now_ms=NOW_MS + age_ms)
            assert connection.execute("SELECT count(*) FROM status_change_sets").fetchone() == (left,)
        assert connection.execute("SELECT count(*), count(set_id) FROM status_changes").fetchone() == (300, 0)

    async def test_invites_and_revoked_tokens_go_a_month_after_their_end(
        self, connection: Connection, writer: Writer, database: Path
    ) -> None:
        user = insert_user(connection, "ada")
        now_secs, day = NOW_MS // 1000, 86_400
        ends = {"long over": now_secs - 31 * day, "just over": now_secs - 29 * day, "valid": now_secs + day}
        for name, end in ends.items():
            for column in ("expires_secs", "used_secs", "revoked_secs"):
                values = {"expires_secs": now_secs + day, "used_secs": None, "revoked_secs": None} | {column: end}
                connection.execute(
                    "INSERT INTO invites (id, token_hash, token_prefix, is_admin, created_by, created_secs, expires_secs,"
                    " used_secs, revoked_secs) VALUES (?1, ?1, 'p', 0, ?2, 0, ?3, ?4, ?5)",
                    (f"{name} {column}", user, *values.values()),
                )
            connection.execute(
                "INSERT INTO bearer_tokens (id, name, token_hash, token_prefix, project_no, scopes, created_secs,"
                " expires_secs, revoked_secs) VALUES (?1, 't', ?1, 't', 1, '[]', 0, 1, ?2)",
                (name, end),
            )
        connection.execute(
            "INSERT INTO bearer_tokens (id, name, token_hash, token_prefix, project_no, scopes, created_secs,"
            " expires_secs) VALUES ('expired', 't', 'e', 't', 1, '[]', 0, 1)"
        )
        assert (await purge(writer, WEEK, now_ms=NOW_MS)).credentials == 4
        assert rows(database, "SELECT count(*) FROM invites WHERE id LIKE 'long over%'") == [(0,)]
        assert rows(database, "SELECT count(*) FROM invites") == [(6,)]
        assert rows(database, "SELECT id FROM bearer_tokens ORDER BY id") == [("expired",), ("just over",), ("valid",)]


class TestPreparedDays:
    async def test_today_and_tomorrow_are_there_ahead(self, writer: Writer) -> None:
        await prepare_days(writer, NOW_MS)
        await prepare_days(writer, NOW_MS)
        assert await event_days(writer) == ["20260102", "20260101"]

    async def test_tomorrow_is_prepared_whenever_today_is(self, writer: Writer) -> None:
        await prepare_days(writer, MIDNIGHT_MS - 1)
        assert await event_days(writer) == ["20260101", "20251231"]

    async def test_a_purge_leaves_them_alone(self, writer: Writer) -> None:
        await prepare_days(writer, NOW_MS)
        await purge(writer, RetentionConfig(raw_events_days=1), now_ms=NOW_MS)
        assert await event_days(writer) == ["20260102", "20260101"]
