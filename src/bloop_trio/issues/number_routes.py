"""Counts by the hour and a project in numbers, over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.clock import now_ms
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import HOURS, MAX_LIMIT, Texts
from bloop_trio.issues.list_routes import TAG_HEADERS
from bloop_trio.issues.queries.numbers import get_stats, issue_trend, issue_trends, project_trend
from bloop_trio.issues.queries.shapes import ErrorTrend, HourlyCount, ProjectStats
from bloop_trio.issues.scope import project_scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bloop_trio.db.readers import Readers

FINGERPRINTS: Final = Texts(
    "fingerprint", f"Of an error; given once for each, up to {MAX_LIMIT} times.", max_items=MAX_LIMIT, required=True
)


def number_routes(readers: Readers, *, clock: Callable[[], int] = now_ms) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("numbers", __name__)

    @routes.get("/v1/errors/<segment:fingerprint>/trend")
    @documented(
        Operation(
            summary="Events of an error by the hour",
            description="Oldest first; hours without events are left out.",
            parameters=(HOURS,),
            answer=list[HourlyCount],
            headers=TAG_HEADERS,
        )
    )
    async def trend(fingerprint: str) -> Answer:
        hours, project_no = HOURS.read(request.args), project_scope()["project_no"]
        query = partial(issue_trend, project_no=project_no, fingerprint=fingerprint, hours=hours, now_ms=clock())
        return _answer(await readers.run(query))

    @routes.get("/v1/error-trends")
    @documented(
        Operation(
            summary="Events of several errors by the hour",
            description="One trend for each `fingerprint`, in their order; that of an unknown one is empty.",
            parameters=(FINGERPRINTS, HOURS),
            answer=list[ErrorTrend],
            headers=TAG_HEADERS,
        )
    )
    async def error_trends() -> Answer:
        fingerprints, hours = FINGERPRINTS.read(request.args), HOURS.read(request.args)
        query = partial(
            issue_trends,
            project_no=project_scope()["project_no"],
            fingerprints=fingerprints,
            hours=hours,
            now_ms=clock(),
        )
        return _answer(await readers.run(query))

    @routes.get("/v1/trends")
    @documented(
        Operation(
            summary="Events of the project by the hour",
            description="Oldest first; hours without events are left out.",
            parameters=(HOURS,),
            answer=list[HourlyCount],
            headers=TAG_HEADERS,
        )
    )
    async def trends() -> Answer:
        hours, project_no = HOURS.read(request.args), project_scope()["project_no"]
        return _answer(await readers.run(partial(project_trend, project_no=project_no, hours=hours, now_ms=clock())))

    @routes.get("/v1/stats")
    @documented(Operation(summary="The project in numbers", answer=ProjectStats, headers=TAG_HEADERS))
    async def stats() -> Answer:
        return _answer(await readers.run(partial(get_stats, project_no=project_scope()["project_no"], now_ms=clock())))

    return routes


def _answer(value: Any) -> Answer:
    """Answer with numbers that are polled: unchanged ones need not be sent again."""
    return tagged(answer(value), request.headers.get("if-none-match"))
