"""Assigning issues over HTTP, and reading what has happened to one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from msgspec import UNSET, Meta, UnsetType
from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import read_page
from bloop_trio.issues.queries.detail import NO_ID, Part
from bloop_trio.issues.queries.detail_shapes import ActivityEntry
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.queries.shapes import Assignee
from bloop_trio.issues.queries.timeline import list_activity
from bloop_trio.issues.reading.list_routes import PAGE, PAGE_HEADERS, TAG_HEADERS, link_to, read_start
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.triage.assignments import list_assignees
from bloop_trio.issues.triage.desk import Asked, Chosen

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.triage.desk import IssueDesk

MAX_ISSUE_BODY_BYTES: Final = 64 * 1024
_MAX_NAME_CHARS: Final = 500
UserName = Annotated[str, Meta(min_length=1, max_length=_MAX_NAME_CHARS)]
REFUSALS: Final = {
    404: "the project has no such error",
    503: "the store refuses, and nothing was changed",
}


@attrs.frozen(kw_only=True, slots=False)
class AssigneeChoice:
    """Whom an error is to be assigned to, by one of the two."""

    user_id: UserName | UnsetType | None = UNSET
    """Id of a user; null: nobody."""
    username: UserName | UnsetType | None = UNSET
    """Name of a user; null: nobody."""


@attrs.frozen(kw_only=True, slots=False)
class AssigneeAnswer:
    """Whom an error is assigned to."""

    fingerprint: str
    """The error's first fingerprint, also when it was asked for by another one."""
    assignee: Assignee | None
    """Whom it is assigned to; null: nobody."""


def activity_routes(desk: IssueDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("activity", __name__)

    @routes.get("/v1/assignees")
    @documented(
        Operation(
            summary="Whom errors can be assigned to",
            description="All users, by name.",
            answer=list[Assignee],
            headers=TAG_HEADERS,
        )
    )
    async def assignees() -> Answer:
        return tagged(answer(await desk.readers.run(list_assignees)), request.headers.get("if-none-match"))

    @routes.put("/v1/errors/<segment:fingerprint>/assignee")
    @documented(
        Operation(
            summary="Assign an error",
            description="To one user, or to nobody. What it is assigned to stays when its status changes.",
            parameters=(PROJECT_OF_ERROR,),
            body=AssigneeChoice,
            answer=AssigneeAnswer,
            errors={
                400: "the body does not say to whom, or several projects have the error and none is named",
                **REFUSALS,
                404: "the project has no such error, or there is no such user",
            },
        )
    )
    async def assign(fingerprint: str) -> Answer:
        given = await read_json(request, AssigneeChoice, max_bytes=MAX_ISSUE_BODY_BYTES)
        chosen = read_choice(given.user_id, given.username)
        done = await desk.assign(await asked_by(desk, fingerprint), chosen)
        return answer(AssigneeAnswer(fingerprint=done.fingerprint, assignee=done.assignee))

    @routes.get("/v1/errors/<segment:fingerprint>/activity")
    @documented(
        Operation(
            summary="What has happened to an error",
            description="Changes of its status, comments, assignments and merges, newest first.",
            parameters=(PROJECT_OF_ERROR, *PAGE),
            answer=list[ActivityEntry],
            headers=PAGE_HEADERS | TAG_HEADERS,
        )
    )
    async def activity(fingerprint: str) -> Answer:
        page, start = read_page(request.args), read_start(request.args, "activity", 1)
        part = Part(limit=page.limit + 1, offset=page.offset, before_id=NO_ID if start is None else start[0])

        def query(conn: Connection, project: OneProject) -> list[ActivityEntry]:
            return list_activity(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint, part=part)

        found = await desk.readers.run(of_holder(read_scope(), fingerprint, query)) or []
        shown = found[: page.limit]
        body, status, headers = answer(shown)
        if len(found) > len(shown):
            headers |= link_to("activity", shown[-1].id)
        return tagged((body, status, headers), request.headers.get("if-none-match"))

    return routes


def read_choice(user_id: str | UnsetType | None, username: str | UnsetType | None) -> Chosen:
    """Return who is meant by one of the two.

    Raises:
        BadRequestError: both are given, or neither.
    """
    if (user_id is UNSET) == (username is UNSET):
        raise BadRequestError("give either user_id or username")
    return Chosen(user_id or None, username or None)


async def asked_by(desk: IssueDesk, fingerprint: str) -> Asked:
    """Return what the request at hand asks for: which issue of which project is meant.

    Raises:
        NotFoundError: no project that the caller sees has it.
        BadRequestError: several have it, and none is named.
    """
    scope = read_scope()
    project = scope.own
    if project is None:
        project = await desk.readers.run(partial(scope.holder, fingerprint=fingerprint))
    if project is None:
        raise NotFoundError(f"no errors with fingerprint {fingerprint}")
    return Asked(project=project, fingerprint=fingerprint, caller=caller())
