"""The events of one issue over HTTP: pages of them, files with all of them, and each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Text, Whole, read_page
from bloop_trio.issues.queries.detail import NO_ID, Part
from bloop_trio.issues.queries.export import MEDIA_TYPES
from bloop_trio.issues.queries.occurrence_shapes import Occurrence, OccurrenceDetail
from bloop_trio.issues.queries.occurrence_walk import MAX_LOOKED_AT, MAX_OPENED, OccurrenceFilters
from bloop_trio.issues.queries.occurrences import OccurrencePage, get_occurrence, list_occurrences
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.reading.exporting import CROWDED, FILE_HEADERS, FORMAT, Shape
from bloop_trio.issues.reading.list_routes import (
    ENVIRONMENT,
    PAGE,
    PAGE_HEADERS,
    RELEASE,
    SOURCE,
    TAG_HEADERS,
    link_to,
    read_start,
)
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quart import Response

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.reading.detail_answers import DetailAnswers
    from bloop_trio.issues.reading.exporting import Exports

USER: Final = Text("user", "Keeps exactly this `user_id_hash`.")
SINCE: Final = Whole("since", "Keeps what was received then or later, in epoch milliseconds.")
UNTIL: Final = Whole("until", "Keeps what was received then or earlier, in epoch milliseconds.")
FILTERS: Final = (RELEASE, ENVIRONMENT, SOURCE, USER, SINCE, UNTIL)
"""What `read_occurrence_filters` reads."""
CAPPED: Final = "X-Search-Capped"
_CAPPED_HEADER: Final = {
    CAPPED: (
        f"`true` when the page has fewer rows than it could, since {MAX_LOOKED_AT:,} events were looked at, or"
        f" {MAX_OPENED:,} for their `user`: the `Link` leads on."
    )
}
_INT64_MAX: Final = 2**63 - 1


def occurrence_routes(readers: Readers, exports: Exports, details: DetailAnswers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("occurrences", __name__)
    payloads = PayloadReader()

    @routes.get("/v1/errors/<segment:fingerprint>/occurrences")
    @documented(
        Operation(
            summary="Occurrences of an error",
            description=(
                "Its stored events, newest arrival first, back to `retention.raw_events_days`; an empty list if there "
                "are none.\n"
                "An occurrence has the fields of a sample, with `timestamp` and `received_at` in place of "
                "`captured_at`.\n\n"
                "With `format=jsonl` or `format=csv` the answer is a file with all of them, a line or a row each, "
                "whatever filters and page are asked for.\n"
                "In CSV, null is an empty cell and `metadata` is JSON.\n"
                "A text that begins with `=`, `+`, `-`, `@`, `'`, a tab or a line break has an apostrophe before it "
                "there, so that no spreadsheet takes it for a formula.\n"
                "A file that was cut short is not terminated as HTTP demands, which clients report."
            ),
            parameters=(PROJECT_OF_ERROR, *FILTERS, *PAGE, FORMAT),
            answer=list[Occurrence],
            content_types=("application/json", *MEDIA_TYPES.values()),
            headers=PAGE_HEADERS | _CAPPED_HEADER | FILE_HEADERS,
            errors=CROWDED,
        )
    )
    async def occurrences(fingerprint: str) -> Answer | Response:
        shape = FORMAT.read(request.args)
        if shape is not Shape.JSON:
            return await exports.occurrences(fingerprint, shape)
        page, start = read_page(request.args), read_start(request.args, "occurrences", 1)
        part = Part(limit=page.limit, offset=page.offset, before_id=NO_ID if start is None else start[0])
        filters = read_occurrence_filters(request.args)

        def query(conn: Connection, project: OneProject) -> OccurrencePage:
            return list_occurrences(
                conn, payloads, project=project, fingerprint=fingerprint, part=part, filters=filters
            )

        found = await readers.run(of_holder(read_scope(), fingerprint, query))
        if found is None:
            return answer([])
        body, status, headers = answer(found.rows)
        if found.next_id is not None:
            headers |= link_to("occurrences", found.next_id)
        if found.capped:
            headers[CAPPED] = "true"
        return body, status, headers

    @routes.get("/v1/errors/<segment:fingerprint>/occurrences/<segment:occurrence_id>")
    @documented(
        Operation(
            summary="One occurrence of an error",
            description=(
                "In full, with what source maps make of its stack, and with the numbers of those beside it that pass "
                "the filters; the occurrence itself is answered whether it passes or not."
            ),
            parameters=(PROJECT_OF_ERROR, *FILTERS),
            answer=OccurrenceDetail,
            headers=TAG_HEADERS,
            errors={404: "the project has no such error, or that has no such occurrence any more"},
        )
    )
    async def occurrence(fingerprint: str, occurrence_id: str) -> Answer:
        filters, number = read_occurrence_filters(request.args), _number(occurrence_id)

        def query(conn: Connection, project: OneProject) -> OccurrenceDetail | None:
            return get_occurrence(
                conn,
                payloads,
                project=project,
                fingerprint=fingerprint,
                occurrence_id=number,
                filters=filters,
            )

        found = await readers.run(of_holder(read_scope(), fingerprint, query))
        if found is None:
            raise NotFoundError(f"no occurrence {occurrence_id} of an error with fingerprint {fingerprint}")
        return tagged(answer(await details.mapped(found)), request.headers.get("if-none-match"))

    return routes


def read_occurrence_filters(arguments: Mapping[str, str]) -> OccurrenceFilters:
    """Return the filters of occurrences.

    Raises:
        BadRequestError: a time is no whole number, or a text too long.
    """
    return OccurrenceFilters(
        release=RELEASE.read(arguments),
        environment=ENVIRONMENT.read(arguments),
        source=SOURCE.read(arguments),
        user=USER.read(arguments),
        since_ms=SINCE.read(arguments),
        until_ms=UNTIL.read(arguments),
    )


def _number(text: str) -> int:
    """Return the number of an event; one that none has if it is no number."""
    return min(int(text), _INT64_MAX) if text.isascii() and text.isdigit() and len(text) < 20 else 0
