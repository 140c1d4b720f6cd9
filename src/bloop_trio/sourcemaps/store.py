"""Source maps in the database."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import ConflictError, NotFoundError
from bloop_trio.sourcemaps.matching import StoredMap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.projects.project import Project

_COLUMNS: Final = "id, release, file, debug_id, size_bytes, uploaded_secs, uploaded_by"


@attrs.frozen(kw_only=True)
class NewMap:
    """A map on its way into the store."""

    release: str
    file: str
    debug_id: str | None
    size_bytes: int
    uploaded_secs: int
    uploaded_by: str | None
    """A user's id, or ``token:`` and a token's id."""
    content: bytes = attrs.field(repr=False)
    """As it is stored."""


@attrs.frozen(kw_only=True)
class SourceMap:
    """A map in the store, without its content."""

    id: str
    project_id: str
    release: str
    file: str
    debug_id: str | None
    size_bytes: int
    uploaded_secs: int
    uploaded_by: str | None


@attrs.frozen(kw_only=True)
class Room:
    """How much a project may store."""

    max_maps: int
    max_bytes: int
    """As stored."""


def store_maps(
    conn: Connection,
    project: Project,
    maps: Collection[NewMap],
    *,
    room: Room,
    note: Note,
    on_replaced: Callable[[str], None] = lambda _: None,
) -> list[SourceMap]:
    """Store maps, all or none, and return them; one takes the place of the project's map of the same release and file.

    Of several maps of the same name, the last one stays. `on_replaced` is told the ids of those that go, before they do.

    Raises:
        ConflictError: the project has no room for them.
    """
    with transaction(conn):
        stored = [
            _store(conn, project, new, on_replaced) for new in {(new.release, new.file): new for new in maps}.values()
        ]
        count, stored_bytes = conn.execute(
            "SELECT count(*), coalesce(sum(stored_bytes), 0) FROM source_maps WHERE project_no = ?", (project.no,)
        ).fetchone()
        if count > room.max_maps:
            raise ConflictError(f"a project can have {room.max_maps} source maps: delete some first")
        if stored_bytes > room.max_bytes:
            raise ConflictError(f"the source maps of a project can take {room.max_bytes} bytes: delete some first")
        for found in stored:
            _tell(note, conn, Action.SOURCE_MAP_UPLOADED, found)
    return stored


def list_maps(conn: Connection, project: Project, release: str | None = None) -> list[SourceMap]:
    """Return the maps of a project, or of one of its releases, the newest first."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM source_maps WHERE project_no = ?1 AND (?2 IS NULL OR release = ?2)"
        " ORDER BY uploaded_secs DESC, rowid DESC",
        (project.no, release),
    )
    return [_source_map(project, row) for row in rows]


def delete_map(conn: Connection, project: Project, map_id: str, *, note: Note) -> None:
    """Delete a map of a project.

    Raises:
        NotFoundError: the project has no such map.
    """
    with transaction(conn):
        row = conn.execute(
            f"DELETE FROM source_maps WHERE project_no = ? AND id = ? RETURNING {_COLUMNS}", (project.no, map_id)
        ).fetchone()
        if row is None:
            raise NotFoundError(f"source map {map_id} not found")
        _tell(note, conn, Action.SOURCE_MAP_DELETED, _source_map(project, row))


def find_maps(
    conn: Connection, *, project_id: str, releases: Collection[str], debug_ids: Collection[str]
) -> tuple[list[StoredMap], bool]:
    """Return the maps of a project that some releases or debug ids may need, the newest first; and if it has any at all."""
    row = conn.execute("SELECT no FROM projects WHERE id = ? AND deleted_secs IS NULL", (project_id,)).fetchone()
    if row is None:
        return [], False
    rows = conn.execute(
        "SELECT id, release, file, debug_id FROM source_maps WHERE project_no = ?"
        # As JSON, since there may be more of them than a statement takes parameters.
        " AND (release IN (SELECT value FROM json_each(?)) OR debug_id IN (SELECT value FROM json_each(?)))"
        " ORDER BY uploaded_secs DESC, rowid DESC",
        (row[0], json.dumps(list(releases)), json.dumps(list(debug_ids))),
    )
    found = [
        StoredMap(id=map_id, release=release, file=file, debug_id=debug_id) for map_id, release, file, debug_id in rows
    ]
    if found:
        return found, True
    any_row = conn.execute("SELECT 1 FROM source_maps WHERE project_no = ? LIMIT 1", (row[0],)).fetchone()
    return [], any_row is not None


def read_content(conn: Connection, map_id: str) -> bytes | None:
    """Return a map as it is stored, None if there is no such map."""
    row = conn.execute("SELECT content FROM source_maps WHERE id = ?", (map_id,)).fetchone()
    return None if row is None else row[0]


def _store(conn: Connection, project: Project, new: NewMap, on_replaced: Callable[[str], None]) -> SourceMap:
    replaced = conn.execute(
        "DELETE FROM source_maps WHERE project_no = ? AND release = ? AND file = ? RETURNING id",
        (project.no, new.release, new.file),
    ).fetchall()
    for (map_id,) in replaced:
        on_replaced(map_id)
    stored = SourceMap(
        id=str(uuid.uuid4()),
        project_id=project.id,
        release=new.release,
        file=new.file,
        debug_id=new.debug_id,
        size_bytes=new.size_bytes,
        uploaded_secs=new.uploaded_secs,
        uploaded_by=new.uploaded_by,
    )
    conn.execute(
        f"INSERT INTO source_maps ({_COLUMNS}, project_no, stored_bytes, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stored.id,
            stored.release,
            stored.file,
            stored.debug_id,
            stored.size_bytes,
            stored.uploaded_secs,
            stored.uploaded_by,
            project.no,
            len(new.content),
            new.content,
        ),
    )
    return stored


def _tell(note: Note, conn: Connection, action: Action, stored: SourceMap) -> None:
    note(
        conn,
        action,
        target=stored.id,
        target_name=stored.file,
        project_id=stored.project_id,
        details={"release": stored.release, "size_bytes": stored.size_bytes},
    )


def _source_map(project: Project, row: tuple[Any, ...]) -> SourceMap:
    map_id, release, file, debug_id, size_bytes, uploaded_secs, uploaded_by = row
    return SourceMap(
        id=map_id,
        project_id=project.id,
        release=release,
        file=file,
        debug_id=debug_id,
        size_bytes=size_bytes,
        uploaded_secs=uploaded_secs,
        uploaded_by=uploaded_by,
    )
