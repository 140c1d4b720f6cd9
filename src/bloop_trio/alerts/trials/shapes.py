"""The JSON of a dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.content import sentence
from bloop_trio.alerts.judging.firing import WHOLE_PROJECT

if TYPE_CHECKING:
    from bloop_trio.alerts.content import Content

MAX_SHOWN: Final = 200
"""Alerts that are described one by one: the newest."""


@attrs.frozen(kw_only=True, slots=False)
class DryRunAlert:
    """An alert that a rule would have fired."""

    fired_at: int
    """When, in epoch milliseconds."""
    kind: str
    """What was found: `new_issue`, `regression`, `threshold`, `spike`, `escalating` or `mover`."""
    project_id: str
    """Id of the project that it is about."""
    subject: str
    """The fingerprint of the error that it is about, a route, or `*` for the project as a whole."""
    message: str
    """What it would have said."""
    count: int | None
    """Events in the rule's window, where the rule has one."""


@attrs.frozen(kw_only=True, slots=False)
class DryRun:
    """What a rule would have fired in the last days."""

    fired: list[DryRunAlert]
    """The newest alerts, the newest first; at most 200."""
    total: int
    """How many alerts there would have been."""
    oldest_at: int
    """From when on there was anything to judge by, in epoch milliseconds."""
    is_exact: bool
    """Whether the rule would have fired just so, by what is stored; else `notes` say why not."""
    notes: list[str]
    """What was left out or taken roughly, one sentence each."""


def shown(content: Content) -> DryRunAlert:
    """Return how an alert that would have been fired is told."""
    count = content.figures.get("count")
    return DryRunAlert(
        fired_at=content.fired_ms,
        kind=content.kind,
        project_id=content.project_id or "",
        subject=content.fingerprint or (content.route if content.kind == "threshold" else None) or WHOLE_PROJECT,
        message=sentence(content),
        count=None if count is None else int(count),
    )
