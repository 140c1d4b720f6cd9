"""The export of a whole project over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Whole
from bloop_trio.issues.queries.export import MEDIA_TYPES, Format
from bloop_trio.issues.queries.export_events import Span
from bloop_trio.issues.reading.exporting import CROWDED, FILE_HEADERS
from bloop_trio.issues.reading.scope import NEEDS_PROJECT, ONLY_PROJECT

if TYPE_CHECKING:
    from quart import Response

    from bloop_trio.issues.reading.exporting import Exports

SINCE: Final = Whole("since", "Keeps occurrences that arrived then or later, in epoch milliseconds.")
UNTIL: Final = Whole("until", "Keeps occurrences that arrived then or earlier, in epoch milliseconds.")

_DESCRIPTION: Final = """\
One line of JSON for each thing, which says in `type` what it is; ids, fields and units are those of the other routes.

| type | what |
|---|---|
| `project` | the first line: `format` (1), `project_id`, `slug`, `name`, `exported_at`, `last_occurrence_id`, `since`, \
`until` |
| `issue` | `fingerprint`, `fingerprints`, `status`, `total_count`, `first_seen`, `last_seen`, `regressed_at`, \
`error_type`, `message`, `source`, `route_or_procedure`, `screen` |
| `count` | the events of a fingerprint in one release and environment |
| `hourly_count` | the events of a fingerprint in one hour, environment and source |
| `status_change` | an entry of an issue's history |
| `activity` | a comment on an issue, an assignment or a merge |
| `sample` | an occurrence that is kept as long as its issue |
| `occurrence` | a stored event; the oldest arrival comes first |
| `end` | the last line: how many lines there were of each type |

An export without its `end` is not whole; it is not terminated as HTTP demands either.
Events that arrive after the start are left out, and counts are as they were when they were read.
"""


def export_routes(exports: Exports) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("export", __name__)

    @routes.get("/v1/export")
    @documented(
        Operation(
            summary="The whole project as a file",
            description=_DESCRIPTION,
            parameters=(ONLY_PROJECT, SINCE, UNTIL),
            content_types=(MEDIA_TYPES[Format.JSONL],),
            headers=FILE_HEADERS,
            errors={**NEEDS_PROJECT, **CROWDED},
        )
    )
    async def project() -> Response:
        return await exports.project(Span(since_ms=SINCE.read(request.args), until_ms=UNTIL.read(request.args)))

    return routes
