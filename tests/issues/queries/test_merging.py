"""A list over several projects holds what sorting the lists of all of them together would give."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.parameters import Page
from bloop_trio.issues.queries import merging, pages
from bloop_trio.issues.queries.filters import Assigned, ErrorFilters, Group, Sort
from bloop_trio.issues.queries.listing import ListPage, Wanted, list_errors
from bloop_trio.issues.queries.merging import MAX_OFFSET, list_several
from bloop_trio.issues.queries.pages import Listing, Place, Total
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.queries.search import match_expression
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.projects.tombstones import delete_project
from tests.conftest import NOW_MS, accepted, insert_project, insert_user, set_status
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

FILTERS: list[dict[str, Any]] = [
    {},
    {"status": "unresolved"},
    {"status": "muted"},
    {"status": "nonsense"},
    {"release": "1.1"},
    {"release": "only-of-3"},
    {"release": "9.9"},
    {"environment": "test", "source": "api"},
    {"source": "IOS"},
    {"source": "api"},
    {"route": "/b"},
    {"since_ms": NOW_MS + 30},
    {"until_ms": NOW_MS + 5},
    {"since_ms": NOW_MS + 10, "until_ms": NOW_MS + 12, "status": "resolved"},
    {"search": match_expression("EvenError")},
    {"search": match_expression("OddError"), "status": "unresolved", "release": "1.0"},
    {"search": match_expression("nothing")},
    {"assigned": Assigned("ada")},
    {"assigned": Assigned(None), "status": "unresolved"},
    {"assigned": Assigned("eve")},
]


@pytest.fixture
def projects(connection: Connection, batches: BatchWriter) -> tuple[OneProject, ...]:
    """Four projects with many ties between them; the last one is empty."""
    rng = random.Random(1)
    others = [insert_project(connection, slug) for slug in ("two", "three", "empty")]
    for no in (1, 2, 3):
        events = [
            accepted(
                project_no=no,
                fingerprint=f"f{n}",
                release=rng.choice(["1.0", "1.1", f"only-of-{no}"]),
                environment=rng.choice(["prod", "prod", "test"]),
                source=rng.choice(["api", "ios", "web"]),
                route_or_procedure=rng.choice(["/a", "/b", None]),
                error_type="EvenError" if n % 2 == 0 else "OddError",
                received_ms=NOW_MS + rng.randrange(40),
            )
            for n in range(20)
            for _ in range(rng.choice([1, 1, 2, 5]))
        ]
        rng.shuffle(events)
        batches.write(connection, events)
    index_slice(connection, PayloadReader())
    ada = insert_user(connection, "ada")
    connection.execute(
        "INSERT INTO issue_assignments SELECT id, project_no, ?, 0 FROM issues WHERE id % 3 = 0 AND project_no < 3",
        (ada,),
    )
    set_status(connection, "muted", "f1", "f2")
    set_status(connection, "resolved", "f3", "f4", "f5")
    return (OneProject(1, "default"), *(OneProject(project.no, project.id) for project in others))


def wanted(group: Group, sort: Sort, limit: int, filters: dict[str, Any], **fields: Any) -> Wanted:
    page = Page(limit=limit, offset=fields.pop("offset", 0))
    return Wanted(filters=ErrorFilters(**filters), sort=sort, group=group, page=page, **fields)


def merged(conn: Connection, projects: tuple[OneProject, ...], asked: Wanted) -> ListPage:
    return list_several(conn, projects, payloads=PayloadReader(), wanted=asked)


def expected(conn: Connection, projects: tuple[OneProject, ...], asked: Wanted) -> list[Any]:
    """Sort the rows of each project's own list together; rows carry no id, so ties are left in any order."""
    rows = [
        row
        for project in projects
        for row in list_errors(conn, PayloadReader(), project_no=project.no, project_id=project.id, wanted=asked).rows
    ]
    return sorted(rows, key=lambda row: (-sorted_by(asked.sort, row), row.project_id, row.fingerprint, str(row)))


def sorted_by(sort: Sort, row: Any) -> int:
    return int(getattr(row, sort.value))


