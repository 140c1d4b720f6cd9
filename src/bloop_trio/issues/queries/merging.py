"""Lists over several projects: the lists of each, merged.

Ids are given across all projects, so a place in the merged list means the same in each list, and one cursor serves all.
The rows of one project are looked for when its first row may be next and not before: a page reads as many projects as
it shows, and a few more. Projects that a filter rules out as a whole are not looked at.
"""

from __future__ import annotations

from heapq import heapify, heappop, heapreplace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.queries.filters import ErrorFilters, Group, Sort, seen_within
from bloop_trio.issues.queries.listing import ListPage, read_rows
from bloop_trio.issues.queries.matches import MAX_MATCHES, matches_of_all
from bloop_trio.issues.queries.pages import MAX_TOTAL, Listing, Matches, Place, Total
from bloop_trio.issues.queries.scope import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.listing import Wanted
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.stored.payload import PayloadReader

MAX_OFFSET: Final = 10_000
"""Rows that a merged list can leave out before its first; a cursor leads on at no cost."""
MAX_COUNTED: Final = 100
"""Projects whose rows are counted."""
_CHUNK_ROWS: Final = 1_000
"""Rows that are read of one project at a time."""
_LOW: Final = -(2**63 - 1)


def list_several(
    conn: Connection, projects: tuple[OneProject, ...], *, payloads: PayloadReader, wanted: Wanted
) -> ListPage:
    """Return a page of the issues of these projects.

    Raises:
        BadRequestError: more rows are to be left out than a merged list can.
    """
    page = wanted.page
    if page.offset > MAX_OFFSET:
        raise BadRequestError(f"offset must be at most {MAX_OFFSET} without project_id: follow the Link header instead")
    with snapshot(conn):
        merged = _Merged(conn, projects, wanted)
        rows = merged.rows(min(page.limit + 1 + page.offset, _CHUNK_ROWS))
        # One more than asked for tells whether there is another page.
        found = list(islice(rows, page.offset, page.offset + page.limit + 1))
        shown = found[: page.limit]
        return ListPage(
            rows=read_rows(conn, payloads, wanted.group, {place.id: project.id for place, project in shown}),
            next=shown[-1][0] if len(found) > len(shown) else None,
            total=merged.total(),
            search_capped=merged.has_more_matches,
        )


@attrs.frozen
class _Part:
    """What one project has in the list."""

    project: OneProject
    top: int
    """No row has more of what is sorted by."""


