"""From a request to the buffer: the one road that both the express lane and the ordinary routes take.

A request is judged in a fixed order: room, rate, signature, body, project, JSON, then each event by itself. Whatever
comes of it is counted once, and an answer is never an exception.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs
import msgspec
import trio

from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.http.signature import parse_signature
from bloop_trio.issues.events.accounting import Accounting, Rejection, Tally
from bloop_trio.issues.events.event import Event, EventLimits, decode_json, read_leniently
from bloop_trio.issues.events.receipt import Receipt
from bloop_trio.issues.grouping.grouping import Groupings
from bloop_trio.issues.ingest.ladder import AuthLadder
from bloop_trio.issues.ingest.taking import EventTaker, Taking
from bloop_trio.logs import get_logger, warn_now_and_then

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bloop_trio.flow.pipeline import Pipeline
    from bloop_trio.http.ratelimit import TokenBuckets
    from bloop_trio.issues.events.batch import AcceptedEvent
    from bloop_trio.projects.keys import KeyedProject, KeyRing

_log = get_logger("bloop.ingest")

DURABLE_ANSWER_TIMEOUT_SECS: Final = 10.0
"""How long a durable answer waits for its commit: as long as the published SDKs wait for the answer."""
RETRY_AFTER_SECS: Final = 5
BATCH_LENIENCY: Final = 2
"""Published SDKs send batches of up to twice the documented size; those are taken too."""
_MAX_IDEMPOTENCY_KEY_BYTES: Final = 255


class Route(enum.Enum):
    """The two ways in."""

    SINGLE = "/v1/ingest"
    BATCH = "/v1/ingest/batch"


@attrs.define(eq=False)
class IngestRequest:
    """What a request for ingest says, whichever road it came by."""

    route: Route
    body: bytes
    client: str | None
    """The address that the rate limit counts for; None if it is not limited."""
    signature: bytes | None
    project_key: bytes | None
    idempotency_key: bytes | None
    content_type: bytes | None
    too_large: bool = False
    """The body is over its cap or ended early, and `body` is empty."""


@attrs.frozen
class IngestAnswer:
    """What the client is told."""

    status: int
    body: bytes
    """JSON."""
    retry_after_secs: int | None = None


class Batch(msgspec.Struct):
    """The body of a batch; other top-level keys are ignored."""

    events: list[msgspec.Raw]


class Accepted(msgspec.Struct):
    """The answer to one event."""

    status: Literal["accepted"]
    """The event is in the buffer; with `ingest.ack = "durable"` it is on disk."""


class RefusedEvent(msgspec.Struct):
    """An event of a batch that was not taken."""

    index: int
    """Its place in the batch, from 0."""
    error: str
    """What is wrong with it, in a sentence."""


class Verdicts(msgspec.Struct):
    """The answer to a batch: `accepted`, `dropped` and the number of `errors` add up to that of its events."""

    accepted: int
    """Events that were taken."""
    dropped: int
    """Events that were left out because the buffer is full or their sender over its rate."""
    errors: list[RefusedEvent]
    """Those that were not taken, in the order of the batch."""


@attrs.frozen(kw_only=True)
class IntakeSettings:
    """What the configuration says about ingest."""

    limits: EventLimits
    max_batch_size: int
    max_batch_payload_bytes: int
    max_wait_secs: float
    durable: bool
    allow_keyless: bool

    @property
    def most_events(self) -> int:
        """Events of a batch that is still taken."""
        return self.max_batch_size * BATCH_LENIENCY


def error_answer(status: int, message: str, retry_after_secs: int | None = None) -> IngestAnswer:
    """Return the answer that says only what went wrong."""
    return IngestAnswer(status, msgspec.json.encode({"error": message}), retry_after_secs)


ACCEPTED: Final = IngestAnswer(200, msgspec.json.encode(Accepted("accepted")))
UNAVAILABLE: Final = error_answer(503, "not stored, try again", RETRY_AFTER_SECS)
_WRONG_CONTENT_TYPE: Final = error_answer(400, "the Content-Type must be application/json")
_REFUSALS: Final = {
    Rejection.MISSING_SIGNATURE: error_answer(401, "missing X-Signature header"),
    Rejection.INVALID_SIGNATURE_ENCODING: error_answer(401, "invalid signature encoding"),
    Rejection.UNREADABLE_BODY: error_answer(400, "failed to read body"),
    Rejection.INVALID_PROJECT_KEY: error_answer(401, "invalid project key"),
    Rejection.INVALID_SIGNATURE: error_answer(401, "invalid signature"),
}
_UNKNOWN_KEY: Final = frozenset({Rejection.INVALID_PROJECT_KEY, Rejection.INVALID_SIGNATURE})

_decode_event = msgspec.json.Decoder(Event).decode
_decode_batch = msgspec.json.Decoder(Batch).decode
_encode = msgspec.json.Encoder().encode
_all_accepted: dict[int, IngestAnswer] = {}


class Intake:
    """Judges requests and offers their events to the pipeline."""

    def __init__(  # noqa: PLR0913 - the seam where the server hands over its parts, by name
        self,
        *,
        settings: IntakeSettings,
        keys: KeyRing,
        hmac_secret: str,
        pipeline: Pipeline[AcceptedEvent],
        accounting: Accounting,
        buckets: TokenBuckets | None,
        refresh_keys: Callable[[], Awaitable[bool]],
        now_ms: Callable[[], int],
        groupings: Groupings | None = None,
    ) -> None:
        self._settings = settings
        self._ladder = AuthLadder(keys, hmac_secret, allow_keyless=settings.allow_keyless)
        self._pipeline = pipeline
        self._accounting = accounting
        self._buckets = buckets
        self._refresh_keys = refresh_keys
        self._now_ms = now_ms
        self._groupings = groupings or Groupings()
        self._taker = EventTaker(settings.limits, pipeline, accounting.recent)

    @property
    def settings(self) -> IntakeSettings:
        """What the configuration says about ingest."""
        return self._settings

    def max_body_bytes(self, route: Route) -> int:
        """Return the cap of a request's body."""
        if route is Route.SINGLE:
            return self._settings.limits.max_payload_bytes
        return self._settings.max_batch_payload_bytes

    async def answer(self, request: IngestRequest) -> IngestAnswer:
        """Take what the request brings, and return what to tell its sender.

        Waits while the buffer is above its high-water mark or the sender above its rate, at most `max_wait_secs` each;
        a caller that reads no further meanwhile passes the pressure on. In durable mode it also waits for the commit.
        """
        if self._pipeline.pressed:
            await self._pipeline.wait_for_room(self._settings.max_wait_secs)
        limited = request.client is not None and self._buckets is not None and await self._is_limited(request.client)
        found = self._identify(request)
        if isinstance(found, Rejection):
            if found in _UNKNOWN_KEY and await self._keys_have_changed():
                found = self._identify(request)  # the key may have been made a moment ago
            if isinstance(found, Rejection):
                return _refuse(self._accounting.unknown, found, _REFUSALS[found])
        tally = self._accounting.of(found.project.no, found.project.slug)
        if not _is_json(request.content_type):
            return _refuse(tally, Rejection.CONTENT_TYPE, _WRONG_CONTENT_TYPE)
        receipt = Receipt() if self._settings.durable and not limited else None
        taking = Taking(
            project_no=found.project.no,
            tally=tally,
            received_ms=self._now_ms(),
            limited=limited,
            receipt=receipt,
            idempotency_key=_read_idempotency_key(request.idempotency_key),
            grouping=self._groupings.of(found.project.no),
        )
        if request.route is Route.SINGLE:
            return await self._answer_single(request.body, taking)
        return await self._answer_batch(request.body, taking)

    async def _keys_have_changed(self) -> bool:
        """Look for new keys; when the database does not answer, those at hand have to do."""
        try:
            return await self._refresh_keys()
        except (StoreError, QueryTimeoutError) as error:
            warn_now_and_then(_log, "project keys not reloaded", error=str(error))
            return False

    async def _is_limited(self, client: str) -> bool:
        """Wait for the client's turn; returns whether it would be too long."""
        assert self._buckets is not None  # noqa: S101 - the caller has looked
        wait_secs = self._buckets.reserve(client, trio.current_time(), self._settings.max_wait_secs)
        if wait_secs is None:
            warn_now_and_then(_log, "client over its rate, its events are dropped", client=client)
            return True
        if wait_secs > 0:
            await trio.sleep(wait_secs)
        return False

    def _identify(self, request: IngestRequest) -> KeyedProject | Rejection:
        """Find whose request it is, or why it is nobody's."""
        if request.signature is None:
            return Rejection.MISSING_SIGNATURE
        digest = parse_signature(request.signature)
        if digest is None:
            return Rejection.INVALID_SIGNATURE_ENCODING
        if request.too_large:
            return Rejection.UNREADABLE_BODY
        return self._ladder.identify(request.project_key, request.body, digest)

    async def _answer_single(self, body: bytes, taking: Taking) -> IngestAnswer:
        tally = taking.tally
        payload = None
        try:
            event: Event | str = _decode_event(body)
            payload = body  # as sent is as stored: the cheapest encoding is the one that the client has made
        except (ValueError, RecursionError):
            try:
                event = read_leniently(decode_json(body), self._settings.limits)
            except ValueError as error:
                return _refuse(tally, Rejection.MALFORMED_JSON, error_answer(400, f"malformed JSON: {error}"))
        tally.received += 1
        problem = self._taker.take(event, payload, taking, taking.idempotency_key)
        if problem is not None:
            return error_answer(400, problem)
        if not self._settings.durable:
            return ACCEPTED
        kept = await _kept(taking.receipt)
        return ACCEPTED if kept else UNAVAILABLE

    async def _answer_batch(self, body: bytes, taking: Taking) -> IngestAnswer:
        tally, settings = taking.tally, self._settings
        try:
            elements = _elements(body)
        except ValueError as error:
            return _refuse(tally, Rejection.MALFORMED_JSON, error_answer(400, str(error)))
        size = len(elements)
        tally.received += size
        if size > settings.most_events:
            tally.rejected[Rejection.BATCH_TOO_LARGE] += size
            return error_answer(400, f"batch exceeds max size of {settings.max_batch_size}")
        errors: list[RefusedEvent] = []
        dropped_before = tally.dropped_total
        key = taking.idempotency_key
        for index, element in enumerate(elements):
            event, payload = _read_element(element, settings.limits)
            problem = self._taker.take(event, payload, taking, None if key is None else f"{key}:{index}")
            if problem is not None:
                errors.append(RefusedEvent(index, problem))
        dropped = tally.dropped_total - dropped_before
        accepted = size - len(errors) - dropped
        if settings.durable and accepted + dropped:
            kept = await _kept(taking.receipt)
            if kept == 0:
                return UNAVAILABLE
            accepted, dropped = kept, accepted + dropped - kept
        if accepted == size:
            return _whole_batch(accepted)
        return IngestAnswer(200, _encode(Verdicts(accepted, dropped, errors)))