@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("filters", FILTERS, ids=str)
class TestMerging:
    def test_pages_that_follow_each_other_are_the_whole_list_in_order(
        self,
        connection: Connection,
        projects: tuple[OneProject, ...],
        group: Group,
        sort: Sort,
        filters: dict[str, Any],
    ) -> None:
        whole = expected(connection, projects, wanted(group, sort, 200, filters))
        rows: list[Any] = []
        after = None
        for _ in range(100):
            found = merged(connection, projects, wanted(group, sort, 7, filters, after=after))
            assert found.total == Total(len(whole), capped=False)
            rows += found.rows
            after = found.next
            if after is None:
                break
        order = [sorted_by(sort, row) for row in rows]
        assert order == sorted(order, reverse=True)
        key = lambda row: (-sorted_by(sort, row), row.project_id, row.fingerprint, str(row))  # noqa: E731 - said once
        assert sorted(rows, key=key) == whole

    def test_an_offset_leaves_out_as_many(
        self,
        connection: Connection,
        projects: tuple[OneProject, ...],
        group: Group,
        sort: Sort,
        filters: dict[str, Any],
    ) -> None:
        whole = merged(connection, projects, wanted(group, sort, 200, filters)).rows
        for offset in (1, 10, len(whole), MAX_OFFSET):
            found = merged(connection, projects, wanted(group, sort, 7, filters, offset=offset))
            assert found.rows == whole[offset : offset + 7]
            assert (found.next is not None) is (len(whole) > offset + 7)


