from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.http.parameters import Page
from bloop_trio.issues.queries.filters import ErrorFilters, Group, Sort
from bloop_trio.issues.queries.listing import Wanted, list_errors
from bloop_trio.issues.queries.release_range import FIRST_RELEASE
from bloop_trio.issues.queries.shapes import Assignee, ErrorAggregate, IssueSummary
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.triage.assignments import assign
from tests.conftest import NOW_MS, accepted, insert_project, insert_user, set_status
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

HOUR_MS = NOW_MS - NOW_MS % MS_PER_HOUR
"""When the running hour began."""


@pytest.fixture
def shop(connection: Connection, batches: BatchWriter) -> Connection:
    """Four issues over two releases, and one in another project."""
    insert_project(connection, "other")
    batches.write(
        connection,
        [
            accepted(fingerprint="login", release="1", received_ms=NOW_MS - 5 * MS_PER_HOUR, source="ios"),
            accepted(fingerprint="login", release="2", received_ms=NOW_MS - 4 * MS_PER_HOUR, source="ios"),
            accepted(fingerprint="cart", release="2", received_ms=NOW_MS - 3 * MS_PER_HOUR, source="android"),
            accepted(fingerprint="cart", release="2", received_ms=NOW_MS - 1 * MS_PER_HOUR, source="android"),
            accepted(fingerprint="cart", release="2", environment="test", received_ms=NOW_MS - 2 * MS_PER_HOUR),
            accepted(fingerprint="job", release="2", received_ms=NOW_MS, source="python", route_or_procedure="run"),
            accepted(fingerprint="secret", project_no=2),
        ],
    )
    set_status(connection, "ignored", "login")
    return connection


def listed(conn: Connection, *, sort: Sort = Sort.LAST_SEEN, page: Page | None = None, **filters: Any) -> list[str]:
    """Return the rows as ``fingerprint release environment``."""
    found = rows(conn, sort=sort, page=page, **filters)
    return [f"{row.fingerprint} {row.release} {row.environment}" for row in found]


def rows(conn: Connection, *, sort: Sort, page: Page | None = None, **filters: Any) -> list[ErrorAggregate]:
    wanted = Wanted(filters=ErrorFilters(**filters), sort=sort, page=page or Page())
    found = list_errors(conn, PayloadReader(), project_no=1, project_id="default", wanted=wanted)
    return [row for row in found.rows if isinstance(row, ErrorAggregate)]


class TestOrder:
    def test_the_last_seen_come_first(self, shop: Connection) -> None:
        assert listed(shop) == ["job 2 prod", "cart 2 prod", "cart 2 test", "login 2 prod", "login 1 prod"]

    def test_the_most_frequent_come_first(self, shop: Connection) -> None:
        assert listed(shop, sort=Sort.TOTAL_COUNT)[0] == "cart 2 prod"
        assert [row.total_count for row in rows(shop, sort=Sort.TOTAL_COUNT)] == [2, 1, 1, 1, 1]

    def test_the_newest_come_first(self, shop: Connection) -> None:
        assert listed(shop, sort=Sort.FIRST_SEEN) == [
            "job 2 prod",
            "cart 2 test",
            "cart 2 prod",
            "login 2 prod",
            "login 1 prod",
        ]

    @pytest.mark.parametrize("sort", Sort)
    def test_pages_follow_each_other_without_gap_or_overlap(
        self, connection: Connection, batches: BatchWriter, sort: Sort
    ) -> None:
        batches.write(connection, [accepted(fingerprint=f"f{n}") for n in range(7)])
        pages = [listed(connection, sort=sort, page=Page(limit=3, offset=offset)) for offset in (0, 3, 6, 9)]
        assert [len(page) for page in pages] == [3, 3, 1, 0]
        assert [row for page in pages for row in page] == listed(connection, sort=sort)


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"release": "1"}, ["login 1 prod"]),
            ({"environment": "test"}, ["cart 2 test"]),
            ({"source": "ios"}, ["login 2 prod", "login 1 prod"]),
            ({"source": "IOS"}, ["login 2 prod", "login 1 prod"]),
            ({"source": "python"}, ["job 2 prod"]),
            ({"source": "api"}, ["job 2 prod"]),
            ({"route": "run"}, ["job 2 prod"]),
            ({"route": "ru"}, []),
            ({"status": "ignored"}, ["login 2 prod", "login 1 prod"]),
            ({"status": "unresolved"}, ["job 2 prod", "cart 2 prod", "cart 2 test"]),
            ({"status": "nonsense"}, []),
            ({"since_ms": NOW_MS - MS_PER_HOUR}, ["job 2 prod", "cart 2 prod"]),
            ({"until_ms": NOW_MS - 4 * MS_PER_HOUR}, ["login 2 prod", "login 1 prod"]),
            ({"since_ms": NOW_MS - 2 * MS_PER_HOUR, "until_ms": NOW_MS - 1}, ["cart 2 prod", "cart 2 test"]),
            ({"active_since_ms": HOUR_MS - MS_PER_HOUR}, ["job 2 prod", "cart 2 prod", "cart 2 test"]),
            ({"active_until_ms": HOUR_MS - 4 * MS_PER_HOUR}, ["login 2 prod", "login 1 prod"]),
            (
                {"active_since_ms": HOUR_MS - 3 * MS_PER_HOUR, "active_until_ms": HOUR_MS - 3 * MS_PER_HOUR},
                ["cart 2 prod", "cart 2 test"],
            ),
            (
                {"active_since_ms": HOUR_MS - 3 * MS_PER_HOUR + 1, "active_until_ms": HOUR_MS - 2 * MS_PER_HOUR - 1},
                [],
            ),
            ({"release": "2", "environment": "prod", "source": "android", "status": "unresolved"}, ["cart 2 prod"]),
            ({"status": "ignored", "source": "ios", "route": "/api/users", "release": "2"}, ["login 2 prod"]),
            ({"release": "' OR 1=1 --"}, []),
        ],
    )
    def test_each_keeps_what_matches(self, shop: Connection, filters: dict[str, Any], found: list[str]) -> None:
        assert listed(shop, **filters) == found
        assert sorted(listed(shop, sort=Sort.TOTAL_COUNT, **filters)) == sorted(found)

    def test_other_projects_are_never_listed(self, shop: Connection) -> None:
        assert "secret 1.0.0 prod" not in listed(shop)
        assert listed(shop, release="1.0.0") == []


