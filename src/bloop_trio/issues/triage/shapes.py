"""What is asked and answered about changes of statuses: the fields' names and order are what goes over the wire."""

from __future__ import annotations

from typing import Annotated, Final

import attrs
from msgspec import Meta

from bloop_trio.clock import MS_PER_SEC
from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.queries.filters import Assigned, ErrorFilters, seen_since
from bloop_trio.issues.queries.search import match_expression

MAX_REASON_CHARS: Final = 500
MAX_LISTED: Final = 1_000
MAX_TEXT_CHARS: Final = 4_096
"""Of a fingerprint, a release or a value in a filter."""
MAX_SEARCH_CHARS: Final = 500
MAX_SNOOZE_SECS: Final = 10 * 365 * 86_400
MAX_SNOOZE_COUNT: Final = 1_000_000_000

_INT64_MAX: Final = 2**63 - 1

_Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARS)]
_Reason = Annotated[str, Meta(max_length=MAX_REASON_CHARS)]


_Secs = Annotated[int, Meta(ge=1, le=MAX_SNOOZE_SECS)]
_Count = Annotated[int, Meta(ge=1, le=MAX_SNOOZE_COUNT)]


@attrs.frozen(kw_only=True, slots=False)
class StatusReason:
    """Why a status is changed."""

    reason: _Reason | None = None
    """Stands in the history; white space around it is cut off."""


@attrs.frozen(kw_only=True, slots=False)
class Resolving:
    """Why, and where it is fixed."""

    reason: _Reason | None = None
    """Stands in the history; white space around it is cut off."""
    in_release: _Text | None = None
    """`current`: in the project's newest release; `next`: in one that comes after it; else the name of a release.
    Events of earlier releases count, and do not bring the error back."""


@attrs.frozen(kw_only=True, slots=False)
class Muting:
    """Why, and what ends it: the first of what is given."""

    reason: _Reason | None = None
    """Stands in the history; white space around it is cut off."""
    until: int | None = None
    """At this time, in epoch milliseconds."""
    for_secs: _Secs | None = None
    """After so many seconds, in place of `until`."""
    until_count: _Count | None = None
    """After so many more events."""
    until_users: _Count | None = None
    """After so many more users whom it has not happened to before."""
    until_next_release: bool = False
    """With the first event of a release that comes after the project's newest one."""


@attrs.frozen(kw_only=True, slots=False)
class StatusFilter:
    """Which errors are meant: those that match all fields that are given, as in `GET /v1/errors`."""

    release: _Text | None = None
    """Seen in exactly this release."""
    environment: _Text | None = None
    """Seen in exactly this environment."""
    source: _Text | None = None
    """From exactly this source; `api` means all but `ios` and `android`."""
    route: _Text | None = None
    """With exactly this `route_or_procedure`."""
    status: Status | None = None
    """With this status before the change."""
    since: int | None = None
    """Last seen then or later, in epoch milliseconds."""
    until: int | None = None
    """Last seen then or earlier, in epoch milliseconds."""
    active_since: int | None = None
    """With events in an hour that began then or later, in epoch milliseconds."""
    active_until: int | None = None
    """With events in an hour that began then or earlier, in epoch milliseconds; with `active_since`, in an hour between
    the two."""
    assignee: _Text | None = None
    """Assigned to the user of this id or name, to oneself with `me`, or with `none` to nobody."""
    q: Annotated[str, Meta(min_length=1, max_length=MAX_SEARCH_CHARS)] | None = None
    """With all these words in type, message, route or the top of the stack; of more than 10,000 errors that match, the
    newest."""

    def is_empty(self) -> bool:
        """Whether every issue matches."""
        return self == StatusFilter()

    def as_filters(self, own_id: str | None) -> ErrorFilters | None:
        """Return the filters of the queries; None when nothing can match, for want of a word to search for.

        `own_id` is the user who asks. Times that no column can hold become the nearest that one can.
        """
        search = None if self.q is None else match_expression(self.q)
        if self.q is not None and search is None:
            return None
        active_since_ms = _within_int64(self.active_since)
        return ErrorFilters(
            release=self.release,
            environment=self.environment,
            source=self.source,
            route=self.route,
            status=self.status,
            since_ms=seen_since(_within_int64(self.since), active_since_ms),
            until_ms=_within_int64(self.until),
            active_since_ms=active_since_ms,
            active_until_ms=_within_int64(self.active_until),
            search=search,
            assigned=None if self.assignee is None else Assigned.to(self.assignee, own_id),
        )


