"""A page holds what sorting and filtering everything would give, whichever way it is found."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.http.parameters import Page
from bloop_trio.issues.queries import pages
from bloop_trio.issues.queries.candidates import candidates
from bloop_trio.issues.queries.filters import Assigned, ErrorFilters, Group, Sort
from bloop_trio.issues.queries.listing import ListPage, Wanted, list_errors
from bloop_trio.issues.queries.pages import Listing, Place, Total
from bloop_trio.issues.queries.search import match_expression
from bloop_trio.issues.queries.selection import select_issues
from bloop_trio.issues.queries.shapes import ErrorAggregate
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from tests.conftest import NOW_MS, accepted, insert_project, insert_user, set_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

RELEASES = ["1.0", "1.1", "2.0"]
ENVIRONMENTS = ["prod", "prod", "prod", "test"]
SOURCES = ["api", "ios", "android", "web", "zsh"]
ROUTES = ["/a", "/b", None]
STATUSES = ["unresolved", "resolved", "ignored", "muted"]
HOUR_MS = NOW_MS - NOW_MS % MS_PER_HOUR
"""The beginning of the hour at hand."""


@pytest.fixture
def crowd(connection: Connection, batches: BatchWriter) -> Connection:
    """Some hundred events of sixty issues, in no order, with many ties; and a project that must not be seen."""
    rng = random.Random(1)
    issues: dict[str, dict[str, Any]] = {
        f"f{n}": {
            "source": rng.choice(SOURCES),
            "route_or_procedure": rng.choice(ROUTES),
            "error_type": "EvenError" if n % 2 == 0 else "OddError",
        }
        for n in range(60)
    }
    insert_project(connection, "other")
    events = [
        accepted(
            fingerprint=fingerprint,
            release=rng.choice(RELEASES),
            environment=rng.choice(ENVIRONMENTS),
            received_ms=NOW_MS + rng.randrange(40) - MS_PER_HOUR * rng.choice([0, 0, 0, 1, 3]),
            **fields,
        )
        for fingerprint, fields in issues.items()
        for _ in range(rng.choice([1, 1, 1, 2, 3, 8]))
    ]
    rng.shuffle(events)
    batches.write(connection, events)
    batches.write(
        connection,
        [accepted(project_no=2, fingerprint=f"f{n}", release="1.0", error_type="EvenError") for n in range(30)],
    )
    index_slice(connection, PayloadReader())
    for n in range(0, 60, 3):
        set_status(connection, rng.choice(STATUSES[1:]), f"f{n}")
    users = [insert_user(connection, name) for name in ("ada", "bob")]
    for issue_id, no in connection.execute("SELECT id, project_no FROM issues ORDER BY id").fetchall():
        if rng.randrange(3):
            connection.execute("INSERT INTO issue_assignments VALUES (?, ?, ?, 0)", (issue_id, no, rng.choice(users)))
    return connection


@pytest.fixture(params=["gather", "walk", "walk, then gather"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the bounds so small that sixty issues are too many for a way."""
    few, steps = {"gather": (4_000, 8_000), "walk": (0, 8_000), "walk, then gather": (0, 7)}[request.param]
    monkeypatch.setattr(pages, "GATHER_ROWS", few)
    monkeypatch.setattr(pages, "WALK_STEPS", steps)
    monkeypatch.setattr(pages, "COVERED_WALK_STEPS", steps)
    return str(request.param)


FILTERS: list[dict[str, Any]] = [
    {},
    {"release": "1.1"},
    {"environment": "test"},
    {"source": "api"},
    {"source": "IOS"},
    {"route": "/a"},
    {"status": "unresolved"},
    {"status": "muted"},
    {"status": "no such"},
    {"since_ms": NOW_MS + 20},
    {"until_ms": NOW_MS + 10},
    {"since_ms": NOW_MS + 10, "until_ms": NOW_MS + 20},
    {"release": "2.0", "environment": "test"},
    {"status": "resolved", "source": "api"},
    {"status": "unresolved", "release": "1.0", "route": "/b"},
    {"environment": "prod", "source": "android", "since_ms": NOW_MS + 5, "status": "unresolved"},
    {"release": "no such"},
    {"route": "' OR 1=1 --", "source": "\0", "environment": "%"},
    {"search": match_expression("evenerror")},
    {"search": match_expression("EvenError"), "status": "unresolved"},
    {"search": match_expression("evenerror"), "release": "1.1", "route": "/a"},
    {"search": match_expression("even*"), "since_ms": NOW_MS + 20},
    {"search": match_expression("nothing")},
    {"assigned": Assigned("ada")},
    {"assigned": Assigned("BOB"), "status": "unresolved", "release": "1.0"},
    {"assigned": Assigned("10000000-0000-4000-8000-000000000002"), "since_ms": NOW_MS + 5, "source": "api"},
    {"assigned": Assigned("ada"), "search": match_expression("evenerror")},
    {"assigned": Assigned("eve")},
    {"assigned": Assigned(None)},
    {"assigned": Assigned(None), "route": "/a", "environment": "prod"},
    {"active_since_ms": HOUR_MS},
    {"active_until_ms": HOUR_MS - 2 * MS_PER_HOUR},
    {"active_since_ms": HOUR_MS - MS_PER_HOUR, "active_until_ms": HOUR_MS - MS_PER_HOUR},
    {"active_since_ms": HOUR_MS - 2 * MS_PER_HOUR, "active_until_ms": HOUR_MS - MS_PER_HOUR - 1},
    {"active_since_ms": HOUR_MS - 3 * MS_PER_HOUR, "active_until_ms": HOUR_MS - MS_PER_HOUR, "environment": "test"},
    {"active_until_ms": HOUR_MS - MS_PER_HOUR, "since_ms": NOW_MS, "status": "unresolved", "source": "api"},
    {"active_since_ms": HOUR_MS, "search": match_expression("evenerror"), "assigned": Assigned("ada")},
]


