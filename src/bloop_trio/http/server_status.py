"""How the server is, for the people who look after it: what is wrong, in sentences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bloop_trio import __version__
from bloop_trio.http.readiness import State

if TYPE_CHECKING:
    from bloop_trio.db.sizes import StoreSizes
    from bloop_trio.http.readiness import Readiness
    from bloop_trio.http.vitals import Vitals


@attrs.frozen(kw_only=True, slots=False)  # without slots, fields are encoded as declared
class ServerStatus:
    """How the server is."""

    state: State
    """``ok``; ``warning`` if somebody should look at it; ``failing`` if events are lost, were in the last five minutes, or
    will be."""
    problems: list[str]
    """What is wrong, a sentence each, the worst first; empty if nothing is."""
    buffer_usage: float
    """Filled part of the buffer by number or size of its events, whichever is more: 0 to 1."""
    buffered: int
    """Events that wait to be stored."""
    capacity: int
    """Events that fit into the buffer."""
    dropped_total: int
    """Events dropped since the start."""
    lost_total: int
    """Accepted events that could not be stored since the start."""
    dropped_recently: int
    """Events dropped in the last five minutes."""
    last_flush_ms: int | None
    """When a batch was last stored, in epoch milliseconds; null before the first."""
    oldest_buffered_secs: float | None
    """For how long the oldest accepted event has waited to be stored; null without one."""
    database_bytes: int | None
    """What the database takes of its disk, with its log; null if the disk does not say."""
    disk_free_bytes: int | None
    """Room that is left on that disk; null if it does not say."""
    version: str
    """Version of the server."""
    started_at: int
    """When the server was started, in epoch seconds."""


def judge_server(vitals: Vitals, readiness: Readiness, sizes: StoreSizes | None, *, started_secs: int) -> ServerStatus:
    """Return how the server is; what keeps it from being ready is a problem, and so is what was lost lately."""
    checks = [(check.state, _sentence(check.message)) for check in readiness.checks]
    found = [problem for problem in [*checks, *_losses(vitals)] if problem[0] is not State.OK]
    found.sort(key=lambda problem: problem[0] is State.WARNING)
    return ServerStatus(
        state=found[0][0] if found else State.OK,
        problems=[sentence for _, sentence in found],
        buffer_usage=vitals.fill,
        buffered=vitals.buffered,
        capacity=vitals.capacity,
        dropped_total=vitals.dropped_total,
        lost_total=vitals.lost_total,
        dropped_recently=vitals.dropped_recently,
        last_flush_ms=vitals.last_flush_ms,
        oldest_buffered_secs=readiness.oldest_buffered_secs,
        database_bytes=None if sizes is None else sizes.database_bytes + sizes.wal_bytes,
        disk_free_bytes=readiness.disk_free_bytes,
        version=__version__,
        started_at=started_secs,
    )


def _losses(vitals: Vitals) -> list[tuple[State, str]]:
    """Return what was lost in the last five minutes; what the rate limit refuses is refused on purpose."""
    lately = "in the last five minutes"
    kinds = (
        (State.FAILING, vitals.overfull_recently, f"dropped {lately}: the buffer was full"),
        (State.FAILING, vitals.lost_recently, f"accepted and then lost {lately}: they could not be stored"),
        (State.WARNING, vitals.limited_recently, f"refused {lately}: their senders were over the rate limit"),
    )
    return [(state, f"{_events(count)} {what}") for state, count, what in kinds if count]


def _events(count: int) -> str:
    return "1 event was" if count == 1 else f"{count:,} events were"


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}"
