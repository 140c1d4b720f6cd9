"""Finding the rows of a page of a list, whatever its filters and order, without looking at the whole table.

There are two ways to a page, and each is bad where the other is good:

walk
    Go through the rows in the order of the list, off an index, and keep those that match until the page is full. Good
    when many rows match. Each status has its own stretch of the index, and SQLite merges the stretches as it goes.
gather
    Fetch all rows that one of the filters finds, keep those that match the others, and sort. Good when few match.

How many rows a filter finds is counted first, off its index and only up to `GATHER_ROWS`. If no filter finds that few,
the walk is tried, but for no more than a number of steps: matching rows are usually many then, and near. If they are
not (an old release, sorted by time), the most selective filter is gathered after all.

All texts of SQL have a LIMIT, and name their index where more than one would do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.issues.queries.filters import (
    NAMED_SOURCES,
    Condition,
    ErrorFilters,
    Group,
    Sort,
    conditions,
    seen_within,
)
from bloop_trio.issues.search import MAX_MATCHES, matches_statement

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

GATHER_ROWS: Final = 4_000
"""A filter that finds up to so many rows is gathered: 10 ms at worst, with every row on a page of its own."""
WALK_STEPS: Final = 8_000
"""Rows that a walk looks at before it is given up, when each has to be fetched: about 10 ms."""
COVERED_WALK_STEPS: Final = 40_000
"""The same when the index alone tells."""
MAX_TOTAL: Final = 10_000
"""Rows are counted up to here."""

_INT64_MAX: Final = 2**63 - 1
_COVERED: Final = frozenset({"source", "route_or_procedure"})
"""What the indexes of `issues` hold beside the order."""


@attrs.frozen
class Place:
    """Where in a list a row stands: the value that is sorted by, then the row's id."""

    value: int
    id: int


@attrs.frozen
class Total:
    """How many rows a list has altogether."""

    count: int
    capped: bool
    """Whether there may be more: counting was given up."""


@attrs.frozen
class Candidate:
    """A filter's own rows: a statement that gives their ids."""

    sql: str
    values: tuple[Any, ...]


