"""What an alert says of its issue, route or project, as it is stored at the time of firing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.alerts.content import MAX_FRAMES, AlertKind, Content
from bloop_trio.issues.stored.users import users_of_issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader

MAX_FRAME_CHARS: Final = 300

COLUMNS: Final = (
    "i.id, i.project_no, p.id, p.name, p.slug, i.fingerprint, i.status, i.error_type, i.message, i.source,"
    " i.route_or_procedure, i.total_count, i.first_seen_ms, i.last_seen_ms"
)
"""What a `Subject` is made of, of the issue ``i`` in the project ``p``."""


@attrs.frozen
class ProjectNames:
    """What a project is called."""

    no: int
    id: str
    name: str
    slug: str


@attrs.frozen
class Subject:
    """An issue, as an alert tells of it."""

    issue_id: int
    project: ProjectNames
    fingerprint: str
    status: str
    error_type: str
    message: str
    source: str
    route: str | None
    total_count: int
    first_seen_ms: int
    last_seen_ms: int

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Subject:
        """Return the issue of a row of `COLUMNS`."""
        return cls(row[0], ProjectNames(*row[1:5]), *row[5:])


@attrs.frozen
class Place:
    """Where an event occurred."""

    release: str
    environment: str


@attrs.frozen
class Story:
    """An issue with one of its events, and whom it happens to."""

    subject: Subject
    place: Place
    top_frames: tuple[str, ...] = ()
    """The first lines of its stack."""
    users_affected: int | None = None


def read_subjects(conn: Connection, issue_ids: Iterable[int]) -> dict[int, Subject]:
    """Return issues by their ids, but for those that are gone or whose project is."""
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM json_each(?) AS asked CROSS JOIN issues AS i ON i.id = asked.value"
        " CROSS JOIN projects AS p ON p.no = i.project_no WHERE p.deleted_secs IS NULL",
        (json.dumps(sorted(issue_ids)),),
    )
    return {row[0]: Subject.from_row(row) for row in rows}


def read_projects(conn: Connection, numbers: Iterable[int]) -> dict[int, ProjectNames]:
    """Return projects by their numbers, but for those that are gone."""
    rows = conn.execute(
        "SELECT p.no, p.id, p.name, p.slug FROM json_each(?) AS asked CROSS JOIN projects AS p ON p.no = asked.value"
        " WHERE p.deleted_secs IS NULL",
        (json.dumps(sorted(numbers)),),
    )
    return {row[0]: ProjectNames(*row) for row in rows}


def first_place(conn: Connection, issue_id: int) -> Place:
    """Return where an issue was first seen."""
    row = conn.execute(
        "SELECT release, environment FROM issue_counts WHERE issue_id = ? ORDER BY first_seen_ms, id LIMIT 1",
        (issue_id,),
    ).fetchone()
    return Place(*row) if row else Place("", "")


def place_at(conn: Connection, issue_id: int, at_ms: int) -> Place:
    """Return where the sample of an issue occurred that was received nearest to `at_ms`."""
    sample = _sample_at(conn, issue_id, at_ms)
    return first_place(conn, issue_id) if sample is None else Place(*sample[:2])


def read_story(conn: Connection, payloads: PayloadReader, subject: Subject, place: Place, at_ms: int) -> Story:
    """Return all that an alert tells of an issue, with the stack of the sample that was received nearest to `at_ms`."""
    sample = _sample_at(conn, subject.issue_id, at_ms)
    frames = () if sample is None else _frames(conn, payloads, sample[2])
    return Story(subject, place, frames, users_of_issue(conn, subject.issue_id).count or None)


def http_status_at(conn: Connection, payloads: PayloadReader, issue_id: int, at_ms: int) -> int | None:
    """Return the HTTP status of the sample of an issue that was received nearest to `at_ms`; None if it has none."""
    sample = _sample_at(conn, issue_id, at_ms)
    if sample is None:
        return None
    try:
        status = payloads.decode(conn, sample[2]).get("http_status")
    except (LookupError, ValueError):
        return None
    return status if isinstance(status, int) else None


def _sample_at(conn: Connection, issue_id: int, at_ms: int) -> tuple[str, str, bytes] | None:
    """Return release, environment and payload."""
    row: tuple[str, str, bytes] | None = conn.execute(
        "SELECT s.release, s.environment, s.payload FROM issue_fingerprints AS f"
        " JOIN samples AS s ON s.fingerprint_id = f.id WHERE f.issue_id = ?"
        " ORDER BY abs(s.received_ms - ?), s.event_id LIMIT 1",
        (issue_id, at_ms),
    ).fetchone()
    return row


def about_issue(
    rule: Rule, kind: AlertKind, story: Story, *, now_ms: int, figures: Mapping[str, float] | None = None
) -> Content:
    """Return what an alert about an issue says."""
    subject, place = story.subject, story.place
    return Content(
        kind=kind,
        rule_id=rule.id,
        rule_name=rule.name,
        project_id=subject.project.id,
        project_name=subject.project.name,
        project_slug=subject.project.slug,
        fingerprint=subject.fingerprint,
        error_type=subject.error_type,
        message=subject.message,
        source=subject.source,
        environment=place.environment,
        release=place.release,
        route=subject.route,
        status=subject.status,
        total_count=subject.total_count,
        users_affected=story.users_affected,
        first_seen_ms=subject.first_seen_ms,
        last_seen_ms=subject.last_seen_ms,
        figures=dict(figures or {}),
        top_frames=story.top_frames,
        fired_ms=now_ms,
    )


def about_project(
    rule: Rule,
    kind: AlertKind,
    project: ProjectNames,
    *,
    now_ms: int,
    figures: Mapping[str, float],
    route: str | None = None,
) -> Content:
    """Return what an alert about a project as a whole, or about one of its routes, says."""
    return Content(
        kind=kind,
        rule_id=rule.id,
        rule_name=rule.name,
        project_id=project.id,
        project_name=project.name,
        project_slug=project.slug,
        source=rule.source_filter,
        environment=rule.environment_filter,
        release=rule.release_filter,
        route=route if route is not None else rule.route_filter,
        figures=dict(figures),
        fired_ms=now_ms,
    )


def _frames(conn: Connection, payloads: PayloadReader, payload: bytes) -> tuple[str, ...]:
    try:
        stack = payloads.decode(conn, payload).get("stack")
    except (LookupError, ValueError):  # unreadable: the alert is worth more than its stack
        return ()
    if not isinstance(stack, str):
        return ()
    lines = (line.strip()[:MAX_FRAME_CHARS] for line in stack.splitlines())
    return tuple([line for line in lines if line][:MAX_FRAMES])