NAMES = {None: None, "ada": "ada", "BOB": "bob", "10000000-0000-4000-8000-000000000002": "bob"}
"""Who is meant by what is asked for."""


@attrs.frozen
class Row:
    """What is known about a row without any of the code under test."""

    id: int
    issue_id: int
    key: tuple[str, ...]
    values: dict[str, int]
    fields: dict[str, Any]


def everything(conn: Connection, group: Group) -> list[Row]:
    """Return all rows of the list, made from the counts one by one."""
    hours: dict[int, set[int]] = {}
    for issue_id, hour_ms in conn.execute(
        "SELECT f.issue_id, h.hour_ms FROM event_counts_hourly h JOIN issue_fingerprints f ON f.id = h.fingerprint_id"
    ):
        hours.setdefault(issue_id, set()).add(hour_ms)
    users = dict(
        conn.execute("SELECT a.issue_id, u.username FROM issue_assignments a JOIN users u ON u.id = a.user_id")
    )
    counts = conn.execute(
        "SELECT c.id, i.id, i.fingerprint, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms,"
        " i.source, i.route_or_procedure, i.status, i.error_type FROM issue_counts c"
        " JOIN issue_fingerprints f ON f.id = c.fingerprint_id JOIN issues i ON i.id = f.issue_id WHERE i.project_no = 1"
    ).fetchall()

    def fields(c: tuple[Any, ...], where: set[tuple[str, str]]) -> dict[str, Any]:
        of_issue = {"source": c[8], "route": c[9], "status": c[10], "type": c[11]}
        return {"where": where, "user": users.get(c[1]), "hours": hours[c[1]], **of_issue}

    if group is Group.RELEASE:
        return [
            Row(
                c[0],
                c[1],
                (c[2], c[3], c[4]),
                {"total_count": c[5], "first_seen": c[6], "last_seen": c[7]},
                fields(c, {(c[3], c[4])}),
            )
            for c in counts
        ]
    of_issue: dict[int, list[Any]] = {}
    for c in counts:
        of_issue.setdefault(c[1], []).append(c)
    return [
        Row(
            issue_id,
            issue_id,
            (rows[0][2],),
            {
                "total_count": sum(c[5] for c in rows),
                "first_seen": min(c[6] for c in rows),
                "last_seen": max(c[7] for c in rows),
            },
            fields(rows[0], {(c[3], c[4]) for c in rows}),
        )
        for issue_id, rows in of_issue.items()
    ]


def matches(row: Row, filters: ErrorFilters) -> bool:
    source = (filters.source or "").lower()
    seen = row.values["last_seen"]
    return (
        any(
            filters.release in {None, release} and filters.environment in {None, environment}
            for release, environment in row.fields["where"]
        )
        and (
            not source
            or row.fields["source"] == source
            or (source == "api" and row.fields["source"] not in {"ios", "android"})
        )
        and filters.route in {None, row.fields["route"]}
        and filters.status in {None, row.fields["status"]}
        and (filters.search is None or ("even" in filters.search.lower() and row.fields["type"] == "EvenError"))
        and (filters.assigned is None or row.fields["user"] == NAMES.get(filters.assigned.user, "nobody else"))
        and (filters.since_ms is None or seen >= filters.since_ms)
        and (filters.until_ms is None or seen <= filters.until_ms)
        and any(
            (filters.active_since_ms is None or hour_ms >= filters.active_since_ms)
            and (filters.active_until_ms is None or hour_ms <= filters.active_until_ms)
            for hour_ms in row.fields["hours"]
        )
    )


