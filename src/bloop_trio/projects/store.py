"""Projects in the database.

Every change bumps the generation ``projects`` in its own transaction, by which a running server reloads its key ring.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.projects.project import DEFAULT_SLUG, Project, check_name, check_slug, new_api_key

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

GENERATION: Final = "projects"
"""Name of the generation that rises with every change here."""

_UNNUMBERED: Final = 0
"""Number of a project that is not stored yet."""

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


def create_project(conn: Connection, *, name: str, slug: str, now_secs: int, created_by: str | None = None) -> Project:
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
        return _insert(conn, project)


def list_projects(conn: Connection) -> list[Project]:
    """Return all projects, the oldest first."""
    return [_project(row) for row in conn.execute(f"{_SELECT} ORDER BY created_secs, no")]


def find_project(conn: Connection, id_or_slug: str) -> Project | None:
    """Return the project with this id, else the one with this slug."""
    row = conn.execute(f"{_SELECT} WHERE id = ?1 OR slug = ?1 ORDER BY id = ?1 DESC LIMIT 1", (id_or_slug,)).fetchone()
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


def rotate_key(conn: Connection, id_or_slug: str) -> Project:
    """Give the project a fresh key and return it; the old key is worth nothing once servers have reloaded.

    Raises:
        NotFoundError: There is no such project.
    """
    with transaction(conn):
        project = get_project(conn, id_or_slug)
        conn.execute("UPDATE projects SET api_key = ? WHERE no = ?", (new_api_key(), project.no))
        bump(conn, GENERATION)
        return get_project(conn, project.id)


def _insert(conn: Connection, project: Project) -> Project:
    """Store the project and return it with the number that it was given."""
    _, *columns = attrs.astuple(project)
    insert = f"INSERT INTO projects ({_COLUMNS}) VALUES ({', '.join('?' * len(columns))}) RETURNING no"
    (no,) = conn.execute(insert, columns).fetchone()
    bump(conn, GENERATION)
    return attrs.evolve(project, no=no)


def _project(row: tuple[Any, ...]) -> Project:
    names = (field.name for field in attrs.fields(Project))
    return Project(**dict(zip(names, row, strict=True)))
