"""Deleting projects: what is true at once, and what is left for `bloop_trio.retention.removal` to clear away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import BadRequestError
from bloop_trio.projects.project import DEFAULT_SLUG, Project, new_api_key
from bloop_trio.projects.store import GENERATION, get_project

if TYPE_CHECKING:
    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection

_TOKENS: Final = "tokens"
"""Name of the generation of tokens, which belong to a folder above."""


@attrs.frozen(kw_only=True)
class Tombstone:
    """What is left of a project that was deleted, until its data is gone."""

    no: int
    id: str
    """As it was."""
    name: str


def delete_project(conn: Connection, id_or_slug: str, *, now_secs: int, note: Note | None = None) -> Project:
    """Delete a project in one transaction, and return it as it was.

    From the commit on nothing finds it, its keys and tokens are worth nothing, and its id and slug are free.

    Raises:
        NotFoundError: There is no such project.
        BadRequestError: It is the default project.
    """
    with transaction(conn):
        project = get_project(conn, id_or_slug)
        if project.id == DEFAULT_SLUG:
            raise BadRequestError("cannot delete the default project")
        # No slug and no id has an exclamation mark, so these are in nobody's way.
        conn.execute(
            "UPDATE projects SET deleted_secs = ?, id = ?, slug = ?, api_key = ? WHERE no = ?",
            (now_secs, f"!{project.no}:{project.id}", f"!{project.no}", new_api_key(), project.no),
        )
        conn.execute("DELETE FROM retired_keys WHERE project_no = ?", (project.no,))
        conn.execute(
            "UPDATE bearer_tokens SET revoked_secs = ? WHERE project_no = ? AND revoked_secs IS NULL",
            (now_secs, project.no),
        )
        bump(conn, GENERATION)
        bump(conn, _TOKENS)
        if note is not None:
            note(
                conn,
                Action.PROJECT_DELETED,
                target=project.id,
                target_name=project.name,
                project_id=project.id,
                details={"slug": project.slug},
            )
    return project


def list_tombstones(conn: Connection) -> list[Tombstone]:
    """Return the projects that are deleted and not cleared away, the oldest first."""
    rows = conn.execute("SELECT no, id, name FROM projects WHERE deleted_secs IS NOT NULL ORDER BY deleted_secs, no")
    return [Tombstone(no=no, id=marked.partition(":")[2], name=name) for no, marked, name in rows]


def remove_tombstone(conn: Connection, tombstone: Tombstone, note: Note) -> None:
    """Let the row of a deleted project go, in one transaction, once nothing refers to it.

    Raises:
        sqlite3.IntegrityError: Something does.
    """
    with transaction(conn):
        if conn.execute("DELETE FROM projects WHERE no = ? AND deleted_secs IS NOT NULL", (tombstone.no,)).rowcount:
            note(
                conn,
                Action.PROJECT_PURGED,
                target=tombstone.id,
                target_name=tombstone.name,
                project_id=tombstone.id,
            )
