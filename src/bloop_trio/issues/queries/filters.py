"""What a list of issues can be asked for: filters, orders and groupings, and what each means for a row. Pure."""

from __future__ import annotations

import enum
from typing import Any, Final

import attrs

from bloop_trio.auth.usernames import username_key
from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.lifecycle.status import Status

NAMED_SOURCES: Final = ("android", "ios")
"""The sources that have a name of their own in filters; all others are of the family `api`."""


class Sort(enum.Enum):
    """Orders of a list, each descending."""

    LAST_SEEN = "last_seen"
    TOTAL_COUNT = "total_count"
    FIRST_SEEN = "first_seen"

    @property
    def column(self) -> str:
        """Return the column that holds what is sorted by."""
        return "total_count" if self is Sort.TOTAL_COUNT else f"{self.value}_ms"


class Group(enum.Enum):
    """What one row of a list stands for."""

    RELEASE = "release"
    """An issue in one release and environment."""
    FINGERPRINT = "fingerprint"
    """An issue as a whole."""

    @property
    def table(self) -> str:
        """Return the table whose rows are listed; `filters` and `Sort` mean its columns."""
        return "issue_counts" if self is Group.RELEASE else "issues"


@attrs.frozen
class Assigned:
    """To whom issues are assigned that are wanted."""

    user: str | None
    """The id or the name of a user; None: nobody."""

    @classmethod
    def to(cls, text: str, own_id: str | None) -> Assigned:
        """Return what a text means: `none`, `me`, which is the user with `own_id`, or an id or name.

        Raises:
            BadRequestError: it is `me`, and nobody is signed in.
        """
        if text == "none":
            return cls(None)
        if text != "me":
            return cls(text)
        if own_id is None:
            raise BadRequestError("assignee me needs somebody who is signed in")
        return cls(own_id)

    @property
    def found_by(self) -> tuple[str, tuple[str, ...]]:
        """Return the condition on the column `user_id` of an assignment, and its values; there is a user."""
        name = self.user or ""
        return "user_id IN (SELECT id FROM users WHERE id = ? UNION SELECT id FROM users WHERE username_key = ?)", (
            name,
            username_key(name),
        )


@attrs.frozen(kw_only=True)
class ErrorFilters:
    """Which rows of the list are wanted; None wants all.

    On whole issues, `release` and `environment` keep those that occurred there; the numbers stay those of the issue.
    """

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
    active_since_ms: int | None = None
    """With events in an hour that began at this time or later."""
    active_until_ms: int | None = None
    """With events in an hour that began at this time or earlier; with the former, in the same hour."""
    search: str | None = None
    """An expression of `bloop_trio.issues.queries.search`."""
    assigned: Assigned | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Return the statuses that are wanted."""
        return tuple(Status) if self.status is None else (self.status,)


@attrs.frozen
class Condition:
    """Part of a WHERE clause about a row that is called ``w``."""

    sql: str
    values: tuple[Any, ...]
    columns: tuple[str, ...]
    """The columns of the row that it looks at."""


def conditions(filters: ErrorFilters, group: Group) -> list[Condition]:
    """Return what `filters` demand of a row, except for status, last sighting and search."""
    found = []
    if filters.source == "api":
        found.append(Condition("w.source NOT IN (?, ?)", NAMED_SOURCES, ("source",)))
    elif filters.source is not None:
        found.append(Condition("w.source = ?", (filters.source.lower(),), ("source",)))
    if filters.route is not None:
        found.append(Condition("w.route_or_procedure = ?", (filters.route,), ("route_or_procedure",)))
    where = {"release": filters.release, "environment": filters.environment}
    wanted = {column: value for column, value in where.items() if value is not None}
    if wanted and group is Group.FINGERPRINT:
        exists = (
            "EXISTS (SELECT 1 FROM issue_counts AS c INDEXED BY issue_counts_by_issue"
            f" WHERE c.issue_id = w.id AND {' AND '.join(f'c.{column} = ?' for column in wanted)})"
        )
        found.append(Condition(exists, tuple(wanted.values()), ()))
    elif wanted:
        found += [Condition(f"w.{column} = ?", (value,), (column,)) for column, value in wanted.items()]
    if filters.assigned is not None:
        found.append(_assigned(filters.assigned, group))
    if filters.active_since_ms is not None or filters.active_until_ms is not None:
        found.append(_active(filters, group))
    return found


def _assigned(assigned: Assigned, group: Group) -> Condition:
    column = "id" if group is Group.FINGERPRINT else "issue_id"
    of_issue = f"SELECT 1 FROM issue_assignments AS a WHERE a.issue_id = w.{column}"
    if assigned.user is None:
        return Condition(f"NOT EXISTS ({of_issue})", (), (column,))
    who, values = assigned.found_by
    return Condition(f"EXISTS ({of_issue} AND a.{who})", values, (column,))


def _active(filters: ErrorFilters, group: Group) -> Condition:
    column = "id" if group is Group.FINGERPRINT else "issue_id"
    bounds = {" AND h.hour_ms >= ?": filters.active_since_ms, " AND h.hour_ms <= ?": filters.active_until_ms}
    set_bounds = {sql: value for sql, value in bounds.items() if value is not None}
    exists = (
        "EXISTS (SELECT 1 FROM issue_fingerprints AS f INDEXED BY issue_fingerprints_by_issue"
        " CROSS JOIN event_counts_hourly AS h NOT INDEXED ON h.fingerprint_id = f.id"
        f" WHERE f.issue_id = w.{column}{''.join(set_bounds)})"
    )
    return Condition(exists, tuple(set_bounds.values()), (column,))


def seen_since(since_ms: int | None, active_since_ms: int | None) -> int | None:
    """Return since when something has been seen that was seen and active since these times."""
    return max((ms for ms in (since_ms, active_since_ms) if ms is not None), default=None)


def seen_within(filters: ErrorFilters, column: str = "last_seen_ms") -> tuple[str, tuple[int, ...]]:
    """Return the conditions on the last sighting, each led by AND, and their values."""
    bounds = {f" AND {column} >= ?": filters.since_ms, f" AND {column} <= ?": filters.until_ms}
    set_bounds = {sql: value for sql, value in bounds.items() if value is not None}
    return "".join(set_bounds), tuple(set_bounds.values())
