"""The JSON of the routes of retention."""

from __future__ import annotations

from typing import Annotated, Literal

import attrs
import msgspec
from msgspec import Meta

from bloop_trio.retention.storage import StorageInfo  # noqa: TC001 - a field of a struct, read at run time

MAX_PROJECTS_AT_ONCE = 1_000


@attrs.frozen(kw_only=True, slots=False)
class GlobalRetention:
    """For how long data is kept where nothing else is said, and how much of it."""

    raw_events_days: int
    """Single events, of projects that are not in `per_project`."""
    hourly_counts_days: int
    """Counts by the hour, of all projects."""
    aggregates_days: int | None
    """Days after which an error goes that has not been seen any more; null: never."""
    max_bytes: int | None
    """Size of the database beyond which the oldest single events go early; null: no limit."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectRetention:
    """A project whose single events have a time or a budget of their own."""

    project_id: str
    """Its id."""
    project_name: str
    """What people call it."""
    raw_events_days: int
    """For how many days its single events are kept; 0 if it follows all others in that."""
    max_bytes: int | None
    """What its single events may take, before the oldest of them go early; null: no limit."""


class RetentionInfo(msgspec.Struct, frozen=True, kw_only=True, rename={"global_": "global"}):
    """For how long data is kept, and how much there is of it."""

    global_: GlobalRetention
    """What holds for all projects."""
    per_project: list[ProjectRetention]
    """Projects that depart from it, the oldest first."""
    storage: StorageInfo
    """How much is stored."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectRetentionInput:
    """A time or a budget of its own for a project, at least one of them; what is left out stays as it is."""

    project_id: str
    """Its id or slug."""
    raw_events_days: int | None = None
    """1 to 3650 days for its single events, or 0 to have it follow all others again."""
    max_bytes: int | None = None
    """What its single events may take, from 1000000 bytes on, or 0 for no limit."""


@attrs.frozen(kw_only=True, slots=False)
class RetentionInput:
    """What shall be different; what is left out stays as it is."""

    raw_events_days: int | None = None
    """For how many days single events are kept, 1 to 3650."""
    hourly_counts_days: int | None = None
    """For how many days counts by the hour are kept, 1 to 3650."""
    aggregates_days: int | None = None
    """Days after which an error goes that has not been seen any more, 1 to 36500, or 0 for what is configured."""
    max_bytes: int | None = None
    """Size of the database beyond which the oldest single events go early, from 1000000 bytes on, or 0 for what is
    configured."""
    per_project: Annotated[list[ProjectRetentionInput], Meta(max_length=MAX_PROJECTS_AT_ONCE)] | None = None
    """Projects that are to depart from it, or not any more; others stay as they are."""


@attrs.frozen(kw_only=True, slots=False)
class RetentionChanged:
    """It is as asked for."""

    status: Literal["ok"] = "ok"
    """Always `ok`."""


@attrs.frozen(kw_only=True, slots=False)
class PurgeInput:
    """Whether old data is really to be removed now."""

    confirm: bool
    """Must be true."""


@attrs.frozen(kw_only=True, slots=False)
class PurgeDone:
    """What was removed."""

    status: Literal["ok"] = "ok"
    """Always `ok`."""
    raw_events_deleted: int
    """Single events."""
    hourly_counts_deleted: int
    """Counts of an error in an hour."""
