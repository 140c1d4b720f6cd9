"""The live feed over HTTP, as server-sent events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, g, request

from bloop_trio.exceptions import AuthenticationError, UnavailableError
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Text
from bloop_trio.http.streaming import stream_answer
from bloop_trio.issues.live.channel import MAX_CHANGED
from bloop_trio.issues.live.feed import MAX_STREAMS_PER_PROJECT, RETRY_AFTER_SECS
from bloop_trio.issues.live.subscription import HEARTBEAT_SECS, RETRY_MS, Subscription
from bloop_trio.issues.reading.scope import NEEDS_PROJECT, ONLY_PROJECT, read_scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from quart import Response

    from bloop_trio.db.readers import Readers
    from bloop_trio.http.caller import Caller
    from bloop_trio.http.streaming import Streams
    from bloop_trio.issues.live.feed import Feed

MAX_STREAMS: Final = 500
"""Open at a time; one more is told 503."""
_KIND: Final = "feed"
_HEADERS: Final = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # asks nginx to pass on each message as it comes
}

LAST_EVENT_ID: Final = Text(
    "last_event_id",
    "The id of the last message that was read, for clients that cannot set the header `Last-Event-ID`, which wins.",
)

_DESCRIPTION: Final = f"""\
Server-sent events of one project, for as long as the client reads.
Each has an id, a kind under `event`, and one JSON object under `data`; times are epoch milliseconds.

| event | data | |
|---|---|---|
| `new` | `fingerprint`, `error_type`, `message`, `status`, `events`, `first_seen`, `last_seen` | \
an issue that was never seen before, with how many events it begins |
| `regressed` | `fingerprint`, `error_type`, `message`, `status`, `events`, `last_seen` | a resolved issue that is back |
| `changed` | `issues` (each `fingerprint`, `events`, `last_seen`), `left_out` | \
issues with more events than when they were last told of, and how many events more; at most once a second |
| `status` | `fingerprint`, `old_status`, `new_status`, `changed_by`, `changed_by_name`, `changed_at` | \
somebody has changed a status, or the end of a mute has |
| `activity` | `fingerprint`, `kind`, `actor`, `actor_name`, `at` | \
somebody has commented on an issue (`comment`, also when one is edited or removed), or assigned it (`assigned`) |
| `counters` | `received`, `accepted`, `dropped`, `rejected`, `stored`, `duplicate`, `dead_lettered`, `lost`, `buffered` | \
where events went since the server started; first thing, then when they have moved, at most once a second |
| `reset` | `reason`: `unknown_id` or `too_slow` | messages are missing: read anew what was read before |

A client that connects again with the id of the last message that it has read gets what came after that, without gap \
or repetition.
An id that is not kept any more, or never was, is answered with `reset`; so is a client that reads too slowly.
A project's newest 1,000 messages are kept (512 KiB at most), until five minutes after its last listener has left.

A `message` is cut to 500 characters.
`changed` names at most {MAX_CHANGED} issues; when more is going on, also with new and regressed issues and statuses, \
`left_out` counts them: above zero, read the list again.

After {HEARTBEAT_SECS:g} s of silence a comment is sent.
The stream ends when its token or session is revoked or expires, and when the server stops.
`retry` asks clients to wait {RETRY_MS / 1000:g} s before they connect again.
"""


def stream_routes(feed: Feed, streams: Streams, readers: Readers) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("stream", __name__)

    @routes.get("/v1/stream")
    @documented(
        Operation(
            summary="What happens to errors, as it happens",
            description=_DESCRIPTION,
            parameters=(ONLY_PROJECT, LAST_EVENT_ID),
            content_types=("text/event-stream",),
            headers={"x-accel-buffering": "`no`, for proxies that would hold messages back"},
            errors={
                **NEEDS_PROJECT,
                503: f"{MAX_STREAMS} streams are open, or {MAX_STREAMS_PER_PROJECT} of the project; see `Retry-After`",
            },
        )
    )
    async def stream() -> Response:
        last_id = request.headers.get("last-event-id") or LAST_EVENT_ID.read(request.args)
        caller, scope = g.caller, read_scope()
        project = scope.own
        if project is None:
            project = await readers.run(scope.only)
        if request.method == "HEAD":
            return stream_answer(_nothing, _HEADERS)
        subscription = Subscription(feed, project.no, last_id, _same_caller(caller, g.readmit))
        if not streams.take(_KIND, MAX_STREAMS, subscription.close):
            subscription.close()
            raise UnavailableError(
                "too many open streams: close one or try again later", retry_after_secs=RETRY_AFTER_SECS
            )
        return stream_answer(subscription.receive, _HEADERS)

    return routes


async def _nothing() -> None:
    return None


def _same_caller(caller: Caller, readmit: Callable[[], Awaitable[Caller | None]]) -> Callable[[], Awaitable[None]]:
    """Return a check that the request's credential still stands for `caller`, with the scope that the route needs."""

    async def check() -> None:
        again = await readmit()
        if again is None or (again.actor, again.project_no) != (caller.actor, caller.project_no):
            raise AuthenticationError("authentication required")

    return check
