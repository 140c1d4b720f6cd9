"""Reading one issue over HTTP. Each route reads its parameters, runs one query and encodes what that returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, request

from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import read_page
from bloop_trio.issues.queries.detail import NO_ID, Part, list_history
from bloop_trio.issues.queries.detail_shapes import ErrorDetail, StatusChange
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.reading.detail_answers import MARKDOWN
from bloop_trio.issues.reading.list_routes import PAGE, PAGE_HEADERS, TAG_HEADERS, link_to, read_start
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.reading.detail_answers import DetailAnswers


def issue_routes(readers: Readers, details: DetailAnswers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("issues", __name__)

    @routes.get("/v1/errors/<segment:fingerprint>")
    @documented(
        Operation(
            summary="One error",
            description=(
                "Its aggregates, and its newest occurrences in full, at most `pipeline.sample_reservoir_size`.\n"
                "Samples are kept for as long as the error, whatever the age of its events.\n"
                "Source maps of a sample's own release, or with the debug ids in its metadata, give it a "
                "`deobfuscated_stack`; `unmapped_frames` says why they lead no further.\n\n"
                "A fingerprint that a client has chosen itself is found by what the client wrote, also where it is "
                "stored as a hash because it holds other characters than `A-Z a-z 0-9 . _ : -`."
            ),
            parameters=(PROJECT_OF_ERROR,),
            answer=ErrorDetail,
            content_types=("application/json", MARKDOWN),
            request_headers={"Accept": f"With `{MARKDOWN}` preferred, the error comes as Markdown."},
            headers=TAG_HEADERS,
            errors={404: "the project has no such error"},
        )
    )
    async def error(fingerprint: str) -> Answer:
        found = await details.preferred(fingerprint)
        if found is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return found

    @routes.get("/v1/errors/<segment:fingerprint>.md")
    @documented(
        Operation(
            summary="One error as Markdown",
            description=(
                "For people and for coding agents: what it is, where, how often and to how many users it occurs, what "
                "its events have in common, the history of its status, what people have decided and said about it, why "
                "it is one error, its newest sample with the stack, also as the sources have it, and where to read on."
                "\nWhatever clients have sent, or people have written, stands in code spans and fenced blocks.\n"
                "Of lists it tells the first few, and long texts are cut.\n\n"
                "If the project has an error whose fingerprint itself ends in `.md`, the path means that one."
            ),
            parameters=(PROJECT_OF_ERROR,),
            answer=ErrorDetail,
            content_types=(MARKDOWN, "application/json"),
            headers=TAG_HEADERS,
            errors={404: "the project has no such error"},
        )
    )
    async def error_as_markdown(fingerprint: str) -> Answer:
        found = await details.preferred(f"{fingerprint}.md") or await details.markdown(fingerprint)
        if found is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return found

    @routes.get("/v1/errors/<segment:fingerprint>/history")
    @documented(
        Operation(
            summary="Changes of an error's status",
            description="Newest first.",
            parameters=(PROJECT_OF_ERROR, *PAGE),
            answer=list[StatusChange],
            headers=PAGE_HEADERS | TAG_HEADERS,
        )
    )
    async def history(fingerprint: str) -> Answer:
        page, start = read_page(request.args), read_start(request.args, "history", 1)
        # One more than asked for tells whether there is another page.
        part = Part(limit=page.limit + 1, offset=page.offset, before_id=NO_ID if start is None else start[0])

        def query(conn: Connection, project: OneProject) -> list[StatusChange]:
            return list_history(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint, part=part)

        found = await readers.run(of_holder(read_scope(), fingerprint, query)) or []
        shown = found[: page.limit]
        body, status, headers = answer(shown)
        if len(found) > len(shown):
            headers |= link_to("history", shown[-1].id)
        return tagged((body, status, headers), request.headers.get("if-none-match"))

    return routes
