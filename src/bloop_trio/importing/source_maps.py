"""Source maps of the other server. They are compressed there as well, only in another way."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.exceptions import BadRequestError, BodyTooLargeError
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_text, as_time_secs
from bloop_trio.sourcemaps.uploads import MAX_FILE_CHARS, MAX_RELEASE_CHARS, ReadMap, read_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row

SOURCE_MAPS: Final = SourceTable(
    name="source_maps",
    columns=("project_id", "id", "release", "filename", "map_data", "uploaded_at"),
    order=("uploaded_at", "id"),
)
MAX_MAP_BYTES: Final = 64 * 1024 * 1024
"""What that server takes is far smaller."""


@attrs.frozen
class SourceMapsStep:
    """Copies maps to the projects that theirs have become; where ours has one of the same release and name, it stays."""

    _numbers: Mapping[str, int]
    table: SourceTable = SOURCE_MAPS

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        for row in rows:
            reason = self._copy(conn, row)
            if reason is None:
                tally.imported()
            else:
                tally.skipped(reason)
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""

    def _copy(self, conn: Connection, row: Row) -> Reason | None:
        """Store the map of a row, or return why it cannot be."""
        project_id, map_id, release, file, data, uploaded_at = row
        number = self._numbers.get(as_text(project_id) or "")
        if number is None:
            return Reason.PROJECT
        release, file = as_text(release) or "", as_text(file) or ""
        if not (_is_name(release, MAX_RELEASE_CHARS) and _is_name(file, MAX_FILE_CHARS)):
            return Reason.MAP_NAME
        found = _read(file, data)
        if found is None:
            return Reason.MAP
        if conn.execute(
            "SELECT 1 FROM source_maps WHERE project_no = ? AND release = ? AND file = ?", (number, release, found.file)
        ).fetchone():
            return Reason.MAP_THERE
        _insert(conn, number, (as_text(map_id) or "", release, as_time_secs(uploaded_at) or 0), found)
        return None


def _read(file: str, data: object) -> ReadMap | None:
    if not isinstance(data, bytes):
        return None
    try:
        return read_map(file, data, MAX_MAP_BYTES)
    except (BadRequestError, BodyTooLargeError):
        return None


def _insert(conn: Connection, number: int, known: tuple[str, str, int], found: ReadMap) -> None:
    map_id, release, uploaded_secs = known
    if not map_id or conn.execute("SELECT 1 FROM source_maps WHERE id = ?", (map_id,)).fetchone():
        map_id = str(uuid.uuid4())
    conn.execute(
        "INSERT INTO source_maps (id, project_no, release, file, debug_id, size_bytes, stored_bytes, uploaded_secs,"
        " content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            map_id,
            number,
            release,
            found.file,
            found.debug_id,
            found.size_bytes,
            len(found.content),
            uploaded_secs,
            found.content,
        ),
    )


def _is_name(text: str, max_chars: int) -> bool:
    """Whether a release or file may be called so, as in an upload."""
    return 0 < len(text) <= max_chars and text.isprintable()
