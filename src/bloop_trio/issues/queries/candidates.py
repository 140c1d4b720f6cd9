"""The rows that a single filter finds, off its index: what a page can be gathered from. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.issues.queries.filters import NAMED_SOURCES, Group, Sort, conditions, seen_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.issues.queries.filters import Assigned, ErrorFilters

_COUNTS_OF_ISSUES: Final = "CROSS JOIN issue_counts AS w INDEXED BY issue_counts_by_issue ON w.issue_id = g.id"


@attrs.frozen
class Statement:
    """A text of SQL and its values."""

    sql: str
    values: tuple[Any, ...]


@attrs.frozen
class Candidate:
    """A way to gather the rows of a list."""

    alone: Statement
    """What the filter finds by itself, a row each: to be counted."""
    found: Statement
    """The ids of what is left of that by the other filters: all of them are checked within the index."""
    join: str
    """How the rows of the list, called ``w``, follow from the ids of ``g``."""
    has_status: bool = True
    """Whether `alone` leaves rows of other statuses out."""


def search_candidate(ids: str, count: int, group: Group) -> Candidate:
    """Return the first `count` of the issues that a search has found, given as a list in JSON."""
    found = Statement(f"SELECT value AS id FROM json_each(?) LIMIT {count:d}", (ids,))
    return Candidate(found, found, _COUNTS_OF_ISSUES if group is Group.RELEASE else _by_id(group))


def candidates(project_no: int, filters: ErrorFilters, sort: Sort, group: Group) -> list[Candidate]:
    """Return the ways to gather the rows of a list, the one that is likely to find the fewest first."""
    on = _Indexes(project_no, filters, group)
    found = []
    if filters.assigned is not None and filters.assigned.user is not None:
        found.append(on.assigned(filters.assigned))
    if filters.route is not None:
        found.append(on.index("route", "w.route_or_procedure = ?", (filters.route,)))
    if filters.release is not None:
        found.append(on.index("release", "w.release = ?", (filters.release,)))
    if seen_within(filters)[0] and sort is not Sort.LAST_SEEN:
        found.append(on.last_seen())
    if filters.source == "api":
        found.append(on.source_family())
    elif filters.source is not None:
        found.append(on.index("source", "w.source = ?", (filters.source.lower(),)))
    if filters.environment is not None:
        found.append(on.index("environment", "w.environment = ?", (filters.environment,)))
    return found


@attrs.frozen
class _Indexes:
    """The indexes that lead with what a list is filtered by."""

    project_no: int
    filters: ErrorFilters
    group: Group

    @property
    def place(self) -> Group:
        """Return whose rows the filters are looked up in: where whole issues occurred is known of their counts."""
        wanted = self.filters.release is not None or self.filters.environment is not None
        return Group.RELEASE if wanted else self.group

    def index(self, name: str, condition: str, values: tuple[str, ...]) -> Candidate:
        status = self.filters.status
        if status is not None:
            condition, values = f"{condition} AND w.status = ?", (*values, status)
        return self._candidate([self._stretch(self.place, name, condition, values)])

    def source_family(self) -> Candidate:
        first, second = NAMED_SOURCES
        # Around the named ones. In a range of values the index knows no single status.
        ranges = [
            ("w.source < ?", (first,)),
            ("w.source > ? AND w.source < ?", (first, second)),
            ("w.source > ?", (second,)),
        ]
        parts = [self._stretch(self.place, "source", condition, values) for condition, values in ranges]
        return attrs.evolve(self._candidate(parts), has_status=self.filters.status is None)

    def last_seen(self) -> Candidate:
        statuses = self.filters.statuses
        bounds, values = seen_within(self.filters, "w.last_seen_ms")
        condition = f"w.status IN ({', '.join('?' * len(statuses))}){bounds}"
        # Of whole issues, as theirs is not the last sighting of any one release.
        stretch = self._stretch(self.group, "last_seen", condition, (*statuses, *values))
        return self._candidate([stretch], self.group)

    def assigned(self, assigned: Assigned) -> Candidate:
        """Return what is assigned to a user."""
        who, user = assigned.found_by
        where = (
            f"issue_assignments AS a INDEXED BY issue_assignments_by_user WHERE a.project_no = ? AND a.{who}",
            (self.project_no, *user),
        )
        link = "w.id" if self.group is Group.FINGERPRINT else "w.issue_id"
        narrowing = conditions(attrs.evolve(self.filters, assigned=None), self.group)
        statuses = self.filters.statuses
        others = "".join(f" AND {condition.sql}" for condition in narrowing)
        return Candidate(
            Statement(f"SELECT 1 FROM {where[0]}", where[1]),
            Statement(
                f"SELECT w.id AS id FROM (SELECT a.issue_id FROM {where[0]} LIMIT -1) AS o"
                f" CROSS JOIN {self.group.table} AS w ON {link} = o.issue_id"
                f" WHERE TRUE{others} AND +w.status IN ({', '.join('?' * len(statuses))})",
                (*where[1], *(value for condition in narrowing for value in condition.values), *statuses),
            ),
            _by_id(self.group),
        )

    def _stretch(self, group: Group, name: str, condition: str, values: Sequence[Any]) -> Statement:
        table = group.table
        sql = f"FROM {table} AS w INDEXED BY {table}_by_{name} WHERE w.project_no = ? AND {condition}"
        return Statement(sql, (self.project_no, *values))

    def _candidate(self, stretches: Sequence[Statement], group: Group | None = None) -> Candidate:
        """Return what is in these stretches of an index of `group`, `place` if none is given."""
        group = self.place if group is None else group
        narrowing = conditions(self.filters, group)
        statuses = self.filters.statuses
        others = "".join(f" AND {condition.sql}" for condition in narrowing)
        # The pluses keep SQLite from taking these for what the stretch is found by.
        others += f" AND +w.status IN ({', '.join('?' * len(statuses))})"
        checked = (*(value for condition in narrowing for value in condition.values), *statuses)
        wanted = "w.id" if group is self.group else "DISTINCT w.issue_id"
        return Candidate(
            Statement(
                " UNION ALL ".join(f"SELECT 1 {stretch.sql}" for stretch in stretches),
                tuple(value for stretch in stretches for value in stretch.values),
            ),
            Statement(
                # What is in several stretches is in several releases as well.
                f" {'UNION' if 'DISTINCT' in wanted else 'UNION ALL'} ".join(
                    f"SELECT {wanted} AS id {stretch.sql}{others}" for stretch in stretches
                ),
                tuple(value for stretch in stretches for value in (*stretch.values, *checked)),
            ),
            _by_id(self.group),
        )


def _by_id(group: Group) -> str:
    return f"CROSS JOIN {group.table} AS w ON w.id = g.id"
