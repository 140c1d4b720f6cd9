"""Finding the rows of a page of a list, whatever its filters and order, without looking at the whole table.

There are two ways to a page, and each is bad where the other is good:

walk
    Go through the rows in the order of the list, off an index, and keep those that match until the page is full. Good
    when many rows match. Each status has its own stretch of the index, and SQLite merges the stretches as it goes. The
    walk begins where the first match can be: nothing of a release was seen later than its last event.
gather
    Fetch all rows that one of the filters finds, keep those that match the others, and sort. Good when few match.

How many rows a filter finds is counted first, off its index and only up to `GATHER_ROWS`. If no filter finds that few,
the walk is tried, but for no more than a number of steps: matching rows are usually many then, and near. If they are
not, the most selective filter is gathered after all. Its index holds what the others look at, so no row is fetched that
does not match.

All texts of SQL have a LIMIT, and name their index where more than one would do. Each statement returns a single row:
every row that Python fetches is one more fight with the event loop for the interpreter lock.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.issues.queries.candidates import Candidate, Statement, candidates, search_candidate
from bloop_trio.issues.queries.filters import Condition, ErrorFilters, Group, Sort, conditions, seen_within
from bloop_trio.issues.queries.matches import MAX_MATCHES, matches_statement

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

GATHER_ROWS: Final = 2_000
"""A filter that finds up to so many rows is gathered: 10 ms at worst, with every row on a page of its own."""
WALK_STEPS: Final = 4_000
"""Rows that a walk looks at before it is given up, when each has to be fetched: about 10 ms."""
COVERED_WALK_STEPS: Final = 16_000
"""The same when the index alone tells: 3 ms."""
COMPARED_ROWS: Final = 30_000
"""Filters that find more rows are taken to be equally bad."""
MAX_TOTAL: Final = 1_000
"""Rows are counted up to here."""
COVERED_TOTAL_STEPS: Final = 4_000
"""Rows that are looked at to count when the index alone tells: half a millisecond."""
TOTAL_STEPS: Final = 2_000
"""Rows that are looked at to count when each has to be fetched."""

_INT64_MAX: Final = 2**63 - 1
_COVERED: Final = {
    Group.FINGERPRINT: frozenset({"id", "source", "route_or_procedure"}),
    Group.RELEASE: frozenset({"release", "environment", "source", "route_or_procedure", "issue_id"}),
}
"""What the indexes hold beside the order."""
_AS_JSON: Final = "json_group_array(json_array(s, id))"
_decode: Final = msgspec.json.Decoder(list[tuple[int, int]]).decode


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
class Matches:
    """What a search has found in a project."""

    ids: str
    """Of issues, as a list in JSON."""
    count: int
    entries: int
    """Of the index: more than issues, where some were merged into others."""


@attrs.define
class Listing:
    """One list of a project, and the ways to its pages."""

    conn: Connection
    project_no: int
    filters: ErrorFilters
    sort: Sort
    group: Group
    matches: Matches | None = attrs.field(default=None, kw_only=True)
    """What a search over several projects has found in this one; None searches."""

    _conditions: list[Condition] = attrs.field(init=False)
    _candidates: list[Candidate] = attrs.field(init=False)
    """Most selective first, as far as one can tell without looking."""
    _few: Candidate | None = attrs.field(init=False, default=None)
    """The candidate that finds the fewest rows, if those are no more than `GATHER_ROWS`."""
    _gathered: Total | None = attrs.field(init=False, default=None)
    """The total, once the rows have been gathered."""

    def __attrs_post_init__(self) -> None:
        self._conditions = conditions(self.filters, self.group)
        if self.filters.search is not None:
            self._search(self.filters.search)
            return
        self._candidates = candidates(self.project_no, self.filters, self.sort, self.group)
        fewest = GATHER_ROWS + 1
        for candidate in self._candidates:
            count = self._count(candidate.alone, fewest)
            if count < fewest:
                fewest, self._few = count, candidate

    def _search(self, expression: str) -> None:
        if self.matches is None:
            sql, values = matches_statement(self.conn, expression, self.project_no, MAX_MATCHES + 1)
            found = self.conn.execute(
                f"SELECT json_group_array(id), count(*), coalesce(sum(entries), 0) FROM ({sql})", values
            ).fetchone()
            self.matches = Matches(*found)
        count = min(self.matches.count, MAX_MATCHES)
        candidate = search_candidate(self.matches.ids, count, self.group)
        self._candidates = [candidate]
        if count <= GATHER_ROWS:
            self._few = candidate
        column = "id" if self.group is Group.FINGERPRINT else "issue_id"
        self._conditions.append(Condition(f"w.{column} IN ({candidate.found.sql})", candidate.found.values, (column,)))

    def page(self, limit: int, *, offset: int = 0, after: Place | None = None) -> list[Place]:
        """Return up to `limit` rows in the order of the list, from `offset` or behind the row at `after`."""
        if self._few is not None:
            return self._gather(self._few, limit, offset, after)
        if not self._conditions and not self._is_windowed:
            return self._walk(limit, offset, after, steps=None)
        steps = min(self._walk_steps + offset, _INT64_MAX)
        found = self._walk(limit, offset, after, steps=steps)
        if len(found) == limit or self._is_shorter_than(steps, after):
            return found
        if not self._candidates:
            return self._walk(limit, offset, after, steps=None)
        return self._gather(self._most_selective(), limit, offset, after)

    def total(self) -> Total:
        """Return how many rows the list has, counting no further than is cheap."""
        if self._gathered is None and self._few is not None:
            self._gather(self._few, 0, 0, None)
        if self._gathered is not None:
            return self._gathered
        if not self._conditions and not self._is_windowed and self.group is Group.FINGERPRINT:
            return self._total_of_statuses()
        if self.filters.search is not None:
            return self._total_of_search()
        only = self._candidates[0] if len(self._candidates) == 1 else None
        if only is not None and only.has_status and len(self._conditions) + self._is_windowed == 1:
            bound = MAX_TOTAL
            count = self._count(only.found, bound + 1)
            return Total(min(count, bound), capped=count > bound)
        return self._total_of_walk()

    @property
    def has_more_matches(self) -> bool:
        """Whether more issues match the search than it looks at."""
        return self.matches is not None and self.matches.entries > MAX_MATCHES

    def _total_of_search(self) -> Total:
        filters = self.filters
        if self.group is Group.FINGERPRINT and attrs.evolve(filters, search=None) == ErrorFilters():
            return Total(0 if self.matches is None else min(self.matches.count, MAX_MATCHES), capped=False)
        (candidate,) = self._candidates
        where, values = self._row_conditions()
        count = self._count(
            Statement(
                f"SELECT 1 FROM ({candidate.found.sql}) AS g {candidate.join} WHERE {where}",
                (*candidate.found.values, *values),
            ),
            MAX_TOTAL + 1,
        )
        return Total(min(count, MAX_TOTAL), capped=count > MAX_TOTAL)

    def _total_of_walk(self) -> Total:
        is_plain = not self._conditions and not self._is_windowed
        steps = MAX_TOTAL + 1 if is_plain else COVERED_TOTAL_STEPS if self._is_covered else TOTAL_STEPS
        inner, values = self._in_order(None, steps)
        where, checked = self._walk_conditions()
        looked_at, count = self.conn.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {where}) FROM ({inner}) AS w", [*checked, *values]
        ).fetchone()
        return Total(min(count, MAX_TOTAL), capped=looked_at == steps)

    @property
    def _is_windowed(self) -> bool:
        """Whether the last sighting is bounded, and the list not sorted by it."""
        bounded = self.filters.since_ms is not None or self.filters.until_ms is not None
        return bounded and self.sort is not Sort.LAST_SEEN

    @cached_property
    def _latest_ms(self) -> int | None:
        """Return a time behind which the order has no row that matches; None if there is none or it does not help."""
        filters = self.filters
        if self.sort is Sort.TOTAL_COUNT:
            return None
        # No row was first seen later than last. An issue, though, may have been last seen in another release.
        bounds = [] if filters.until_ms is None else [filters.until_ms]
        if self.sort is Sort.FIRST_SEEN or self.group is Group.RELEASE:
            for facet, value in (("release", filters.release), ("environment", filters.environment)):
                if value is not None:
                    sql = "SELECT last_seen_ms FROM facet_counts WHERE project_no = ? AND facet = ? AND value = ?"
                    bounds += (ms for (ms,) in self.conn.execute(sql, (self.project_no, facet, value)))
        return min(bounds, default=None)

    @property
    def _is_covered(self) -> bool:
        """Whether a walk finds all that it has to look at in the index."""
        if self._is_windowed and self.sort is not Sort.TOTAL_COUNT:
            return False
        return all(
            condition.columns and _COVERED[self.group].issuperset(condition.columns) for condition in self._conditions
        )

    @property
    def _walk_steps(self) -> int:
        return COVERED_WALK_STEPS if self._is_covered else WALK_STEPS

    def _count(self, rows: Statement, limit: int) -> int:
        (count,) = self.conn.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM ({rows.sql}) LIMIT ?)", [*rows.values, limit]
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
        sql = f"SELECT s, id FROM ({inner}) AS w WHERE {where} LIMIT ? OFFSET ?"
        row = self.conn.execute(f"SELECT {_AS_JSON} FROM ({sql})", [*values, *checked, limit, offset]).fetchone()
        return _places(row[0])

    def _most_selective(self) -> Candidate:
        """Return the candidate that finds the fewest rows, of those that find more than `GATHER_ROWS`."""
        fewest, found = COMPARED_ROWS, self._candidates[0]
        for candidate in self._candidates:
            count = self._count(candidate.alone, fewest)
            if count < fewest:
                fewest, found = count, candidate
        return found

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
        column = self.sort.column
        low = self.filters.since_ms if self.sort is Sort.LAST_SEEN else None
        bounds = ErrorFilters(since_ms=low, until_ms=self._latest_ms)
        if after is None:
            return [seen_within(bounds, column)]
        # Ties can be many (all that occurred once): the rest of them is a stretch of its own, found by its id.
        below = max(after.value - 1, -_INT64_MAX)
        below = below if bounds.until_ms is None else min(below, bounds.until_ms)
        stretches = [seen_within(attrs.evolve(bounds, until_ms=below), column)]
        if (low is None or after.value >= low) and (bounds.until_ms is None or after.value <= bounds.until_ms):
            stretches.append((f" AND {column} = ? AND id < ?", (after.value, after.id)))
        return stretches

    def _walk_conditions(self) -> tuple[str, list[Any]]:
        window, window_values = seen_within(self.filters, "w.last_seen_ms") if self._is_windowed else ("", ())
        where = " AND ".join(["TRUE", *(condition.sql for condition in self._conditions)]) + window
        return where, [*(value for condition in self._conditions for value in condition.values), *window_values]

    def _row_conditions(self) -> tuple[str, list[Any]]:
        """Return what is demanded of a row that a candidate has found, and that its index may not have told."""
        statuses = self.filters.statuses
        window, window_values = seen_within(self.filters, "w.last_seen_ms")
        # A search has found issues, whatever else the filters want.
        left = [] if self.filters.search is None else conditions(self.filters, self.group)
        where = [
            "+w.project_no = ?",  # the plus keeps SQLite from another index than the one that was meant
            f"+w.status IN ({', '.join('?' * len(statuses))})",
            *(c.sql for c in left),
        ]
        values = [self.project_no, *statuses, *(value for c in left for value in c.values)]
        return " AND ".join(where) + window, [*values, *window_values]

    def _gather(self, candidate: Candidate, limit: int, offset: int, after: Place | None) -> list[Place]:
        where, values = self._row_conditions()
        behind, place = ("", ()) if after is None else (" WHERE (s, id) < (?, ?)", (after.value, after.id))
        page = f"SELECT s, id FROM found{behind} ORDER BY s DESC, id DESC LIMIT ? OFFSET ?"
        sql = (
            f"WITH g (id) AS MATERIALIZED ({candidate.found.sql}), found (s, id) AS MATERIALIZED ("
            f"SELECT w.{self.sort.column}, w.id FROM g {candidate.join} WHERE {where})"
            f" SELECT (SELECT count(*) FROM found), (SELECT {_AS_JSON} FROM ({page}))"
        )
        row = self.conn.execute(sql, [*candidate.found.values, *values, *place, limit, offset]).fetchone()
        count, found = row
        self._gathered = Total(count, capped=False)
        return _places(found)


def _places(found: str) -> list[Place]:
    places = [Place(value, row_id) for value, row_id in _decode(found)]
    places.sort(key=lambda place: (place.value, place.id), reverse=True)
    return places
