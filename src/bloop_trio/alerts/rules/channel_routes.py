"""The channels of alert rules over HTTP, and what a test of them says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.alerts.rules.ids import read_id
from bloop_trio.alerts.rules.outcome_shapes import AlertTest, test_info
from bloop_trio.alerts.rules.rule_routes import MAX_BODY_BYTES, NO_NUMBER, NONE, RULE, TAG
from bloop_trio.alerts.rules.shapes import (
    AlertChannel,
    AlertChannelInput,
    AlertDeleted,
    channel_info,
)
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented

if TYPE_CHECKING:
    from bloop_trio.alerts.rules.desk import AlertDesk

CHANNELS: Final = f"{RULE}/channels"
CHANNEL: Final = f"{CHANNELS}/<segment:channel_id>"
_NO_CHANNEL: Final = f"{NONE}, or the rule has no such channel"
_UNUSABLE: Final = f"the channel cannot be used, or {NO_NUMBER}"


def channel_routes(desk: AlertDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("alert_channels", __name__)
    _add_channels(routes, desk)
    _add_test(routes, desk)
    return routes


def _add_channels(routes: Blueprint, desk: AlertDesk) -> None:
    @routes.get(CHANNELS)
    @documented(
        Operation(
            tag=TAG,
            summary="The channels of an alert rule",
            description="Secrets are masked. Those of a rule for all projects are for users to see.",
            answer=list[AlertChannel],
            errors={400: NO_NUMBER, 404: NONE},
        )
    )
    async def alert_channels(rule_id: str) -> Answer:
        found = await desk.list_channels(caller(), read_id("rule_id", rule_id))
        return answer([channel_info(channel) for channel in found])

    @routes.post(CHANNELS)
    @documented(
        Operation(
            tag=TAG,
            summary="Add a channel to an alert rule",
            description="What a `config` holds depends on its `type`: the guide to alerts has them all.",
            body=AlertChannelInput,
            answer=AlertChannel,
            errors={400: _UNUSABLE, 404: NONE, 409: "the rule has 20 channels already"},
        )
    )
    async def alert_channel_add(rule_id: str) -> Answer:
        number = read_id("rule_id", rule_id)
        given = await read_json(request, AlertChannelInput, max_bytes=MAX_BODY_BYTES)
        return answer(channel_info(await desk.add_channel(caller(), number, given.config)))

    @routes.put(CHANNEL)
    @documented(
        Operation(
            tag=TAG,
            summary="Change a channel",
            description=(
                "The whole `config` is replaced.\n"
                "A value that is masked as in an answer stands for what is stored; a channel that gets another URL"
                " needs its secrets anew."
            ),
            body=AlertChannelInput,
            answer=AlertChannel,
            errors={400: _UNUSABLE, 404: _NO_CHANNEL},
        )
    )
    async def alert_channel_change(rule_id: str, channel_id: str) -> Answer:
        rule_no, channel_no = read_id("rule_id", rule_id), read_id("channel_id", channel_id)
        given = await read_json(request, AlertChannelInput, max_bytes=MAX_BODY_BYTES)
        return answer(channel_info(await desk.change_channel(caller(), rule_no, channel_no, given.config)))

    @routes.delete(CHANNEL)
    @documented(
        Operation(
            tag=TAG,
            summary="Take a channel from an alert rule",
            description="What it was still to be sent is cancelled.",
            answer=AlertDeleted,
            errors={400: NO_NUMBER, 404: _NO_CHANNEL},
        )
    )
    async def alert_channel_delete(rule_id: str, channel_id: str) -> Answer:
        channel_no = read_id("channel_id", channel_id)
        await desk.remove_channel(caller(), read_id("rule_id", rule_id), channel_no)
        return answer(AlertDeleted(deleted=channel_no))


def _add_test(routes: Blueprint, desk: AlertDesk) -> None:
    @routes.post(f"{RULE}/test")
    @documented(
        Operation(
            tag=TAG,
            summary="Send a test to the channels of an alert rule",
            description=(
                "It goes out at once, to the rule's channels or to what the server's environment names, and is not tried"
                " again.\n"
                "There can be 5 tests of a rule at once, and one more every 10 seconds.\n"
                "The answer says what has become of it, channel by channel."
            ),
            answer=AlertTest,
            errors={400: NO_NUMBER, 404: NONE, 429: "there were too many; `Retry-After` says when to try again"},
        )
    )
    async def alert_rule_test(rule_id: str) -> Answer:
        return answer(test_info(await desk.test(caller(), read_id("rule_id", rule_id))))
