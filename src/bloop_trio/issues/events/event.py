"""An event as clients send it, and the rules that it is judged by. Pure.

Two readers make an `Event`. The strict decoder takes what the documents promise and is all that a well-behaved client
needs; what it refuses (an unknown key, a number where text belongs) goes through `read_leniently`, which keeps what
can be kept. `judge` then applies the same limits to both.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

import attrs
import msgspec

from bloop_trio.clock import MS_PER_DAY

_TEXT_FIELDS: Final = (
    "app_version",
    "build_number",
    "route_or_procedure",
    "screen",
    "stack",
    "request_id",
    "user_id_hash",
    "device_id_hash",
    "fingerprint",
    "event_id",
    "source",
    "environment",
    "release",
    "error_type",
    "message",
)
CUT_BYTES: Final = (
    ("environment", 200),
    ("release", 200),
    ("error_type", 200),
    ("route_or_procedure", 500),
    ("screen", 200),
    ("app_version", 200),
    ("build_number", 200),
    ("request_id", 200),
    ("user_id_hash", 200),
    ("device_id_hash", 200),
)
"""Fields that no length is too long for, and the bytes that they are cut to; more is of no use in any view."""
_LEAST_CUT_CHARS: Final = min(max_bytes for _, max_bytes in CUT_BYTES) // 4
"""A text of so many characters is within every cap whatever they are: UTF-8 takes at most 4 bytes for one."""
SOURCE: Final = r"[A-Za-z0-9._-]{1,32}"
"""What a source looks like as a whole."""
EVENT_ID: Final = r"[A-Za-z0-9_-]{1,64}"
"""What an event id looks like as a whole."""
MAX_HTTP_STATUS: Final = 65535
_SOURCE: Final = re.compile(SOURCE)
_EVENT_ID: Final = re.compile(EVENT_ID)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_JSON_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_INT64: Final = 2**63
MAX_METADATA_DEPTH: Final = 100
"""Objects and lists within each other: whoever reads the event back has to get through them too."""
UNKNOWN_RELEASE: Final = "unknown"

_OLDEST_MS: Final = 30 * MS_PER_DAY
_NEWEST_MS: Final = MS_PER_DAY

_encode = msgspec.json.Encoder().encode


class Event(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One event as sent; absent and null are the same.

    After `judge` has passed it, the required fields are set, every text is within its cap, `source` is in lower case,
    and `metadata` is compact JSON (`msgspec.Raw`) or None.
    """

    timestamp: int | None = None
    """When it happened, in epoch seconds, milliseconds, microseconds or nanoseconds, told apart by size; more than 30
    days old or a day ahead, it is replaced by the time of arrival."""
    source: str | None = None
    """Where it comes from: `ios`, `android`, `api`, or any word of up to 32 characters `A-Z a-z 0-9 . _ -`; kept in
    lower case."""
    environment: str | None = None
    """Such as `prod`; cut at 200 bytes."""
    release: str | None = None
    """Version of the app; `unknown` if missing; cut at 200 bytes."""
    error_type: str | None = None
    """Class or code of the error; cut at 200 bytes."""
    message: str | None = None
    """At most `ingest.max_message_bytes`; if empty, the error type stands in."""
    app_version: str | None = None
    """Version of the app as its users see it; cut at 200 bytes."""
    build_number: str | None = None
    """Number of the app's build; cut at 200 bytes."""
    route_or_procedure: str | None = None
    """Route, procedure or job in which it happened; cut at 500 bytes."""
    screen: str | None = None
    """Screen of the app on which it happened; cut at 200 bytes."""
    stack: str | None = None
    """Stack trace, at most `ingest.max_stack_bytes`."""
    http_status: int | None = None
    """Status of the HTTP answer that went wrong, 0 to 65535."""
    request_id: str | None = None
    """Id of the request in which it happened; cut at 200 bytes."""
    user_id_hash: str | None = None
    """Whom it happened to, as a hash; cut at 200 bytes."""
    device_id_hash: str | None = None
    """On which device it happened, as a hash; cut at 200 bytes."""
    fingerprint: str | None = None
    """Groups the event by this instead of by its content."""
    event_id: str | None = None
    """1 to 64 characters `A-Z a-z 0-9 _ -`, unique in the project for 24 hours: an event that is sent twice counts
    once."""
    metadata: Any = None
    """Any JSON, at most `ingest.max_metadata_bytes` in compact form and 100 levels deep; a string that holds JSON is
    unwrapped."""


