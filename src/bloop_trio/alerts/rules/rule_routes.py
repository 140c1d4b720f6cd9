"""Alert rules over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.alerts.rules.ids import read_id
from bloop_trio.alerts.rules.shapes import AlertDeleted, AlertRule, AlertRuleChange, AlertRuleInput, rule_info
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.reading.scope import PROJECT

if TYPE_CHECKING:
    from bloop_trio.alerts.rules.desk import AlertDesk

TAG: Final = "Alerts"
PATH: Final = "/v1/alerts"
RULE: Final = f"{PATH}/<segment:rule_id>"
MAX_BODY_BYTES: Final = 64 * 1024
NO_NUMBER: Final = "an id is no number"
NONE: Final = "there is no such rule, or it is of another project than the token"


def rule_routes(desk: AlertDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("alert_rules", __name__)
    _add_reading(routes, desk)
    _add_changing(routes, desk)
    return routes


def _add_reading(routes: Blueprint, desk: AlertDesk) -> None:
    @routes.get(PATH)
    @documented(
        Operation(
            tag=TAG,
            summary="All alert rules",
            description=(
                "By their ids.\n"
                "With a token, or with a project, those that watch this project: its own, and those for all projects."
            ),
            parameters=(PROJECT,),
            answer=list[AlertRule],
        )
    )
    async def alert_rules() -> Answer:
        found = await desk.list_all(caller(), PROJECT.read(request.args))
        return answer([rule_info(owned) for owned in found])

    @routes.get(RULE)
    @documented(Operation(tag=TAG, summary="One alert rule", answer=AlertRule, errors={400: NO_NUMBER, 404: NONE}))
    async def alert_rule(rule_id: str) -> Answer:
        return answer(rule_info(await desk.get(caller(), read_id("rule_id", rule_id))))


def _add_changing(routes: Blueprint, desk: AlertDesk) -> None:
    @routes.post(PATH)
    @documented(
        Operation(
            tag=TAG,
            summary="Create an alert rule",
            description=(
                "It is judged from now on.\n"
                "A rule without a project is for all of them, and for administrators to create; with a token it is for"
                " the token's project.\n"
                "The fields of `config` may stand beside the others, with `rule_type` for its `type`."
            ),
            body=AlertRuleInput,
            answer=AlertRule,
            errors={
                400: "the rule makes no sense as it stands",
                404: "there is no such project, or it is not the token's",
                409: "the project has 200 rules already",
            },
        )
    )
    async def alert_rule_create() -> Answer:
        given = await read_json(request, AlertRuleInput, max_bytes=MAX_BODY_BYTES)
        return answer(rule_info(await desk.create(caller(), given)))

    @routes.put(RULE)
    @documented(
        Operation(
            tag=TAG,
            summary="Change an alert rule",
            description="What is left out stays as it is, and null takes away what was there.",
            body=AlertRuleChange,
            answer=AlertRule,
            errors={400: f"the rule would make no sense, or {NO_NUMBER}", 404: NONE},
        )
    )
    async def alert_rule_change(rule_id: str) -> Answer:
        number = read_id("rule_id", rule_id)
        given = await read_json(request, AlertRuleChange, max_bytes=MAX_BODY_BYTES)
        return answer(rule_info(await desk.change(caller(), number, given)))

    @routes.delete(RULE)
    @documented(
        Operation(
            tag=TAG,
            summary="Delete an alert rule",
            description="Its channels go with it, and what it had still to send is cancelled. What it has sent stays in the log.",
            answer=AlertDeleted,
            errors={400: NO_NUMBER, 404: NONE},
        )
    )
    async def alert_rule_delete(rule_id: str) -> Answer:
        number = read_id("rule_id", rule_id)
        await desk.delete(caller(), number)
        return answer(AlertDeleted(deleted=number))
