"""Whatever is merged and taken apart in whatever order: every number is what counting by hand gives."""

from __future__ import annotations

import shutil
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.exceptions import RequestError
from bloop_trio.http.parameters import Page
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.queries.detail import find_issue, get_detail
from bloop_trio.issues.queries.filters import ErrorFilters, Group, Sort
from bloop_trio.issues.queries.listing import Wanted, list_errors
from bloop_trio.issues.queries.numbers import issue_trend
from bloop_trio.issues.queries.search import match_expression
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted
from tests.issues.histories import check_that_all_agree
from tests.issues.mergers import put_together, take_apart, what_is_kept

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bloop_trio.db.connection import Connection

FINGERPRINTS = ["f1", "f2", "f3", "f4", "f5"]
RELEASES = ["1", "2", "3"]
STEP_MS = 1_000

_fingerprint = st.sampled_from(FINGERPRINTS)
_event = st.tuples(_fingerprint, st.sampled_from(RELEASES), st.sampled_from(["prod", "test"]))
_batch = st.tuples(st.just("batch"), st.lists(_event, min_size=1, max_size=6))
_regrouping: st.SearchStrategy[tuple[str, list[str]]] = st.one_of(
    st.tuples(st.just("merge"), st.lists(_fingerprint, min_size=2, max_size=4, unique=True)),
    st.tuples(st.just("unmerge"), st.lists(_fingerprint, min_size=2, max_size=3, unique=True)),
    st.tuples(st.just("unmerge"), st.lists(_fingerprint, min_size=1, max_size=1)),
    st.tuples(st.just("index"), st.just([])),
)
_status = st.tuples(st.just("status"), st.tuples(_fingerprint, st.sampled_from(list(Status))))
_everybody: Any = ("batch", [(fingerprint, "1", "prod") for fingerprint in FINGERPRINTS])


@attrs.define
class Node:
    """An issue as somebody with pen and paper would keep it."""

    status: str = "unresolved"
    parent: str | None = None
    merged_ms: int = 0


