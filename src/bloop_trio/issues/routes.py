"""Reading issues over HTTP. Each route reads its parameters, runs one query and encodes what that returns.

The project is always the caller's own; a `project_id` in the query is ignored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypedDict

from quart import Blueprint, g, request

from bloop_trio.clock import now_ms
from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.paging import read_hours, read_page, read_text, read_whole
from bloop_trio.issues.payload import PayloadReader
from bloop_trio.issues.queries.detail import get_detail, list_history, list_occurrences
from bloop_trio.issues.queries.listing import ErrorFilters, Sort, list_errors
from bloop_trio.issues.queries.numbers import get_stats, issue_trend, project_trend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.db.readers import Readers
    from bloop_trio.http.guard import Caller


def issue_routes(readers: Readers, *, max_samples: int, clock: Callable[[], int] = now_ms) -> Blueprint:
    """Return the routes; a detail shows at most `max_samples` samples."""
    routes = Blueprint("issues", __name__)
    payloads = PayloadReader()

    @routes.get("/v1/errors")
    async def errors() -> Answer:
        filters, sort, page = read_filters(request.args), read_sort(request.args), read_page(request.args)
        query = partial(list_errors, **_project(), filters=filters, sort=sort, page=page)
        return answer(await readers.run(query))

    @routes.get("/v1/releases/<segment:release>/errors")
    async def release_errors(release: str) -> Answer:
        filters, page = ErrorFilters(release=release), read_page(request.args)
        query = partial(list_errors, **_project(), filters=filters, sort=Sort.TOTAL_COUNT, page=page)
        return answer(await readers.run(query))

    @routes.get("/v1/errors/<segment:fingerprint>")
    async def error(fingerprint: str) -> Answer:
        query = partial(get_detail, payloads=payloads, **_project(), fingerprint=fingerprint, max_samples=max_samples)
        detail = await readers.run(query)
        if detail is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return answer(detail)

    @routes.get("/v1/errors/<segment:fingerprint>/occurrences")
    async def occurrences(fingerprint: str) -> Answer:
        page = read_page(request.args)
        query = partial(list_occurrences, payloads=payloads, **_project(), fingerprint=fingerprint, page=page)
        return answer(await readers.run(query))

    @routes.get("/v1/errors/<segment:fingerprint>/trend")
    async def trend(fingerprint: str) -> Answer:
        hours, project_no = read_hours(request.args), _caller().project_no
        query = partial(issue_trend, project_no=project_no, fingerprint=fingerprint, hours=hours, now_ms=clock())
        return answer(await readers.run(query))

    @routes.get("/v1/errors/<segment:fingerprint>/history")
    async def history(fingerprint: str) -> Answer:
        query = partial(list_history, **_project(), fingerprint=fingerprint, page=read_page(request.args))
        return answer(await readers.run(query))

    @routes.get("/v1/trends")
    async def trends() -> Answer:
        hours, project_no = read_hours(request.args), _caller().project_no
        return answer(await readers.run(partial(project_trend, project_no=project_no, hours=hours, now_ms=clock())))

    @routes.get("/v1/stats")
    async def stats() -> Answer:
        return answer(await readers.run(partial(get_stats, project_no=_caller().project_no, now_ms=clock())))

    return routes


def read_filters(arguments: Mapping[str, str]) -> ErrorFilters:
    """Return the filters of a list.

    Raises:
        BadRequestError: a time is no whole number.
    """
    return ErrorFilters(
        release=read_text(arguments, "release"),
        environment=read_text(arguments, "environment"),
        source=read_text(arguments, "source"),
        route=read_text(arguments, "route"),
        status=read_text(arguments, "status"),
        since_ms=read_whole(arguments, "since"),
        until_ms=read_whole(arguments, "until"),
    )


def read_sort(arguments: Mapping[str, str]) -> Sort:
    """Return the order of a list, by default by the last sighting.

    Raises:
        BadRequestError: there is no such order.
    """
    text = read_text(arguments, "sort")
    try:
        return Sort.LAST_SEEN if text is None else Sort(text)
    except ValueError:
        raise BadRequestError("sort must be last_seen, total_count or first_seen") from None


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
