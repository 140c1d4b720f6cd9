"""What the live feed says: its messages and how they look on the wire. Pure.

Times are epoch milliseconds. The classes have no slots, so that their fields are encoded in the order of declaration.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from bloop_trio.http.codec import encode

if TYPE_CHECKING:
    from bloop_trio.issues.events.accounting import ProjectCounts

MAX_TEXT_CHARS: Final = 500
"""Longer types and messages of issues are cut in the feed; the issue itself has the whole."""

HEARTBEAT: Final = b":\n\n"
"""A comment, which clients skip."""


class Kind(enum.StrEnum):
    """What a message is about: the name of its event."""

    NEW = "new"
    REGRESSED = "regressed"
    CHANGED = "changed"
    STATUS = "status"
    ACTIVITY = "activity"
    COUNTERS = "counters"
    RESET = "reset"


class ResetReason(enum.StrEnum):
    """Why a stream does not go on where its client was."""

    UNKNOWN_ID = "unknown_id"
    """The id is none of those that are still kept."""
    TOO_SLOW = "too_slow"
    """The client read so slowly that messages were overtaken."""


@attrs.frozen(kw_only=True, slots=False)
class NewIssue:
    """An issue that nobody has seen before."""

    fingerprint: str
    error_type: str
    message: str
    """At most 500 characters of it."""
    status: str
    events: int
    """How many events it begins with."""
    first_seen: int
    last_seen: int


@attrs.frozen(kw_only=True, slots=False)
class RegressedIssue:
    """A resolved issue that is back."""

    fingerprint: str
    error_type: str
    """Of the event that brought it back, as `message` is."""
    message: str
    """At most 500 characters of it."""
    status: str
    """Where the issue stands now."""
    events: int
    """How many events it came back with."""
    last_seen: int


@attrs.define(kw_only=True, slots=False)
class ChangedIssue:
    """An issue whose counts have moved."""

    fingerprint: str
    events: int
    """How many events were added since the issue was last told of."""
    last_seen: int


@attrs.frozen(kw_only=True, slots=False)
class ChangedIssues:
    """The issues whose counts have moved since the last such message, without what `new` and `regressed` have told."""

    issues: list[ChangedIssue]
    """At most 200."""
    left_out: int
    """How many issues more have changed, each counted at most once a batch; above zero, read the list again."""


@attrs.frozen(kw_only=True, slots=False)
class StatusChanged:
    """Somebody has changed the status of an issue."""

    fingerprint: str
    old_status: str
    new_status: str
    changed_by: str | None
    changed_by_name: str | None
    """The name of that user or token."""
    changed_at: int


@attrs.frozen(kw_only=True, slots=False)
class IssueActivity:
    """Somebody has commented on an issue, or assigned it: what has happened to it can be read anew."""

    fingerprint: str
    kind: str
    """``comment``, also of one that was edited or removed, or ``assigned``."""
    actor: str
    actor_name: str
    """The name of that user or token."""
    at: int


@attrs.frozen(kw_only=True, slots=False)
class Counters:
    """Where the events of the project went since the server started."""

    received: int
    accepted: int
    dropped: int
    rejected: int
    stored: int
    duplicate: int
    dead_lettered: int
    lost: int
    buffered: int
    """Accepted, and on the way to the store."""


@attrs.frozen(kw_only=True, slots=False)
class Reset:
    """Messages are missing: what was read before must be read again. What follows is live."""

    reason: ResetReason


Message: TypeAlias = NewIssue | RegressedIssue | ChangedIssues | StatusChanged | IssueActivity | Counters | Reset

MESSAGES: Final[dict[Kind, type[Message]]] = {
    Kind.NEW: NewIssue,
    Kind.REGRESSED: RegressedIssue,
    Kind.CHANGED: ChangedIssues,
    Kind.STATUS: StatusChanged,
    Kind.ACTIVITY: IssueActivity,
    Kind.COUNTERS: Counters,
    Kind.RESET: Reset,
}
"""What each kind of event carries as its data."""

_NAMES: Final = {message: kind.value.encode() for kind, message in MESSAGES.items()}


def frame(message_id: str, message: Message) -> bytes:
    """Return `message` as one server-sent event."""
    # JSON escapes line ends, so one line of data holds it.
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (message_id.encode(), _NAMES[type(message)], encode(message))


def counters_of(counts: ProjectCounts | None) -> Counters:
    """Return the counts of a project as the feed tells them; zeros for one that has sent nothing yet."""
    if counts is None:
        return Counters(
            received=0,
            accepted=0,
            dropped=0,
            rejected=0,
            stored=0,
            duplicate=0,
            dead_lettered=0,
            lost=0,
            buffered=0,
        )
    return Counters(
        received=counts.received,
        accepted=counts.accepted,
        dropped=sum(counts.dropped.values()),
        rejected=sum(counts.rejected.values()),
        stored=counts.stored,
        duplicate=counts.duplicate,
        dead_lettered=counts.dead_lettered,
        lost=counts.lost,
        buffered=counts.in_buffer,
    )