def expected(conn: Connection, filters: ErrorFilters, sort: Sort, group: Group) -> list[Row]:
    rows = [row for row in everything(conn, group) if matches(row, filters)]
    return sorted(rows, key=lambda row: (row.values[sort.value], row.id), reverse=True)


def keys(found: ListPage) -> list[tuple[str, ...]]:
    return [
        (row.fingerprint, row.release, row.environment) if isinstance(row, ErrorAggregate) else (row.fingerprint,)
        for row in found.rows
    ]


def lists() -> Iterator[tuple[ErrorFilters, Sort]]:
    """Return every list that is tried; all on one database, which takes a while to fill."""
    return ((ErrorFilters(**chosen), sort) for chosen in FILTERS for sort in Sort)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("group", Group)
class TestEveryWay:
    def test_pages_by_cursor_are_the_whole_list_in_order(self, crowd: Connection, group: Group) -> None:
        for filters, sort in lists():
            wanted = Wanted(filters=filters, sort=sort, group=group, page=Page(limit=7))
            found: list[tuple[str, ...]] = []
            while True:
                page = list_errors(crowd, PayloadReader(), project_no=1, project_id="default", wanted=wanted)
                found += keys(page)
                if page.next is None:
                    break
                wanted = attrs.evolve(wanted, after=page.next)
            assert found == [row.key for row in expected(crowd, filters, sort, group)], (filters, sort)

    def test_a_page_by_offset_is_that_part_of_the_list(self, crowd: Connection, group: Group) -> None:
        for filters, sort in lists():
            wanted = Wanted(filters=filters, sort=sort, group=group, page=Page(limit=5, offset=11))
            page = list_errors(crowd, PayloadReader(), project_no=1, project_id="default", wanted=wanted)
            there = [row.key for row in expected(crowd, filters, sort, group)]
            assert keys(page) == there[11:16], (filters, sort)
            assert (page.next is None) == (len(there) <= 16)

    def test_behind_the_end_there_is_nothing(self, crowd: Connection, group: Group) -> None:
        for filters, sort in lists():
            assert Listing(crowd, 1, filters, sort, group).page(201, offset=2**63 - 1) == [], (filters, sort)

    def test_the_total_is_exact_or_says_that_it_is_not(self, crowd: Connection, group: Group) -> None:
        for filters, sort in lists():
            there = len(expected(crowd, filters, sort, group))
            total = Listing(crowd, 1, filters, sort, group).total()
            assert total.count == there or (total.capped and total.count < there), (filters, sort)

    def test_a_place_that_nobody_gave_out_is_still_a_place(self, crowd: Connection, group: Group) -> None:
        for filters, sort in lists():
            for place in (Place(1 - 2**63, 0), Place(2**63 - 1, 2**63 - 1), Place(NOW_MS + 15, 30)):
                found = Listing(crowd, 1, filters, sort, group).page(9, after=place)
                behind = [
                    row
                    for row in expected(crowd, filters, sort, group)
                    if (row.values[sort.value], row.id) < (place.value, place.id)
                ]
                assert [row.id for row in found] == [row.id for row in behind[:9]], (filters, sort, place)


def test_slices_of_a_selection_are_the_issues_of_the_list(crowd: Connection) -> None:
    for filters, _ in lists():
        found: list[tuple[int, str]] = []
        while part := select_issues(
            crowd, project_no=1, filters=filters, after_id=found[-1][0] if found else 0, limit=7
        ):
            found += part
        rows = expected(crowd, filters, Sort.LAST_SEEN, Group.FINGERPRINT)
        assert found == sorted((row.issue_id, row.fields["status"]) for row in rows)


class TestTotals:
    def test_all_issues_are_counted_exactly_without_counting(self, crowd: Connection) -> None:
        assert Listing(crowd, 1, ErrorFilters(), Sort.LAST_SEEN, Group.FINGERPRINT).total() == Total(60, capped=False)

    def test_a_long_list_is_counted_up_to_a_bound(self, crowd: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "MAX_TOTAL", 10)
        assert Listing(crowd, 1, ErrorFilters(), Sort.LAST_SEEN, Group.RELEASE).total() == Total(10, capped=True)


