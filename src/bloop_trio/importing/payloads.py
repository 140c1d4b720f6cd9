"""Events of the other server as ours are stored: promoted columns, and one payload for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import transaction
from bloop_trio.importing.values import MAX_TEXT_BYTES, as_field, as_required, as_source, as_text, as_whole, cut_text
from bloop_trio.issues.events.event import MAX_HTTP_STATUS, MAX_METADATA_DEPTH, Event, decode_json
from bloop_trio.issues.stored.payload import TRAINING_EVENTS, PayloadPacker, newest_dictionary, train_dictionary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection

DETAILS: Final = (
    "source",
    "environment",
    "release",
    "error_type",
    "message",
    "stack",
    "metadata",
    "http_status",
    "app_version",
    "build_number",
    "route_or_procedure",
    "screen",
    "request_id",
    "user_id_hash",
    "device_id_hash",
)
"""Columns that events and samples have, in the order of `make_event`."""
_encode = msgspec.json.Encoder().encode


def make_event(details: Sequence[Any], timestamp: int | None) -> Event:
    """Return the event of a row's columns `DETAILS`, within the limits of today; what is not there stays None."""
    source, environment, release, error_type, message, stack, metadata, http_status, *rest = details
    status = None if http_status is None else as_whole(http_status)
    app_version, build_number, route, screen, request_id, user_id_hash, device_id_hash = rest
    kind = as_required("error_type", error_type)
    text = as_text(stack)
    return Event(
        timestamp=timestamp,
        source=as_source(source),
        environment=as_required("environment", environment),
        release=as_required("release", release),
        error_type=kind,
        message=cut_text(as_text(message) or kind, MAX_TEXT_BYTES),
        stack=cut_text(text, MAX_TEXT_BYTES) if text else None,
        metadata=None if metadata is None else read_metadata(metadata),
        http_status=status if status is not None and 0 <= status <= MAX_HTTP_STATUS else None,
        app_version=as_field("app_version", app_version),
        build_number=as_field("build_number", build_number),
        route_or_procedure=as_field("route_or_procedure", route),
        screen=as_field("screen", screen),
        request_id=as_field("request_id", request_id),
        user_id_hash=as_field("user_id_hash", user_id_hash),
        device_id_hash=as_field("device_id_hash", device_id_hash),
    )


def encode_event(event: Event) -> bytes:
    """Return the JSON that goes into the payload."""
    return _encode(event)


def read_metadata(stored: Any) -> Any:
    """Return the value of a JSON text; a text that is no JSON, too large or nested too deeply stays a text."""
    text = as_text(stored) or ""
    if len(text) * 4 <= MAX_TEXT_BYTES or len(text.encode()) <= MAX_TEXT_BYTES:
        try:
            value = decode_json(text.encode())
        except ValueError:
            return text or None
        return value if _depth_is_fine(value, text) else text
    return cut_text(text, MAX_TEXT_BYTES)


def _depth_is_fine(value: Any, text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_METADATA_DEPTH:
        return True
    level = [value]
    for _ in range(MAX_METADATA_DEPTH):
        below: list[Any] = []
        for item in level:
            below += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        level = below
    return not any(isinstance(item, (dict, list)) for item in level)


@attrs.define(eq=False)
class Packing:
    """Packs payloads, and trains the dictionary for that once enough events are stored."""

    _packer: PayloadPacker
    _train_at: int = TRAINING_EVENTS
    _packed: int = 0

    @classmethod
    def for_database(cls, conn: Connection) -> Packing:
        """Return one that uses the dictionary of the database, if it has one."""
        return cls(PayloadPacker(newest_dictionary(conn)))

    def pack(self, events: Sequence[bytes]) -> list[bytes]:
        """Return one payload for the JSON of each event, in order."""
        self._packed += len(events)
        return self._packer.pack(events)

    def train(self, conn: Connection) -> None:
        """Train the dictionary if there is none and enough has been packed since this was tried last."""
        if self._packer.has_dictionary or self._packed < self._train_at:
            return
        self._train_at = self._packed * 2
        with transaction(conn):
            dictionary = train_dictionary(conn, now_ms())
        if dictionary is not None:
            self._packer.use(dictionary)
