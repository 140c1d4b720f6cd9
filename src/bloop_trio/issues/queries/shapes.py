"""The objects that the API answers with: the fields' names and order are what goes over the wire.

The classes have no slots, because the encoder writes slots in alphabetical order and people read these answers too.

Times are epoch milliseconds. A value that is not there is None (``null``), never left out.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True, slots=False)
class ErrorAggregate:
    """An issue in one release and environment."""

    project_id: str
    fingerprint: str
    release: str
    environment: str
    total_count: int
    first_seen: int
    last_seen: int
    error_type: str
    message: str
    source: str
    route_or_procedure: str | None
    screen: str | None
    status: str
    """Of the issue as a whole: it is the same in all its releases."""


@attrs.frozen(kw_only=True, slots=False)
class Sample:
    """An occurrence that is kept in full for as long as its issue."""

    id: int
    fingerprint: str
    project_id: str
    captured_at: int
    source: str
    environment: str
    release: str
    error_type: str
    message: str
    stack: str | None
    request_id: str | None
    metadata: Any
    user_id_hash: str | None
    device_id_hash: str | None
    app_version: str | None
    build_number: str | None
    screen: str | None
    http_status: int | None
    route_or_procedure: str | None


@attrs.frozen(kw_only=True, slots=False)
class ErrorDetail:
    """An issue as a whole."""

    aggregates: list[ErrorAggregate]
    """By last sighting, newest first."""
    samples: list[Sample]
    """Newest first."""


@attrs.frozen(kw_only=True, slots=False)
class Occurrence:
    """A stored event."""

    id: int
    timestamp: int
    """When it happened, by the client's clock."""
    source: str
    environment: str
    release: str
    error_type: str
    message: str
    stack: str | None
    http_status: int | None
    request_id: str | None
    route_or_procedure: str | None
    fingerprint: str
    received_at: int
    """When it arrived, by the server's clock."""
    project_id: str
    metadata: Any
    user_id_hash: str | None
    device_id_hash: str | None
    app_version: str | None
    build_number: str | None
    screen: str | None


@attrs.frozen(kw_only=True, slots=False)
class StatusChange:
    """One entry of an issue's history."""

    id: int
    project_id: str
    fingerprint: str
    old_status: str
    new_status: str
    changed_by: str | None
    """A user's id, or ``token:`` and a token's id; None for the server itself."""
    changed_at: int
    reason: str | None


@attrs.frozen(slots=False)
class HourlyCount:
    """The events of one hour."""

    hour_bucket: int
    """The hour's first millisecond."""
    count: int


@attrs.frozen(slots=False)
class RouteCount:
    """All events that came from one route."""

    route: str
    count: int


@attrs.frozen(kw_only=True, slots=False)
class ProjectStats:
    """A project in four numbers."""

    total_errors: int
    unresolved_errors: int
    total_events_24h: int
    top_routes: list[RouteCount]
    """By events since the beginning, most first."""
