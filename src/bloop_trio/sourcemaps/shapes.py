"""The JSON of the routes of source maps. Times are epoch seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from bloop_trio.sourcemaps.store import SourceMap


@attrs.frozen(kw_only=True, slots=False)
class SourceMapInfo:
    """A source map."""

    id: str
    """What it is called here; a map that is uploaded again gets another id."""
    project_id: str
    """Id of the project."""
    release: str
    """Release that the script belongs to, exactly as events name it."""
    filename: str
    """Name under which it was uploaded."""
    uploaded_at: int
    """When it was uploaded, in epoch seconds."""
    size_bytes: int
    """Size of the map."""
    debug_id: str | None
    """Debug id that the bundler has put into it."""
    uploaded_by: str | None
    """Who uploaded it: a user's id, or ``token:`` and a token's id."""


@attrs.frozen(kw_only=True, slots=False)
class SourceMapDeleted:
    """A source map is gone."""

    deleted: str
    """Its id."""


def map_info(stored: SourceMap) -> SourceMapInfo:
    """Return a map as the wire has it."""
    return SourceMapInfo(
        id=stored.id,
        project_id=stored.project_id,
        release=stored.release,
        filename=stored.file,
        uploaded_at=stored.uploaded_secs,
        size_bytes=stored.size_bytes,
        debug_id=stored.debug_id,
        uploaded_by=stored.uploaded_by,
    )
