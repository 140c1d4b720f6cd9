"""An issue in one look: what its Markdown tells. Times are epoch milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from bloop_trio.issues.stored.user_set import NOBODY, UserCount
from bloop_trio.sourcemaps.frames import MappedStack

if TYPE_CHECKING:
    from bloop_trio.issues.grouping.why_grouped import Explanation
    from bloop_trio.issues.queries.detail_shapes import StatusChange
    from bloop_trio.issues.queries.tag_counts import ErrorTags


@attrs.frozen
class Share:
    """The events of an issue in one release or environment."""

    name: str
    count: int


@attrs.frozen(kw_only=True)
class Shares:
    """Where the events of an issue occurred."""

    top: tuple[Share, ...]
    """Those with the most events first."""
    left_out: int
    """How many there are beside them."""


@attrs.frozen(kw_only=True)
class Example:
    """One occurrence of an issue; None is what the client did not send."""

    event_id: int
    received_ms: int
    release: str
    environment: str
    source: str
    message: str | None
    stack: str | None
    http_status: int | None
    request_id: str | None
    route_or_procedure: str | None
    screen: str | None
    app_version: str | None
    build_number: str | None
    metadata: Any
    mapped: MappedStack = attrs.field(factory=MappedStack)
    """What source maps make of the stack."""


@attrs.frozen(kw_only=True)
class Remark:
    """A comment on an issue."""

    author: str | None
    """A user's id, or ``token:`` and a token's id."""
    author_name: str | None
    """The name of that user or token, as long as there is one."""
    at_ms: int
    is_edited: bool
    text: str


@attrs.frozen(kw_only=True)
class Merged:
    """The fingerprints of an issue beside its first, whose errors were merged into it."""

    fingerprints: tuple[str, ...] = ()
    """Some of them."""
    left_out: int = 0
    """How many there are beside these."""


@attrs.frozen(kw_only=True)
class MutedUntil:
    """When a muted issue is unresolved again: at the first of what is set."""

    time_ms: int | None = None
    total_count: int | None = None
    users: int | None = None
    after_release: str | None = None
    """An event of a release that comes after this one."""


@attrs.frozen(kw_only=True)
class FixedIn:
    """Where a resolved issue is fixed."""

    release: str
    is_next: bool
    """Whether it is fixed in whatever release comes after that one."""


@attrs.frozen(kw_only=True)
class Standing:
    """What people have decided about an issue beside its status."""

    assignee: str | None = None
    """Name of the user."""
    snooze: MutedUntil | None = None
    fix: FixedIn | None = None
    remarks: tuple[Remark, ...] = ()
    """The newest comments, newest first."""
    older_remarks: int = 0
    """How many there were before those."""


@attrs.frozen(kw_only=True)
class IssueOverview:
    """An issue as a whole."""

    project_id: str
    fingerprint: str
    status: str
    error_type: str
    message: str
    source: str
    route_or_procedure: str | None
    screen: str | None
    first_seen_ms: int
    last_seen_ms: int
    regressed_ms: int | None
    total_count: int
    day_count: int
    """Events of the last 24 hours."""
    week_count: int
    """Events of the last seven days."""
    releases: Shares
    environments: Shares
    changes: tuple[StatusChange, ...]
    """Changes of the status, newest first."""
    older_changes: int
    """How many changes there were before those."""
    example: Example | None
    """The newest occurrence."""
    users: UserCount = NOBODY
    first_release: str | None = None
    """Where it was seen first."""
    last_release: str | None = None
    """Where it was seen last."""
    standing: Standing = attrs.field(factory=Standing)
    merged: Merged = attrs.field(factory=Merged)
    tags: ErrorTags | None = None
    """What its newest events have in common."""
    why: Explanation | None = None
    """Why the example is grouped as it is."""
    is_why_current: bool = True
    """Whether the example would still come to this issue; not so where its project groups in another way by now."""
