"""Merging and unmerging errors over HTTP, and what an error is made of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from msgspec import Meta
from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.merging.merging import MAX_FINGERPRINTS, MAX_MOVED_ROWS, MAX_PARENT_ROWS, Asked
from bloop_trio.issues.queries.fingerprints import IssueFingerprint, list_fingerprints
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.merging.desk import MergeDesk
    from bloop_trio.issues.queries.scope import OneProject

MAX_LISTED: Final = 100
MAX_TEXT_CHARS: Final = 4_096
MAX_BODY_BYTES: Final = 1024 * 1024

_Fingerprints = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARS)]], Meta(min_length=1, max_length=MAX_LISTED)
]


@attrs.frozen(kw_only=True, slots=False)
class Merging:
    """Which errors are to be merged into another."""

    fingerprints: _Fingerprints
    """Those of the errors, at most 100."""


@attrs.frozen(kw_only=True, slots=False)
class Unmerging:
    """Which errors are to be taken out of one that they were merged into: those named, or all."""

    fingerprints: _Fingerprints | None = None
    """Those of the merged errors, at most 100."""
    all: bool = False
    """Without `fingerprints`: everything that was ever merged into the error, each as an error of its own."""


@attrs.frozen(kw_only=True, slots=False)
class MergeAnswer:
    """What errors have become one."""

    fingerprint: str
    """What the error is addressed by."""
    status: str
    """Its own, as it was."""
    total_count: int
    """The events of all together."""
    merged: list[str]
    """What was merged into it: sent to `unmerge` as `fingerprints`, these undo it."""


@attrs.frozen(kw_only=True, slots=False)
class UnmergeAnswer:
    """What has become errors of their own again."""

    fingerprint: str
    """What the error is addressed by that they were taken out of."""
    status: str
    """Its own, as it was."""
    total_count: int
    """The events that are left to it."""
    unmerged: list[str]
    """What was taken out of it: sent to `merge` as `fingerprints`, these undo it."""


def merge_routes(desk: MergeDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("merging", __name__)

    @routes.post("/v1/errors/<segment:fingerprint>/merge")
    @documented(
        Operation(
            summary="Merge errors into one",
            description=(
                "The errors in `fingerprints` become part of this one, in one transaction.\n"
                "It keeps its status, its texts and its fingerprint; its counts, releases, samples, history and "
                "activity are those of all together, and events of any of them count to it from then on.\n"
                "Whoever asks for one of the others gets this one.\n\n"
                f"An error has at most {MAX_FINGERPRINTS} fingerprints.\n"
                f"Those that are merged at once have occurred in at most {MAX_MOVED_ROWS:,} releases and environments "
                f"together, and the one that they are merged into in at most {MAX_PARENT_ROWS:,} before."
            ),
            parameters=(PROJECT_OF_ERROR,),
            body=Merging,
            answer=MergeAnswer,
            errors={
                400: "an error would be merged into itself, or they are too large",
                404: "the project has no such error",
                409: "one of them was merged into an error already",
                503: "the store refuses; nothing was changed",
            },
        )
    )
    async def merge(fingerprint: str) -> Answer:
        given = await read_json(request, Merging, max_bytes=MAX_BODY_BYTES)
        done = await desk.merge(await _asked(desk, fingerprint, tuple(given.fingerprints)))
        return answer(
            MergeAnswer(
                fingerprint=done.fingerprint, status=done.status, total_count=done.total_count, merged=list(done.moved)
            )
        )

    @routes.post("/v1/errors/<segment:fingerprint>/unmerge")
    @documented(
        Operation(
            summary="Take merged errors apart",
            description=(
                "Each of `fingerprints` becomes an error of its own again, with all events that it has had meanwhile, "
                "its history, and the status, snooze and assignee that it had.\n"
                "One that was resolved and has had events since it was merged is unresolved.\n"
                "What had been merged into it before stays with it, unless it is named as well.\n"
                "`all: true` takes out everything that was ever merged into the error."
            ),
            parameters=(PROJECT_OF_ERROR,),
            body=Unmerging,
            answer=UnmergeAnswer,
            errors={
                400: "one of the fingerprints was not merged into this error, or nothing was",
                404: "the project has no such error",
                503: "the store refuses; the message says whether a part was taken out",
            },
        )
    )
    async def unmerge(fingerprint: str) -> Answer:
        given = await read_json(request, Unmerging, max_bytes=MAX_BODY_BYTES)
        if (given.fingerprints is None) != given.all:
            raise BadRequestError("give either fingerprints or all: true")
        done = await desk.unmerge(await _asked(desk, fingerprint, tuple(given.fingerprints or ())))
        return answer(
            UnmergeAnswer(
                fingerprint=done.fingerprint,
                status=done.status,
                total_count=done.total_count,
                unmerged=list(done.moved),
            )
        )

    @routes.get("/v1/errors/<segment:fingerprint>/fingerprints")
    @documented(
        Operation(
            summary="Fingerprints of an error",
            description=(
                "Its own one first, then those of the errors that were merged into it, with what each of them has "
                "counted."
            ),
            parameters=(PROJECT_OF_ERROR,),
            answer=list[IssueFingerprint],
            errors={404: "the project has no such error"},
        )
    )
    async def fingerprints(fingerprint: str) -> Answer:
        def query(conn: Connection, project: OneProject) -> list[IssueFingerprint] | None:
            return list_fingerprints(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint)

        found = await desk.readers.run(of_holder(read_scope(), fingerprint, query))
        if found is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return answer(found)

    return routes


async def _asked(desk: MergeDesk, fingerprint: str, fingerprints: tuple[str, ...]) -> Asked:
    """Return what is asked for, in the project whose error is meant."""
    scope = read_scope()
    project = scope.own
    if project is None:
        project = await desk.readers.run(partial(scope.holder, fingerprint=fingerprint))
    if project is None:
        raise NotFoundError(f"no errors with fingerprint {fingerprint}")
    return Asked(project=project, fingerprint=fingerprint, fingerprints=fingerprints, caller=caller())
