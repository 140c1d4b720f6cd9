"""Reading issues over HTTP. Each route reads its parameters, runs one query and encodes what that returns.

The project is always the caller's own; a `project_id` in the query is ignored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypedDict

from quart import Blueprint, g, request

from bloop_trio.clock import now_ms
from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import HOURS, LIMIT, OFFSET, Choice, Text, Whole, read_page
from bloop_trio.issues.payload import PayloadReader
from bloop_trio.issues.queries.detail import get_detail, list_history, list_occurrences
from bloop_trio.issues.queries.listing import ErrorFilters, Sort, list_errors
from bloop_trio.issues.queries.numbers import get_stats, issue_trend, project_trend
from bloop_trio.issues.queries.shapes import (
    ErrorAggregate,
    ErrorDetail,
    HourlyCount,
    Occurrence,
    ProjectStats,
    StatusChange,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.db.readers import Readers
    from bloop_trio.http.guard import Caller


RELEASE: Final = Text("release", "Keeps exactly this release.")
ENVIRONMENT: Final = Text("environment", "Keeps exactly this environment.")
SOURCE: Final = Text("source", "Keeps exactly this source; `api` keeps all but `ios` and `android`.")
ROUTE: Final = Text("route", "Keeps exactly this `route_or_procedure`.")
STATUS: Final = Text(
    "status", "Keeps one status: `unresolved`, `resolved`, `ignored` or `muted`; any other keeps nothing."
)
SINCE: Final = Whole("since", "Keeps what was last seen then or later, in epoch milliseconds.")
UNTIL: Final = Whole("until", "Keeps what was last seen then or earlier, in epoch milliseconds.")
SORT: Final = Choice("sort", "Order of the list, always descending.", Sort, Sort.LAST_SEEN)

FILTERS: Final = (RELEASE, ENVIRONMENT, SOURCE, ROUTE, STATUS, SINCE, UNTIL)
"""What `read_filters` reads."""
PAGE: Final = (LIMIT, OFFSET)
"""What `read_page` reads."""


def issue_routes(readers: Readers, *, max_samples: int, clock: Callable[[], int] = now_ms) -> Blueprint:
    """Return the routes; a detail shows at most `max_samples` samples."""
    routes = Blueprint("issues", __name__)
    payloads = PayloadReader()

    @routes.get("/v1/errors")
    @documented(
        Operation(
            summary="Errors by release and environment",
            parameters=(*FILTERS, SORT, *PAGE),
            answer=list[ErrorAggregate],
        )
    )
    async def errors() -> Answer:
        filters, sort, page = read_filters(request.args), SORT.read(request.args), read_page(request.args)
        query = partial(list_errors, **_project(), filters=filters, sort=sort, page=page)
        return answer(await readers.run(query))

    @routes.get("/v1/releases/<segment:release>/errors")
    @documented(
        Operation(
            summary="Errors of one release",
            description="Its aggregates, most events first.",
            parameters=PAGE,
            answer=list[ErrorAggregate],
        )
    )
    async def release_errors(release: str) -> Answer:
        filters, page = ErrorFilters(release=release), read_page(request.args)
        query = partial(list_errors, **_project(), filters=filters, sort=Sort.TOTAL_COUNT, page=page)
        return answer(await readers.run(query))

    @routes.get("/v1/errors/<segment:fingerprint>")
    @documented(
        Operation(
            summary="One error",
            description=(
                "Its aggregates, and its newest occurrences in full, at most `pipeline.sample_reservoir_size`.\n"
                "Samples are kept for as long as the error, whatever the age of its events.\n\n"
                "A fingerprint that a client has chosen itself is found by what the client wrote, also where it is "
                "stored as a hash because it holds other characters than `A-Z a-z 0-9 . _ : -`."
            ),
            answer=ErrorDetail,
            errors={404: "the project has no such error"},
        )
    )
    async def error(fingerprint: str) -> Answer:
        query = partial(get_detail, payloads=payloads, **_project(), fingerprint=fingerprint, max_samples=max_samples)
        detail = await readers.run(query)
        if detail is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return answer(detail)

    @routes.get("/v1/errors/<segment:fingerprint>/occurrences")
    @documented(
        Operation(
            summary="Occurrences of an error",
            description=(
                "Its stored events, newest arrival first, back to `retention.raw_events_days`; an empty list if there "
                "are none.\n"
                "An occurrence has the fields of a sample, with `timestamp` and `received_at` in place of "
                "`captured_at`."
            ),
            parameters=PAGE,
            answer=list[Occurrence],
        )
    )
    async def occurrences(fingerprint: str) -> Answer:
        page = read_page(request.args)
        query = partial(list_occurrences, payloads=payloads, **_project(), fingerprint=fingerprint, page=page)
        return answer(await readers.run(query))

    @routes.get("/v1/errors/<segment:fingerprint>/trend")
    @documented(
        Operation(
            summary="Events of an error by the hour",
            description="Oldest first; hours without events are left out.",
            parameters=(HOURS,),
            answer=list[HourlyCount],
        )
    )
    async def trend(fingerprint: str) -> Answer:
        hours, project_no = HOURS.read(request.args), _caller().project_no
        query = partial(issue_trend, project_no=project_no, fingerprint=fingerprint, hours=hours, now_ms=clock())
        return answer(await readers.run(query))

    @routes.get("/v1/errors/<segment:fingerprint>/history")
    @documented(
        Operation(
            summary="Changes of an error's status",
            description="Newest first.",
            parameters=PAGE,
            answer=list[StatusChange],
        )
    )
    async def history(fingerprint: str) -> Answer:
        query = partial(list_history, **_project(), fingerprint=fingerprint, page=read_page(request.args))
        return answer(await readers.run(query))

    @routes.get("/v1/trends")
    @documented(
        Operation(
            summary="Events of the project by the hour",
            description="Oldest first; hours without events are left out.",
            parameters=(HOURS,),
            answer=list[HourlyCount],
        )
    )
    async def trends() -> Answer:
        hours, project_no = HOURS.read(request.args), _caller().project_no
        return answer(await readers.run(partial(project_trend, project_no=project_no, hours=hours, now_ms=clock())))

    @routes.get("/v1/stats")
    @documented(Operation(summary="The project in numbers", answer=ProjectStats))
    async def stats() -> Answer:
        return answer(await readers.run(partial(get_stats, project_no=_caller().project_no, now_ms=clock())))

    return routes


def read_filters(arguments: Mapping[str, str]) -> ErrorFilters:
    """Return the filters of a list.

    Raises:
        BadRequestError: a time is no whole number, or a text too long.
    """
    return ErrorFilters(
        release=RELEASE.read(arguments),
        environment=ENVIRONMENT.read(arguments),
        source=SOURCE.read(arguments),
        route=ROUTE.read(arguments),
        status=STATUS.read(arguments),
        since_ms=SINCE.read(arguments),
        until_ms=UNTIL.read(arguments),
    )


def _caller() -> Caller:
    caller: Caller = g.caller
    return caller


class _Project(TypedDict):
    project_no: int
    project_id: str


def _project() -> _Project:
    """Return the project whose data the caller sees, as the queries take it."""
    caller = _caller()
    return {"project_no": caller.project_no, "project_id": caller.project_id}
