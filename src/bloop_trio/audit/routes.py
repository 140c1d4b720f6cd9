"""The audit log over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.audit.entry import Action
from bloop_trio.audit.queries import AuditEntry, AuditFilters, list_entries
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.cursors import CURSOR, LINK, next_link, read_cursor, write_cursor
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import LIMIT, Text, Whole

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers

_LIST: Final = "audit"

ACTOR: Final = Text("actor", "Keeps what one actor did: a user's id, `token:` and a token's id, `server` or `shell`.")
ACTION: Final = Text("action", "Keeps one kind of act; one that does not exist keeps nothing.")
PROJECT: Final = Text("project_id", "Keeps what has to do with a project, by its id, or by its slug while it exists.")
SINCE: Final = Whole("since", "Keeps what was done then or later, in epoch milliseconds.")
UNTIL: Final = Whole("until", "Keeps what was done then or earlier, in epoch milliseconds.")


def audit_routes(readers: Readers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("audit", __name__)

    @routes.get("/v1/admin/audit")
    @documented(
        Operation(
            tag="Audit log",
            summary="Who did what, the newest first",
            description=(
                "Entries are kept for `retention.audit_days`.\n"
                "Names stand here as they were at the time: what they named may be gone.\n"
                f"An `action` is one of {', '.join(f'`{action.value}`' for action in Action)}."
            ),
            parameters=(ACTOR, ACTION, PROJECT, SINCE, UNTIL, LIMIT, CURSOR),
            answer=list[AuditEntry],
            headers={LINK: '`<…>; rel="next"`, where there is more'},
        )
    )
    async def audit() -> Answer:
        arguments = request.args
        filters = AuditFilters(
            actor=ACTOR.read(arguments),
            action=ACTION.read(arguments),
            project=PROJECT.read(arguments),
            since_ms=SINCE.read(arguments),
            until_ms=UNTIL.read(arguments),
        )
        cursor = CURSOR.read(arguments)
        before_id = None if cursor is None else read_cursor(cursor, _LIST, 1)[0]
        query = partial(list_entries, filters=filters, before_id=before_id, limit=LIMIT.read(arguments))
        entries, more = await readers.run(query)
        body, status, headers = answer(entries)
        if more:
            headers[LINK] = next_link(request.path, arguments.items(multi=True), write_cursor(_LIST, entries[-1].id))
        return body, status, headers

    return routes
