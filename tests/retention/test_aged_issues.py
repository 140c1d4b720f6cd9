"""An issue that has not been seen for long goes with all that hangs on it, and nothing of any other."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.db.writer import open_writer
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.queries.facets import get_facets
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.retention.purge import Purged, purge
from tests.conftest import NOW_MS, accepted, insert_project, insert_user, set_status
from tests.retention.estates import check_the_search_index, fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

DAYS = 100


async def run(writer: Writer, days: int = DAYS, forget: Callable[[], None] = lambda: None) -> Purged:
    return await purge(writer, RetentionConfig(aggregates_days=days), now_ms=NOW_MS, forget=forget)


def store(conn: Connection, name: str, age_days: float, **changes: Any) -> None:
    received_ms = int(NOW_MS - age_days * MS_PER_DAY)
    batch = [accepted(fingerprint=name, received_ms=received_ms, **changes)]
    BatchWriter(conn, sample_reservoir_size=3).write(conn, batch)


def names(conn: Connection) -> list[str]:
    return [name for (name,) in conn.execute("SELECT fingerprint FROM issues ORDER BY fingerprint")]


class TestWhichGo:
    async def test_those_that_were_last_seen_too_long_ago(self, connection: Connection, writer: Writer) -> None:
        for name, age in (("old", DAYS + 2), ("young", DAYS), ("back", DAYS + 2), ("back", 1)):
            store(connection, name, age)
        assert (await run(writer)).issues == 1
        assert names(connection) == ["back", "young"]
        assert (await run(writer)).issues == 0

    async def test_none_unless_it_is_set(self, connection: Connection, writer: Writer) -> None:
        store(connection, "old", 3_000)
        assert (await run(writer, days=0)).issues == 0
        connection.execute("INSERT INTO aggregate_retention VALUES (1, 2900)")
        assert (await run(writer, days=0)).issues == 1

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    async def test_what_is_ignored_or_muted_stays(self, connection: Connection, writer: Writer, status: str) -> None:
        for name in ("a", "b"):
            store(connection, name, 500)
        set_status(connection, status, "a")
        set_status(connection, "resolved", "b")
        await run(writer)
        assert names(connection) == ["a"]

    async def test_what_is_assigned_or_has_a_comment_stays(self, connection: Connection, writer: Writer) -> None:
        for name in ("assigned", "commented", "handed-over", "quiet"):
            store(connection, name, 500)
        ids = dict(connection.execute("SELECT fingerprint, id FROM issues"))
        user = insert_user(connection, "ada")
        connection.execute("INSERT INTO issue_assignments VALUES (?, 1, ?, 0)", (ids["assigned"], user))
        for number, (name, kind) in enumerate((("commented", "comment"), ("handed-over", "assigned"))):
            connection.execute(
                "INSERT INTO issue_activity (id, issue_id, kind, at_ms, content) VALUES (?, ?, ?, 0, '{}')",
                (number, ids[name], kind),
            )
        assert (await run(writer)).issues == 2
        assert names(connection) == ["assigned", "commented"]

    async def test_an_issue_stays_as_long_as_its_events(self, connection: Connection, writer: Writer) -> None:
        insert_project(connection, "shop")
        connection.execute("INSERT INTO project_retention VALUES (2, 400)")
        for project_no, age in ((1, 300), (2, 300), (2, 402)):
            store(connection, f"f{age}", age, project_no=project_no)
        assert (await run(writer)).issues == 2
        assert connection.execute("SELECT project_no, fingerprint FROM issues").fetchall() == [(2, "f300")]

    async def test_more_than_fit_into_one_step_and_those_that_stay_between_them(
        self, connection: Connection, writer: Writer
    ) -> None:
        batch = [accepted(fingerprint=f"f{n:02}", received_ms=NOW_MS - 500 * MS_PER_DAY) for n in range(40)]
        BatchWriter(connection, sample_reservoir_size=1).write(connection, batch)
        user = insert_user(connection, "ada")
        connection.execute("INSERT INTO issue_assignments SELECT id, 1, ?, 0 FROM issues WHERE id % 2", (user,))
        assert (await run(writer)).issues == 20
        assert len(names(connection)) == 20


class TestWhatIsLeft:
    async def test_if_it_comes_back_it_is_new_and_has_a_number_of_its_own(
        self, connection: Connection, writer: Writer
    ) -> None:
        batches = BatchWriter(connection, sample_reservoir_size=3)
        batches.write(connection, [accepted(fingerprint="a", received_ms=NOW_MS - 500 * MS_PER_DAY)])
        await run(writer, forget=batches.forget)
        (seen,) = batches.write(connection, [accepted(fingerprint="a")]).seen
        assert (seen.issue_id, seen.regression) == (2, False)
        assert connection.execute("SELECT total_count FROM issues").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM events_20260101").fetchone() == (1,)

    async def test_filters_offer_nothing_of_it_any_more(self, connection: Connection, writer: Writer) -> None:
        store(connection, "old", 500, release="1.0", environment="prod", source="ios", route_or_procedure="/old")
        store(connection, "new", 1, release="2.0", environment="prod", source="api", route_or_procedure="/new")
        store(connection, "old", 500, release="2.0", environment="prod", source="ios", route_or_procedure="/old")
        await run(writer)
        facets = get_facets(connection, project_no=1, prefix=None, limit=9)
        assert [(value.value, value.count) for value in facets.releases] == [("2.0", 1)]
        assert [(value.value, value.count) for value in facets.environments] == [("prod", 1)]
        assert [value.value for value in facets.sources] == ["api"]
        assert [value.value for value in facets.routes] == ["/new"]
        assert connection.execute("SELECT release FROM releases").fetchall() in ([("2.0",)], [])

    async def test_a_release_that_something_is_fixed_in_keeps_its_place_among_the_others(
        self, connection: Connection, writer: Writer
    ) -> None:
        store(connection, "old", 500, release="1.0")
        store(connection, "fixed", 1, release="2.0")
        connection.execute("INSERT INTO issue_fixes SELECT id, '1.0', 1 FROM issues WHERE fingerprint = 'fixed'")
        await run(writer)
        assert names(connection) == ["fixed"]
        assert connection.execute("SELECT release FROM releases ORDER BY 1").fetchall() == [("1.0",), ("2.0",)]

    async def test_the_search_does_not_find_it(self, connection: Connection, writer: Writer) -> None:
        store(connection, "old", 500, message="a zebra")
        store(connection, "unindexed", 1, message="a zebra")
        while index_slice(connection, PayloadReader()):
            pass
        store(connection, "late", 500, message="a zebra")  # goes before it was indexed
        await run(writer)
        found = connection.execute("SELECT rowid FROM issue_search WHERE issue_search MATCH 'zebra'").fetchall()
        assert found == [(2,)]
        check_the_search_index(connection)

    async def test_what_was_merged_into_it_goes_along(self, connection: Connection, writer: Writer) -> None:
        for name in ("parent", "other"):
            store(connection, name, 500)
        with transaction(connection):
            for number, parent in ((11, 1), (12, 11), (13, 2)):
                connection.execute(
                    "INSERT INTO merged_issues (id, project_no, parent_id, fingerprint, status, error_type, message,"
                    " source, merged_ms) VALUES (?1, 1, ?2, 'f' || ?1, 'unresolved', 't', 'm', 's', 0)",
                    (number, parent),
                )
        set_status(connection, "muted", "other")
        await run(writer)
        assert connection.execute("SELECT id FROM merged_issues").fetchall() == [(13,)]

    @given(seed=st.integers(0, 2**32), old=st.integers(0, 12))
    @settings(max_examples=8, deadline=None)
    def test_nothing_of_what_goes_and_all_of_what_stays(self, seed: int, old: int) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "bloop.db"
            with closing(open_connection(path)) as conn:
                migrate(conn, path, 0)
                for slug in ("default", "shop"):
                    insert_project(conn, slug)
                fill(conn, [1, 2], seed)
                self.age(conn, old, seed)
                before = self.by_issue(conn)
                stays = self.staying(conn)
                trio.run(self.clear, path)
                left = self.by_issue(conn)
                assert set(left) == stays
                assert left == {issue: rows for issue, rows in before.items() if issue in stays}
                found = look_at_consistency(conn)
                assert (found.miscounted, found.totals_agree) == (0, True)
                check_the_search_index(conn)
                assert conn.execute("PRAGMA foreign_key_check").fetchall() == []

    def age(self, conn: Connection, old: int, seed: int) -> None:
        """Have some issues not been seen for long, and no single events of them left."""
        ids = [issue_id for (issue_id,) in conn.execute("SELECT id FROM issues ORDER BY id")]
        for issue_id in random.Random(seed).sample(ids, min(old, len(ids))):
            conn.execute("UPDATE issues SET last_seen_ms = 0 WHERE id = ?", (issue_id,))
            of_issue = "(SELECT id FROM issue_fingerprints WHERE issue_id = ?)"
            for day in ("20251229", "20251231", "20260101"):
                conn.execute(f"DELETE FROM events_{day} WHERE fingerprint_id IN {of_issue}", (issue_id,))
            conn.execute(f"DELETE FROM event_counts_recent WHERE fingerprint_id IN {of_issue}", (issue_id,))

    def staying(self, conn: Connection) -> set[int]:
        rows = conn.execute(
            "SELECT id FROM issues WHERE last_seen_ms > 0 OR status IN ('ignored', 'muted')"
            " OR id IN (SELECT issue_id FROM issue_assignments)"
            " OR id IN (SELECT issue_id FROM issue_activity WHERE kind = 'comment')"
        )
        return {issue_id for (issue_id,) in rows}

    def by_issue(self, conn: Connection) -> dict[int, list[Any]]:
        """Return all rows that hang on each issue or on one of its fingerprints."""
        found: dict[int, list[Any]] = {issue_id: [] for (issue_id,) in conn.execute("SELECT id FROM issues")}
        for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            columns = self.columns(conn, table)
            if table == "event_counts_recent":  # goes after hours
                continue
            if "issue_id" in columns:
                rows = conn.execute(f"SELECT issue_id, * FROM {table} ORDER BY 2, 3").fetchall()
            elif "fingerprint_id" in columns:
                rows = conn.execute(
                    f"SELECT f.issue_id, t.* FROM {table} AS t LEFT JOIN issue_fingerprints AS f ON f.id = t.fingerprint_id"
                    " ORDER BY 2, 3"
                ).fetchall()
            else:
                continue
            for issue_id, *row in rows:
                found[issue_id].append((table, *row))
        return found

    def columns(self, conn: Connection, table: str) -> list[str]:
        return [name for _, name, *_ in conn.execute(f"PRAGMA table_info({table})")]

    async def clear(self, path: Path) -> None:
        async with open_writer(path) as writer:
            await run(writer)
