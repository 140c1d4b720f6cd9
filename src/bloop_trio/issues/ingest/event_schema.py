"""The bodies of the ingest routes as JSON Schema, made from the class of an event and from its limits.

The schema is what is taken, not only what is asked for: where a text belongs, a number or a boolean is taken as text,
and a field of another name is kept under `metadata`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bloop_trio.http.openapi.fields import class_description, field_descriptions
from bloop_trio.http.openapi.schemas import reference
from bloop_trio.http.operations import Body
from bloop_trio.issues.events.event import CUT_BYTES, EVENT_ID, MAX_HTTP_STATUS, SOURCE, Event

if TYPE_CHECKING:
    from bloop_trio.http.parameters import Schema
    from bloop_trio.issues.ingest.intake import IntakeSettings

_REQUIRED: Final = ("timestamp", "source", "environment", "error_type")
_TEXT: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}
_WHOLE: Final[Schema] = {"type": ["integer", "null"]}
_NOT_EMPTY: Final[Schema] = {"type": ["string", "number", "boolean"], "minLength": 1}
_INT64: Final = 2**63

_EXAMPLE: Final = {
    "timestamp": 1767268800000,
    "source": "api",
    "environment": "prod",
    "release": "1.0.0",
    "error_type": "TypeError",
    "message": "x is undefined",
    "route_or_procedure": "/cart",
}

# Fields that take less than their type says. A number has to match as the text that it becomes.
_OWN: Final[dict[str, Schema]] = {
    "timestamp": {"type": "integer", "minimum": -_INT64, "maximum": _INT64 - 1},
    "source": {"anyOf": [{"type": "string", "pattern": f"^{SOURCE}$"}, {"type": ["number", "boolean"]}]},
    "environment": _NOT_EMPTY,
    "error_type": _NOT_EMPTY,
    "http_status": {**_WHOLE, "minimum": 0, "maximum": MAX_HTTP_STATUS},
    "event_id": {"anyOf": [{"type": "string", "pattern": f"^{EVENT_ID}$"}, {"type": ["integer", "boolean", "null"]}]},
    "metadata": {},
}


def event_schema(settings: IntakeSettings) -> Schema:
    """Return the schema of one event."""
    limits = settings.limits
    most = {
        "message": limits.max_message_bytes,
        "stack": limits.max_stack_bytes,
        "metadata": limits.max_metadata_bytes,
    }
    texts, cut = field_descriptions(Event), dict(CUT_BYTES)
    properties = {}
    for name in Event.__struct_fields__:
        schema: dict[str, Any] = {**_OWN.get(name, _TEXT), "description": texts[name]}
        if name in most:
            schema["x-max-bytes"] = most[name]
        if name in cut:
            schema["x-cut-bytes"] = cut[name]
        properties[name] = schema
    return {
        "description": class_description(Event),
        "type": "object",
        "properties": properties,
        "required": list(_REQUIRED),
        "additionalProperties": True,
        "x-max-bytes": limits.max_payload_bytes,
    }


def single_body(settings: IntakeSettings) -> Body:
    """Return the body of `POST /v1/ingest`."""
    return Body(schema=reference("Event"), schemas={"Event": event_schema(settings)}, example=_EXAMPLE)


def batch_body(settings: IntakeSettings) -> Body:
    """Return the body of `POST /v1/ingest/batch`; events that are none are answered one by one, not as a whole."""
    events: Schema = {
        "description": "Events, each judged by itself: one that is none has its entry in `errors`.",
        "type": "array",
        "items": {"anyOf": [reference("Event"), {}]},
        "maxItems": settings.most_events,
        "x-promised-items": settings.max_batch_size,
    }
    batch: Schema = {
        "description": "Several events.",
        "type": "object",
        "properties": {"events": events},
        "required": ["events"],
        "additionalProperties": True,
        "x-max-bytes": settings.max_batch_payload_bytes,
    }
    return Body(
        schema=reference("Batch"),
        schemas={"Batch": batch, "Event": event_schema(settings)},
        example={"events": [_EXAMPLE, {**_EXAMPLE, "release": "1.0.1"}]},
    )
