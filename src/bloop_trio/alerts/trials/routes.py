"""Dry runs over HTTP: what a rule would have fired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.alerts.rules.ids import read_id
from bloop_trio.alerts.rules.rule_routes import MAX_BODY_BYTES, NO_NUMBER, NONE, PATH, RULE, TAG
from bloop_trio.alerts.rules.shapes import AlertRuleInput
from bloop_trio.alerts.trials.shapes import DryRun
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented

if TYPE_CHECKING:
    from bloop_trio.alerts.trials.desk import TrialDesk

_WHAT: Final = (
    "Goes through the last 7 days, as far as single events are kept, and says what would have been sent.\n"
    "Nobody is alerted. It takes up to 20 seconds, and two of them can be under way at a time."
)


def trial_routes(desk: TrialDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("alert_trials", __name__)

    @routes.post(f"{PATH}/dry-run")
    @documented(
        Operation(
            tag=TAG,
            summary="What a rule would have fired, before it is made",
            description=f"{_WHAT}\nWith a token, in the token's project.",
            body=AlertRuleInput,
            answer=DryRun,
            errors={400: "the rule makes no sense as it stands", 404: "there is no such project"},
        )
    )
    async def alert_dry_run() -> Answer:
        given = await read_json(request, AlertRuleInput, max_bytes=MAX_BODY_BYTES)
        return answer(await desk.run_input(caller(), given))

    @routes.post(f"{RULE}/dry-run")
    @documented(
        Operation(
            tag=TAG,
            summary="What a rule would have fired",
            description=f"{_WHAT}\nOf a rule for all projects, a token is told what concerns its own.",
            answer=DryRun,
            errors={400: NO_NUMBER, 404: NONE, 409: "what is stored of the rule cannot be read"},
        )
    )
    async def alert_rule_dry_run(rule_id: str) -> Answer:
        return answer(await desk.run_stored(caller(), read_id("rule_id", rule_id)))

    return routes