def _elements(body: bytes) -> list[Any]:
    """Return the elements of a batch: as raw JSON where that can be, as decoded values otherwise.

    Raises:
        ValueError: the body is not JSON, or has no list of events.
    """
    try:
        return _decode_batch(body).events
    except (ValueError, RecursionError):
        pass
    try:
        value = decode_json(body)
    except ValueError as error:
        msg = f"malformed JSON: {error}"
        raise ValueError(msg) from error
    elements = value.get("events") if isinstance(value, dict) else None
    if not isinstance(elements, list):
        msg = 'a batch must be an object with a list "events"'
        raise ValueError(msg)  # noqa: TRY004 - the caller answers every unreadable body alike
    return elements


def _read_element(element: Any, limits: EventLimits) -> tuple[Event | str, bytes | None]:
    """Return the event in an element, or what is wrong with it, and its JSON if that can be stored as it is."""
    if isinstance(element, msgspec.Raw):
        raw = bytes(element)  # a copy: the element itself would keep the whole body alive
        if len(raw) > limits.max_payload_bytes:
            return f"event exceeds {limits.max_payload_bytes} bytes", None
        try:
            return _decode_event(raw), raw
        except (ValueError, RecursionError):
            pass
        try:
            element = decode_json(raw)
        except ValueError as error:
            return f"malformed JSON: {error}", None
    event = read_leniently(element, limits)
    if isinstance(event, Event) and len(_encode(event)) > limits.max_payload_bytes:
        return f"event exceeds {limits.max_payload_bytes} bytes", None
    return event, None


