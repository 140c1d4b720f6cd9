"""For how many days and within how many bytes data is kept: what administrators have set, else the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.exceptions import BadRequestError
from bloop_trio.projects.store import get_project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.audit.store import Note
    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.connection import Connection

MIN_DAYS: Final = 1
MAX_DAYS: Final = 3_650
MAX_AGGREGATES_DAYS: Final = 36_500
MIN_BYTES: Final = 1_000_000
MAX_BYTES: Final = 1 << 49
NONE: Final = 0
"""What stands for: nothing of its own, the same as everywhere or as configured."""
_DATABASE: Final = 0
"""The whole database, where the budgets of projects have a number."""


@attrs.frozen(kw_only=True)
class RetentionSettings:
    """For how long data is kept, and how much of it."""

    raw_events_days: int
    """Single events, of projects that have no number of their own."""
    hourly_counts_days: int
    aggregates_days: int | None = None
    """Issues that have not been seen any more; None: for ever."""
    max_bytes: int | None = None
    """Of the whole database; None: no limit."""
    by_project: Mapping[int, int] = attrs.field(factory=dict)
    """Days of single events, by the number of a project that has its own."""
    bytes_by_project: Mapping[int, int] = attrs.field(factory=dict)
    """What single events may take, by the number of a project that has such a limit."""

    def events_days(self, project_no: int) -> int:
        """Return for how many days the single events of a project are kept."""
        return self.by_project.get(project_no, self.raw_events_days)

    @property
    def has_budgets(self) -> bool:
        """Whether there is any limit in bytes."""
        return self.max_bytes is not None or bool(self.bytes_by_project)


@attrs.frozen(kw_only=True)
class ProjectChange:
    """What is to be different in a project; None leaves it as it is, 0 gives it nothing of its own."""

    project: str
    """Id or slug."""
    raw_events_days: int | None = None
    max_bytes: int | None = None


@attrs.frozen(kw_only=True)
class RetentionChange:
    """What is to be different; None leaves it as it is, and 0, where it may be, has the configuration hold again."""

    raw_events_days: int | None = None
    hourly_counts_days: int | None = None
    aggregates_days: int | None = None
    max_bytes: int | None = None
    by_project: Sequence[ProjectChange] = ()

    def check(self) -> None:
        """Let what can be set pass; raises BadRequestError for anything else."""
        for name, days in (("raw_events_days", self.raw_events_days), ("hourly_counts_days", self.hourly_counts_days)):
            if days is not None and not MIN_DAYS <= days <= MAX_DAYS:
                raise BadRequestError(f"{name} must be between {MIN_DAYS} and {MAX_DAYS}")
        if self.aggregates_days is not None and not NONE <= self.aggregates_days <= MAX_AGGREGATES_DAYS:
            raise BadRequestError(f"aggregates_days must be between 1 and {MAX_AGGREGATES_DAYS}, or 0")
        for project in self.by_project:
            days = project.raw_events_days
            if days is None and project.max_bytes is None:
                raise BadRequestError("a project needs raw_events_days or max_bytes")
            if days not in {None, NONE} and not MIN_DAYS <= (days or 0) <= MAX_DAYS:
                raise BadRequestError(f"raw_events_days of a project must be between {MIN_DAYS} and {MAX_DAYS}, or 0")
        for max_bytes in (self.max_bytes, *(project.max_bytes for project in self.by_project)):
            if max_bytes not in {None, NONE} and not MIN_BYTES <= (max_bytes or 0) <= MAX_BYTES:
                raise BadRequestError(f"max_bytes must be between {MIN_BYTES} and {MAX_BYTES}, or 0")


def read_settings(conn: Connection, config: RetentionConfig) -> RetentionSettings:
    """Return what holds now; where nothing was set, that is `config`."""
    found = {"raw_events_days": config.raw_events_days, "hourly_counts_days": config.hourly_counts_days}
    found.update(conn.execute("SELECT name, days FROM retention_settings"))
    aggregates = conn.execute("SELECT days FROM aggregate_retention").fetchone()
    budgets: dict[int, int] = dict(conn.execute("SELECT project_no, max_bytes FROM byte_budgets"))
    return RetentionSettings(
        **found,
        aggregates_days=aggregates[0] if aggregates is not None else config.aggregates_days or None,
        max_bytes=budgets.pop(_DATABASE, config.max_database_bytes) or None,
        by_project=dict(conn.execute("SELECT project_no, raw_events_days FROM project_retention")),
        bytes_by_project=budgets,
    )


def change_settings(conn: Connection, given: RetentionChange, note: Note) -> None:
    """Set what `given` says, all of it or nothing; to be called inside a transaction.

    Raises:
        BadRequestError: A number cannot be set, or a project is named twice.
        NotFoundError: A project does not exist.
    """
    given.check()
    details: dict[str, int] = {}
    for name, days in (("raw_events_days", given.raw_events_days), ("hourly_counts_days", given.hourly_counts_days)):
        if days is not None:
            details[name] = days
            conn.execute(
                "INSERT INTO retention_settings (name, days) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET days = excluded.days",
                (name, days),
            )
    if given.aggregates_days is not None:
        details["aggregates_days"] = given.aggregates_days
        conn.execute("DELETE FROM aggregate_retention")
        if given.aggregates_days != NONE:
            conn.execute("INSERT INTO aggregate_retention (one, days) VALUES (1, ?)", (given.aggregates_days,))
    if given.max_bytes is not None:
        details["max_bytes"] = given.max_bytes
        _set_budget(conn, _DATABASE, given.max_bytes)
    if details:
        note(conn, Action.RETENTION_CHANGED, details=details)
    seen: set[int] = set()
    for change in given.by_project:
        project = get_project(conn, change.project)
        if project.no in seen:
            raise BadRequestError(f"the project {project.slug} is named twice")
        seen.add(project.no)
        note(
            conn,
            Action.RETENTION_CHANGED,
            target=project.id,
            target_name=project.name,
            project_id=project.id,
            details=_change_project(conn, project.no, change),
        )


def _change_project(conn: Connection, project_no: int, change: ProjectChange) -> dict[str, int]:
    """Set what is to be different in a project; returns that."""
    details: dict[str, int] = {}
    if change.raw_events_days is not None:
        details["raw_events_days"] = change.raw_events_days
        conn.execute("DELETE FROM project_retention WHERE project_no = ?", (project_no,))
        if change.raw_events_days != NONE:
            conn.execute(
                "INSERT INTO project_retention (project_no, raw_events_days) VALUES (?, ?)",
                (project_no, change.raw_events_days),
            )
    if change.max_bytes is not None:
        details["max_bytes"] = change.max_bytes
        _set_budget(conn, project_no, change.max_bytes)
    return details


def _set_budget(conn: Connection, project_no: int, max_bytes: int) -> None:
    conn.execute("DELETE FROM byte_budgets WHERE project_no = ?", (project_no,))
    if max_bytes != NONE:
        conn.execute("INSERT INTO byte_budgets (project_no, max_bytes) VALUES (?, ?)", (project_no, max_bytes))
