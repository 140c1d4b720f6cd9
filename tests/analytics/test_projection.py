"""The projection holds what the database holds, whatever has happened to either."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest
import trio

from bloop_trio.analytics.engine import EngineError
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.exceptions import UnavailableError
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.tombstones import delete_project
from bloop_trio.retention.purge import purge
from bloop_trio.retention.removal import Removal
from tests.analytics.following import Followed, an_hour_ago, followed
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def it(database: Path) -> AsyncIterator[Followed]:
    """A projection of an empty database."""
    async with followed(database) as opened:
        yield opened


class TestFollowing:
    async def test_nothing_is_opened_before_there_is_an_event(self, it: Followed) -> None:
        await it.projection.look()
        assert not it.engine.is_open
        assert not it.engine.path.exists()
        it.store(accepted(fingerprint="a"))
        await it.check()
        assert it.engine.path.exists()

    async def test_what_was_stored_before_is_there_without_a_further_event(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"), told=False)
        await it.restart(orderly=False)
        await it.check()
        assert len((await it.tables())["issues"]) == 1

    async def test_whoever_asks_has_it_opened(self, it: Followed) -> None:
        await it.projection.look()
        with pytest.raises(UnavailableError):
            await it.engine.query("SELECT 1")
        await it.check()
        assert await it.engine.query("SELECT count(*) FROM hours") == [(0,)]

    async def test_events_of_several_hours_releases_environments_and_sources_add_up(self, it: Followed) -> None:
        for release in ("1", "2"):
            for source in ("ios", "api"):
                it.store(
                    accepted(fingerprint="a", release=release, source=source, environment="prod"),
                    accepted(fingerprint="a", release=release, source=source, received_ms=an_hour_ago()),
                    accepted(fingerprint="b", release=release, environment="test"),
                )
                await it.check()
        hours = (await it.tables())["hours"]
        assert sum(row[4] for row in hours) == 12
        assert it.projection.statistics.rebuilds == 1

    async def test_texts_of_any_kind_are_copied_as_they_are(self, it: Followed) -> None:
        hostile = ["a\tb\n", "'; DROP TABLE hours; --", "\u202e\U0001f600", "x" * 200, "\\N", "NULL"]
        for text in hostile:
            it.store(accepted(fingerprint="a", release=text, environment=text, message=text))
        await it.check()
        assert {row[2] for row in (await it.tables())["issue_releases"]} == set(hostile)

    async def test_a_clock_that_was_set_back(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        it.store(accepted(fingerprint="a", received_ms=an_hour_ago(40)), accepted(fingerprint="b"))
        await it.check()
        assert it.projection.statistics.rebuilds == 1

    async def test_a_clock_that_was_everywhere(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        for hours in range(100):
            it.store(accepted(fingerprint="a", received_ms=an_hour_ago(hours)))
        await it.check()
        assert it.projection.statistics.rebuilds == 1

    async def test_nothing_is_written_while_nothing_happens(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        count = it.projection.statistics.feedings.count
        await it.check()
        assert it.projection.statistics.feedings.count == count

    async def test_the_lag_is_that_of_the_oldest_event_that_was_not_fed(self, it: Followed) -> None:
        it.projection.now_ms = lambda: NOW_MS
        it.store(accepted(fingerprint="a"))
        assert it.projection.statistics.lag_secs(NOW_MS + 1500) == 1.5
        await it.check()
        assert it.projection.statistics.lag_secs(NOW_MS + 1500) == 0

    async def test_merged_errors_count_under_one_and_get_their_own_counts_back(self, it: Followed) -> None:
        for name in ("f1", "f2", "f3", "f4"):
            it.store(accepted(fingerprint=name), accepted(fingerprint=name, received_ms=an_hour_ago(200)))
        await it.check()
        put_together(it.conn, it.batches, "f1", "f2", "f3")
        await it.check()
        assert len((await it.tables())["issues"]) == 2
        it.store(accepted(fingerprint="f2", received_ms=an_hour_ago(-1)))
        await it.check()
        take_apart(it.conn, it.batches, "f1", "f2")
        await it.check()
        assert len((await it.tables())["issues"]) == 3
        assert it.projection.statistics.rebuilds == 1

    async def test_hours_that_age_out_go(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"), accepted(fingerprint="a", received_ms=an_hour_ago(24 * 100)))
        await it.check()
        assert len((await it.tables())["hours"]) == 2
        await purge(it.writer, RetentionConfig(hourly_counts_days=90), now_ms=NOW_MS)
        await it.check()
        assert len((await it.tables())["hours"]) == 1
        assert it.projection.statistics.rebuilds == 1

    async def test_a_deleted_project_is_gone_at_once_and_for_good(self, it: Followed) -> None:
        insert_project(it.conn, "shop")
        it.store(accepted(fingerprint="a"), accepted(fingerprint="b", project_no=2))
        await it.check()
        delete_project(it.conn, "shop", now_secs=NOW_MS // 1000)
        await it.check()
        assert {row[1] for row in (await it.tables())["issues"]} == {1}
        await Removal(writer=it.writer, is_expected=lambda _: False, clock=lambda: NOW_MS).clear()
        await it.check()
        assert it.projection.statistics.rebuilds == 1

    async def test_an_error_that_ages_out_goes(self, it: Followed) -> None:
        it.store(accepted(fingerprint="old", received_ms=an_hour_ago(24 * 60)), accepted(fingerprint="new"))
        await it.check()
        await purge(it.writer, RetentionConfig(aggregates_days=30), now_ms=NOW_MS, forget=it.batches.forget)
        await it.check()
        assert [row[2] for row in (await it.tables())["issues"]] == ["new"]


class TestAfterAStop:
    async def test_it_goes_on_where_it_was(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        await it.restart()
        assert await it.count_rebuilds() == 0

    async def test_events_of_which_nobody_told_are_found(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        it.store(accepted(fingerprint="a"), accepted(fingerprint="b", received_ms=an_hour_ago(30)), told=False)
        await it.restart(orderly=False)
        assert await it.count_rebuilds() == 0

    async def test_merges_of_which_nobody_told_are_found(self, it: Followed) -> None:
        it.store(accepted(fingerprint="a"), accepted(fingerprint="b"))
        await it.check()
        put_together(it.conn, it.batches, "a", "b")
        await it.restart(orderly=False)
        assert await it.count_rebuilds() == 0


class TestMadeAnew:
    @pytest.fixture
    async def fed(self, it: Followed) -> Followed:
        it.store(accepted(fingerprint="a"), accepted(fingerprint="b", received_ms=an_hour_ago()))
        await it.check()
        await it.restart()
        return it

    async def test_when_it_is_missing(self, fed: Followed) -> None:
        fed.engine.path.unlink()
        assert await fed.count_rebuilds() == 1

    async def test_when_it_is_of_another_version(self, fed: Followed) -> None:
        with closing(duckdb.connect(str(fed.engine.path))) as cursor:
            cursor.execute("UPDATE feed SET value = 0 WHERE name = 'version'")
        assert await fed.count_rebuilds() == 1

    async def test_when_it_was_not_finished(self, fed: Followed) -> None:
        with closing(duckdb.connect(str(fed.engine.path))) as cursor:
            cursor.execute("UPDATE feed SET value = 0 WHERE name = 'is_whole'")
        assert await fed.count_rebuilds() == 1

    @pytest.mark.parametrize("damage", ["truncated", "overwritten", "empty"])
    async def test_when_its_file_is_damaged(self, fed: Followed, damage: str) -> None:
        content = fed.engine.path.read_bytes()
        match damage:
            case "truncated":
                fed.engine.path.write_bytes(content[: len(content) // 2])
            case "overwritten":
                fed.engine.path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
            case "empty":
                fed.engine.path.write_bytes(b"")
        await fed.projection.look()
        if not fed.projection.statistics.rebuilds:  # it can be opened, so that a query is the first to notice
            with pytest.raises(UnavailableError, match="insights cannot be calculated now"):
                await fed.tables()
        await fed.check()
        assert fed.projection.statistics.rebuilds == 1

    async def test_when_its_tables_are_not_ours_any_more(self, fed: Followed) -> None:
        with closing(duckdb.connect(str(fed.engine.path))) as cursor:
            cursor.execute("ALTER TABLE hours DROP COLUMN count")
        fed.store(accepted(fingerprint="a"))
        with pytest.raises(EngineError) as raised:
            await fed.projection.look()
        assert raised.value.is_doubt
        await fed.projection._survive(raised.value)
        assert await fed.count_rebuilds() == 1

    async def test_when_the_database_is_an_older_copy_of_itself(self, it: Followed, tmp_path: Path) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        with closing(open_connection(tmp_path / "copy.db")) as copy:
            it.conn.backup(copy)
        it.store(accepted(fingerprint="b"))
        await it.check()
        await it.engine.close()
        with closing(open_connection(tmp_path / "copy.db")) as copy:
            copy.backup(it.conn)
        await it.restart(orderly=False)
        assert await it.count_rebuilds() == 1

    async def test_when_another_database_was_put_in_its_place(self, it: Followed, tmp_path: Path) -> None:
        it.store(accepted(fingerprint="a"))
        await it.check()
        await it.engine.close()
        with closing(open_connection(tmp_path / "other.db")) as other:
            migrate(other, tmp_path / "other.db", 0)
            insert_project(other, "default")
            writer = BatchWriter(other, sample_reservoir_size=3)
            for _ in range(3):
                writer.write(other, [accepted(fingerprint="z")])
            other.backup(it.conn)
        await it.restart(orderly=False)
        assert await it.count_rebuilds() == 1

    async def test_when_more_was_merged_than_is_remembered(self, fed: Followed) -> None:
        fed.conn.execute("UPDATE sequences SET value = value + 20000 WHERE name = 'issue_move'")
        assert await fed.count_rebuilds() == 1

    async def test_when_events_have_left_no_rows(self, fed: Followed) -> None:
        fed.store(accepted(fingerprint="a"), told=False)
        with transaction(fed.conn):
            fed.conn.execute("DELETE FROM events_20260101")
        await fed.restart(orderly=False)
        assert await fed.count_rebuilds() == 1

    async def test_when_rows_were_imported(self, fed: Followed) -> None:
        with transaction(fed.conn):
            fed.conn.execute("INSERT INTO imports (id, source, state, path, started_ms) VALUES (1, 's', 't', 'p', 0)")
            fed.conn.execute("INSERT INTO import_rows VALUES (1, 'event_counts_hourly', 'imported', '', 5)")
        assert await fed.count_rebuilds() == 1

    async def test_what_is_no_projection_is_kept_under_another_name(self, fed: Followed) -> None:
        fed.engine.path.write_text("a letter")
        assert await fed.count_rebuilds() == 1
        (aside,) = fed.engine.path.parent.glob("*.set-aside-1")
        assert aside.read_text() == "a letter"

    async def test_another_database_of_duckdb_is_kept_as_well(self, fed: Followed) -> None:
        fed.engine.path.unlink()
        with closing(duckdb.connect(str(fed.engine.path))) as cursor:
            cursor.execute("CREATE TABLE mine AS SELECT 1 AS one")
        assert await fed.count_rebuilds() == 1
        (aside,) = fed.engine.path.parent.glob("*.set-aside-1")
        with closing(duckdb.connect(str(aside), read_only=True)) as cursor:
            assert cursor.execute("SELECT one FROM mine").fetchall() == [(1,)]

    async def test_events_that_come_meanwhile_are_in_it(self, fed: Followed) -> None:
        fed.engine.path.unlink()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fed.projection.look)
            for number in range(20):
                fed.store(accepted(fingerprint=f"n{number}"), accepted(fingerprint="a", received_ms=an_hour_ago()))
                await trio.sleep(0.001)
            put_together(fed.conn, fed.batches, "a", "b")
        await fed.check()

    async def test_meanwhile_whoever_asks_is_told_how_far_it_is(self, fed: Followed) -> None:
        fed.engine.path.unlink()
        fed.projection._note_progress(0, 0.42)
        assert fed.projection.statistics.making == "insights are not there yet: 42% of the counts are copied"
        assert fed.projection.statistics.problem is None
        with pytest.raises(
            UnavailableError, match="insights are not there yet: 42% of the counts are copied"
        ) as raised:
            await fed.engine.query("SELECT 1")
        assert raised.value.retry_after_secs
