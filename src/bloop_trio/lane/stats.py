"""What the listener counts."""

from __future__ import annotations

import enum

import attrs

from bloop_trio.http.request_metrics import RequestMetrics


class CloseReason(enum.StrEnum):
    """Why the server, and not its client, ended a connection."""

    HANDSHAKE_TIMEOUT = "handshake_timeout"
    HEADER_TIMEOUT = "header_timeout"
    BODY_TIMEOUT = "body_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    WRITE_TIMEOUT = "write_timeout"
    LINGER_TIMEOUT = "linger_timeout"
    REFUSED_HEAD = "refused_head"
    REFUSED_BODY = "refused_body"
    SHUTDOWN = "shutdown"


@attrs.define(eq=False)
class LaneStats:
    """Counters since the start of the process; plain integers that only the event loop writes."""

    connections_open: int = 0
    """Connections open now, on either road."""
    accepted_total: int = 0
    """Connections taken from the listening sockets."""
    rejected_limit_total: int = 0
    """Connections told 503 because `max_connections` were open."""
    accept_errors_total: int = 0
    """Failed attempts to accept, mostly for want of file descriptors."""
    lane_requests_total: int = 0
    """Requests answered by the express lane."""
    handed_over_total: int = 0
    """Connections given to the ordinary road."""
    connection_errors_total: int = 0
    """Connections that ended with an exception nobody expected."""
    tls_failures_total: int = 0
    """Handshakes that came to nothing."""
    closed_by_reason: dict[CloseReason, int] = attrs.field(factory=lambda: dict.fromkeys(CloseReason, 0))
    """Connections that the server ended, by reason."""
    requests: RequestMetrics = attrs.field(factory=RequestMetrics)
    """Requests that were answered, on either road."""
