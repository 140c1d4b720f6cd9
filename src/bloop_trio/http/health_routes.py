"""How the server is: `/health` and `/readyz` for probes and people, `/metrics` for scrapers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from quart import Blueprint

from bloop_trio import __version__
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.metrics import CONTENT_TYPE, Family, render
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.readiness import Readiness
from bloop_trio.http.store_metrics import ready_families, store_families

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bloop_trio.db.readers import Readers
    from bloop_trio.http.probes import Probes
    from bloop_trio.http.vitals import Vitals

FULL_USAGE: Final = 0.9
"""Filling of the buffer from which on the server counts as degraded: what comes next may be dropped."""


@attrs.frozen(kw_only=True, slots=False)  # without slots, fields are encoded as declared
class Queue:
    """The buffer in events."""

    buffered: int
    """Events that wait to be stored."""
    capacity: int
    """Events that fit."""


@attrs.frozen(kw_only=True, slots=False)  # without slots, fields are encoded as declared
class Health:
    """The answer of `/health`."""

    status: str
    """``ok``; ``degraded`` when the buffer is nearly full, the store refuses to write or the database does not answer;
    ``stopping``."""
    db_ok: bool
    """Whether the database answers a query within two seconds; queries that wait for others do not count."""
    buffer_usage: float
    """Filled part of the buffer, 0 to 1."""
    dropped_total: int
    """Events dropped since the start."""
    lost_total: int
    """Accepted events that could not be stored since the start."""
    last_flush_ms: int | None
    """When a batch was last committed, in epoch milliseconds."""
    version: str
    """Version of the server."""
    queue: Queue
    """The buffer in events."""


def judge_health(vitals: Vitals, *, db_ok: bool) -> tuple[Health, int]:
    """Return the answer and its status: 503 while the database does not answer or the server stops, else 200."""
    if vitals.stopping:
        status = "stopping"
    elif not db_ok or vitals.flush_error is not None or vitals.buffer_usage >= FULL_USAGE:
        status = "degraded"
    else:
        status = "ok"
    health = Health(
        status=status,
        db_ok=db_ok,
        buffer_usage=vitals.buffer_usage,
        dropped_total=vitals.dropped_total,
        lost_total=vitals.lost_total,
        last_flush_ms=vitals.last_flush_ms,
        version=__version__,
        queue=Queue(buffered=vitals.buffered, capacity=vitals.capacity),
    )
    return health, 503 if vitals.stopping or not db_ok else 200


def health_routes(
    vitals: Callable[[], Vitals],
    readers: Readers,
    probes: Probes,
    metric_sources: Sequence[Callable[[], Iterable[Family]]],
) -> Blueprint:
    """Return the routes; each source of metrics is asked at each scrape."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    @documented(
        Operation(
            summary="How the server is",
            answer=Health,
            same_body={503: "the database does not answer, or the server stops"},
        )
    )
    async def health() -> Answer:
        return answer(*judge_health(vitals(), db_ok=await probes.database_answers()))

    @routes.get("/readyz")
    @documented(
        Operation(
            summary="Whether events that are sent now will be kept",
            description=(
                "For whatever decides where events are sent: a load balancer, an orchestrator.\n"
                "What was looked at is told again for a second, so a probe may ask as often as it likes.\n"
                "See [monitoring](../how-to/monitor.md#readiness) for each check and its bounds."
            ),
            answer=Readiness,
            same_body={503: "events would be lost, or are; the body says why"},
        )
    )
    async def readyz() -> Answer:
        readiness = await probes.readiness()
        return answer(readiness, 200 if readiness.ready else 503)

    @routes.get("/metrics")
    @documented(
        Operation(
            summary="Metrics for scrapers",
            description="All [metrics](metrics.md) in the text format of Prometheus.",
            content_types=(CONTENT_TYPE,),
        )
    )
    async def metrics() -> Answer:
        families = [family for source in metric_sources for family in source()]
        families += ready_families(await probes.readiness())
        families += store_families(await probes.sizes(), readers.statistics())
        return render(families), 200, {"content-type": CONTENT_TYPE}

    return routes