class Model:
    """All that ever happened, and nothing added up."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.events: list[tuple[str, str, str, int]] = []

    def root(self, fingerprint: str) -> str:
        parent = self.nodes[fingerprint].parent
        return fingerprint if parent is None else self.root(parent)

    def family(self, fingerprint: str) -> set[str]:
        """Return a fingerprint and all that were merged into it."""
        inner = [name for name, node in self.nodes.items() if node.parent == fingerprint]
        return {fingerprint}.union(*(self.family(name) for name in inner))

    def add(self, events: list[tuple[str, str, str]], now_ms: int) -> None:
        for fingerprint, release, environment in events:
            self.nodes.setdefault(fingerprint, Node())
            self.events.append((fingerprint, release, environment, now_ms))
            root = self.nodes[self.root(fingerprint)]
            if root.status == "resolved":
                root.status = "unresolved"

    def merge(self, parent: str, children: list[str], now_ms: int) -> None:
        for child in children:
            self.nodes[child].parent, self.nodes[child].merged_ms = self.root(parent), now_ms

    def unmerge(self, fingerprints: set[str]) -> None:
        for fingerprint in fingerprints:
            # What stays inside is counted to whatever it was merged into, and so comes along.
            node = self.nodes[fingerprint]
            seen = max(ms for name, _, _, ms in self.events if name in self._left_to(fingerprint, fingerprints))
            if node.status == "resolved" and seen > node.merged_ms:
                node.status = "unresolved"
        for fingerprint in fingerprints:
            self.nodes[fingerprint].parent = None

    def _left_to(self, fingerprint: str, leaving: set[str]) -> set[str]:
        others = leaving - {fingerprint}
        return self.family(fingerprint) - {
            name for other in others for name in self.family(other) if fingerprint not in self.family(other)
        }

    def rows(self) -> dict[tuple[str, str, str], tuple[int, int, int, str]]:
        times: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        for fingerprint, release, environment, ms in self.events:
            times[self.root(fingerprint), release, environment].append(ms)
        return {key: (len(ms), min(ms), max(ms), self.nodes[key[0]].status) for key, ms in times.items()}

    def issues(self) -> dict[str, tuple[int, int, int, str]]:
        times: defaultdict[str, list[int]] = defaultdict(list)
        for fingerprint, _, _, ms in self.events:
            times[self.root(fingerprint)].append(ms)
        return {root: (len(ms), min(ms), max(ms), self.nodes[root].status) for root, ms in times.items()}


class Pair:
    """A database in which issues are merged, one that only sees the events, and the model."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.merged, self.plain = (self._open(folder / name, template) for name in ("merged.db", "plain.db"))
        self.writers = {conn: BatchWriter(conn, sample_reservoir_size=3) for conn in (self.merged, self.plain)}
        self.model = Model()
        self.now_ms = NOW_MS
        self.is_triaged = False

    @staticmethod
    def _open(path: Path, template: Path) -> Connection:
        shutil.copy(template, path)
        return open_connection(path)

    def close(self) -> None:
        self.merged.close()
        self.plain.close()

    def do(self, what: str, values: Any) -> None:
        self.now_ms += STEP_MS
        known = [f for f in values if f in self.model.nodes] if what in {"merge", "unmerge"} else []
        match what:
            case "batch":
                for conn, writer in self.writers.items():
                    writer.write(
                        conn,
                        [
                            accepted(
                                fingerprint=f, release=r, environment=e, received_ms=self.now_ms, message=f"of {f}"
                            )
                            for f, r, e in values
                        ],
                    )
                self.model.add(values, self.now_ms)
            case "index":
                for conn in self.writers:
                    index_slice(conn, PayloadReader())
            case "status":
                self._set_status(*values)
            case "merge" if len(known) > 1:
                self._merge(known)
            case "unmerge" if known:
                self._unmerge(known)

    def _set_status(self, fingerprint: str, status: Status) -> None:
        if fingerprint not in self.model.nodes:
            return
        root = self.model.root(fingerprint)
        (issue,) = self.merged.execute("SELECT id, status FROM issues WHERE fingerprint = ?", (root,)).fetchall()
        with transaction(self.merged):
            change_status(self.merged, [issue], status, changed_by=None, changed_ms=self.now_ms)
        self.model.nodes[root].status = status.value
        self.is_triaged = True

    def _merge(self, known: list[str]) -> None:
        parent, *children = known
        before = what_is_kept(self.merged)
        is_fine = all(self.model.nodes[child].parent is None for child in children) and all(
            child != self.model.root(parent) for child in children
        )
        try:
            put_together(self.merged, self.writers[self.merged], parent, *children, now_ms=self.now_ms)
        except RequestError:
            assert not is_fine
            assert what_is_kept(self.merged) == before
        else:
            assert is_fine
            self.model.merge(parent, children, self.now_ms)

    def _unmerge(self, known: list[str]) -> None:
        """Take the others out of what the first one means; without others, all."""
        parent, *others = known
        root = self.model.root(parent)
        inside = self.model.family(root) - {root}
        wanted = set(others) if others else inside
        before = what_is_kept(self.merged)
        try:
            take_apart(self.merged, self.writers[self.merged], parent, *others, now_ms=self.now_ms)
        except RequestError:
            assert not wanted or not wanted <= inside
            assert what_is_kept(self.merged) == before
        else:
            assert wanted <= inside
            self.model.unmerge(wanted)

    def check(self) -> None:
        """Hold all that is read of the merged database against the model."""
        conn, rows, issues = self.merged, self.model.rows(), self.model.issues()
        found = _listed(conn, Group.RELEASE)
        assert {(row.fingerprint, row.release, row.environment): _numbers(row) for row in found} == rows
        assert len(found) == len(rows)
        summaries = _listed(conn, Group.FINGERPRINT)
        assert {row.fingerprint: _numbers(row) for row in summaries} == issues
        assert len(summaries) == len(issues)
        for fingerprint in self.model.nodes:
            self._check_issue(fingerprint, rows)
        for group in Group:
            for sort in Sort:
                listed = _listed(conn, group, sort)
                values = [getattr(row, "total_count" if sort is Sort.TOTAL_COUNT else sort.value) for row in listed]
                assert all(first >= second for first, second in pairwise(values))
        assert look_at_consistency(conn).miscounted == 0
        assert look_at_consistency(conn).totals_agree
        if not self.is_triaged:
            check_that_all_agree(conn)

    def _check_issue(self, fingerprint: str, rows: dict[tuple[str, str, str], tuple[int, int, int, str]]) -> None:
        root = self.model.root(fingerprint)
        whose: dict[str, Any] = {"project_no": 1, "project_id": "default", "fingerprint": fingerprint}
        issue = find_issue(self.merged, **whose)
        assert issue is not None
        assert issue.fingerprint == root
        detail = get_detail(self.merged, PayloadReader(), **whose, max_samples=100)
        assert detail is not None
        of_issue = {key[1:]: numbers for key, numbers in rows.items() if key[0] == root}
        assert {(row.release, row.environment): _numbers(row) for row in detail.aggregates} == of_issue
        trend = issue_trend(self.merged, project_no=1, fingerprint=fingerprint, hours=1, now_ms=self.now_ms)
        assert sum(hour.count for hour in trend) == sum(numbers[0] for numbers in of_issue.values())

    def check_search(self) -> None:
        """Whoever searches for the text of one finds what it belongs to."""
        for conn in self.writers:
            while index_slice(conn, PayloadReader()):
                pass
            conn.execute("INSERT INTO issue_search (issue_search, rank) VALUES ('integrity-check', 1)")
        for fingerprint in self.model.nodes:
            for group in Group:
                found = _listed(self.merged, group, search=match_expression(f'"of {fingerprint}"'))
                assert {row.fingerprint for row in found} == {self.model.root(fingerprint)}

    def take_all_apart(self) -> None:
        for fingerprint in FINGERPRINTS:
            self.do("unmerge", [fingerprint])


