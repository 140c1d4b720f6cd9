"""Lists of issues, by release and environment or as a whole.

A list is read in two steps on one state of the database: first which rows the page holds, then the texts of those few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.queries.filters import ErrorFilters, Group, Sort
from bloop_trio.issues.queries.pages import Listing, Place, Total
from bloop_trio.issues.queries.release_range import FIRST_RELEASE
from bloop_trio.issues.queries.shapes import Assignee, ErrorAggregate, IssueSummary
from bloop_trio.issues.stored.user_set import NOBODY
from bloop_trio.issues.stored.users import users_of_issues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.db.connection import Connection
    from bloop_trio.http.parameters import Page
    from bloop_trio.issues.stored.payload import PayloadReader
    from bloop_trio.issues.stored.user_set import UserCount


@attrs.frozen(kw_only=True)
class Wanted:
    """Which list, and which part of it."""

    filters: ErrorFilters = attrs.field(factory=ErrorFilters)
    sort: Sort = Sort.LAST_SEEN
    group: Group = Group.RELEASE
    page: Page
    after: Place | None = None
    """The last row of the page before; None begins at the offset of `page`."""


@attrs.frozen(kw_only=True)
class ListPage:
    """One page of a list."""

    rows: list[ErrorAggregate] | list[IssueSummary]
    next: Place | None
    """Where the next page begins behind; None on the last one."""
    total: Total
    search_capped: bool
    """Whether more issues match the search than it looks at."""


def list_errors(
    conn: Connection, payloads: PayloadReader, *, project_no: int, project_id: str, wanted: Wanted
) -> ListPage:
    """Return a page of the project's issues."""
    filters, page = wanted.filters, wanted.page
    with snapshot(conn):
        listing = Listing(conn, project_no, filters, wanted.sort, wanted.group)
        # One more than asked for tells whether there is another page.
        places = listing.page(page.limit + 1, offset=page.offset, after=wanted.after)
        shown = places[: page.limit]
        return ListPage(
            rows=read_rows(conn, payloads, wanted.group, {place.id: project_id for place in shown}),
            next=shown[-1] if len(places) > len(shown) else None,
            total=listing.total(),
            search_capped=filters.search is not None and listing.has_more_matches,
        )


def read_rows(
    conn: Connection, payloads: PayloadReader, group: Group, project_ids: Mapping[int, str]
) -> list[ErrorAggregate] | list[IssueSummary]:
    """Return the rows with these ids, each with the id of its project, in the order of the mapping."""
    if group is Group.RELEASE:
        return _aggregates(conn, project_ids)
    return read_summaries(conn, payloads, project_ids)


def _aggregates(conn: Connection, project_ids: Mapping[int, str]) -> list[ErrorAggregate]:
    ids = list(project_ids)
    rows = conn.execute(
        "SELECT c.id, i.fingerprint, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms,"
        " i.error_type, i.message, i.source, i.route_or_procedure, i.screen, i.status"
        f" FROM issue_counts AS c CROSS JOIN issues AS i ON i.id = c.issue_id WHERE c.id IN ({', '.join('?' * len(ids))})",
        ids,
    )
    found = {
        row_id: ErrorAggregate(
            project_id=project_ids[row_id],
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
            row_id,
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
    }
    return [found[row_id] for row_id in ids]


# The newest sample of an issue, whichever of its fingerprints it has.
_NEWEST_SAMPLE = (
    "(SELECT s.{column} FROM issue_fingerprints AS f CROSS JOIN samples AS s ON s.fingerprint_id = f.id"
    " WHERE f.issue_id = i.id ORDER BY s.event_id DESC LIMIT 1)"
)


def read_summaries(conn: Connection, payloads: PayloadReader, project_ids: Mapping[int, str]) -> list[IssueSummary]:
    """Return the issues with these ids, each with the id of its project, in the order of the mapping."""
    ids = list(project_ids)
    newest = ", ".join(_NEWEST_SAMPLE.format(column=column) for column in ("release", "environment", "payload"))
    rows = conn.execute(
        "SELECT i.id, i.fingerprint, i.status, i.total_count, i.first_seen_ms, i.last_seen_ms, i.regressed_ms,"
        f" i.error_type, i.message, i.source, i.route_or_procedure, i.screen, u.id, u.username, {FIRST_RELEASE}, {newest}"
        " FROM issues AS i LEFT JOIN issue_assignments AS a ON a.issue_id = i.id LEFT JOIN users AS u ON u.id = a.user_id"
        f" WHERE i.id IN ({', '.join('?' * len(ids))})",
        ids,
    ).fetchall()
    # The last column is the newest sample's payload; an issue that was imported may have none.
    users = users_of_issues(conn, ids)
    found = {
        row[0]: _summary(
            project_ids[row[0]], row, payloads.decode(conn, row[-1]) if row[-1] else {}, users.get(row[0], NOBODY)
        )
        for row in rows
    }
    return [found[issue_id] for issue_id in ids]


def _summary(project_id: str, row: tuple[Any, ...], newest: dict[str, Any], users: UserCount) -> IssueSummary:
    (
        _,
        fingerprint,
        status,
        total_count,
        first_seen_ms,
        last_seen_ms,
        regressed_ms,
        error_type,
        message,
        source,
        route_or_procedure,
        screen,
        assignee_id,
        assignee_name,
        first_release,
        release,
        environment,
        _,
    ) = row
    return IssueSummary(
        project_id=project_id,
        fingerprint=fingerprint,
        status=status,
        total_count=total_count,
        first_seen=first_seen_ms,
        last_seen=last_seen_ms,
        regressed_at=regressed_ms,
        error_type=error_type,
        message=newest.get("message") or message,
        source=source,
        route_or_procedure=route_or_procedure,
        screen=screen,
        last_release=release,
        last_environment=environment,
        users_affected=users.count,
        users_affected_exact=users.is_exact,
        assignee=None if assignee_id is None else Assignee(assignee_id, assignee_name),
        first_release=first_release,
    )
