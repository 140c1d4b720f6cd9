"""Changing statuses over HTTP: one issue by its path, many by a list or a filter."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from msgspec import Meta
from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.bodies import read_json, read_optional_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.queries.filters import ErrorFilters
from bloop_trio.issues.scope import CHOSEN_PROJECT, PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.search import match_expression
from bloop_trio.issues.status import Status
from bloop_trio.issues.triage import Change, Changed, Tally, Triage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bloop_trio.issues.queries.scope import OneProject

VERBS: Final = {
    "resolve": Status.RESOLVED,
    "ignore": Status.IGNORED,
    "mute": Status.MUTED,
    "unresolve": Status.UNRESOLVED,
}
"""The last segment of a path, and the status that a POST to it gives."""

MAX_REASON_CHARS: Final = 500
MAX_LISTED: Final = 1_000
MAX_TEXT_CHARS: Final = 4_096
"""Of a fingerprint or of a value in a filter."""
MAX_SEARCH_CHARS: Final = 500
MAX_REASON_BODY_BYTES: Final = 16 * 1024
MAX_CHANGES_BODY_BYTES: Final = 1024 * 1024

_INT64_MAX: Final = 2**63 - 1

_Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARS)]
_Reason = Annotated[str, Meta(max_length=MAX_REASON_CHARS)]


@attrs.frozen(kw_only=True, slots=False)
class StatusReason:
    """Why a status is changed."""

    reason: _Reason | None = None
    """Stands in the history; white space around it is cut off."""


@attrs.frozen(kw_only=True, slots=False)
class StatusFilter:
    """Which issues are meant: those that match all fields that are given, as in `GET /v1/errors`."""

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
    q: Annotated[str, Meta(min_length=1, max_length=MAX_SEARCH_CHARS)] | None = None
    """With all these words in type, message, route or the top of the stack; of more than 10,000 errors that match, the
    newest."""

    def is_empty(self) -> bool:
        """Whether every issue matches."""
        return self == StatusFilter()

    def as_filters(self, project_no: int) -> ErrorFilters | None:
        """Return the filters of the queries; None when nothing can match, for want of a word to search for.

        Times that no column can hold become the nearest that one can.
        """
        search = None if self.q is None else match_expression(self.q)
        if self.q is not None and search is None:
            return None
        return ErrorFilters(
            release=self.release,
            environment=self.environment,
            source=self.source,
            route=self.route,
            status=self.status,
            since_ms=_within_int64(self.since),
            until_ms=_within_int64(self.until),
            search=search,
        )


@attrs.frozen(kw_only=True, slots=False)
class StatusChanges:
    """A change of many issues: of those in `fingerprints`, or of those that `filter` means."""

    status: Status
    """What they shall have."""
    fingerprints: Annotated[list[_Text], Meta(min_length=1, max_length=MAX_LISTED)] | None = None
    """The issues by name; repeated ones count once."""
    filter: StatusFilter | None = None
    """The issues by what they are."""
    all: bool = False
    """Has to be true when the filter is empty, which means every issue of the project."""
    reason: _Reason | None = None
    """Stands in the history of each issue; white space around it is cut off."""
    dry_run: bool = False
    """Whether to only say what would happen."""


@attrs.frozen(kw_only=True, slots=False)
class StatusAnswer:
    """What a change of one issue did."""

    fingerprint: str
    """The issue's first fingerprint, also when it was asked for by another one."""
    status: Status
    """What it has now."""
    updated: int
    """Releases and environments in which it shows another status than before; 0 if it had this one already."""


@attrs.frozen(kw_only=True, slots=False)
class StatusChangesAnswer:
    """What a change of many issues did, or with `dry_run` would do."""

    status: Status
    """What they have now."""
    matched: int
    """Issues that were meant."""
    changed: int
    """Those of them that had another status."""
    updated: int
    """Releases and environments in which these show another status than before."""
    unknown: list[str]
    """Fingerprints of the list that the project does not have, in the order of the list."""