@attrs.frozen(kw_only=True)
class EventLimits:
    """The caps of one event, in bytes of UTF-8."""

    max_payload_bytes: int = 32768
    max_stack_bytes: int = 8192
    max_metadata_bytes: int = 4096
    max_message_bytes: int = 2048


def judge(event: Event, limits: EventLimits) -> str | None:
    """Return what is wrong with `event`, or None; an accepted event is completed in place.

    Completed means: a missing release is `unknown`, an empty message is the error type, the source is in lower case.
    Texts without a documented cap are left whole here, since the fingerprint sees them whole; see `cut`.
    """
    problem = _over_cap(event, limits)
    if problem is not None:
        return problem
    if not event.environment:
        return "environment is required"
    if not event.release:
        event.release = UNKNOWN_RELEASE
    if not event.error_type:
        return "error_type is required"
    if not event.message:
        event.message = event.error_type
    return _malformed(event)


def _over_cap(event: Event, limits: EventLimits) -> str | None:
    message, stack = event.message, event.stack
    if message is not None and _exceeds(message, limits.max_message_bytes):
        return f"message exceeds {limits.max_message_bytes} bytes"
    if stack is not None and _exceeds(stack, limits.max_stack_bytes):
        return f"stack exceeds {limits.max_stack_bytes} bytes"
    if event.metadata is not None:
        try:
            encoded = _encode(_unwrapped(event.metadata))
        except RecursionError:
            return "metadata is nested too deeply"
        if len(encoded) > limits.max_metadata_bytes:
            return f"metadata exceeds {limits.max_metadata_bytes} bytes"
        if _too_deep(encoded):
            return "metadata is nested too deeply"
        event.metadata = msgspec.Raw(encoded)
    return None


def _too_deep(encoded: bytes) -> bool:
    """Whether a JSON text is nested deeper than is allowed; nearly always two counts are enough to know."""
    if encoded.count(b"[") + encoded.count(b"{") <= MAX_METADATA_DEPTH:
        return False
    depth = 0
    for char in _JSON_TEXT.sub(b"", encoded):
        if char in b"[{":
            depth += 1
            if depth > MAX_METADATA_DEPTH:
                return True
        elif char in b"]}":
            depth -= 1
    return False


def _malformed(event: Event) -> str | None:
    if event.timestamp is None:
        return "timestamp is required"
    if not -_INT64 <= event.timestamp < _INT64:
        return "timestamp must be a 64-bit integer"
    if not event.source:
        return "source is required"
    source = _lower_source(event.source)
    if source is None:
        return "source must be 1 to 32 characters of A-Z a-z 0-9 . _ -"
    event.source = source
    return _optional_malformed(event)


@lru_cache(maxsize=256)  # a deployment has a handful of sources
def _lower_source(source: str) -> str | None:
    return source.lower() if _SOURCE.fullmatch(source) else None


def _optional_malformed(event: Event) -> str | None:
    if event.http_status is not None and not 0 <= event.http_status <= MAX_HTTP_STATUS:
        return "http_status must be an integer from 0 to 65535"
    if event.event_id is not None and not _EVENT_ID.fullmatch(event.event_id):
        return "event_id must be 1 to 64 characters of A-Z a-z 0-9 _ -"
    return None


def _exceeds(text: str, max_bytes: int) -> bool:
    """Whether `text` is longer than `max_bytes` in UTF-8; ASCII text is not encoded to find out."""
    return len(text) > max_bytes or (not text.isascii() and len(text.encode()) > max_bytes)