@attrs.define
class Listing:
    """One list of a project, and the ways to its pages."""

    conn: Connection
    project_no: int
    filters: ErrorFilters
    sort: Sort
    group: Group

    _conditions: list[Condition] = attrs.field(init=False)
    _candidates: list[Candidate] = attrs.field(init=False)
    """Most selective first, as far as one can tell without looking."""
    _few: Candidate | None = attrs.field(init=False, default=None)
    """The candidate that finds the fewest rows, if those are no more than `GATHER_ROWS`."""

    def __attrs_post_init__(self) -> None:
        self._conditions = conditions(self.filters, self.group)
        self._candidates = candidates(self.project_no, self.filters, self.sort, self.group)
        if self.filters.search is not None:
            (self._few,) = self._candidates
            return
        fewest = GATHER_ROWS + 1
        for candidate in self._candidates:
            count = self._count(candidate, fewest)
            if count < fewest:
                fewest, self._few = count, candidate

    def page(self, limit: int, *, offset: int = 0, after: Place | None = None) -> list[Place]:
        """Return up to `limit` rows in the order of the list, from `offset` or behind the row at `after`."""
        if self._few is not None:
            return self._gather(self._few, limit, offset, after)
        if not self._conditions and not self._is_windowed:
            return self._walk(limit, offset, after, steps=None)
        steps = self._walk_steps + offset
        found = self._walk(limit, offset, after, steps=steps)
        if len(found) == limit or self._is_shorter_than(steps, after):
            return found
        if not self._candidates:
            return self._walk(limit, offset, after, steps=None)
        return self._gather(self._candidates[0], limit, offset, after)

    def total(self) -> Total:
        """Return how many rows the list has, counting no further than is cheap."""
        if self._few is not None:
            where, values = self._row_conditions()
            sql = f"SELECT count(*) FROM ({self._few.sql}) AS g CROSS JOIN {self.group.table} AS w ON w.id = g.id WHERE {where}"
            (count,) = self.conn.execute(sql, [*self._few.values, *values]).fetchone()
            return Total(count, capped=False)
        if not self._conditions and not self._is_windowed and self.group is Group.FINGERPRINT:
            return self._total_of_statuses()
        steps = self._walk_steps if self._conditions or self._is_windowed else MAX_TOTAL + 1
        inner, values = self._in_order(None, steps)
        where, checked = self._walk_conditions()
        (looked_at,) = self.conn.execute(f"SELECT count(*) FROM ({inner})", values).fetchone()
        (count,) = self.conn.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM ({inner}) AS w WHERE {where} LIMIT {MAX_TOTAL + 1:d})",
            [*values, *checked],
        ).fetchone()
        return Total(min(count, MAX_TOTAL), capped=looked_at == steps or count > MAX_TOTAL)

    @property
    def _is_windowed(self) -> bool:
        """Whether the last sighting is bounded, and the list not sorted by it."""
        bounded = self.filters.since_ms is not None or self.filters.until_ms is not None
        return bounded and self.sort is not Sort.LAST_SEEN

    @property
    def _walk_steps(self) -> int:
        covered = self.group is Group.FINGERPRINT and not self._is_windowed
        return (
            COVERED_WALK_STEPS
            if covered and all(_COVERED.issuperset(c.columns or "?") for c in self._conditions)
            else WALK_STEPS
        )

    def _count(self, candidate: Candidate, limit: int) -> int:
        (count,) = self.conn.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM ({candidate.sql}) LIMIT ?)", [*candidate.values, limit]
        ).fetchone()
        return int(count)

    def _total_of_statuses(self) -> Total:
        statuses = self.filters.statuses
        if self.filters.since_ms is None and self.filters.until_ms is None:
            (count,) = self.conn.execute(
                "SELECT coalesce(sum(count), 0) FROM issue_totals"
                f" WHERE project_no = ? AND status IN ({', '.join('?' * len(statuses))})",
                [self.project_no, *statuses],
            ).fetchone()
            return Total(count, capped=False)
        inner, values = self._in_order(None, MAX_TOTAL + 1)
        (count,) = self.conn.execute(f"SELECT count(*) FROM ({inner})", values).fetchone()
        return Total(min(count, MAX_TOTAL), capped=count > MAX_TOTAL)

    def _walk(self, limit: int, offset: int, after: Place | None, *, steps: int | None) -> list[Place]:
        inner, values = self._in_order(after, steps)
        where, checked = self._walk_conditions()
        rows = self.conn.execute(
            f"SELECT s, id FROM ({inner}) AS w WHERE {where} LIMIT ? OFFSET ?", [*values, *checked, limit, offset]
        )
        return [Place(value, row_id) for value, row_id in rows]

    def _is_shorter_than(self, steps: int, after: Place | None) -> bool:
        inner, values = self._in_order(after, steps)
        (count,) = self.conn.execute(f"SELECT count(*) FROM ({inner})", values).fetchone()
        return bool(count < steps)

    def _in_order(self, after: Place | None, steps: int | None) -> tuple[str, list[Any]]:
        """Return the statement that goes through the list's statuses in the order of the list, at most so many rows."""
        column, table = self.sort.column, self.group.table
        needed = {name for condition in self._conditions for name in condition.columns}
        if self._is_windowed:
            needed.add("last_seen_ms")
        shown = "".join(f", {name}" for name in sorted(needed))
        branches = []
        values: list[Any] = []
        for status in self.filters.statuses:
            for stretch, stretch_values in self._stretches(after):
                branches.append(
                    f"SELECT {column} AS s, id{shown} FROM {table} INDEXED BY {table}_by_{self.sort.value}"
                    f" WHERE project_no = ? AND status = ?{stretch}"
                )
                values += [self.project_no, status, *stretch_values]
        limit = -1 if steps is None else steps
        return f"{' UNION ALL '.join(branches)} ORDER BY s DESC, id DESC LIMIT {limit:d}", values

    def _stretches(self, after: Place | None) -> list[tuple[str, tuple[int, ...]]]:
        """Return the parts of the index that hold what comes behind `after`, as conditions that each begin with AND."""
        filters = self.filters if self.sort is Sort.LAST_SEEN else ErrorFilters()
        column = self.sort.column
        if after is None:
            return [seen_within(filters, column)]
        stretches: list[tuple[str, tuple[int, ...]]] = []
        since_ms, until_ms = filters.since_ms, filters.until_ms
        if (since_ms is None or since_ms <= after.value) and (until_ms is None or after.value <= until_ms):
            # Ties can be many (all that occurred once): the rest of them is a stretch of its own, found by its id.
            stretches.append((f" AND {column} = ? AND id < ?", (after.value, after.id)))
        below = max(after.value - 1, -_INT64_MAX)
        below = below if until_ms is None else min(below, until_ms)
        return [*stretches, seen_within(attrs.evolve(filters, until_ms=below), column)]

    def _walk_conditions(self) -> tuple[str, list[Any]]:
        window, window_values = seen_within(self.filters, "w.last_seen_ms") if self._is_windowed else ("", ())
        where = " AND ".join(["TRUE", *(condition.sql for condition in self._conditions)]) + window
        return where, [*(value for condition in self._conditions for value in condition.values), *window_values]

    def _row_conditions(self) -> tuple[str, list[Any]]:
        """Return all that is demanded of a row, wherever it comes from."""
        statuses = self.filters.statuses
        window, window_values = seen_within(self.filters, "w.last_seen_ms")
        where = [
            "w.project_no = ?",
            f"w.status IN ({', '.join('?' * len(statuses))})",
            *(condition.sql for condition in self._conditions),
        ]
        values = [self.project_no, *statuses, *(value for c in self._conditions for value in c.values)]
        return " AND ".join(where) + window, [*values, *window_values]

    def _gather(self, candidate: Candidate, limit: int, offset: int, after: Place | None) -> list[Place]:
        column = f"w.{self.sort.column}"
        where, values = self._row_conditions()
        if after is not None:
            where += f" AND ({column}, w.id) < (?, ?)"
            values += [after.value, after.id]
        rows = self.conn.execute(
            f"SELECT {column}, w.id FROM ({candidate.sql}) AS g CROSS JOIN {self.group.table} AS w ON w.id = g.id"
            f" WHERE {where} ORDER BY {column} DESC, w.id DESC LIMIT ? OFFSET ?",
            [*candidate.values, *values, limit, offset],
        )
        return [Place(value, row_id) for value, row_id in rows]


