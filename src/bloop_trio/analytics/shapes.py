"""The insights that the API answers with: the fields' names and order are what goes over the wire.

Times are epoch milliseconds. A window is a number of hours back from now, and holds the hours that began within it.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True, slots=False)
class ErrorSpike:
    """The hour of an error that stands out most from its others."""

    fingerprint: str
    """Of the error."""
    error_type: str
    """Class or code of the error."""
    message: str
    """Of its newest event."""
    hour_bucket: int
    """When the hour began, in epoch milliseconds; of several alike, the last."""
    count: int
    """Events in that hour."""
    mean: float
    """Events an hour, on average over `hours`."""
    stddev: float
    """Standard deviation of the events an hour, that of a sample."""
    zscore: float
    """Standard deviations by which the hour is above the mean."""
    project_id: str
    """Id of the error's project."""
    hours: int
    """Hours that mean and deviation were taken over: all that are complete, with and without events, from when the error
    was first seen or the window began."""
    is_running: bool
    """Whether the hour is not over yet; its events are then judged, and left out of mean and deviation."""
    rule: dict[str, Any]
    """The `config` of an alert rule that fires when the error does about half as much again."""


@attrs.frozen(kw_only=True, slots=False)
class Spikes:
    """Errors that had an hour out of the ordinary."""

    spikes: list[ErrorSpike]
    """One for each error, the highest `zscore` first."""
    threshold: float
    """`zscore` from which an hour is a spike: `analytics.zscore_threshold`."""
    window_hours: int
    """Length of the window."""
    computed_at: int
    """The now that the window ends with, in epoch milliseconds."""


@attrs.frozen(kw_only=True, slots=False)
class ErrorMover:
    """An error that happens more often than before, or less often."""

    fingerprint: str
    """Of the error."""
    error_type: str
    """Class or code of the error."""
    message: str
    """Of its newest event."""
    count_current: int
    """Events in the window; those of the hour that is not over yet are among them."""
    count_previous: int
    """Events in the window of the same length before."""
    delta: int
    """`count_current` less `count_previous`."""
    delta_pct: float
    """`delta` in per cent of `count_previous`; 100 where there were none before."""
    project_id: str
    """Id of the error's project."""
    moved_at: int | None
    """Where the move began. One that rises: the first hour with more events than any hour of the window before. One that
    falls: the hour behind the last one with at least as many events as the window before had on average. In epoch
    milliseconds; null if there is no such hour, and while a fall could only have begun in the running one."""
    moved_first: bool
    """Whether no other of this list moved earlier."""
    rule: dict[str, Any]
    """The `config` of an alert rule that fires when the error moves half as much again, in the same direction."""


@attrs.frozen(kw_only=True, slots=False)
class Movers:
    """Errors whose number of events has changed most."""

    movers: list[ErrorMover]
    """The largest change first, whether up or down."""
    window_hours: int
    """Length of each of the two windows."""
    current_from: int
    """When the first hour of the window began, in epoch milliseconds."""
    previous_from: int
    """When the first hour of the window before began, in epoch milliseconds."""
    computed_at: int
    """The now that the window ends with, in epoch milliseconds."""


@attrs.frozen(kw_only=True, slots=False)
class ErrorPair:
    """Two errors of a project that have many events in the same hours, and few in the same."""

    fingerprint_a: str
    """Of the one error."""
    fingerprint_b: str
    """Of the other, which comes later in the alphabet."""
    message_a: str
    """Of the newest event of the one."""
    message_b: str
    """Of the newest event of the other."""
    correlation: float
    """Pearson's coefficient over the complete hours in which both have events, from 0.7 to 1."""
    project_id: str
    """Id of their project."""
    error_type_a: str
    """Class or code of the one."""
    error_type_b: str
    """Class or code of the other."""
    shared_hours: int
    """Hours in which both have events, 6 or more."""
    correlation_low: float
    """What the coefficient is at least, in 97.5 of 100 such cases: few hours prove little."""
    overlap: float
    """Hours in which both have events, as a share of those in which any of the two has, from 0 to 1."""


@attrs.frozen(kw_only=True, slots=False)
class Correlations:
    """Errors that tend to come together."""

    pairs: list[ErrorPair]
    """Each pair once, the highest `correlation` first."""
    window_hours: int
    """Length of the window."""
    compared: int
    """Errors that were compared with each other."""
    eligible: int
    """Errors with events in at least 6 complete hours; more than `compared` where there are more than `max_compared`."""
    max_compared: int
    """Errors that are compared at most: those with the most events."""
    computed_at: int
    """The now that the window ends with, in epoch milliseconds."""


@attrs.frozen(kw_only=True, slots=False)
class ReleaseImpact:
    """What a release has changed."""

    release: str
    """Name of the release."""
    first_seen: int
    """When its first event was received, in epoch milliseconds."""
    error_count: int
    """Events since then."""
    unique_fingerprints: int
    """Errors that have occurred in it."""
    new_fingerprints: int
    """Those of them that occurred in no release that was seen earlier."""
    error_delta: int
    """`error_count` less that of the release before."""
    impact_score: float
    """Ten for each new error, and by how many per cent there are more events than in the release before."""
    project_id: str
    """Id of the project."""
    previous_release: str | None
    """The release before: the one of the project that was first seen last before this one; null for the first."""
    last_seen: int
    """When its newest event was received, in epoch milliseconds."""
    exposure_hours: float
    """How long it has been in use, at least an hour: from `first_seen` to when the next release was first seen, or to
    `last_seen` where that is later; up to now for the newest."""
    errors_per_hour: float
    """`error_count` for each hour of exposure. Unlike `error_count`, it can be compared with that of an older release."""
    rate_delta_pct: float | None
    """By how many per cent `errors_per_hour` is above that of the release before; null for the first."""


@attrs.frozen(kw_only=True, slots=False)
class ReleaseImpacts:
    """Releases and what they have changed."""

    releases: list[ReleaseImpact]
    """The newest first."""
    computed_at: int
    """The now up to which the newest release is exposed, in epoch milliseconds."""


@attrs.frozen(kw_only=True, slots=False)
class EnvironmentLoad:
    """An environment of a project in numbers."""

    environment: str
    """Its name."""
    total_count: int
    """Events in the window."""
    unique_errors: int
    """Errors that have ever occurred in it."""
    pct_of_total: float
    """`total_count` in per cent of that of all environments."""
    p50_hourly: float
    """Events an hour, of the hours with events: half of them have at most so many. Between two hours the value is
    interpolated. The hour that is not over yet is among them."""
    p90_hourly: float
    """The same for nine of ten hours."""
    p99_hourly: float
    """The same for 99 of 100 hours."""
    project_id: str
    """Id of the project."""
    hours: int
    """Hours with events in the window."""


@attrs.frozen(kw_only=True, slots=False)
class EnvironmentLoads:
    """Where errors occur."""

    environments: list[EnvironmentLoad]
    """The one with the most events first."""
    total_count: int
    """Events in the window in all environments, also in those that `limit` leaves out."""
    window_hours: int
    """Length of the window."""
    computed_at: int
    """The now that the window ends with, in epoch milliseconds."""