def _numbers(row: Any) -> tuple[int, int, int, str]:
    return row.total_count, row.first_seen, row.last_seen, row.status


def _listed(conn: Connection, group: Group, sort: Sort = Sort.LAST_SEEN, search: str | None = None) -> list[Any]:
    """Return a whole list, read in pages of two by their cursors; each page knows how long the list is."""
    rows: list[Any] = []
    wanted = Wanted(filters=ErrorFilters(search=search), sort=sort, group=group, page=Page(limit=2, offset=0))
    totals = set()
    while True:
        page = list_errors(conn, PayloadReader(), project_no=1, project_id="default", wanted=wanted)
        rows += page.rows
        totals.add(page.total.count)
        if page.next is None:
            assert totals == {len(rows)}
            return rows
        wanted = attrs.evolve(wanted, after=page.next)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_batch, _regrouping, _regrouping, _status), max_size=14))
def test_every_number_is_what_the_events_say(
    tmp_path_factory: pytest.TempPathFactory, database: Path, happens: list[tuple[str, Any]]
) -> None:
    pair = Pair(tmp_path_factory.mktemp("db"), database)
    try:
        for what, values in [_everybody, *happens]:
            pair.do(what, values)
        pair.check()
        pair.check_search()
    finally:
        pair.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_batch, _regrouping, _regrouping), max_size=14))
def test_taken_apart_they_are_as_if_they_had_never_been_merged(
    tmp_path_factory: pytest.TempPathFactory, database: Path, happens: list[tuple[str, Any]]
) -> None:
    pair = Pair(tmp_path_factory.mktemp("db"), database)
    try:
        for what, values in [_everybody, *happens]:
            pair.do(what, values)
        pair.take_all_apart()
        pair.check_search()
        assert what_is_kept(pair.merged) == what_is_kept(pair.plain)
        for group in Group:
            assert sorted(map(repr, _listed(pair.merged, group))) == sorted(map(repr, _listed(pair.plain, group)))
    finally:
        pair.close()
