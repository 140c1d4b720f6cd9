"""The life of an issue as rules: its statuses and what a new event does to them. Pure."""

from __future__ import annotations

import enum


class Status(enum.StrEnum):
    """Where an issue stands; one value for each issue, whatever the release."""

    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    MUTED = "muted"


REASON_REGRESSION = "regression"
"""The reason in the history of a transition that a new event caused."""


def is_regression(status: str) -> bool:
    """Whether a new event on an issue of this status means that a fixed error is back.

    Ignored and muted issues stay what they are: someone decided not to hear of them.
    """
    return status == Status.RESOLVED


def after_event(status: str) -> Status:
    """Return the status that an issue has after a new event."""
    return Status.UNRESOLVED if is_regression(status) else Status(status)