def _refuse(tally: Tally, reason: Rejection, answer: IngestAnswer) -> IngestAnswer:
    """Count a whole payload as one rejected event."""
    tally.received += 1
    tally.rejected[reason] += 1
    return answer


async def _kept(receipt: Receipt | None) -> int:
    """Return how many events of the request are committed; 0 when nobody could say in time."""
    if receipt is None:
        return 0
    with trio.move_on_after(DURABLE_ANSWER_TIMEOUT_SECS):
        await receipt.wait()
    return receipt.kept


def _whole_batch(size: int) -> IngestAnswer:
    answer = _all_accepted.get(size)
    if answer is None:
        answer = _all_accepted[size] = IngestAnswer(200, _encode(Verdicts(size, 0, [])))
    return answer


def _is_json(content_type: bytes | None) -> bool:
    if content_type == b"application/json":
        return True
    essence = (content_type or b"").partition(b";")[0].strip().lower()
    return essence == b"application/json" or (essence.startswith(b"application/") and essence.endswith(b"+json"))


def _read_idempotency_key(header: bytes | None) -> str | None:
    """Return the key that makes a retried request count once; an unusable one is as if absent."""
    if not header or len(header) > _MAX_IDEMPOTENCY_KEY_BYTES:
        return None
    return header.decode("latin-1")