class TestPlans:
    """What the database does for a page, on which its speed over a million issues rests."""

    @pytest.mark.parametrize("after", [None, Place(5, 6)])
    @pytest.mark.parametrize("group", Group)
    def test_a_walk_sorts_nothing_and_scans_nothing(
        self, connection: Connection, group: Group, after: Place | None
    ) -> None:
        for filters, sort in lists():
            statement, values = Listing(connection, 1, filters, sort, group)._in_order(after, 100)
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM ({statement})", values)]
            assert not [step for step in plan if "TEMP B-TREE" in step or "MATERIALIZE" in step], (filters, sort)
            searches = [step for step in plan if "_by_" in step]
            assert searches
            assert all(f"{group.table}_by_{sort.value} (project_no=? AND status=?" in step for step in searches)

    @pytest.mark.parametrize("group", Group)
    def test_gathering_looks_at_nothing_but_an_index_of_the_project(self, connection: Connection, group: Group) -> None:
        for filters, sort in lists():
            of_the_row = attrs.evolve(filters, assigned=None, active_since_ms=None, active_until_ms=None)
            for candidate in candidates(1, of_the_row, sort, group):
                for rows in (candidate.alone, candidate.found):
                    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {rows.sql}", rows.values)]
                    reads = [step for step in plan if step.startswith(("SEARCH", "SCAN"))]
                    assert reads
                    assert all("COVERING INDEX" in step for step in reads), (filters, sort, plan)
                    found_by = [step for step in reads if " c USING COVERING INDEX issue_counts_by_issue" not in step]
                    assert all("(project_no=?" in step for step in found_by), (filters, sort, plan)

    @pytest.mark.parametrize("group", Group)
    def test_the_hours_of_a_row_are_looked_up_by_their_key(self, connection: Connection, group: Group) -> None:
        filters = ErrorFilters(active_since_ms=HOUR_MS, active_until_ms=HOUR_MS + MS_PER_HOUR, route="/a")
        statement, values = Listing(connection, 1, filters, Sort.LAST_SEEN, group)._in_order(None, 100)
        statements = [(statement, values)]
        for candidate in candidates(1, filters, Sort.LAST_SEEN, group):
            statements += [(rows.sql, list(rows.values)) for rows in (candidate.alone, candidate.found)]
        asked = 0
        for sql, bound in statements:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM ({sql})", bound)]
            hours = [step for step in plan if step.startswith(("SEARCH h ", "SCAN h"))]
            assert all("PRIMARY KEY (fingerprint_id=? AND hour_ms>? AND hour_ms<?)" in step for step in hours), plan
            asked += len(hours)
        assert asked

    @pytest.mark.parametrize("group", Group)
    def test_what_is_assigned_to_a_user_is_found_by_that(self, connection: Connection, group: Group) -> None:
        (candidate,) = candidates(1, ErrorFilters(assigned=Assigned("ada")), Sort.LAST_SEEN, group)
        for rows in (candidate.alone, candidate.found):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {rows.sql}", rows.values)]
            assert "SEARCH a USING COVERING INDEX issue_assignments_by_user (user_id=? AND project_no=?)" in plan
            assert not [step for step in plan if step.startswith("SCAN") and " o" not in step], plan

    @pytest.mark.parametrize("group", Group)
    def test_a_walk_that_may_be_long_fetches_no_rows(self, connection: Connection, group: Group) -> None:
        for filters, sort in lists():
            listing = Listing(connection, 1, filters, sort, group)
            if listing._is_covered:
                statement, values = listing._in_order(None, 100)
                plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM ({statement})", values)]
                assert all("COVERING" in step for step in plan if "_by_" in step), (filters, sort, plan)

    @pytest.mark.parametrize("group", Group)
    def test_what_is_gathered_is_fetched_by_its_key(self, connection: Connection, group: Group) -> None:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        for filters in (ErrorFilters(search=match_expression("timeout")), ErrorFilters(route="/a", status="muted")):
            Listing(connection, 1, filters, Sort.LAST_SEEN, group).page(50)
        connection.set_trace_callback(None)
        for statement in (text for text in statements if "found (s, id)" in text):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            read = [step for step in plan if step.startswith("SEARCH w ")]
            fetched = [step for step in read if "COVERING" not in step]
            assert fetched
            assert not [step for step in fetched if "project_no" in step], plan


def test_a_release_is_looked_for_from_its_last_event_on(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint="old", release="1.0", received_ms=NOW_MS)])
    batches.write(connection, [accepted(fingerprint="new", release="2.0", received_ms=NOW_MS + 500)])
    filters = ErrorFilters(release="1.0")
    _, values = Listing(connection, 1, filters, Sort.LAST_SEEN, Group.RELEASE)._in_order(None, 100)
    assert NOW_MS in values
    # An issue as a whole may have been seen in another release since.
    _, values = Listing(connection, 1, filters, Sort.LAST_SEEN, Group.FINGERPRINT)._in_order(None, 100)
    assert NOW_MS not in values


@pytest.mark.usefixtures("way")
def test_an_issue_that_a_clock_set_back_saw_in_an_older_release_is_in_its_list(
    connection: Connection, batches: BatchWriter
) -> None:
    batches.write(connection, [accepted(fingerprint="f", release="2", received_ms=NOW_MS)])
    batches.write(connection, [accepted(fingerprint="f", release="1", received_ms=NOW_MS - 5_000)])
    filters = ErrorFilters(release="1")
    for sort in Sort:
        assert len(Listing(connection, 1, filters, sort, Group.FINGERPRINT).page(5)) == 1, sort
