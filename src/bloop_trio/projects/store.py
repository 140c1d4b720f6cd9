"""Projects in the database.

Every change bumps the generation ``projects`` in its own transaction, by which a running server reloads its key ring.

A project that is deleted leaves a tombstone, which nothing here finds or lists: its row stays until the rows of its data
are gone (see `bloop_trio.retention.removal`), and its number is never given to another project.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.names import check_name
from bloop_trio.projects.project import (
    DEFAULT_SLUG,
    MAX_RETIRED_KEYS,
    Project,
    RetiredKey,
    check_grace_hours,
    check_slug,
    new_api_key,
)

if TYPE_CHECKING:
    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection

GENERATION: Final = "projects"
"""Name of the generation that rises with every change here."""

_UNNUMBERED: Final = 0
"""Number of a project that is not stored yet."""
_SECS_PER_HOUR: Final = 3_600

_COLUMNS: Final = "id, name, slug, api_key, created_secs, created_by"
_SELECT: Final = f"SELECT no, {_COLUMNS} FROM projects"


def ensure_default_project(conn: Connection, now_secs: int, api_key: str | None = None) -> Project:
    """Return the default project, created on the first call with `api_key` or a fresh key."""
    with transaction(conn):
        found = find_project(conn, DEFAULT_SLUG)
        if found is not None:
            return found
        return _insert(
            conn,
            Project(
                no=_UNNUMBERED,
                id=DEFAULT_SLUG,
                name="Default",
                slug=DEFAULT_SLUG,
                api_key=api_key or new_api_key(),
                created_secs=now_secs,
                created_by=None,
            ),
        )


def create_project(
    conn: Connection, *, name: str, slug: str, now_secs: int, created_by: str | None = None, note: Note | None = None
) -> Project:
    """Create a project with a fresh key and return it.

    Raises:
        BadRequestError: Name or slug cannot be used, or the slug is taken.
    """
    project = Project(
        no=_UNNUMBERED,
        id=str(uuid.uuid4()),
        name=check_name(name),
        slug=check_slug(slug),
        api_key=new_api_key(),
        created_secs=now_secs,
        created_by=created_by,
    )
    with transaction(conn):
        # A slug that is another project's id would make "id or slug" ambiguous.
        if find_project(conn, project.slug) is not None:
            raise BadRequestError("a project with that slug already exists")
        project = _insert(conn, project)
        _tell(note, conn, Action.PROJECT_CREATED, project, slug=project.slug)
    return project


def list_projects(conn: Connection) -> list[Project]:
    """Return all projects, the oldest first."""
    return [_project(row) for row in conn.execute(f"{_SELECT} WHERE deleted_secs IS NULL ORDER BY created_secs, no")]


def list_retired_keys(conn: Connection) -> list[RetiredKey]:
    """Return the keys that were rotated away with some grace, also those whose end has come."""
    rows = conn.execute("SELECT api_key, project_no, expires_secs FROM retired_keys ORDER BY expires_secs DESC")
    return [RetiredKey(*row) for row in rows]


def find_project(conn: Connection, id_or_slug: str) -> Project | None:
    """Return the project with this id, else the one with this slug."""
    row = conn.execute(
        f"{_SELECT} WHERE (id = ?1 OR slug = ?1) AND deleted_secs IS NULL ORDER BY id = ?1 DESC LIMIT 1", (id_or_slug,)
    ).fetchone()
    return None if row is None else _project(row)


def get_project(conn: Connection, id_or_slug: str) -> Project:
    """Return the project with this id or slug.

    Raises:
        NotFoundError: There is none.
    """
    found = find_project(conn, id_or_slug)
    if found is None:
        raise NotFoundError("project not found")
    return found


def get_project_by_no(conn: Connection, no: int) -> Project:
    """Return the project with this number.

    Raises:
        NotFoundError: There is none.
    """
    row = conn.execute(f"{_SELECT} WHERE no = ? AND deleted_secs IS NULL", (no,)).fetchone()
    if row is None:
        raise NotFoundError("project not found")
    return _project(row)


def rename_project(conn: Connection, id_or_slug: str, name: str, *, note: Note | None = None) -> Project:
    """Give the project another name and return it.

    Raises:
        NotFoundError: There is no such project.
        BadRequestError: The name cannot be used.
    """
    name = check_name(name)
    with transaction(conn):
        project = get_project(conn, id_or_slug)
        if project.name != name:
            conn.execute("UPDATE projects SET name = ? WHERE no = ?", (name, project.no))
            bump(conn, GENERATION)
            _tell(note, conn, Action.PROJECT_RENAMED, project, name=name)
    return attrs.evolve(project, name=name)


def rotate_key(
    conn: Connection, id_or_slug: str, *, now_secs: int, grace_hours: int = 0, note: Note | None = None
) -> Project:
    """Give the project a fresh key and return it.

    The old key is worth nothing once servers have reloaded, or after `grace_hours`. Keys that are older still do not
    outlive it, and only the newest `MAX_RETIRED_KEYS` go on at all: a rotation without grace leaves the fresh key alone.

    Raises:
        NotFoundError: There is no such project.
        BadRequestError: The grace is too long.
    """
    expires_secs = now_secs + check_grace_hours(grace_hours) * _SECS_PER_HOUR
    with transaction(conn):
        project = get_project(conn, id_or_slug)
        key = new_api_key()
        conn.execute("UPDATE projects SET api_key = ? WHERE no = ?", (key, project.no))
        if grace_hours:
            conn.execute(
                "UPDATE retired_keys SET expires_secs = min(expires_secs, ?) WHERE project_no = ?",
                (expires_secs, project.no),
            )
            conn.execute("INSERT INTO retired_keys VALUES (?, ?, ?)", (project.api_key, project.no, expires_secs))
            conn.execute(
                "DELETE FROM retired_keys WHERE project_no = ?1 AND rowid NOT IN"
                " (SELECT rowid FROM retired_keys WHERE project_no = ?1 ORDER BY rowid DESC LIMIT ?2)",
                (project.no, MAX_RETIRED_KEYS),
            )
        else:
            conn.execute("DELETE FROM retired_keys WHERE project_no = ?", (project.no,))
        bump(conn, GENERATION)
        _tell(note, conn, Action.PROJECT_KEY_ROTATED, project, grace_hours=grace_hours)
    return attrs.evolve(project, api_key=key)


def next_number(conn: Connection) -> int:
    """Take the number of a new project, inside the transaction that creates it; no number is given twice."""
    (number,) = conn.execute(
        "UPDATE sequences SET value = max(value, (SELECT coalesce(max(no), 0) FROM projects)) + 1"
        " WHERE name = 'project_no' RETURNING value"
    ).fetchone()
    return int(number)


def _insert(conn: Connection, project: Project) -> Project:
    """Store the project and return it with the number that it was given."""
    project = attrs.evolve(project, no=next_number(conn))
    columns = attrs.astuple(project)
    conn.execute(f"INSERT INTO projects (no, {_COLUMNS}) VALUES ({', '.join('?' * len(columns))})", columns)
    bump(conn, GENERATION)
    return project


def _tell(note: Note | None, conn: Connection, action: Action, project: Project, **details: Any) -> None:
    if note is not None:
        note(conn, action, target=project.id, target_name=project.name, project_id=project.id, details=details)


def _project(row: tuple[Any, ...]) -> Project:
    names = (field.name for field in attrs.fields(Project))
    return Project(**dict(zip(names, row, strict=True)))