def test_small_chunks_give_the_same(
    connection: Connection, projects: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = wanted(Group.RELEASE, Sort.LAST_SEEN, 200, {})
    whole = merged(connection, projects, asked)
    monkeypatch.setattr(merging, "_CHUNK_ROWS", 3)
    assert merged(connection, projects, asked) == whole


def test_an_offset_that_would_cost_too_much_is_refused(
    connection: Connection, projects: tuple[OneProject, ...]
) -> None:
    with pytest.raises(BadRequestError, match="offset must be at most 10000 without project_id"):
        merged(connection, projects, wanted(Group.RELEASE, Sort.LAST_SEEN, 5, {}, offset=MAX_OFFSET + 1))


def test_only_the_projects_that_a_page_shows_are_read(
    connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = tuple(
        OneProject(project.no, project.id)
        for project in (insert_project(connection, f"p{number}") for number in range(30))
    )
    for age, project in enumerate(several):
        batches.write(connection, [accepted(project_no=project.no, fingerprint="f", received_ms=NOW_MS - age)])
    opened: list[int] = []
    real = Listing

    def noted(conn: Connection, project_no: int, *rest: Any, **named: Any) -> Any:
        opened.append(project_no)
        return real(conn, project_no, *rest, **named)

    monkeypatch.setattr(merging, "Listing", noted)
    found = merged(connection, several, wanted(Group.FINGERPRINT, Sort.LAST_SEEN, 3, {}))
    assert [row.project_id for row in found.rows] == [project.id for project in several[:3]]
    assert opened == [project.no for project in several[:4]]


class TestTotals:
    def test_counting_ends_where_it_is_not_cheap(
        self, connection: Connection, projects: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = wanted(Group.RELEASE, Sort.LAST_SEEN, 5, {})
        monkeypatch.setattr(pages, "MAX_TOTAL", 10)
        monkeypatch.setattr(merging, "MAX_TOTAL", 10)
        assert merged(connection, projects, asked).total == Total(10, capped=True)

    def test_so_it_does_after_many_projects(
        self, connection: Connection, projects: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = wanted(Group.RELEASE, Sort.LAST_SEEN, 5, {"source": "ios"})
        monkeypatch.setattr(merging, "MAX_COUNTED", 1)
        total = merged(connection, projects, asked).total
        assert total.capped
        assert (
            0
            < total.count
            < len(merged(connection, projects, wanted(Group.RELEASE, Sort.LAST_SEEN, 200, {"source": "ios"})).rows)
        )

    def test_whole_issues_are_counted_exactly(
        self, connection: Connection, projects: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(merging, "MAX_TOTAL", 10)
        for filters, count in (({}, 60), ({"status": "muted"}, 2)):
            total = merged(connection, projects, wanted(Group.FINGERPRINT, Sort.LAST_SEEN, 5, filters)).total
            assert total == Total(count, capped=False)


def test_a_search_looks_at_the_newest_matches_of_all_projects(
    connection: Connection, projects: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = wanted(Group.FINGERPRINT, Sort.LAST_SEEN, 200, {"search": match_expression("EvenError")})
    assert len(merged(connection, projects, asked).rows) == 30
    monkeypatch.setattr(merging, "MAX_MATCHES", 12)
    found = merged(connection, projects, asked)
    assert found.search_capped
    # The newest issues are those of the project that was written last, then some of the one before.
    assert {row.project_id for row in found.rows} == {projects[1].id, projects[2].id}
    assert len(found.rows) == 12


def test_no_project_has_no_rows(connection: Connection, projects: tuple[OneProject, ...]) -> None:
    found = merged(connection, (), wanted(Group.RELEASE, Sort.LAST_SEEN, 5, {}))
    assert (found.rows, found.next, found.total) == ([], None, Total(0, capped=False))


def test_what_a_deleted_project_left_takes_no_place_among_the_matches(
    connection: Connection, projects: tuple[OneProject, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for project in (projects[2], projects[3]):
        delete_project(connection, project.id, now_secs=0)  # of these, one has the newest issues
    monkeypatch.setattr(merging, "MAX_MATCHES", 25)
    asked = wanted(Group.FINGERPRINT, Sort.LAST_SEEN, 200, {"search": match_expression("EvenError OddError")})
    assert merged(connection, projects[:2], asked).rows == []
    asked = wanted(Group.FINGERPRINT, Sort.LAST_SEEN, 200, {"search": match_expression("EvenError")})
    found = merged(connection, projects[:2], asked)
    assert (len(found.rows), found.search_capped) == (20, False)


def test_a_page_behind_a_cursor_reads_only_the_projects_that_it_shows(
    connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = tuple(
        OneProject(project.no, project.id)
        for project in (insert_project(connection, f"p{number}") for number in range(30))
    )
    for age, project in enumerate(several):
        times = (NOW_MS - age, NOW_MS - 1_000 - age)
        events = [accepted(project_no=project.no, fingerprint=f"f{at}", received_ms=at) for at in times]
        batches.write(connection, events)
    opened: list[int] = []
    real = Listing

    def noted(conn: Connection, project_no: int, *rest: Any, **named: Any) -> Any:
        opened.append(project_no)
        return real(conn, project_no, *rest, **named)

    monkeypatch.setattr(merging, "Listing", noted)
    for sort in (Sort.LAST_SEEN, Sort.FIRST_SEEN):
        opened.clear()
        asked = wanted(Group.FINGERPRINT, sort, 3, {}, after=Place(NOW_MS - 1_000, 2**62))
        found = merged(connection, several, asked)
        assert [row.project_id for row in found.rows] == [project.id for project in several[:3]]
        assert opened == [project.no for project in several[:4]]


def test_a_search_over_all_projects_finds_what_an_issue_was_merged_into(
    connection: Connection, batches: BatchWriter
) -> None:
    other = insert_project(connection, "other")
    both = (OneProject(1, "default"), OneProject(other.no, other.id))
    batches.write(connection, [accepted(fingerprint=f, message=f"zebra {f}") for f in ("a", "b", "c")])
    batches.write(connection, [accepted(fingerprint=f, message=f"zebra {f}", project_no=2) for f in ("a", "d")])
    index_slice(connection, PayloadReader())
    put_together(connection, batches, "a", "b", "c")
    filters = ErrorFilters(search=match_expression("zebra"))
    for group in Group:
        wanted = Wanted(filters=filters, group=group, page=Page(limit=10, offset=0))
        found = list_several(connection, both, payloads=PayloadReader(), wanted=wanted)
        assert sorted((row.project_id[-1], row.fingerprint) for row in found.rows) == [
            ("2", "a"),
            ("2", "d"),
            ("t", "a"),
        ]
        assert (found.total.count, found.search_capped) == (3, False)
