"""How the server is: `/health` for probes and people, `/metrics` for scrapers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio
from quart import Blueprint

from bloop_trio import __version__
from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.metrics import CONTENT_TYPE, Family, render
from bloop_trio.http.operations import Operation, documented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

_log = structlog.get_logger("bloop.http")

PROBE_LIMIT_SECS: Final = 2.0
"""How long the database may take to answer before it counts as not answering."""

FULL_USAGE: Final = 0.9
"""Filling of the buffer from which on the server counts as degraded: what comes next may be dropped."""


@attrs.frozen(kw_only=True)
class Vitals:
    """What the server knows about itself without asking anybody."""

    stopping: bool
    buffered: int
    """Events in the buffer."""
    capacity: int
    """Events that fit into it."""
    dropped_total: int
    """Events that were dropped since the start."""
    lost_total: int
    """Accepted events that could not be stored since the start."""
    last_flush_ms: int | None
    """When a batch was last committed."""
    flush_failing: bool
    """Whether the store refuses the batch at hand."""

    @property
    def buffer_usage(self) -> float:
        """Filled part of the buffer, 0 to 1."""
        return min(1.0, self.buffered / self.capacity)


@attrs.frozen(kw_only=True, slots=False)  # without slots, fields are encoded as declared
class Queue:
    """The buffer in events."""

    buffered: int
    capacity: int


@attrs.frozen(kw_only=True, slots=False)  # without slots, fields are encoded as declared
class Health:
    """The answer of `/health`."""

    status: str
    """``ok``; ``degraded`` when events may be dropped or nothing can be read; ``stopping``."""
    db_ok: bool
    buffer_usage: float
    dropped_total: int
    lost_total: int
    last_flush_ms: int | None
    version: str
    queue: Queue


def judge_health(vitals: Vitals, *, db_ok: bool) -> tuple[Health, int]:
    """Return the answer and its status: 503 while the database does not answer or the server stops, else 200."""
    if vitals.stopping:
        status = "stopping"
    elif not db_ok or vitals.flush_failing or vitals.buffer_usage >= FULL_USAGE:
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


async def probe_database(readers: Readers) -> bool:
    """Return whether the database answers a query in time; never raises for what is wrong with it."""
    with trio.move_on_after(PROBE_LIMIT_SECS):
        try:
            await readers.run(_read_something, time_limit_ms=int(PROBE_LIMIT_SECS * 1000))
        except (QueryTimeoutError, StoreError) as error:
            _log.error("the database does not answer", error=str(error))
            return False
        return True
    return False


def _read_something(conn: Connection) -> None:
    conn.execute("SELECT no FROM projects LIMIT 1").fetchall()


def health_routes(
    vitals: Callable[[], Vitals], readers: Readers, metric_sources: Sequence[Callable[[], Iterable[Family]]]
) -> Blueprint:
    """Return the routes; each source of metrics is asked at each scrape."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    @documented(
        Operation(
            summary="How the server is",
            answer=Health,
            errors={503: "the database does not answer, or the server stops; the body is the same as of 200"},
        )
    )
    async def health() -> Answer:
        return answer(*judge_health(vitals(), db_ok=await probe_database(readers)))

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
        return render(families), 200, {"content-type": CONTENT_TYPE}

    return routes
