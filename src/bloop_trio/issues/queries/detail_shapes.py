"""An issue as a whole, as the API answers with it: the fields' names and order are what goes over the wire.

Times are epoch milliseconds. A value that is not there is None (``null``), never left out.
"""

from __future__ import annotations

from typing import Any

import attrs
from msgspec import UNSET, UnsetType

from bloop_trio.issues.queries.shapes import Assignee, ErrorAggregate, IssueSummary  # noqa: TC001 - msgspec reads them
from bloop_trio.sourcemaps.frames import Frame, UnmappedFrame  # noqa: TC001 - msgspec reads the annotations


@attrs.frozen(kw_only=True, slots=False)
class Sample:
    """An occurrence that is kept in full for as long as its error."""

    id: int
    """Number of the event; rises with time."""
    fingerprint: str
    """Address of the error."""
    project_id: str
    """Id of the project."""
    captured_at: int
    """When it arrived, in epoch milliseconds, by the server's clock."""
    source: str
    """Where it comes from, such as ``api`` or ``ios``."""
    environment: str
    """Environment that it happened in."""
    release: str
    """Release that it happened in."""
    error_type: str
    """Class or code of the error."""
    message: str
    """What went wrong, as the client has put it."""
    stack: str | None
    """Stack trace."""
    request_id: str | None
    """Id of the request in which it happened."""
    metadata: Any
    """Whatever the client has sent along."""
    user_id_hash: str | None
    """Whom it happened to, as a hash."""
    device_id_hash: str | None
    """On which device it happened, as a hash."""
    app_version: str | None
    """Version of the app."""
    build_number: str | None
    """Number of the app's build."""
    screen: str | None
    """Screen of the app on which it happened."""
    http_status: int | None
    """Status of the HTTP answer that went wrong."""
    route_or_procedure: str | None
    """Route, procedure or job in which it happened."""
    deobfuscated_stack: list[Frame] | UnsetType = UNSET
    """The lines of the stack and what source maps make of them; left out unless at least one line was mapped."""
    unmapped_frames: list[UnmappedFrame] | UnsetType = UNSET
    """The lines that name a place in a script and were not mapped, and why; left out if there are none, or if the
    project has no source maps."""


@attrs.frozen(kw_only=True, slots=False)
class IssueSnooze:
    """What makes a muted error unresolved again: the first of what is set."""

    until: int | None
    """A time, in epoch milliseconds."""
    until_total_count: int | None
    """So many events altogether."""
    until_users_affected: int | None
    """So many users altogether."""
    after_release: str | None
    """An event of a release that comes after this one."""


@attrs.frozen(kw_only=True, slots=False)
class IssueFix:
    """Where a resolved error is fixed: events of earlier releases do not bring it back."""

    release: str
    """Name of the release."""
    is_next: bool
    """Whether it is fixed in whatever release comes after that one."""


@attrs.frozen(kw_only=True, slots=False)
class Regression:
    """How a resolved error came back."""

    resolved_at: int
    """When it was resolved before that, in epoch milliseconds."""
    resolved_by_name: str | None
    """The name of whoever resolved it; null if there is no such user or token any more."""
    resolved_in: str | None
    """Release in which it was fixed; null if none was named, or the next one that has not come yet."""
    back_at: int
    """When the event was received that brought it back, in epoch milliseconds."""
    back_in: str | None
    """Release of that event; null if that is not known."""


@attrs.frozen(kw_only=True, slots=False)
class ErrorDetail:
    """An error as a whole."""

    aggregates: list[ErrorAggregate]
    """By last sighting, newest first."""
    samples: list[Sample]
    """Newest first."""
    users_affected: int
    """Users whom it has happened to, of those that events name by a `user_id_hash`."""
    users_affected_exact: bool
    """Whether that is their exact number; else an estimate, within a few per cent."""
    first_release: str | None
    """Release in which it was seen first."""
    last_release: str | None
    """Release in which it was seen last."""
    assignee: Assignee | None
    """Whom it is assigned to."""
    snooze: IssueSnooze | None
    """What makes it unresolved again, if it is muted until then."""
    fix: IssueFix | None
    """Where it is fixed, if it is resolved in a release."""
    issue: IssueSummary
    """The error as a list shows it."""
    regression: Regression | None
    """How it last came back, if it ever did; null while it is ignored or muted."""


@attrs.frozen(kw_only=True, slots=False)
class StatusChange:
    """One entry of an error's history."""

    id: int
    """Number of the change; rises with time."""
    project_id: str
    """Id of the project."""
    fingerprint: str
    """Address of the error."""
    old_status: str
    """Status before it."""
    new_status: str
    """Status after it."""
    changed_by: str | None
    """A user's id, or ``token:`` and a token's id; null for the server itself."""
    changed_by_name: str | None
    """The name of that user or token; null if there is no such user or token any more."""
    changed_at: int
    """When it was made, in epoch milliseconds."""
    reason: str | None
    """``regression`` when a resolved error came back, ``snooze ended: …`` when what ends a mute was met, ``undo`` when a
    change was undone; else what was given as a reason."""


@attrs.frozen(kw_only=True, slots=False)
class ActivityEntry:
    """Something that happened to an error."""

    id: int
    """Number of the entry; rises with time."""
    project_id: str
    """Id of the project."""
    fingerprint: str
    """Address of the error."""
    kind: str
    """``status``, ``comment``, ``assigned``, ``merged`` or ``unmerged``."""
    actor: str | None
    """A user's id, or ``token:`` and a token's id; null for the server itself."""
    actor_name: str | None
    """The name of that user or token; null if there is no such user or token any more."""
    at: int
    """When it happened, in epoch milliseconds."""
    edited_at: int | None
    """When a comment was last edited, in epoch milliseconds."""
    content: dict[str, Any]
    """Of a change of status: `old_status`, `new_status` and `reason`, `in_release` where an event of that release brought
    the error back, `fix` (`release`, `is_next`) where it was resolved in a release, and `snooze` (`until`,
    `more_events`, `more_users`, `after_release`) where it was muted until something happens; of a comment: `text`, which
    is Markdown; of an assignment: `user_id` and `username`, both null where nobody is assigned any more; of a merge:
    `fingerprints`; of taking apart: `fingerprints`, or `from` where the error itself has left another one."""
