"""The releases of projects over HTTP: what the chart marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, request

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import HOURS, LIMIT
from bloop_trio.issues.queries.releases import ReleaseInfo, list_releases
from bloop_trio.issues.reading.list_routes import TAG_HEADERS
from bloop_trio.issues.reading.scope import PROJECT, read_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers


def release_routes(readers: Readers, *, clock: Callable[[], int]) -> Blueprint:
    """Return the routes; `clock` tells epoch milliseconds."""
    routes = Blueprint("releases", __name__)

    @routes.get("/v1/releases")
    @documented(
        Operation(
            summary="Releases that came lately",
            description="Those whose first event was received within the window, the newest first.",
            parameters=(PROJECT, HOURS, LIMIT),
            answer=list[ReleaseInfo],
            headers=TAG_HEADERS,
        )
    )
    async def releases() -> Answer:
        limit, scope = LIMIT.read(request.args), read_scope()
        since_ms = clock() - HOURS.read(request.args) * MS_PER_HOUR

        def query(conn: Connection) -> list[ReleaseInfo]:
            return list_releases(conn, scope.projects(conn), since_ms=since_ms, limit=limit)

        return tagged(answer(await readers.run(query)), request.headers.get("if-none-match"))

    return routes
