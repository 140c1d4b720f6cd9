"""The objects that the API answers with about single events, beside the samples of an error.

The classes have no slots, because the encoder writes slots in alphabetical order and people read these answers too.
"""

from __future__ import annotations

from typing import Any

import attrs
from msgspec import UNSET, UnsetType

from bloop_trio.sourcemaps.frames import Frame, UnmappedFrame  # noqa: TC001 - msgspec reads the annotations


@attrs.frozen(kw_only=True, slots=False)
class Occurrence:
    """A stored event."""

    id: int
    """Number of the event; rises with time."""
    timestamp: int
    """When it happened, in epoch milliseconds, by the client's clock, normalised."""
    source: str
    """Where it comes from, such as ``api`` or ``ios``."""
    environment: str
    """Environment that it happened in."""
    release: str
    """Release that it happened in."""
    error_type: str
    """Class or code of the error."""
    message: str
    """What went wrong, as the client has put it."""
    stack: str | None
    """Stack trace."""
    http_status: int | None
    """Status of the HTTP answer that went wrong."""
    request_id: str | None
    """Id of the request in which it happened."""
    route_or_procedure: str | None
    """Route, procedure or job in which it happened."""
    fingerprint: str
    """Address of the error."""
    received_at: int
    """When it arrived, in epoch milliseconds, by the server's clock."""
    project_id: str
    """Id of the project."""
    metadata: Any
    """Whatever the client has sent along."""
    user_id_hash: str | None
    """Whom it happened to, as a hash."""
    device_id_hash: str | None
    """On which device it happened, as a hash."""
    app_version: str | None
    """Version of the app."""
    build_number: str | None
    """Number of the app's build."""
    screen: str | None
    """Screen of the app on which it happened."""


@attrs.frozen(kw_only=True, slots=False)
class OccurrenceDetail(Occurrence):
    """A stored event, and the ones beside it."""

    deobfuscated_stack: list[Frame] | UnsetType = UNSET
    """The lines of the stack and what source maps make of them; left out unless at least one line was mapped."""
    unmapped_frames: list[UnmappedFrame] | UnsetType = UNSET
    """The lines that name a place in a script and were not mapped, and why; left out if there are none, or if the
    project has no source maps."""
    newer: int | None
    """The one that came after it, of those that pass the filters."""
    older: int | None
    """The one that came before it, of those that pass the filters."""
    newest: int | None
    """The last of those that pass the filters."""
    oldest: int | None
    """The first of those that pass the filters, as far as events are still stored."""
    search_capped: bool
    """Whether one of these four may be null, or nearer than it seems, since too many events lie between that do not pass
    the filters."""