def test_a_row_holds_the_numbers_of_its_release_and_the_texts_of_its_issue(shop: Connection) -> None:
    (row,) = rows(shop, sort=Sort.LAST_SEEN, release="2", environment="prod", source="android")
    assert (row.project_id, row.fingerprint, row.status) == ("default", "cart", "unresolved")
    assert (row.total_count, row.first_seen, row.last_seen) == (2, NOW_MS - 3 * MS_PER_HOUR, NOW_MS - MS_PER_HOUR)
    assert (row.error_type, row.message) == ("TypeError", "Cannot read property id of undefined")
    assert (row.route_or_procedure, row.screen) == ("/api/users", None)


class TestSummaries:
    """Rows that stand for whole issues."""

    def test_each_has_its_own_assignee(self, connection: Connection, batches: BatchWriter) -> None:
        for name in ("cart", "login", "job"):
            batches.write(connection, [accepted(fingerprint=name)])
        users = {name: Assignee(insert_user(connection, name), name) for name in ("ada", "bert")}
        for issue_id, name in ((1, "ada"), (2, "bert")):
            assign(connection, project_no=1, issue_id=issue_id, assignee=users[name], at_ms=NOW_MS)
        found = {row.fingerprint: row.assignee for row in summaries(connection)}
        assert found == {"cart": users["ada"], "login": users["bert"], "job": None}

    def test_the_first_release_is_that_of_the_first_event(self, shop: Connection, batches: BatchWriter) -> None:
        assert {row.fingerprint: (row.first_release, row.last_release) for row in summaries(shop)} == {
            "login": ("1", "2"),
            "cart": ("2", "2"),
            "job": ("2", "2"),
        }
        put_together(shop, batches, "job", "login")
        assert {row.fingerprint: row.first_release for row in summaries(shop)} == {"cart": "2", "job": "1"}

    def test_of_two_that_came_at_once_it_is_the_one_that_was_there_first(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        for release in ("b", "a"):
            batches.write(connection, [accepted(fingerprint="cart", release=release)])
        assert [row.first_release for row in summaries(connection)] == ["b"]

    def test_a_clock_that_was_set_back_and_a_crowd_hide_no_first_release(
        self, connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crowd = [accepted(fingerprint=f"f{n}", release="2", received_ms=NOW_MS) for n in range(150)]
        batches.write(connection, crowd)
        batches.write(connection, [accepted(fingerprint="f149", release="1", received_ms=NOW_MS - 5)])
        batches.write(connection, [accepted(fingerprint="f0", release="2", received_ms=NOW_MS - 9)])
        found = {row.fingerprint: row.first_release for row in summaries(connection, limit=200)}
        assert found == {f"f{n}": "2" for n in range(149)} | {"f149": "1"}

    def test_looking_for_the_first_release_costs_a_look_by_index(self, connection: Connection) -> None:
        statement = f"SELECT {FIRST_RELEASE} FROM issues AS i WHERE i.id = 1"
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert [step for step in plan if step.startswith("SEARCH issue_counts")] == [
            "SEARCH issue_counts USING COVERING INDEX issue_counts_by_first_seen"
            " (project_no=? AND status=? AND first_seen_ms=?)",
            "SEARCH issue_counts USING INDEX issue_counts_by_issue (issue_id=?)",
        ]
        assert "USE TEMP B-TREE" not in " ".join(plan[:-1])  # the last is that of a clock that was set back


def summaries(conn: Connection, *, limit: int = 50) -> list[IssueSummary]:
    wanted = Wanted(group=Group.FINGERPRINT, page=Page(limit=limit))
    found = list_errors(conn, PayloadReader(), project_no=1, project_id="default", wanted=wanted)
    return [row for row in found.rows if isinstance(row, IssueSummary)]
