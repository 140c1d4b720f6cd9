"""Lists of errors over HTTP, and what their filters can be set to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.cursors import CURSOR, LINK, next_link, read_cursor, write_cursor
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import LIMIT, OFFSET, Choice, Text, Whole, read_page
from bloop_trio.issues.queries.facets import get_facets
from bloop_trio.issues.queries.filters import Assigned, ErrorFilters, Group, Sort, seen_since
from bloop_trio.issues.queries.listing import ListPage, Wanted, list_errors
from bloop_trio.issues.queries.matches import MAX_MATCHES
from bloop_trio.issues.queries.merging import list_several
from bloop_trio.issues.queries.number_shapes import Facets
from bloop_trio.issues.queries.pages import MAX_TOTAL, Place
from bloop_trio.issues.queries.scope import over_projects
from bloop_trio.issues.queries.search import match_expression
from bloop_trio.issues.queries.several import facets_of_projects
from bloop_trio.issues.queries.shapes import ErrorAggregate, IssueSummary
from bloop_trio.issues.reading.scope import PROJECT, read_scope
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import OneProject, Scope

RELEASE: Final = Text("release", "Keeps exactly this release.")
ENVIRONMENT: Final = Text("environment", "Keeps exactly this environment.")
SOURCE: Final = Text("source", "Keeps exactly this source; `api` keeps all but `ios` and `android`.")
ROUTE: Final = Text("route", "Keeps exactly this `route_or_procedure`.")
STATUS: Final = Text(
    "status", "Keeps one status: `unresolved`, `resolved`, `ignored` or `muted`; any other keeps nothing."
)
SINCE: Final = Whole("since", "Keeps what was last seen then or later, in epoch milliseconds.")
UNTIL: Final = Whole("until", "Keeps what was last seen then or earlier, in epoch milliseconds.")
ACTIVE_SINCE: Final = Whole(
    "active_since", "Keeps what had events in an hour that began then or later, in epoch milliseconds."
)
ACTIVE_UNTIL: Final = Whole(
    "active_until",
    "Keeps what had events in an hour that began then or earlier, in epoch milliseconds;"
    " with `active_since`, in an hour between the two.",
)
ASSIGNEE: Final = Text(
    "assignee",
    "Keeps what is assigned to the user of this id or name: `me` is oneself, `none` nobody.",
    max_chars=500,
)
SEARCH: Final = Text(
    "q",
    "Keeps what has all these words in its type, message, route or the top of its stack;"
    ' `"two words"` next to each other, `pre*` for every word that begins so. Words inside of names count too.',
    max_chars=500,
)
SORT: Final = Choice("sort", "Order of the list, always descending.", Sort, Sort.LAST_SEEN)
GROUP: Final = Choice(
    "group",
    "What a row stands for: `release` is an error in one release and environment, `fingerprint` an error as a whole.",
    Group,
    Group.RELEASE,
)
PREFIX: Final = Text("prefix", "Keeps values that begin so.", max_chars=500)

FILTERS: Final = (
    RELEASE,
    ENVIRONMENT,
    SOURCE,
    ROUTE,
    STATUS,
    ASSIGNEE,
    SINCE,
    UNTIL,
    ACTIVE_SINCE,
    ACTIVE_UNTIL,
    SEARCH,
)
"""What `read_filters` reads."""
PAGE: Final = (LIMIT, OFFSET, CURSOR)
"""What `read_start` and `read_page` read."""

PAGE_HEADERS: Final = {LINK: 'The next page, as `<…>; rel="next"`; absent on the last one.'}
TAG_HEADERS: Final = {"ETag": "Send it back as `If-None-Match`, and an unchanged answer is 304 without a body."}
_LIST_HEADERS: Final = {
    **PAGE_HEADERS,
    **TAG_HEADERS,
    "X-Total-Count": f"Rows of the list altogether, counted up to {MAX_TOTAL:,} and only as far as that is cheap.",
    "X-Total-Capped": "`true` when there may be more rows than were counted.",
    "X-Search-Capped": f"`true` when more than {MAX_MATCHES:,} errors match: only the newest of them are looked at.",
}


def list_routes(readers: Readers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("lists", __name__)
    payloads = PayloadReader()

    async def read_list(filters: ErrorFilters | None, sort: Sort, group: Group) -> Answer:
        arguments = request.args
        name = f"{group.value}.{sort.value}"
        page, start = read_page(arguments), read_start(arguments, name, 2)
        if filters is None:  # a search without a word in it
            body, status, headers = answer([])
            return tagged((body, status, headers | {"X-Total-Count": "0"}), request.headers.get("if-none-match"))
        after = None if start is None else Place(*start)
        wanted = Wanted(filters=filters, sort=sort, group=group, page=page, after=after)
        found = await readers.run(_list_query(read_scope(), payloads, wanted))
        body, status, headers = answer(found.rows)
        return tagged((body, status, headers | _list_headers(found, name)), request.headers.get("if-none-match"))

    @routes.get("/v1/errors")
    @documented(
        Operation(
            summary="Errors",
            description=(
                "By release and environment, or with `group=fingerprint` as a whole: then `release` and `environment` "
                "keep the errors that occurred there, and all numbers are those of the whole error."
            ),
            parameters=(PROJECT, *FILTERS, SORT, GROUP, *PAGE),
            answer=list[ErrorAggregate] | list[IssueSummary],
            headers=_LIST_HEADERS,
        )
    )
    async def errors() -> Answer:
        arguments = request.args
        filters = read_filters(arguments)
        return await read_list(filters, SORT.read(arguments), GROUP.read(arguments))

    @routes.get("/v1/releases/<segment:release>/errors")
    @documented(
        Operation(
            summary="Errors of one release",
            description="Its aggregates, most events first.",
            parameters=(PROJECT, *PAGE),
            answer=list[ErrorAggregate],
            headers=_LIST_HEADERS,
        )
    )
    async def release_errors(release: str) -> Answer:
        return await read_list(ErrorFilters(release=release), Sort.TOTAL_COUNT, Group.RELEASE)

    @routes.get("/v1/facets")
    @documented(
        Operation(
            summary="Values of the filters",
            description="What the filters of `/v1/errors` can be set to, the values with the most events first.",
            parameters=(PROJECT, PREFIX, LIMIT),
            answer=Facets,
            headers=TAG_HEADERS,
        )
    )
    async def facets() -> Answer:
        prefix, limit = PREFIX.read(request.args), LIMIT.read(request.args)
        query = over_projects(
            read_scope(),
            one=lambda conn, project: get_facets(conn, project_no=project.no, prefix=prefix, limit=limit),
            several=partial(facets_of_projects, prefix=prefix, limit=limit),
        )
        return tagged(answer(await readers.run(query)), request.headers.get("if-none-match"))

    return routes


def _list_query(scope: Scope, payloads: PayloadReader, wanted: Wanted) -> Callable[[Connection], ListPage]:
    def list_one(conn: Connection, project: OneProject) -> ListPage:
        return list_errors(conn, payloads, project_no=project.no, project_id=project.id, wanted=wanted)

    return over_projects(scope, one=list_one, several=partial(list_several, payloads=payloads, wanted=wanted))


def read_filters(arguments: Mapping[str, str]) -> ErrorFilters | None:
    """Return the filters of a list; None when nothing can match, for want of a word to search for.

    Raises:
        BadRequestError: a time is no whole number, a text too long, or nobody is signed in who could be meant by `me`.
    """
    assignee, user = ASSIGNEE.read(arguments), caller().user
    text = SEARCH.read(arguments)
    search = None if text is None else match_expression(text)
    active_since_ms = ACTIVE_SINCE.read(arguments)
    filters = ErrorFilters(
        release=RELEASE.read(arguments),
        environment=ENVIRONMENT.read(arguments),
        source=SOURCE.read(arguments),
        route=ROUTE.read(arguments),
        status=STATUS.read(arguments),
        since_ms=seen_since(SINCE.read(arguments), active_since_ms),
        until_ms=UNTIL.read(arguments),
        active_since_ms=active_since_ms,
        active_until_ms=ACTIVE_UNTIL.read(arguments),
        search=search,
        assigned=None if assignee is None else Assigned.to(assignee, user.user_id if user else None),
    )
    return None if text is not None and search is None else filters


def read_start(arguments: Mapping[str, str], list_name: str, size: int) -> tuple[int, ...] | None:
    """Return the numbers of the cursor, or None without one.

    Raises:
        BadRequestError: the cursor is not of this list, or an offset comes with it.
    """
    text = CURSOR.read(arguments)
    if text is None:
        return None
    if OFFSET.read(arguments):
        raise BadRequestError("cursor and offset exclude each other")
    return read_cursor(text, list_name, size)


def link_to(list_name: str, *place: int) -> dict[str, str]:
    """Return the header that leads from the request at hand to the rows behind a place."""
    return {LINK: next_link(request.path, request.args.items(multi=True), write_cursor(list_name, *place))}


def _list_headers(found: ListPage, name: str) -> dict[str, str]:
    headers = {"X-Total-Count": str(found.total.count)}
    if found.total.capped:
        headers["X-Total-Capped"] = "true"
    if found.search_capped:
        headers["X-Search-Capped"] = "true"
    if found.next is not None:
        headers |= link_to(name, found.next.value, found.next.id)
    return headers
