"""Projects of the other server: which of ours they become, and with which key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.generations import bump
from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.names import MAX_NAME_CHARS
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_text, as_time_secs
from bloop_trio.projects.project import DEFAULT_SLUG, MAX_SLUG_CHARS, check_slug, new_api_key
from bloop_trio.projects.store import GENERATION, next_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row

PROJECTS: Final = SourceTable(
    name="projects", columns=("id", "slug", "name", "api_key", "created_at"), order=("created_at", "id")
)
_UNUSABLE: Final = re.compile(r"[^a-z0-9-]+")
_SUFFIX_CHARS: Final = 12


def find_number(conn: Connection, project_id: Any, slug: Any) -> int | None:
    """Return the number of our project that a project of the other server is or becomes part of.

    That is the one with its id, else the one with its slug: whoever has made the same project in both means the same.
    """
    for column, value in (("id", project_id), ("slug", slug)):
        row = conn.execute(
            f"SELECT no FROM projects WHERE {column} = ? AND deleted_secs IS NULL", (as_text(value),)
        ).fetchone()
        if row is not None:
            return int(row[0])
    return None


def map_projects(conn: Connection, rows: Iterable[Row]) -> dict[str, int]:
    """Return our number of each project of the other server, by its id there; `rows` are those of `PROJECTS`."""
    numbers = {}
    for project_id, slug, *_ in rows:
        number = find_number(conn, project_id, slug)
        if project_id and number is not None:
            numbers[as_text(project_id) or ""] = number
    default = find_number(conn, DEFAULT_SLUG, DEFAULT_SLUG)
    if default is not None:
        numbers.setdefault(DEFAULT_SLUG, default)
    return numbers


def has_events(conn: Connection, number: int) -> bool:
    """Say whether anything was ever received for a project."""
    return conn.execute("SELECT 1 FROM issues WHERE project_no = ? LIMIT 1", (number,)).fetchone() is not None


@attrs.frozen
class ProjectsStep:
    """Creates projects with their ids, slugs and keys, or joins them with those that are there."""

    table: SourceTable = PROJECTS

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        for row in rows:
            if not row[0]:
                tally.skipped(Reason.PROJECT_ID)
                continue
            number = find_number(conn, row[0], row[1])
            if number is None:
                _create(conn, row, tally)
            else:
                _join(conn, row, number, tally)
        bump(conn, GENERATION)
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""


def _create(conn: Connection, row: Row, tally: Tally) -> None:
    project_id, given_slug, name, api_key, created_at = row
    slug = _free_slug(conn, as_text(given_slug) or "")
    if slug != given_slug:
        tally.remark(f"project {slug}: its slug there cannot be used here")
    key = as_text(api_key)
    if not key or _is_used(conn, key):
        key = new_api_key()
        tally.remark(f"project {slug}: has a new key, since the one there is missing or another project's")
    conn.execute(
        "INSERT INTO projects (no, id, name, slug, api_key, created_secs) VALUES (?, ?, ?, ?, ?, ?)",
        (next_number(conn), as_text(project_id), _usable_name(name, slug), slug, key, as_time_secs(created_at) or 0),
    )
    tally.imported()


def _join(conn: Connection, row: Row, number: int, tally: Tally) -> None:
    """Take over key, name and time of a project that was there, unless it is in use already."""
    _, _, name, api_key, created_at = row
    slug, own_key, own_secs = conn.execute(
        "SELECT slug, api_key, created_secs FROM projects WHERE no = ?", (number,)
    ).fetchone()
    key = as_text(api_key)
    tally.merged()
    if key == own_key:
        return
    if not key or has_events(conn, number) or _is_used(conn, key):
        tally.remark(f"project {slug}: was there and keeps its own key; clients with the other key have to change")
        return
    conn.execute(
        "UPDATE projects SET api_key = ?, name = ?, created_secs = ? WHERE no = ?",
        (key, _usable_name(name, slug), min(own_secs, as_time_secs(created_at) or own_secs), number),
    )
    tally.remark(f"project {slug}: was there without events and has the imported key now")


def _is_used(conn: Connection, api_key: str) -> bool:
    return any(
        conn.execute(f"SELECT 1 FROM {table} WHERE api_key = ?", (api_key,)).fetchone() is not None
        for table in ("projects", "retired_keys")
    )


def _usable_name(name: Any, slug: str) -> str:
    return (as_text(name) or "").strip()[:MAX_NAME_CHARS] or slug


def _free_slug(conn: Connection, given: str) -> str:
    """Return the slug itself where it can be used, else the nearest to it that can."""
    slug = given
    try:
        check_slug(given)
    except BadRequestError:
        slug = _UNUSABLE.sub("-", given.lower()).strip("-")[: MAX_SLUG_CHARS - _SUFFIX_CHARS] or "imported"
    number, free = 1, slug
    # An id of another project would be ambiguous as well: projects are found by either.
    while conn.execute("SELECT 1 FROM projects WHERE id = ?1 OR slug = ?1", (free,)).fetchone() is not None:
        number += 1
        free = f"{slug[: MAX_SLUG_CHARS - _SUFFIX_CHARS]}-{number}"
    return free
