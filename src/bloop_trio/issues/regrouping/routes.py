"""How events are grouped, over HTTP: for a project, and for one error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.grouping.rules import MAX_RULES, PLACEHOLDERS
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.regrouping.explaining import get_error_grouping
from bloop_trio.issues.regrouping.shapes import (
    MAX_PREVIEWED,
    ErrorGrouping,
    GroupingInfo,
    GroupingInput,
    GroupingPreview,
    PreviewInput,
    grouping_info,
    read_rules,
    read_version,
)

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.regrouping.desk import GroupingDesk

MAX_BODY_BYTES: Final = 1024 * 1024
TAG: Final = "Projects"
_NONE: Final = "there is no such project"
_KNOWN: Final = ", ".join(f"`{{{{{name}}}}}`" for name in PLACEHOLDERS)


def grouping_routes(desk: GroupingDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("grouping", __name__)
    _add_of_projects(routes, desk)
    _add_of_errors(routes, desk)
    return routes


def _add_of_projects(routes: Blueprint, desk: GroupingDesk) -> None:
    @routes.get("/v1/projects/<segment:slug>/grouping")
    @documented(Operation(tag=TAG, summary="How a project groups its events", answer=GroupingInfo, errors={404: _NONE}))
    async def grouping(slug: str) -> Answer:
        return answer(grouping_info(await desk.get(slug)))

    @routes.put("/v1/projects/<segment:slug>/grouping")
    @documented(
        Operation(
            tag=TAG,
            summary="Change how a project groups its events",
            description=(
                "Version and rules are replaced as a whole, and hold for events that come from now on; those that are "
                "stored stay where they are.\n"
                "Errors do not split when the version changes: an event whose fingerprint is new is looked for by "
                "the other version as well.\n\n"
                f"There are at most {MAX_RULES} rules, and the first that matches an event decides about it.\n"
                f"Its template may have the placeholders {_KNOWN}; two rules with the same result make one error.\n"
                "An event that brings a fingerprint is grouped by that, whatever the rules say."
            ),
            body=GroupingInput,
            answer=GroupingInfo,
            errors={400: "a rule makes no sense, and nothing was changed; the message has its index", 404: _NONE},
        )
    )
    async def grouping_change(slug: str) -> Answer:
        given = await read_json(request, GroupingInput, max_bytes=MAX_BODY_BYTES)
        rules = read_rules(given.rules)
        return answer(grouping_info(await desk.change(caller(), slug, read_version(given.version), rules)))

    @routes.post("/v1/projects/<segment:slug>/grouping/preview")
    @documented(
        Operation(
            tag=TAG,
            summary="Try how a project could group its events",
            description=(
                f"Looks at the newest stored events, up to {MAX_PREVIEWED:,} of them and for some seconds at most, and "
                "tells what would become of them if they came again.\n"
                "Nothing is changed."
            ),
            body=PreviewInput,
            answer=GroupingPreview,
            errors={
                400: "a rule makes no sense; the message has its index",
                404: _NONE,
                503: "others try theirs, or the store does not answer in time",
            },
        )
    )
    async def grouping_preview(slug: str) -> Answer:
        given = await read_json(request, PreviewInput, max_bytes=MAX_BODY_BYTES)
        rules = read_rules(given.rules)
        return answer(await desk.preview(slug, read_version(given.version), rules, given.events))


def _add_of_errors(routes: Blueprint, desk: GroupingDesk) -> None:
    @routes.get("/v1/errors/<segment:fingerprint>/grouping")
    @documented(
        Operation(
            summary="Why events belong to an error",
            description=(
                "Tells what goes into the fingerprint of its newest stored event by the grouping of now, and what is "
                "left out: the pieces of the message that change, and the lines of the stack that do not count.\n"
                "Of each fingerprint of the error it tells what made it."
            ),
            parameters=(PROJECT_OF_ERROR,),
            answer=ErrorGrouping,
            errors={404: "the project has no such error"},
        )
    )
    async def error_grouping(fingerprint: str) -> Answer:
        def query(conn: Connection, project: OneProject) -> ErrorGrouping | None:
            return get_error_grouping(
                conn, desk.payloads, project_no=project.no, project_id=project.id, fingerprint=fingerprint
            )

        found = await desk.readers.run(of_holder(read_scope(), fingerprint, query))
        if found is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return answer(found)
