"""The life of an issue as rules: its statuses and what a new event does to them. Pure."""

from __future__ import annotations

import enum
from typing import Final

from bloop_trio.clock import MS_PER_HOUR


class Status(enum.StrEnum):
    """Where an error stands; one value for each error, whatever the release."""

    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    MUTED = "muted"


LATEST_MS: Final = MS_PER_HOUR
"""How long after its arrival an event may be stored, say because the disk was full."""
REASON_REGRESSION = "regression"
"""The reason in the history of a transition that a new event caused."""


def is_regression(status: str) -> bool:
    """Whether a new event on an issue of this status means that a fixed error is back.

    Ignored and muted issues stay what they are: someone decided not to hear of them.
    """
    return status == Status.RESOLVED


def was_on_its_way(received_ms: int, changed_ms: int | None) -> bool:
    """Whether an event was received before its issue's status changed (None: never) and had only not been stored yet.

    A change that lies further ahead than events are ever late was made before the clock was set back.
    """
    return changed_ms is not None and received_ms <= changed_ms <= received_ms + LATEST_MS


def after_event(status: str) -> Status:
    """Return the status that an issue has after a new event."""
    return Status.UNRESOLVED if is_regression(status) else Status(status)