def _unwrapped(metadata: Any) -> Any:
    """Undo one layer of encoding: some clients send their metadata object as a string of JSON."""
    if isinstance(metadata, str) and metadata[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(metadata)
        except (ValueError, RecursionError):
            return metadata
    return metadata


def cut(event: Event, limits: EventLimits) -> str | None:
    """Cut over-long texts in place, on a character's boundary; returns a problem if the event as a whole is too large.

    Called after the fingerprint has been computed from the whole texts.
    """
    before = 0
    for name, max_bytes in CUT_BYTES:
        text = getattr(event, name)
        if text is not None and _exceeds(text, max_bytes):
            encoded = text.encode()
            before += len(encoded)
            setattr(event, name, encoded[:max_bytes].decode("utf-8", "ignore"))
    if before and before + len(event.message or "") + len(event.stack or "") > limits.max_payload_bytes:
        return f"event exceeds {limits.max_payload_bytes} bytes"
    return None


def may_need_cutting(event: Event) -> bool:
    """Whether `cut` could find anything to do; written out, since nearly every event ends here with a no."""
    least = _LEAST_CUT_CHARS
    return (
        len(event.environment or "") > least
        or len(event.release or "") > least
        or len(event.error_type or "") > least
        or len(event.route_or_procedure or "") > least
        or len(event.screen or "") > least
        or len(event.app_version or "") > least
        or len(event.build_number or "") > least
        or len(event.request_id or "") > least
        or len(event.user_id_hash or "") > least
        or len(event.device_id_hash or "") > least
    )


def normalise_timestamp(timestamp: int, received_ms: int) -> int:
    """Return a client's time in epoch ms, from seconds, milliseconds, microseconds or nanoseconds by its size.

    A time outside the 30 days before `received_ms` and the day after it says more about the client's clock than about the event, and
    `received_ms` is returned instead.
    """
    size = abs(timestamp)
    if size < 10**11:
        timestamp *= 1000
    elif size < 10**14:
        pass
    elif size < 10**17:
        timestamp //= 1000
    else:
        timestamp //= 1_000_000
    return timestamp if received_ms - _OLDEST_MS <= timestamp <= received_ms + _NEWEST_MS else received_ms


def read_leniently(value: Any, limits: EventLimits) -> Event | str:
    """Return the event in a decoded JSON value, or what is wrong with it.

    Numbers and booleans in text fields are taken as text. Unknown keys are kept under `metadata` as long as they fit.
    """
    if not isinstance(value, dict):
        return "an event must be an object"
    event = Event(metadata=value.get("metadata"))
    for name in _TEXT_FIELDS:
        field = value.get(name)
        if field is None or isinstance(field, str):
            setattr(event, name, field)
        elif isinstance(field, (int, float)):
            setattr(event, name, _encode(field).decode())
        else:
            return f"{name} must be a string"
    for name in ("timestamp", "http_status"):
        field = value.get(name)
        if isinstance(field, float) and field.is_integer():
            field = int(field)  # some languages have no other numbers, and write 3.0
        if field is not None and (not isinstance(field, int) or isinstance(field, bool)):
            return f"{name} must be an integer"
        setattr(event, name, field)
    _keep_unknown_keys(event, value, limits)
    return event


def _keep_unknown_keys(event: Event, value: dict[str, Any], limits: EventLimits) -> None:
    """Fold keys that no field has into the metadata; too many of them are left out, not held against the event."""
    unknown = {key: item for key, item in value.items() if key not in Event.__struct_fields__}
    if not unknown:
        return
    metadata = _unwrapped(event.metadata)
    if metadata is None:
        metadata = {}
    elif not isinstance(metadata, dict):
        metadata = {"metadata": metadata}
    folded = {**unknown, **metadata}
    try:
        encoded = _encode(folded)
    except RecursionError:
        return
    if len(encoded) <= limits.max_metadata_bytes and not _too_deep(encoded):
        event.metadata = folded


def decode_json(body: bytes) -> Any:
    """Decode a JSON text as clients really send it: NaN and infinities become null, lone surrogates U+FFFD.

    Raises:
        ValueError: it is not JSON, not UTF-8, or nested too deeply.
    """
    try:
        return msgspec.json.decode(body)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error
    except ValueError:
        return _decode_tolerantly(body)


def _decode_tolerantly(body: bytes) -> Any:
    try:
        value = json.loads(body.decode(), parse_constant=lambda _: None)
        text = json.dumps(value, ensure_ascii=False)
        return msgspec.json.decode(_SURROGATE.sub("\ufffd", text).encode())
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error
