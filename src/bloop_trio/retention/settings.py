"""For how many days data is kept: what administrators have set, and what holds where they have not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.exceptions import BadRequestError
from bloop_trio.projects.store import get_project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection

MIN_DAYS: Final = 1
MAX_DAYS: Final = 3_650
HOURLY_COUNTS_DAYS: Final = 90
"""For how many days counts by the hour are kept unless somebody has set another number."""
FOLLOW_GLOBAL: Final = 0
"""The days of a project that stand for: the same as everywhere."""


@attrs.frozen(kw_only=True)
class RetentionSettings:
    """For how long data is kept."""

    raw_events_days: int
    """Single events, of projects that have no number of their own."""
    hourly_counts_days: int
    by_project: Mapping[int, int] = attrs.field(factory=dict)
    """Days of single events, by the number of a project that has its own."""

    def events_days(self, project_no: int) -> int:
        """Return for how many days the single events of a project are kept."""
        return self.by_project.get(project_no, self.raw_events_days)


@attrs.frozen(kw_only=True)
class RetentionChange:
    """What is to be different; None leaves it as it is."""

    raw_events_days: int | None = None
    hourly_counts_days: int | None = None
    by_project: Sequence[tuple[str, int]] = ()
    """Ids or slugs of projects with their days; 0 has a project follow all others again."""

    def check(self) -> None:
        """Let days that can be set pass; raises BadRequestError for others."""
        for name, days in (("raw_events_days", self.raw_events_days), ("hourly_counts_days", self.hourly_counts_days)):
            if days is not None and not MIN_DAYS <= days <= MAX_DAYS:
                raise BadRequestError(f"{name} must be between {MIN_DAYS} and {MAX_DAYS}")
        for _, days in self.by_project:
            if days != FOLLOW_GLOBAL and not MIN_DAYS <= days <= MAX_DAYS:
                raise BadRequestError(f"raw_events_days of a project must be between {MIN_DAYS} and {MAX_DAYS}, or 0")


def read_settings(conn: Connection, *, raw_events_days: int) -> RetentionSettings:
    """Return what holds now; `raw_events_days` is what the configuration says."""
    found = {"raw_events_days": raw_events_days, "hourly_counts_days": HOURLY_COUNTS_DAYS}
    found.update(conn.execute("SELECT name, days FROM retention_settings"))
    by_project = dict(conn.execute("SELECT project_no, raw_events_days FROM project_retention"))
    return RetentionSettings(**found, by_project=by_project)


def change_settings(conn: Connection, wish: RetentionChange, note: Note) -> None:
    """Set what `wish` says, all of it or nothing; to be called inside a transaction.

    Raises:
        BadRequestError: A number of days cannot be set, or a project is named twice.
        NotFoundError: A project does not exist.
    """
    wish.check()
    details: dict[str, int] = {}
    for name, days in (("raw_events_days", wish.raw_events_days), ("hourly_counts_days", wish.hourly_counts_days)):
        if days is not None:
            details[name] = days
            conn.execute(
                "INSERT INTO retention_settings (name, days) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET days = excluded.days",
                (name, days),
            )
    if details:
        note(conn, Action.RETENTION_CHANGED, details=details)
    seen: set[int] = set()
    for id_or_slug, days in wish.by_project:
        project = get_project(conn, id_or_slug)
        if project.no in seen:
            raise BadRequestError(f"the project {project.slug} is named twice")
        seen.add(project.no)
        _set_of_project(conn, project.no, days)
        note(
            conn,
            Action.RETENTION_CHANGED,
            target=project.id,
            target_name=project.name,
            project_id=project.id,
            details={"raw_events_days": days},
        )


def _set_of_project(conn: Connection, project_no: int, days: int) -> None:
    if days == FOLLOW_GLOBAL:
        conn.execute("DELETE FROM project_retention WHERE project_no = ?", (project_no,))
        return
    conn.execute(
        "INSERT INTO project_retention (project_no, raw_events_days) VALUES (?, ?)"
        " ON CONFLICT (project_no) DO UPDATE SET raw_events_days = excluded.raw_events_days",
        (project_no, days),
    )
