"""What the lines of an export say, one class for each kind. Pure.

They are msgspec's classes, since those encode many at once and take over stored JSON as it stands (`Raw`): an exported
occurrence is not decoded to be encoded again. Names and units are those of the API's answers (`shapes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT_VERSION: Final = 1
"""Rises when a reader of exports would have to change."""

_NULL: Final = Raw(b"null")
_MISSING: Final = (_NULL, Raw(b'""'))
_encoder: Final = msgspec.json.Encoder()


class OccurrenceLine(msgspec.Struct, gc=False):
    """A stored event: what the list of occurrences answers with."""

    id: int
    timestamp: int
    source: str
    environment: str
    release: str
    error_type: Raw
    message: Raw
    stack: Raw
    http_status: Raw
    request_id: Raw
    route_or_procedure: Raw
    fingerprint: str
    received_at: int
    project_id: str
    metadata: Raw
    user_id_hash: Raw
    device_id_hash: Raw
    app_version: Raw
    build_number: Raw
    screen: Raw


class OccurrenceRecord(OccurrenceLine, tag_field="type", tag="occurrence", gc=False):
    """An occurrence among lines of other kinds."""


class SampleRecord(msgspec.Struct, tag_field="type", tag="sample", gc=False):
    """A sample of an issue."""

    id: int
    fingerprint: str
    project_id: str
    captured_at: int
    source: str
    environment: str
    release: str
    error_type: Raw
    message: Raw
    stack: Raw
    request_id: Raw
    metadata: Raw
    user_id_hash: Raw
    device_id_hash: Raw
    app_version: Raw
    build_number: Raw
    screen: Raw
    http_status: Raw
    route_or_procedure: Raw


class ProjectRecord(msgspec.Struct, tag_field="type", tag="project", kw_only=True):
    """The first line."""

    format: int = FORMAT_VERSION
    project_id: str
    slug: str
    name: str
    exported_at: int
    """Epoch milliseconds."""
    last_occurrence_id: int
    """Events that were stored later are not in the export."""
    since: int | None
    until: int | None


class IssueRecord(msgspec.Struct, tag_field="type", tag="issue", gc=False):
    """An issue as a whole."""

    fingerprint: str
    fingerprints: Raw
    """All of them, the first included; counts name the one that they were counted under."""
    status: str
    total_count: int
    first_seen: int
    last_seen: int
    regressed_at: int | None
    error_type: str
    message: str
    source: str
    route_or_procedure: str | None
    screen: str | None


class CountRecord(msgspec.Struct, tag_field="type", tag="count", gc=False):
    """The events of a fingerprint in one release and environment."""

    fingerprint: str
    release: str
    environment: str
    total_count: int
    first_seen: int
    last_seen: int


class HourlyCountRecord(msgspec.Struct, tag_field="type", tag="hourly_count", gc=False):
    """The events of a fingerprint in one hour, environment and source."""

    fingerprint: str
    hour_bucket: int
    environment: str
    source: str
    count: int


class StatusChangeRecord(msgspec.Struct, tag_field="type", tag="status_change", gc=False):
    """One entry of an issue's history."""

    id: int
    fingerprint: str
    old_status: str
    new_status: str
    changed_by: str | None
    changed_at: int
    reason: str | None


class ActivityRecord(msgspec.Struct, tag_field="type", tag="activity", gc=False):
    """Something that happened to an issue beside its status: a comment, an assignment, a merge."""

    id: int
    fingerprint: str
    kind: str
    actor: str | None
    at: int
    edited_at: int | None
    content: Raw


class StoredPayload(msgspec.Struct, gc=False):
    """The parts of a stored payload that an export takes over."""

    error_type: Raw = _NULL
    message: Raw = _NULL
    stack: Raw = _NULL
    http_status: Raw = _NULL
    request_id: Raw = _NULL
    route_or_procedure: Raw = _NULL
    metadata: Raw = _NULL
    user_id_hash: Raw = _NULL
    device_id_hash: Raw = _NULL
    app_version: Raw = _NULL
    build_number: Raw = _NULL
    screen: Raw = _NULL


class StoredEvent(NamedTuple):
    """A row of a day's table or of the samples, and what its issue says where the payload says nothing."""

    id: int
    timestamp_ms: int
    received_ms: int
    source: str
    environment: str
    release: str
    fingerprint: str
    error_type: str
    message: str


_decode: Final = msgspec.json.Decoder(StoredPayload).decode


def read_payload(event: StoredEvent, content: bytes) -> StoredPayload:
    """Return an event's payload; texts that it does not have are its issue's."""
    payload = _decode(content)
    if payload.error_type in _MISSING:
        payload.error_type = Raw(_encoder.encode(event.error_type))
    if payload.message in _MISSING:
        payload.message = Raw(_encoder.encode(event.message))
    return payload


def encode_lines(lines: Sequence[Any]) -> bytes:
    """Return one line of JSON for each, whatever line breaks stood in JSON that was taken over."""
    encoded = _encoder.encode_lines(lines)
    if encoded.count(b"\n") == len(lines):
        return encoded
    return b"".join(msgspec.json.format(_encoder.encode(line), indent=-1) + b"\n" for line in lines)
