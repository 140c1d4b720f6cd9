"""The numbers of a project that the API answers with: the fields' names and order are what goes over the wire.

Times are epoch milliseconds.
"""

from __future__ import annotations

import attrs


@attrs.frozen(slots=False)
class HourlyCount:
    """The events of one hour."""

    hour_bucket: int
    """The hour's first millisecond, as epoch milliseconds."""
    count: int
    """Events that were received in it."""


@attrs.frozen(kw_only=True, slots=False)
class ErrorTrend:
    """The events of one error by the hour."""

    fingerprint: str
    """As it was asked for."""
    counts: list[HourlyCount]
    """Oldest first; hours without events are left out."""


@attrs.frozen(slots=False)
class FacetValue:
    """One value that a filter can be set to."""

    value: str
    """Release, environment, source or route."""
    count: int
    """Its events since the beginning."""
    last_seen: int
    """When its newest event was received, in epoch milliseconds."""


@attrs.frozen(slots=False)
class StatusCount:
    """How many errors have a status."""

    value: str
    """``unresolved``, ``resolved``, ``ignored`` or ``muted``."""
    count: int
    """Errors, each counted once whatever its releases."""


@attrs.frozen(kw_only=True, slots=False)
class Facets:
    """What the filters of a list can be set to, each most events first."""

    releases: list[FacetValue]
    """For `release`."""
    environments: list[FacetValue]
    """For `environment`."""
    sources: list[FacetValue]
    """For `source`."""
    routes: list[FacetValue]
    """For `route`."""
    statuses: list[StatusCount]
    """For `status`: always all four."""


@attrs.frozen(slots=False)
class RouteCount:
    """All events that came from one route."""

    route: str
    """Route, procedure or job."""
    count: int
    """Events since the beginning."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectStats:
    """A project in a few numbers."""

    total_errors: int
    """Errors in the project."""
    unresolved_errors: int
    """Of them, unresolved."""
    total_events_24h: int
    """Events in the hours that began in the last 24."""
    overflowed_events_24h: int
    """Of those events, the ones of errors that were not made, as too many new ones came."""
    thinned_events_24h: int
    """Of those events, the ones that were only counted, as their error floods."""
    top_routes: list[RouteCount]
    """Up to ten routes by events since the beginning, most first."""
