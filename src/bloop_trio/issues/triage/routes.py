"""Changing statuses over HTTP: one issue by its path, many by a list or a filter."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.bodies import read_json, read_optional_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.reading.scope import CHOSEN_PROJECT, PROJECT, PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.triage.shapes import (
    Muting,
    Resolving,
    StatusAnswer,
    StatusChanges,
    StatusChangesAnswer,
    StatusReason,
    UndoneAnswer,
    check_fields,
    snooze_terms,
)
from bloop_trio.issues.triage.triage import Change, Changed, Tally, Triage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bloop_trio.issues.triage.undo import Undo

_Body: TypeAlias = StatusReason | Resolving | Muting

VERBS: Final = {
    "resolve": Status.RESOLVED,
    "ignore": Status.IGNORED,
    "mute": Status.MUTED,
    "unresolve": Status.UNRESOLVED,
}
"""The last segment of a path, and the status that a POST to it gives."""

_BODIES: Final[dict[Status, type[_Body]]] = {Status.RESOLVED: Resolving, Status.MUTED: Muting}
_SAYS: Final = {
    Status.RESOLVED: "it can give a reason, and say in which release it is fixed",
    Status.MUTED: "it can give a reason, and say what ends it",
}
_KEPT: Final = "An error that has this status already is left as it is, with nothing added to its history"

MAX_REASON_BODY_BYTES: Final = 16 * 1024
MAX_CHANGES_BODY_BYTES: Final = 1024 * 1024


def triage_routes(triage: Triage, undo: Undo) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("triage", __name__)

    for verb, status in VERBS.items():
        operation = Operation(
            summary=f"Make an error {status}",
            description=(
                "Of the error as a whole, in all its releases and environments.\n"
                f"The body may be left out; {_SAYS.get(status, 'it can give a reason')}.\n"
                + _KEPT
                + (", but for what the body says of it." if status in _BODIES else ".")
            ),
            parameters=(PROJECT_OF_ERROR,),
            body=_BODIES.get(status, StatusReason),
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
                "Errors that come in meanwhile are left alone.\n"
                "`POST /v1/status-changes/{change_id}/undo` takes it all back."
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
        check_fields(asked)
        scope = read_scope()
        project = scope.own
        if project is None:
            project = await triage.readers.run(scope.chosen)
        change = Change(
            project=project,
            status=asked.status,
            caller=caller(),
            reason=_stripped(asked.reason),
            snooze=snooze_terms(asked, triage.clock()),
            in_release=asked.in_release,
            set_id=str(uuid.uuid4()),
        )
        tally = await _change_many(triage, asked, change)
        return answer(
            StatusChangesAnswer(
                status=change.status,
                matched=tally.matched,
                changed=tally.changed,
                updated=tally.updated,
                unknown=list(tally.unknown),
                change_id=change.set_id if tally.changed and not asked.dry_run else None,
            )
        )

    @routes.post("/v1/status-changes/<segment:change_id>/undo")
    @documented(
        Operation(
            summary="Undo a change of status",
            description=(
                "`change_id` is what the answer to the change has, of one error or of many; the `id` of an entry in "
                "the history of an error does too.\n"
                "Each error that still has the status of that change, and whose last change it is, gets back the one "
                "that it had before, with a snooze or fix that it had; all others are left alone.\n"
                "That is done in slices: a request that fails half-way can be sent again."
            ),
            parameters=(PROJECT,),
            answer=UndoneAnswer,
            errors={
                404: "there is no such change, or it was made more than 30 days ago, of many errors",
                409: "it was undone already, or the one error was changed again since",
                503: "the store refuses; the message says whether a part was undone",
            },
        )
    )
    async def undo_changes(change_id: str) -> Answer:
        done = await undo.undo(read_scope(), caller(), change_id)
        return answer(UndoneAnswer(put_back=done.put_back, left_alone=done.left_alone, updated=done.updated))

    return routes


def _status_route(triage: Triage, status: Status) -> Callable[[str], Awaitable[Answer]]:
    shape = _BODIES.get(status, StatusReason)

    async def change_status(fingerprint: str) -> Answer:
        given = await read_optional_json(request, shape, max_bytes=MAX_REASON_BODY_BYTES)
        scope = read_scope()
        project = scope.own
        if project is None:
            project = await triage.readers.run(partial(scope.holder, fingerprint=fingerprint))
        if project is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        change = Change(
            project=project,
            status=status,
            caller=caller(),
            reason=_stripped(given.reason if given else None),
            snooze=snooze_terms(given, triage.clock()) if isinstance(given, Muting) else None,
            in_release=given.in_release if isinstance(given, Resolving) else None,
        )
        done = await triage.change_one(change, fingerprint)
        if not done.found:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return answer(
            StatusAnswer(
                fingerprint=done.found[0].fingerprint,
                status=status,
                updated=done.updated,
                change_id=None if done.number is None else str(done.number),
            )
        )

    return change_status


async def _change_many(triage: Triage, asked: StatusChanges, change: Change) -> Tally:
    if (asked.fingerprints is None) == (asked.filter is None):
        raise BadRequestError("give either fingerprints or a filter")
    if asked.all and (asked.filter is None or not asked.filter.is_empty()):
        raise BadRequestError("all: true goes with an empty filter alone")
    if asked.filter is not None:
        if asked.filter.is_empty() and not asked.all:
            raise BadRequestError("an empty filter means every error of the project: say all: true if so")
        filters = asked.filter.as_filters(change.caller.user.user_id if change.caller.user else None)
        if filters is None:
            return Tally()
        return await triage.change_filtered(change, filters, dry_run=asked.dry_run)
    run = triage.try_listed if asked.dry_run else triage.change_listed
    done: Changed = await run(change, asked.fingerprints or ())
    tally = Tally()
    tally.include(done)
    return tally


def _stripped(reason: str | None) -> str | None:
    return (reason or "").strip() or None