@attrs.frozen(kw_only=True, slots=False)
class StatusChanges:
    """A change of many errors: of those in `fingerprints`, or of those that `filter` means."""

    status: Status
    """What they shall have."""
    fingerprints: Annotated[list[_Text], Meta(min_length=1, max_length=MAX_LISTED)] | None = None
    """The errors by name; repeated ones count once."""
    filter: StatusFilter | None = None
    """The errors by what they are."""
    all: bool = False
    """Has to be true when the filter is empty, which means every error of the project."""
    reason: _Reason | None = None
    """Stands in the history of each error; white space around it is cut off."""
    in_release: _Text | None = None
    """With `resolved`: where they are fixed, as for one error."""
    until: int | None = None
    """With `muted`: what ends it, as for one error, like the four below."""
    for_secs: _Secs | None = None
    """After so many seconds."""
    until_count: _Count | None = None
    """After so many more events of each."""
    until_users: _Count | None = None
    """After so many more users of each."""
    until_next_release: bool = False
    """With the first event of a later release."""
    dry_run: bool = False
    """Whether to only say what would happen."""


@attrs.frozen(kw_only=True, slots=False)
class StatusAnswer:
    """What a change of one error did."""

    fingerprint: str
    """The error's first fingerprint, also when it was asked for by another one."""
    status: Status
    """What it has now."""
    updated: int
    """Releases and environments in which it shows another status than before; 0 if it had this one already."""
    change_id: str | None
    """What the change can be undone by; null if nothing was changed."""


@attrs.frozen(kw_only=True, slots=False)
class StatusChangesAnswer:
    """What a change of many errors did, or with `dry_run` would do."""

    status: Status
    """What they have now."""
    matched: int
    """Errors that were meant."""
    changed: int
    """Those of them that had another status."""
    updated: int
    """Releases and environments in which these show another status than before."""
    unknown: list[str]
    """Fingerprints of the list that the project does not have, in the order of the list."""
    change_id: str | None
    """What all changes can be undone by together, for 30 days; null if nothing was changed."""


@attrs.frozen(kw_only=True, slots=False)
class UndoneAnswer:
    """What undoing a change did."""

    put_back: int
    """Errors that have the status of before again."""
    left_alone: int
    """Errors whose status was changed again since, by people or by events, and that stay as they are."""
    updated: int
    """Releases and environments in which those that were put back show another status than before."""


def snooze_terms(asked: Muting | StatusChanges, now_ms: int) -> SnoozeTerms | None:
    """Return what is to end the muting; None if nothing is.

    Raises:
        BadRequestError: what was asked contradicts itself, or is over.
    """
    if asked.until is not None and asked.for_secs is not None:
        raise BadRequestError("give either until or for_secs")
    until_ms = asked.until if asked.for_secs is None else now_ms + asked.for_secs * MS_PER_SEC
    if until_ms is not None and not now_ms < until_ms <= now_ms + MAX_SNOOZE_SECS * MS_PER_SEC:
        raise BadRequestError("until must lie ahead, in epoch milliseconds, at most ten years")
    terms = SnoozeTerms(
        until_ms=until_ms,
        more_events=asked.until_count,
        more_users=asked.until_users,
        until_next_release=asked.until_next_release,
    )
    return None if terms == SnoozeTerms() else terms


def check_fields(asked: StatusChanges) -> None:
    """Let a change of many pass whose fields go with its status.

    Raises:
        BadRequestError: they do not.
    """
    if asked.in_release is not None and asked.status is not Status.RESOLVED:
        raise BadRequestError("in_release goes with the status resolved alone")
    ends = (asked.until, asked.for_secs, asked.until_count, asked.until_users)
    if asked.status is not Status.MUTED and (asked.until_next_release or any(end is not None for end in ends)):
        raise BadRequestError("until, for_secs and the like go with the status muted alone")


def _within_int64(value: int | None) -> int | None:
    return None if value is None else max(-_INT64_MAX, min(value, _INT64_MAX))
