"""How the server is, over HTTP, for people: the side bar shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint

from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.server_status import ServerStatus, judge_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.http.probes import Probes
    from bloop_trio.http.vitals import Vitals


def server_routes(vitals: Callable[[], Vitals], probes: Probes, *, started_secs: int) -> Blueprint:
    """Return the routes; the server was started at `started_secs`, in epoch seconds."""
    routes = Blueprint("server", __name__)

    @routes.get("/v1/server")
    @documented(
        Operation(
            tag="The server itself",
            summary="How the server is, in words",
            description=(
                "For the people who look after it, with what `/health` and `/readyz` know and what was lost lately.\n"
                "The numbers are those of the whole server, whatever project a token is for.\n"
                "What was looked at is told again for a second."
            ),
            answer=ServerStatus,
        )
    )
    async def server() -> Answer:
        readiness, sizes = await probes.readiness(), await probes.sizes()
        return answer(judge_server(vitals(), readiness, sizes, started_secs=started_secs))

    return routes