def candidates(project_no: int, filters: ErrorFilters, sort: Sort, group: Group) -> list[Candidate]:
    """Return the ways to gather the rows of a list, the one that is likely to find the fewest first."""
    if filters.search is not None:
        matches, values = matches_statement(filters.search, MAX_MATCHES)
        if group is Group.FINGERPRINT:
            return [Candidate(matches, values)]
        counts = (
            f"SELECT c.id FROM ({matches}) AS m CROSS JOIN issue_fingerprints AS f ON f.issue_id = m.id"
            " CROSS JOIN issue_counts AS c ON c.fingerprint_id = f.id"
        )
        return [Candidate(counts, values)]
    table = group.table
    found = []
    if filters.route is not None:
        sql = f"SELECT id FROM {table} INDEXED BY {table}_by_route WHERE project_no = ? AND route_or_procedure = ?"
        found.append(Candidate(sql, (project_no, filters.route)))
    if filters.release is not None:
        found.append(_counts_candidate(project_no, "release", filters.release, group))
    bounds, values = seen_within(filters)
    if bounds and sort is not Sort.LAST_SEEN:
        statuses = filters.statuses
        sql = (
            f"SELECT id FROM {table} INDEXED BY {table}_by_last_seen"
            f" WHERE project_no = ? AND status IN ({', '.join('?' * len(statuses))}){bounds}"
        )
        found.append(Candidate(sql, (project_no, *statuses, *values)))
    if filters.source == "api":
        first, second = NAMED_SOURCES
        ranges = ("source < ?", "source > ? AND source < ?", "source > ?")
        sql = " UNION ALL ".join(
            f"SELECT id FROM {table} INDEXED BY {table}_by_source WHERE project_no = ? AND {part}" for part in ranges
        )
        found.append(Candidate(sql, (project_no, first, project_no, first, second, project_no, second)))
    elif filters.source is not None:
        sql = f"SELECT id FROM {table} INDEXED BY {table}_by_source WHERE project_no = ? AND source = ?"
        found.append(Candidate(sql, (project_no, filters.source.lower())))
    if filters.environment is not None:
        found.append(_counts_candidate(project_no, "environment", filters.environment, group))
    return found


def _counts_candidate(project_no: int, column: str, value: str, group: Group) -> Candidate:
    counted = f"issue_counts AS c INDEXED BY issue_counts_by_{column}"
    if group is Group.RELEASE:
        return Candidate(f"SELECT c.id FROM {counted} WHERE c.project_no = ? AND c.{column} = ?", (project_no, value))
    sql = (
        f"SELECT DISTINCT f.issue_id AS id FROM {counted} CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id"
        f" WHERE c.project_no = ? AND c.{column} = ?"
    )
    return Candidate(sql, (project_no, value))
