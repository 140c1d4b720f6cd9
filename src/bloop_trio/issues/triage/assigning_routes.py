"""Assigning many issues over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import attrs
from msgspec import UNSET, Meta, UnsetType
from quart import Blueprint, request

from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.queries.shapes import Assignee  # noqa: TC001 - msgspec reads the annotations
from bloop_trio.issues.reading.scope import CHOSEN_PROJECT, read_scope
from bloop_trio.issues.triage.activity_routes import UserName, read_choice
from bloop_trio.issues.triage.routes import MAX_CHANGES_BODY_BYTES
from bloop_trio.issues.triage.shapes import MAX_TEXT_CHARS

if TYPE_CHECKING:
    from bloop_trio.issues.triage.assigning import Assigning

MAX_ASSIGNED: Final = 200
"""Errors that one request assigns: each is a handful of rows."""
_Fingerprint = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARS)]


@attrs.frozen(kw_only=True, slots=False)
class AssignmentsInput:
    """Errors, and whom they are to be assigned to, by one of the two."""

    fingerprints: Annotated[list[_Fingerprint], Meta(min_length=1, max_length=MAX_ASSIGNED)]
    """The errors; repeated ones count once."""
    user_id: UserName | UnsetType | None = UNSET
    """Id of a user; null: nobody."""
    username: UserName | UnsetType | None = UNSET
    """Name of a user; null: nobody."""


@attrs.frozen(kw_only=True, slots=False)
class AssignmentChange:
    """An error that is assigned to somebody else than before."""

    fingerprint: str
    """The error's first fingerprint."""
    before: Assignee | None
    """Whom it was assigned to; null: nobody."""


@attrs.frozen(kw_only=True, slots=False)
class AssignmentsAnswer:
    """What assigning many errors did."""

    assignee: Assignee | None
    """Whom they are assigned to; null: nobody."""
    matched: int
    """Errors that were meant."""
    changed: list[AssignmentChange]
    """Those of them that were assigned to somebody else."""
    unknown: list[str]
    """Fingerprints that the project does not have, in the order of the list."""


def assigning_routes(assigning: Assigning) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("assigning", __name__)

    @routes.post("/v1/assignments")
    @documented(
        Operation(
            summary="Assign many errors",
            description=(
                "To one user, or to nobody; in one transaction.\n"
                "The answer says whom each was assigned to before, so that whoever wants to take it back can send that."
            ),
            parameters=(CHOSEN_PROJECT,),
            body=AssignmentsInput,
            answer=AssignmentsAnswer,
            errors={
                400: "the body does not say which errors or to whom, or the request does not say of which project",
                404: "there is no such project, or no such user",
                503: "the store refuses, and nothing was changed",
            },
        )
    )
    async def assignments() -> Answer:
        asked = await read_json(request, AssignmentsInput, max_bytes=MAX_CHANGES_BODY_BYTES)
        chosen = read_choice(asked.user_id, asked.username)
        scope = read_scope()
        project = scope.own
        if project is None:
            project = await assigning.readers.run(scope.chosen)
        done = await assigning.assign(project, caller(), asked.fingerprints, chosen)
        return answer(
            AssignmentsAnswer(
                assignee=done.assignee,
                matched=done.matched,
                changed=[AssignmentChange(fingerprint=one.fingerprint, before=one.before) for one in done.changed],
                unknown=list(done.unknown),
            )
        )

    return routes
