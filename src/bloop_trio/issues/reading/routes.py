"""Reading one issue over HTTP. Each route reads its parameters, runs one query and encodes what that returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Blueprint, request

from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import read_page
from bloop_trio.issues.queries.detail import NO_ID, Part, list_history, list_occurrences
from bloop_trio.issues.queries.export import MEDIA_TYPES
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.queries.shapes import ErrorDetail, Occurrence, StatusChange
from bloop_trio.issues.reading.detail_answers import MARKDOWN
from bloop_trio.issues.reading.exporting import CROWDED, FILE_HEADERS, FORMAT, Shape
from bloop_trio.issues.reading.list_routes import PAGE, PAGE_HEADERS, TAG_HEADERS, link_to, read_start
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.writing.payload import PayloadReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quart import Response

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.reading.detail_answers import DetailAnswers
    from bloop_trio.issues.reading.exporting import Exports


def issue_routes(readers: Readers, exports: Exports, details: DetailAnswers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("issues", __name__)
    payloads = PayloadReader()

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

    @routes.get("/v1/errors/<segment:fingerprint>/occurrences")
    @documented(
        Operation(
            summary="Occurrences of an error",
            description=(
                "Its stored events, newest arrival first, back to `retention.raw_events_days`; an empty list if there "
                "are none.\n"
                "An occurrence has the fields of a sample, with `timestamp` and `received_at` in place of "
                "`captured_at`.\n\n"
                "With `format=jsonl` or `format=csv` the answer is a file with all of them, a line or a row each.\n"
                "In CSV, null is an empty cell and `metadata` is JSON.\n"
                "A text that begins with `=`, `+`, `-`, `@`, `'`, a tab or a line break has an apostrophe before it "
                "there, so that no spreadsheet takes it for a formula.\n"
                "A file that was cut short is not terminated as HTTP demands, which clients report."
            ),
            parameters=(PROJECT_OF_ERROR, *PAGE, FORMAT),
            answer=list[Occurrence],
            content_types=("application/json", *MEDIA_TYPES.values()),
            headers=PAGE_HEADERS | FILE_HEADERS,
            errors=CROWDED,
        )
    )
    async def occurrences(fingerprint: str) -> Answer | Response:
        shape = FORMAT.read(request.args)
        if shape is not Shape.JSON:
            return await exports.occurrences(fingerprint, shape)
        part = _part("occurrences")

        def query(conn: Connection, project: OneProject) -> list[Occurrence]:
            return list_occurrences(
                conn, payloads, project_no=project.no, project_id=project.id, fingerprint=fingerprint, part=part
            )

        found = await readers.run(of_holder(read_scope(), fingerprint, query)) or []
        return _page("occurrences", found, part)

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
        part = _part("history")

        def query(conn: Connection, project: OneProject) -> list[StatusChange]:
            return list_history(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint, part=part)

        found = await readers.run(of_holder(read_scope(), fingerprint, query)) or []
        return tagged(_page("history", found, part), request.headers.get("if-none-match"))

    return routes


def _part(list_name: str) -> Part:
    """Return the part of a list that is asked for, and one entry more: it tells whether another page follows."""
    page, start = read_page(request.args), read_start(request.args, list_name, 1)
    return Part(limit=page.limit + 1, offset=page.offset, before_id=NO_ID if start is None else start[0])


def _page(list_name: str, found: Sequence[Occurrence] | Sequence[StatusChange], part: Part) -> Answer:
    """Answer with what was found for `part`, but for the entry that was asked for in addition."""
    shown = found[: part.limit - 1]
    body, status, headers = answer(shown)
    if len(found) > len(shown):
        headers |= link_to(list_name, shown[-1].id)
    return body, status, headers
