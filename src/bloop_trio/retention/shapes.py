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
    """For how many days data is kept where nothing else is said."""

    raw_events_days: int
    """Single events, of projects that are not in `per_project`."""
    hourly_counts_days: int
    """Counts by the hour, of all projects."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectRetention:
    """A project whose single events are kept for a time of its own."""

    project_id: str
    """Its id."""
    project_name: str
    """What people call it."""
    raw_events_days: int
    """For how many days its single events are kept."""


class RetentionInfo(msgspec.Struct, frozen=True, kw_only=True, rename={"global_": "global"}):
    """For how long data is kept, and how much there is of it."""

    global_: GlobalRetention
    """What holds for all projects."""
    per_project: list[ProjectRetention]
    """Projects that depart from it, the oldest first."""
    storage: StorageInfo
    """How much is stored."""


@attrs.frozen(kw_only=True, slots=False)
class ProjectRetentionWish:
    """A time of its own for a project."""

    project_id: str
    """Its id or slug."""
    raw_events_days: int
    """1 to 3650 days for its single events, or 0 to have it follow all others again."""


@attrs.frozen(kw_only=True, slots=False)
class RetentionWish:
    """What shall be different; what is left out stays as it is."""

    raw_events_days: int | None = None
    """For how many days single events are kept, 1 to 3650."""
    hourly_counts_days: int | None = None
    """For how many days counts by the hour are kept, 1 to 3650."""
    per_project: Annotated[list[ProjectRetentionWish], Meta(max_length=MAX_PROJECTS_AT_ONCE)] | None = None
    """Projects that are to depart from it, or not any more; others stay as they are."""


@attrs.frozen(kw_only=True, slots=False)
class RetentionChanged:
    """It is as asked for."""

    status: Literal["ok"] = "ok"
    """Always `ok`."""


@attrs.frozen(kw_only=True, slots=False)
class PurgeWish:
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