def triage_routes(triage: Triage) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("triage", __name__)

    for verb, status in VERBS.items():
        operation = Operation(
            summary=f"Make an error {status}",
            description=(
                "Of the error as a whole, in all its releases and environments.\n"
                "The body may be left out; it can give a reason.\n"
                "An error that has this status already is left as it is, with nothing added to its history."
            ),
            parameters=(PROJECT_OF_ERROR,),
            body=StatusReason,
            body_optional=True,
            answer=StatusAnswer,
            errors={
                400: "the body cannot be understood, or several projects have the error and none is named",
                404: "the project has no such error",
                503: "the store refuses, and nothing was changed",
            },
        )
        route = documented(operation)(_status_route(triage, status))
        routes.post(f"/v1/errors/<segment:fingerprint>/{verb}", endpoint=verb)(route)

    @routes.post("/v1/status-changes")
    @documented(
        Operation(
            summary="Change the status of many errors",
            description=(
                "Takes either `fingerprints` or `filter`.\n"
                "A list is changed in one transaction.\n"
                "A filter is worked through in slices, each of them a transaction, so that ingest goes on meanwhile: "
                "a request that fails or is given up half-way has changed a part, and can simply be sent again.\n"
                "Errors that come in meanwhile are left alone."
            ),
            parameters=(CHOSEN_PROJECT,),
            body=StatusChanges,
            answer=StatusChangesAnswer,
            errors={
                400: "the body cannot be understood, or the request does not say which errors are meant",
                404: "there is no such project",
                503: "the store refuses; the message says whether a part was changed",
            },
        )
    )
    async def status_changes() -> Answer:
        asked = await read_json(request, StatusChanges, max_bytes=MAX_CHANGES_BODY_BYTES)
        scope = read_scope()
        project = scope.own
        if project is None:
            project = await triage.readers.run(scope.chosen)
        change = _change(project, asked.status, asked.reason)
        tally = await _change_many(triage, asked, change)
        return answer(
            StatusChangesAnswer(
                status=change.status,
                matched=tally.matched,
                changed=tally.changed,
                updated=tally.updated,
                unknown=list(tally.unknown),
            )
        )

    return routes


def _status_route(triage: Triage, status: Status) -> Callable[[str], Awaitable[Answer]]:
    async def change_status(fingerprint: str) -> Answer:
        given = await read_optional_json(request, StatusReason, max_bytes=MAX_REASON_BODY_BYTES)
        scope = read_scope()
        project = scope.own
        if project is None:
            project = await triage.readers.run(partial(scope.holder, fingerprint=fingerprint))
        if project is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        done = await triage.change_one(_change(project, status, given.reason if given else None), fingerprint)
        if not done.found:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return answer(StatusAnswer(fingerprint=done.found[0].fingerprint, status=status, updated=done.updated))

    return change_status


async def _change_many(triage: Triage, asked: StatusChanges, change: Change) -> Tally:
    if (asked.fingerprints is None) == (asked.filter is None):
        raise BadRequestError("give either fingerprints or a filter")
    if asked.all and (asked.filter is None or not asked.filter.is_empty()):
        raise BadRequestError("all: true goes with an empty filter alone")
    if asked.filter is not None:
        if asked.filter.is_empty() and not asked.all:
            raise BadRequestError("an empty filter means every error of the project: say all: true if so")
        filters = asked.filter.as_filters(change.project.no)
        if filters is None:
            return Tally()
        return await triage.change_filtered(change, filters, dry_run=asked.dry_run)
    run = triage.try_listed if asked.dry_run else triage.change_listed
    done: Changed = await run(change, asked.fingerprints or ())
    tally = Tally()
    tally.include(done)
    return tally


def _change(project: OneProject, status: Status, reason: str | None) -> Change:
    return Change(project=project, status=status, caller=caller(), reason=(reason or "").strip() or None)


def _within_int64(value: int | None) -> int | None:
    return None if value is None else max(-_INT64_MAX, min(value, _INT64_MAX))
