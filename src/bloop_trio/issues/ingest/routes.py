"""Ingest on the ordinary road: for the requests that the express lane leaves to others.

It does no more than the lane does: read the body up to its cap, ask the intake, pass its answer on with the same
headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.http.bodies import read_up_to
from bloop_trio.http.client_address import client_address
from bloop_trio.http.credentials import peer_of
from bloop_trio.http.headers import INGEST_HEADERS
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.ingest.event_schema import batch_body, single_body
from bloop_trio.issues.ingest.intake import Accepted, IngestRequest, Route, Verdicts

if TYPE_CHECKING:
    from bloop_trio.http.client_address import TrustedProxies
    from bloop_trio.http.codec import Answer
    from bloop_trio.issues.ingest.intake import Intake, IntakeSettings

_REFUSALS: Final = {
    401: "the signature is missing or wrong, or nobody has the project key",
    503: "nothing was stored; in durable mode alone, with `Retry-After`",
}
_HEADERS: Final = {name.decode(): value.decode() for name, value in INGEST_HEADERS}


def ingest_routes(intake: Intake, trusted: TrustedProxies) -> Blueprint:
    """Return the routes. How long a body may take to arrive is the listener's business, as for all routes."""
    routes = Blueprint("ingest", __name__)

    @routes.post(Route.SINGLE.value)
    @documented(_single(intake.settings))
    async def ingest_single() -> Answer:
        return await _ingest(Route.SINGLE)

    @routes.post(Route.BATCH.value)
    @documented(_batch(intake.settings))
    async def ingest_batch() -> Answer:
        return await _ingest(Route.BATCH)

    async def _ingest(route: Route) -> Answer:
        body = await read_up_to(request, intake.max_body_bytes(route))
        answer = await intake.answer(
            IngestRequest(
                route=route,
                body=body or b"",
                client=client_address(
                    peer_of(request),
                    trusted,
                    _joined("x-forwarded-for"),
                    _first("x-real-ip"),
                    _joined("forwarded"),
                ),
                signature=_first("x-signature", "x-bloop-signature"),
                project_key=_first("x-project-key"),
                idempotency_key=_first("idempotency-key"),
                content_type=_first("content-type"),
                too_large=body is None,
            )
        )
        headers = dict(_HEADERS)
        if answer.retry_after_secs is not None:
            headers["retry-after"] = str(answer.retry_after_secs)
        return answer.body, answer.status, headers

    return routes


def _single(settings: IntakeSettings) -> Operation:
    return Operation(
        summary="Send one event",
        description=(
            "The body is one event, at most `ingest.max_payload_bytes` long, with `Content-Type: application/json` "
            "(or `application/*+json`).\n"
            "A field of another name is kept under `metadata`, as long as that fits.\n\n"
            'The answer `accepted` says that the event is in the buffer; with `ingest.ack = "durable"` it is on '
            "disk.\n"
            "In buffered mode an event that is dropped because the buffer is full, or because its sender is over its "
            "rate, gets the same answer and is [counted](metrics.md).\n"
            "In durable mode it gets 503 with `Retry-After`."
        ),
        request_headers={"Idempotency-Key": "Does for an event without `event_id` what that field does."},
        body=single_body(settings),
        answer=Accepted,
        errors={400: "the body is not an event, or too long", **_REFUSALS},
    )


def _batch(settings: IntakeSettings) -> Operation:
    return Operation(
        summary="Send several events",
        description=(
            'The body is `{"events": [event, …]}`, at most `ingest.max_batch_payload_bytes` long.\n'
            "`ingest.max_batch_size` events are promised, twice as many are taken.\n"
            "Each event is judged by itself: one that is refused has an entry in `errors` such as "
            '`{"index": 1, "error": "environment is required"}`.\n'
            "In durable mode, 503 if not one event was kept."
        ),
        request_headers={"Idempotency-Key": "With `k`, the event at index 3 has the id `k:3` unless it has its own."},
        body=batch_body(settings),
        answer=Verdicts,
        errors={400: "the body is not a list of events, or too long", **_REFUSALS},
    )


def _first(*names: str) -> bytes | None:
    """Return the value of the first of these headers that was sent."""
    for name in names:
        value = request.headers.get(name)
        if value is not None:
            return value.encode("latin-1")
    return None


def _joined(name: str) -> bytes | None:
    """Return a header that may be sent in parts."""
    values = request.headers.getlist(name)
    return ",".join(values).encode("latin-1") if values else None
