"""Lists of issues by release and environment.

A list is read in two steps within one statement: first the page, from the counts alone as far as the filters allow,
then the texts of its few rows. Without a filter on the issue, the page comes off an index in its final order.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.issues.queries.shapes import ErrorAggregate
from bloop_trio.issues.status import Status

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.parameters import Page

NAMED_SOURCES: Final = ("ios", "android")
"""The sources that have a name of their own in filters; all others are of the family `api`."""


class Sort(enum.Enum):
    """Orders of a list, each descending."""

    LAST_SEEN = "last_seen"
    TOTAL_COUNT = "total_count"
    FIRST_SEEN = "first_seen"


@attrs.frozen(kw_only=True)
class ErrorFilters:
    """Which rows of the list are wanted; None wants all."""

    release: str | None = None
    environment: str | None = None
    source: str | None = None
    """Exactly this source; ``api`` takes in every source that is not one of `NAMED_SOURCES`."""
    route: str | None = None
    status: str | None = None
    since_ms: int | None = None
    """Last seen at this time or later."""
    until_ms: int | None = None
    """Last seen at this time or earlier."""


# The tie-breakers are what follows in the index, so that they cost nothing and pages never overlap.
_ORDERS: Final = {
    Sort.LAST_SEEN: "c.last_seen_ms DESC, c.fingerprint_id DESC, c.release DESC, c.environment DESC",
    Sort.TOTAL_COUNT: "c.total_count DESC, c.last_seen_ms DESC, c.fingerprint_id DESC, c.release DESC,"
    " c.environment DESC",
    Sort.FIRST_SEEN: "c.first_seen_ms DESC, c.fingerprint_id DESC, c.release DESC, c.environment DESC",
}

# CROSS JOIN means the same as a comma, and SQLite then keeps the order of the tables. From the counts, rows come in the
# order of the list and the walk ends with the page. From the issues, the index on the status finds the few that there
# are; nearly all issues are unresolved, so for those it would find too many.
_FROM_COUNTS: Final = "issue_counts AS c CROSS JOIN issue_fingerprints AS f CROSS JOIN issues AS i"
_FROM_ISSUES: Final = "issues AS i CROSS JOIN issue_fingerprints AS f CROSS JOIN issue_counts AS c"
_JOINED: Final = "c.fingerprint_id = f.id AND f.issue_id = i.id"


def list_errors(
    conn: Connection, *, project_no: int, project_id: str, filters: ErrorFilters, sort: Sort, page: Page
) -> list[ErrorAggregate]:
    """Return the project's issues by release and environment, sorted as asked."""
    inner, parameters = page_statement(project_no, filters, sort)
    rows = conn.execute(
        "SELECT i.fingerprint, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms,"
        " i.error_type, i.message, i.source, i.route_or_procedure, i.screen, i.status"
        f" FROM ({inner}) AS c CROSS JOIN issue_fingerprints AS f CROSS JOIN issues AS i WHERE {_JOINED}"
        f" ORDER BY {_ORDERS[sort]}",
        [*parameters, page.limit, page.offset],
    )
    return [
        ErrorAggregate(
            project_id=project_id,
            fingerprint=fingerprint,
            release=release,
            environment=environment,
            total_count=total_count,
            first_seen=first_seen_ms,
            last_seen=last_seen_ms,
            error_type=error_type,
            message=message,
            source=source,
            route_or_procedure=route_or_procedure,
            screen=screen,
            status=status,
        )
        for (
            fingerprint,
            release,
            environment,
            total_count,
            first_seen_ms,
            last_seen_ms,
            error_type,
            message,
            source,
            route_or_procedure,
            screen,
            status,
        ) in rows
    ]


def page_statement(project_no: int, filters: ErrorFilters, sort: Sort) -> tuple[str, list[Any]]:
    """Return the statement that finds the rows of a page, and its parameters but for limit and offset."""
    conditions: dict[str, tuple[Any, ...]] = {"c.project_no = ?": (project_no,)}
    if filters.since_ms is not None:
        conditions["c.last_seen_ms >= ?"] = (filters.since_ms,)
    if filters.until_ms is not None:
        conditions["c.last_seen_ms <= ?"] = (filters.until_ms,)
    if filters.release is not None:
        conditions["c.release = ?"] = (filters.release,)
    if filters.environment is not None:
        conditions["c.environment = ?"] = (filters.environment,)
    tables = "issue_counts AS c"
    of_issue = _issue_conditions(project_no, filters)
    if of_issue:
        tables = _FROM_COUNTS if filters.status in {None, Status.UNRESOLVED} else _FROM_ISSUES
        conditions |= {_JOINED: (), **of_issue}
    statement = (
        "SELECT c.fingerprint_id, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms"
        f" FROM {tables} WHERE {' AND '.join(conditions)} ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?"
    )
    return statement, [value for values in conditions.values() for value in values]


def _issue_conditions(project_no: int, filters: ErrorFilters) -> dict[str, tuple[Any, ...]]:
    conditions: dict[str, tuple[Any, ...]] = {}
    if filters.status is not None:
        conditions["i.project_no = ? AND i.status = ?"] = (project_no, filters.status)
    if filters.source == "api":
        conditions[f"i.source NOT IN ({', '.join('?' * len(NAMED_SOURCES))})"] = NAMED_SOURCES
    elif filters.source is not None:
        conditions["i.source = ?"] = (filters.source.lower(),)
    if filters.route is not None:
        conditions["i.route_or_procedure = ?"] = (filters.route,)
    return conditions
