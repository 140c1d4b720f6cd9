"""Issues as lists of the API have them: the fields' names and order are what goes over the wire.

The classes have no slots, because the encoder writes slots in alphabetical order and people read these answers too.

Times are epoch milliseconds. A value that is not there is None (``null``), never left out.
"""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True, slots=False)
class ErrorAggregate:
    """An error in one release and environment."""

    project_id: str
    """Id of the project."""
    fingerprint: str
    """Address of the error."""
    release: str
    """Release that it happened in."""
    environment: str
    """Environment that it happened in."""
    total_count: int
    """Events in this release and environment."""
    first_seen: int
    """When its first event was received, in epoch milliseconds, by the server's clock."""
    last_seen: int
    """When its newest event was received, in epoch milliseconds."""
    error_type: str
    """Class or code of the error."""
    message: str
    """What went wrong, as the client has put it."""
    source: str
    """Where it comes from, such as ``api`` or ``ios``."""
    route_or_procedure: str | None
    """Route, procedure or job in which it happened."""
    screen: str | None
    """Screen of the app on which it happened."""
    status: str
    """Of the error as a whole: it is the same in all its releases."""


@attrs.frozen(slots=False)
class Assignee:
    """Somebody whom errors can be assigned to."""

    user_id: str
    """Id of the user."""
    username: str
    """Name of the user."""


@attrs.frozen(kw_only=True, slots=False)
class IssueSummary:
    """An error as a whole, over all its releases and environments."""

    project_id: str
    """Id of the project."""
    fingerprint: str
    """What the error is addressed by."""
    status: str
    """``unresolved``, ``resolved``, ``ignored`` or ``muted``."""
    total_count: int
    """Events since the beginning."""
    first_seen: int
    """When its first event was received, in epoch milliseconds."""
    last_seen: int
    """When its newest event was received, in epoch milliseconds."""
    regressed_at: int | None
    """When it last came back after having been resolved, in epoch milliseconds."""
    error_type: str
    """Class or code of the error."""
    message: str
    """Of the newest event."""
    source: str
    """Where it comes from, such as ``api`` or ``ios``."""
    route_or_procedure: str | None
    """Route, procedure or job in which it happened first."""
    screen: str | None
    """Screen of the app on which it happened first."""
    last_release: str | None
    """Release of the newest event."""
    last_environment: str | None
    """Environment of the newest event."""
    users_affected: int
    """Users whom it has happened to, of those that events name by a `user_id_hash`."""
    users_affected_exact: bool
    """Whether that is their exact number; else an estimate, within a few per cent."""
    assignee: Assignee | None
    """Whom it is assigned to."""
    first_release: str | None
    """Release of the first event."""
