"""The rows that a single filter finds, off its index: what a page can be gathered from. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from bloop_trio.issues.queries.filters import NAMED_SOURCES, Group, Sort, seen_within
from bloop_trio.issues.search import MAX_MATCHES, matches_statement

if TYPE_CHECKING:
    from bloop_trio.issues.queries.filters import ErrorFilters

_COUNTS_OF_ISSUES = (
    "CROSS JOIN issue_fingerprints AS f ON f.issue_id = g.id CROSS JOIN issue_counts AS w ON w.fingerprint_id = f.id"
)


@attrs.frozen
class Candidate:
    """A filter's own rows, in the statuses that are wanted."""

    sql: str
    """A statement that gives ids."""
    values: tuple[Any, ...]
    join: str
    """How the rows of the list, called ``w``, follow from the ids of ``g``."""
    is_covered: bool = True
    """Whether an index alone gives the ids."""
    has_status: bool = True
    """Whether rows of other statuses are left out already."""
    settles_place: bool = False
    """Whether each of these issues is known to have occurred where the filters want it."""


def search_candidate(expression: str, group: Group) -> Candidate:
    """Return the newest issues that match, one more than a search looks at: that one tells whether there are more."""
    sql, values = matches_statement(expression, MAX_MATCHES + 1)
    join = _COUNTS_OF_ISSUES if group is Group.RELEASE else _by_id(group)
    return Candidate(sql, values, join, is_covered=False)


def candidates(project_no: int, filters: ErrorFilters, sort: Sort, group: Group) -> list[Candidate]:
    """Return the ways to gather the rows of a list, the one that is likely to find the fewest first."""
    found = []
    if filters.route is not None:
        found.append(_by_value(project_no, "route", "route_or_procedure = ?", [filters.route], filters, group))
    if filters.release is not None:
        found.append(_by_place(project_no, "release", filters.release, filters, group))
    if seen_within(filters)[0] and sort is not Sort.LAST_SEEN:
        found.append(_by_last_seen(project_no, filters, group))
    if filters.source == "api":
        first, second = NAMED_SOURCES
        # Around the named ones. In a range of values the index knows no single status.
        ranges = [("source < ?", [first]), ("source > ? AND source < ?", [first, second]), ("source > ?", [second])]
        anyhow = attrs.evolve(filters, status=None)
        parts = [_by_value(project_no, "source", sql, values, anyhow, group) for sql, values in ranges]
        values = tuple(value for part in parts for value in part.values)
        sql = " UNION ALL ".join(part.sql for part in parts)
        found.append(Candidate(sql, values, _by_id(group), has_status=filters.status is None))
    elif filters.source is not None:
        found.append(_by_value(project_no, "source", "source = ?", [filters.source.lower()], filters, group))
    if filters.environment is not None:
        found.append(_by_place(project_no, "environment", filters.environment, filters, group))
    return found


def _by_id(group: Group) -> str:
    return f"CROSS JOIN {group.table} AS w ON w.id = g.id"


def _status(filters: ErrorFilters, column: str = "status") -> tuple[str, tuple[str, ...]]:
    """Return the condition on the status, led by AND; none if all are wanted."""
    return ("", ()) if filters.status is None else (f" AND {column} = ?", (filters.status,))


def _by_value(
    project_no: int, index: str, condition: str, values: list[str], filters: ErrorFilters, group: Group
) -> Candidate:
    table = group.table
    status, wanted = _status(filters)
    sql = f"SELECT id FROM {table} INDEXED BY {table}_by_{index} WHERE project_no = ? AND {condition}{status}"
    return Candidate(sql, (project_no, *values, *wanted), _by_id(group))


def _by_last_seen(project_no: int, filters: ErrorFilters, group: Group) -> Candidate:
    table, statuses = group.table, filters.statuses
    bounds, values = seen_within(filters)
    sql = (
        f"SELECT id FROM {table} INDEXED BY {table}_by_last_seen"
        f" WHERE project_no = ? AND status IN ({', '.join('?' * len(statuses))}){bounds}"
    )
    return Candidate(sql, (project_no, *statuses, *values), _by_id(group))


def _by_place(project_no: int, column: str, value: str, filters: ErrorFilters, group: Group) -> Candidate:
    """Return what occurred in a release or an environment."""
    counted = f"issue_counts AS c INDEXED BY issue_counts_by_{column}"
    status, wanted = _status(filters, "c.status")
    where = f"c.project_no = ? AND c.{column} = ?{status}"
    values = (project_no, value, *wanted)
    if group is Group.RELEASE:
        return Candidate(f"SELECT c.id FROM {counted} WHERE {where}", values, _by_id(group))
    sql = (
        f"SELECT DISTINCT f.issue_id AS id FROM {counted}"
        f" CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id WHERE {where}"
    )
    settles_place = filters.release is None or filters.environment is None
    return Candidate(sql, values, _by_id(group), is_covered=False, settles_place=settles_place)
