"""Retention over HTTP, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.retention.settings import ProjectChange, RetentionChange
from bloop_trio.retention.shapes import PurgeDone, PurgeInput, RetentionChanged, RetentionInfo, RetentionInput

if TYPE_CHECKING:
    from bloop_trio.retention.desk import RetentionDesk

MAX_BODY_BYTES: Final = 256 * 1024
TAG: Final = "Retention"


def retention_routes(desk: RetentionDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("retention", __name__)
    _add_settings(routes, desk)
    _add_purge(routes, desk)
    return routes


def _add_settings(routes: Blueprint, desk: RetentionDesk) -> None:
    @routes.get("/v1/admin/retention")
    @documented(Operation(tag=TAG, summary="For how long data is kept, and how much there is", answer=RetentionInfo))
    async def retention() -> Answer:
        return answer(await desk.get())

    @routes.put("/v1/admin/retention")
    @documented(
        Operation(
            tag=TAG,
            summary="Change for how long data is kept",
            description=(
                "What has aged out by it goes with the next purge, a whole UTC day at a time.\n"
                "Issues, their counts by release, and samples are kept unless `aggregates_days` is set.\n"
                "Over `max_bytes` the oldest single events go within half a minute, and before their time."
            ),
            body=RetentionInput,
            answer=RetentionChanged,
            errors={400: "the body cannot be used, and nothing was changed", 404: "there is no such project"},
        )
    )
    async def retention_change() -> Answer:
        try:
            given = await read_json(request, RetentionInput, max_bytes=MAX_BODY_BYTES)
        except BadRequestError as error:
            raise BadRequestError(f"invalid request: {error.message}") from None
        change = RetentionChange(
            raw_events_days=given.raw_events_days,
            hourly_counts_days=given.hourly_counts_days,
            aggregates_days=given.aggregates_days,
            max_bytes=given.max_bytes,
            by_project=[
                ProjectChange(
                    project=project.project_id, raw_events_days=project.raw_events_days, max_bytes=project.max_bytes
                )
                for project in given.per_project or ()
            ],
        )
        await desk.change(caller(), change)
        return answer(RetentionChanged())


def _add_purge(routes: Blueprint, desk: RetentionDesk) -> None:
    @routes.post("/v1/admin/retention/purge")
    @documented(
        Operation(
            tag=TAG,
            summary="Remove now what has aged out",
            description=(
                "The server does so by itself every `retention.prune_interval_secs`.\n"
                "The answer comes when it is done, which takes a minute or two for a million events: they go in "
                "small steps, so that events can be taken meanwhile.\n"
                "Whoever does not wait for the answer ends it early; the rest goes with the next purge."
            ),
            body=PurgeInput,
            answer=PurgeDone,
            errors={400: "it is not confirmed"},
        )
    )
    async def retention_purge() -> Answer:
        given = await read_json(request, PurgeInput, max_bytes=MAX_BODY_BYTES)
        if not given.confirm:
            raise BadRequestError("confirm must be true")
        purged = await desk.purge(caller())
        return answer(PurgeDone(raw_events_deleted=purged.events, hourly_counts_deleted=purged.hourly_counts))
