"""The log of alerts and of their deliveries over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from quart import Blueprint, request

from bloop_trio.alerts.delivery.log_queries import (
    AlertDelivery,
    FiredAlert,
    LogFilters,
    list_alerts,
    list_deliveries,
)
from bloop_trio.alerts.rules.ids import read_id
from bloop_trio.alerts.rules.rights import get_visible
from bloop_trio.alerts.rules.rule_routes import NONE, RULE, TAG
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.cursors import CURSOR, LINK, next_link, read_cursor, write_cursor
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import LIMIT, Text, Whole
from bloop_trio.issues.reading.scope import PROJECT, read_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.queries.scope import Scope

STATE: Final = Text("state", "Keeps one state: `pending`, `sent`, `failed` or `cancelled`; any other keeps nothing.")
RULE_ID: Final = Whole("rule_id", "Keeps what this rule has found.")
_PAGING: Final = {LINK: '`<…>; rel="next"`, where there is more'}


def log_routes(readers: Readers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("alert_log", __name__)

    @routes.get("/v1/alert-log")
    @documented(
        Operation(
            tag=TAG,
            summary="What rules have found, the newest first",
            description="Kept for `alerting.log_days`, also when the rule is gone.",
            parameters=(PROJECT, RULE_ID, LIMIT, CURSOR),
            answer=list[FiredAlert],
            headers=_PAGING,
        )
    )
    async def alert_log() -> Answer:
        return await _page(readers, "alert_log", list_alerts, rule_id=RULE_ID.read(request.args))

    @routes.get("/v1/alert-deliveries")
    @documented(
        Operation(
            tag=TAG,
            summary="What became of each delivery, the newest first",
            description="Kept for `alerting.log_days`, also when the rule is gone.",
            parameters=(PROJECT, RULE_ID, STATE, LIMIT, CURSOR),
            answer=list[AlertDelivery],
            headers=_PAGING,
        )
    )
    async def alert_deliveries() -> Answer:
        rule_id, state = RULE_ID.read(request.args), STATE.read(request.args)
        return await _page(readers, "alert_deliveries", list_deliveries, rule_id=rule_id, state=state)

    @routes.get(f"{RULE}/deliveries")
    @documented(
        Operation(
            tag=TAG,
            summary="What became of each delivery of an alert rule, the newest first",
            parameters=(PROJECT, STATE, LIMIT, CURSOR),
            answer=list[AlertDelivery],
            headers=_PAGING,
            errors={404: NONE},
        )
    )
    async def alert_rule_deliveries(rule_id: str) -> Answer:
        number, admitted = read_id("rule_id", rule_id), caller()
        await readers.run(lambda conn: get_visible(conn, admitted, number))
        state = STATE.read(request.args)
        return await _page(readers, f"alert_deliveries_{number}", list_deliveries, rule_id=number, state=state)

    return routes


async def _page(readers: Readers, name: str, query: Callable[..., tuple[list[Any], bool]], **filters: Any) -> Answer:
    """Answer with the page of a log that the request asks for."""
    arguments = request.args
    cursor = CURSOR.read(arguments)
    before_id = None if cursor is None else read_cursor(cursor, name, 1)[0]
    run = partial(_read, query, read_scope(), before_id=before_id, limit=LIMIT.read(arguments), **filters)
    rows, more = await readers.run(run)
    body, status, headers = answer(rows)
    if more:
        headers[LINK] = next_link(request.path, arguments.items(multi=True), write_cursor(name, rows[-1].id))
    return body, status, headers


def _read(
    query: Callable[..., tuple[list[Any], bool]],
    scope: Scope,
    conn: Connection,
    *,
    before_id: int | None,
    limit: int,
    **filters: Any,
) -> tuple[list[Any], bool]:
    # Somebody who may see all projects and has named none means all of them, those that are gone left out.
    is_all = scope.own is None and scope.named is None
    project_nos = None if is_all else [project.no for project in scope.projects(conn)]
    return query(conn, LogFilters(project_nos=project_nos, **filters), before_id=before_id, limit=limit)
