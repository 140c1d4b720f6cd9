"""The tags of an issue over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Text
from bloop_trio.issues.queries.scope import of_holder
from bloop_trio.issues.queries.tag_counts import BUILT_IN, MAX_KEYS, METADATA, TOP_VALUES, TOP_VALUES_OF_ONE, ErrorTags
from bloop_trio.issues.queries.tags import MAX_EVENTS, get_tags
from bloop_trio.issues.reading.list_routes import TAG_HEADERS
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR, read_scope
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import OneProject

KEY: Final = Text("key", f"Only this key, with up to {TOP_VALUES_OF_ONE} values.")
_BUILT_IN: Final = ", ".join(f"`{key}`" for key in BUILT_IN)


def tag_routes(readers: Readers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("tags", __name__)
    payloads = PayloadReader()

    @routes.get("/v1/errors/<segment:fingerprint>/tags")
    @documented(
        Operation(
            summary="Tags of an error",
            description=(
                f"What its newest stored events have in common, up to {MAX_EVENTS:,} of them: {_BUILT_IN}, and the "
                "keys of their metadata.\n"
                "In an object within the metadata, the keys are written behind its own, as `user.plan`; lists, deeper "
                "objects and null are left out.\n"
                f"A key of the metadata that has the name of a built-in one has `{METADATA}` before it.\n\n"
                f"There are up to {MAX_KEYS} keys with up to {TOP_VALUES} values each."
            ),
            parameters=(PROJECT_OF_ERROR, KEY),
            answer=ErrorTags,
            headers=TAG_HEADERS,
            errors={404: "the project has no such error"},
        )
    )
    async def tags(fingerprint: str) -> Answer:
        key = KEY.read(request.args)

        def query(conn: Connection, project: OneProject) -> ErrorTags | None:
            return get_tags(conn, payloads, project_no=project.no, fingerprint=fingerprint, key=key)

        found = await readers.run(of_holder(read_scope(), fingerprint, query))
        if found is None:
            raise NotFoundError(f"no errors with fingerprint {fingerprint}")
        return tagged(answer(found), request.headers.get("if-none-match"))

    return routes
