"""The listener's counters as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.http.metrics import Family, Sample

if TYPE_CHECKING:
    from bloop_trio.lane.bodies import BodyBudget
    from bloop_trio.lane.stats import LaneStats


def lane_families(stats: LaneStats, bodies: BodyBudget) -> list[Family]:
    """Return what the listener has counted, requests by route included, and what request bodies take of the memory."""
    return [
        *stats.requests.families(),
        Family.single("bloop_connections_open", "gauge", "Open connections.", stats.connections_open),
        Family.single("bloop_connections_total", "counter", "Connections that were accepted.", stats.accepted_total),
        Family.single(
            "bloop_connections_refused_total",
            "counter",
            "Connections refused because too many were open.",
            stats.rejected_limit_total,
        ),
        Family(
            "bloop_connections_closed_total",
            "counter",
            "Connections that the server ended, by reason.",
            tuple(Sample(count, {"reason": reason.value}) for reason, count in stats.closed_by_reason.items()),
        ),
        Family.single(
            "bloop_connections_handed_over_total",
            "counter",
            "Connections that left the express lane.",
            stats.handed_over_total,
        ),
        Family.single(
            "bloop_connection_errors_total",
            "counter",
            "Connections that ended with an unexpected exception.",
            stats.connection_errors_total,
        ),
        Family.single(
            "bloop_accept_errors_total", "counter", "Failed attempts to accept a connection.", stats.accept_errors_total
        ),
        Family.single("bloop_tls_failures_total", "counter", "TLS handshakes that failed.", stats.tls_failures_total),
        Family.single(
            "bloop_lane_requests_total", "counter", "Requests answered in the express lane.", stats.lane_requests_total
        ),
        Family.single(
            "bloop_request_bodies_bytes", "gauge", "Memory set aside for long request bodies.", bodies.held_bytes
        ),
        Family.single(
            "bloop_request_bodies_capacity_bytes",
            "gauge",
            "Memory that long request bodies may take together.",
            bodies.max_bytes,
        ),
        Family.single(
            "bloop_request_bodies_waiting", "gauge", "Long request bodies that wait for memory.", bodies.waiting
        ),
    ]