class _Merged:
    """One list over several projects."""

    def __init__(self, conn: Connection, projects: tuple[OneProject, ...], wanted: Wanted) -> None:
        self._conn = conn
        self._wanted = wanted
        self._projects = projects
        self._listings: dict[int, Listing] = {}
        self._matches: dict[int, Matches] = {}
        self.has_more_matches = False
        """Whether more issues match the search than it looks at."""
        if wanted.filters.search is not None:
            self._search(wanted.filters.search)
        self._parts = self._find_parts(None)

    def _search(self, expression: str) -> None:
        """Search all projects at once, and leave those out in which nothing was found."""
        sql, values = matches_of_all(self._conn, expression, MAX_MATCHES + 1)
        (entries,) = self._conn.execute(f"SELECT coalesce(sum(entries), 0) FROM ({sql})", values).fetchone()
        self.has_more_matches = entries > MAX_MATCHES
        rows = self._conn.execute(
            f"SELECT i.project_no, json_group_array(i.id), count(*), sum(entries) FROM ({sql}) AS f"
            " CROSS JOIN issues AS i ON i.id = f.id GROUP BY i.project_no",
            (values[0], MAX_MATCHES),
        )
        self._matches = {no: Matches(ids, count, entries) for no, ids, count, entries in rows}
        self._projects = tuple(project for project in self._projects if project.no in self._matches)

    def _find_parts(self, after: Place | None) -> list[_Part]:
        """Return the projects that may have rows behind `after`, in the order in which their first ones may come."""
        filters, sort, group = self._wanted.filters, self._wanted.sort, self._wanted.group
        by_no = {project.no: project for project in self._projects}
        where, checked = _may_match(filters, group)
        top, bounds = _top(filters, sort, group, after)
        rows = self._conn.execute(
            f"SELECT no, top FROM (SELECT value AS no, {top} AS top FROM json_each(?) AS p WHERE {where})"
            " WHERE top > ? ORDER BY top DESC, no",
            [*bounds, as_json(self._projects), *checked, _LOW],
        )
        return [_Part(by_no[no], top) for no, top in rows]

    def rows(self, chunk: int) -> Iterator[tuple[Place, OneProject]]:
        """Yield the places in the order of the list, each with its project; read in chunks of so many rows."""
        after = self._wanted.after
        parts = self._parts if after is None else self._find_parts(after)
        opened: dict[int, Iterator[Place]] = {}
        # A project that was not opened yet stands where its first row would be at the best.
        heap = [(-part.top, _LOW, index) for index, part in enumerate(parts)]
        heapify(heap)
        while heap:
            value, row_id, index = heap[0]
            if index in opened:
                yield Place(-value, -row_id), parts[index].project
            else:
                opened[index] = self._places(parts[index].project, chunk)
            following = next(opened[index], None)
            if following is None:
                heappop(heap)
            else:
                heapreplace(heap, (-following.value, -following.id, index))

    def total(self) -> Total:
        """Return how many rows the list has, counting no further than is cheap."""
        filters = self._wanted.filters
        if self._wanted.group is Group.FINGERPRINT and attrs.evolve(filters, status=None) == ErrorFilters():
            return self._total_of_statuses()
        count, capped = 0, False
        for index, part in enumerate(self._parts):
            if count >= MAX_TOTAL or index == MAX_COUNTED:
                return Total(min(count, MAX_TOTAL), capped=True)
            total = self._listing(part.project).total()
            count += total.count
            capped = capped or total.capped
        return Total(min(count, MAX_TOTAL) if capped else count, capped=capped)

    def _total_of_statuses(self) -> Total:
        statuses = self._wanted.filters.statuses
        (count,) = self._conn.execute(
            "SELECT coalesce(sum(t.count), 0) FROM json_each(?) AS p CROSS JOIN issue_totals AS t"
            f" ON t.project_no = p.value WHERE t.status IN ({', '.join('?' * len(statuses))})",
            [as_json(self._projects), *statuses],
        ).fetchone()
        return Total(count, capped=False)

    def _listing(self, project: OneProject) -> Listing:
        wanted, no = self._wanted, project.no
        if no not in self._listings:
            self._listings[no] = Listing(
                self._conn, no, wanted.filters, wanted.sort, wanted.group, matches=self._matches.get(no)
            )
        return self._listings[no]

    def _places(self, project: OneProject, chunk: int) -> Iterator[Place]:
        listing, after = self._listing(project), self._wanted.after
        while True:
            found = listing.page(chunk, after=after)
            yield from found
            if len(found) < chunk:
                return
            after = found[-1]


def _top(filters: ErrorFilters, sort: Sort, group: Group, after: Place | None) -> tuple[str, list[Any]]:
    """Return the expression for the most that the project `p.value` has of what is sorted by; `_LOW` if it has none.

    Behind `after` there is no more than that one has.
    """
    bounds, values = seen_within(filters) if sort is Sort.LAST_SEEN else ("", ())
    if sort is Sort.FIRST_SEEN:  # which was not after the last sighting
        bounds, values = seen_within(ErrorFilters(until_ms=filters.until_ms), sort.column)
    if after is not None:
        bounds, values = f"{bounds} AND {sort.column} <= ?", (*values, after.value)
    # One for each status: then it is one look at the end of a stretch of the index.
    most = (
        f"coalesce((SELECT max({sort.column}) FROM {group.table} INDEXED BY {group.table}_by_{sort.value}"
        f" WHERE project_no = p.value AND status = ?{bounds}), {_LOW:d})"
    )
    each = [most] * len(filters.statuses)
    return f"max({', '.join(each)}, {_LOW:d})", [value for status in filters.statuses for value in (status, *values)]


def _may_match(filters: ErrorFilters, group: Group) -> tuple[str, list[Any]]:
    """Return the condition that leaves out projects in which nothing can match, as far as that is cheap to tell."""
    facets = {"release": filters.release, "environment": filters.environment, "route": filters.route}
    if filters.source != "api":  # which stands for several
        facets["source"] = filters.source and filters.source.lower()
    where = ["TRUE"]
    values: list[Any] = []
    for facet, value in facets.items():
        if value is not None:
            where.append("EXISTS (SELECT 1 FROM facet_counts WHERE project_no = p.value AND facet = ? AND value = ?)")
            values += [facet, value]
    if filters.assigned is not None and filters.assigned.user is not None:
        who, user = filters.assigned.found_by
        where.append(f"EXISTS (SELECT 1 FROM issue_assignments AS a WHERE a.project_no = p.value AND a.{who})")
        values += user
    bounds, seen = seen_within(filters)
    if bounds:
        statuses = filters.statuses
        where.append(
            f"EXISTS (SELECT 1 FROM {group.table} INDEXED BY {group.table}_by_last_seen"
            f" WHERE project_no = p.value AND status IN ({', '.join('?' * len(statuses))}){bounds})"
        )
        values += [*statuses, *seen]
    return " AND ".join(where), values
