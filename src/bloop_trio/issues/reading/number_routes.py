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
from bloop_trio.issues.queries.number_shapes import ErrorTrend, HourlyCount, ProjectStats
from bloop_trio.issues.queries.numbers import get_stats, issue_trend, issue_trends, project_trend
from bloop_trio.issues.queries.scope import of_holder, over_projects
from bloop_trio.issues.queries.several import stats_of_projects, trend_of_projects, trends_of_errors
from bloop_trio.issues.reading.list_routes import TAG_HEADERS
from bloop_trio.issues.reading.scope import PROJECT, PROJECT_OF_ERROR, read_scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import OneProject

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
            parameters=(PROJECT_OF_ERROR, HOURS),
            answer=list[HourlyCount],
            headers=TAG_HEADERS,
        )
    )
    async def trend(fingerprint: str) -> Answer:
        hours, at_ms = HOURS.read(request.args), clock()

        def query(conn: Connection, project: OneProject) -> list[HourlyCount]:
            return issue_trend(conn, project_no=project.no, fingerprint=fingerprint, hours=hours, now_ms=at_ms)

        return _answer(await readers.run(of_holder(read_scope(), fingerprint, query)) or [])

    @routes.get("/v1/error-trends")
    @documented(
        Operation(
            summary="Events of several errors by the hour",
            description=(
                "One trend for each `fingerprint`, in their order; that of an unknown one is empty.\n"
                "Over all projects, a fingerprint that several have is counted in all of them."
            ),
            parameters=(PROJECT, FINGERPRINTS, HOURS),
            answer=list[ErrorTrend],
            headers=TAG_HEADERS,
        )
    )
    async def error_trends() -> Answer:
        fingerprints, hours = FINGERPRINTS.read(request.args), HOURS.read(request.args)
        at_ms = clock()
        query = over_projects(
            read_scope(),
            one=lambda conn, project: issue_trends(
                conn, project_no=project.no, fingerprints=fingerprints, hours=hours, now_ms=at_ms
            ),
            several=partial(trends_of_errors, fingerprints=fingerprints, hours=hours, now_ms=at_ms),
        )
        return _answer(await readers.run(query))

    @routes.get("/v1/trends")
    @documented(
        Operation(
            summary="Events of the project by the hour",
            description="Oldest first; hours without events are left out.",
            parameters=(PROJECT, HOURS),
            answer=list[HourlyCount],
            headers=TAG_HEADERS,
        )
    )
    async def trends() -> Answer:
        hours, at_ms = HOURS.read(request.args), clock()
        query = over_projects(
            read_scope(),
            one=lambda conn, project: project_trend(conn, project_no=project.no, hours=hours, now_ms=at_ms),
            several=partial(trend_of_projects, hours=hours, now_ms=at_ms),
        )
        return _answer(await readers.run(query))

    @routes.get("/v1/stats")
    @documented(
        Operation(summary="The project in numbers", parameters=(PROJECT,), answer=ProjectStats, headers=TAG_HEADERS)
    )
    async def stats() -> Answer:
        at_ms = clock()
        query = over_projects(
            read_scope(),
            one=lambda conn, project: get_stats(conn, project_no=project.no, now_ms=at_ms),
            several=partial(stats_of_projects, now_ms=at_ms),
        )
        return _answer(await readers.run(query))

    return routes


def _answer(value: Any) -> Answer:
    """Answer with numbers that are polled: unchanged ones need not be sent again."""
    return tagged(answer(value), request.headers.get("if-none-match"))
