"""What those who change issues call once a change is committed, so that the live feed tells of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bloop_trio.issues.live.messages import IssueActivity, StatusChanged

StatusHook = Callable[[int, Sequence[StatusChanged]], None]
"""Told of a project's (its number) committed changes of status; neither waits nor raises."""
ActivityHook = Callable[[int, IssueActivity], None]
"""Told of what somebody has done with an issue of a project (its number); neither waits nor raises."""
