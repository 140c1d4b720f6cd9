"""Changing source maps on behalf of callers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.audit.store import notes_by
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change
from bloop_trio.projects.store import get_project
from bloop_trio.sourcemaps.store import NewMap, Room, SourceMap, delete_map, list_maps, store_maps
from bloop_trio.sourcemaps.uploads import read_form, read_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.config.sections import SourceMapsConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.projects.project import Project

READING_THREADS: Final = 1
"""Uploads that are looked into at a time."""


@attrs.frozen(kw_only=True, eq=False)
class SourceMapDesk:
    """Reads and changes the source maps of projects; each change is noted in the audit log, in the same transaction."""

    readers: Readers
    writer: Writer
    config: SourceMapsConfig
    clock: Callable[[], int]
    """Epoch milliseconds."""
    as_of_now: Callable[[Connection, Caller], Caller]
    """Returns whoever is signed in with the role of now, right before they change something; raises if they are not."""
    forget: Callable[[str], None]
    """Told the id of a map that was deleted or replaced; neither waits nor raises."""
    _limiter: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(READING_THREADS), init=False)

    async def upload(self, caller: Caller, slug: str, body: bytes, boundary: bytes) -> list[SourceMap]:
        """Store the maps of a body, all or none.

        Raises:
            BadRequestError: the body makes no sense, or holds what is no source map.
            BodyTooLargeError: a map is too large.
            ConflictError: the project has no room for more.
            NotFoundError: there is no such project.
            StoreUnavailableError: the store refuses.
        """
        now_ms = self.clock()
        maps = await trio.to_thread.run_sync(self._read, body, boundary, limiter=self._limiter)
        new = [attrs.evolve(found, uploaded_secs=now_ms // MS_PER_SEC, uploaded_by=caller.actor) for found in maps]
        room = Room(max_maps=self.config.max_maps, max_bytes=self.config.max_stored_bytes)

        replaced: list[str] = []

        def store(conn: Connection) -> list[SourceMap]:
            project = self._own(conn, caller, slug)
            note = notes_by(caller, now_ms)
            return store_maps(conn, project, new, room=room, note=note, on_replaced=replaced.append)

        stored = await change(self.writer, store, what="upload")
        for map_id in replaced:
            self.forget(map_id)
        return stored

    async def list_all(self, slug: str, release: str | None) -> list[SourceMap]:
        """Return the maps of a project, or of a release, the newest first; raises NotFoundError without the project."""

        def read(conn: Connection) -> list[SourceMap]:
            return list_maps(conn, get_project(conn, slug), release)

        return await self.readers.run(read)

    async def delete(self, caller: Caller, slug: str, map_id: str) -> None:
        """Delete a map of a project; raises NotFoundError if it has no such map."""
        work = partial(delete_map, map_id=map_id, note=notes_by(caller, self.clock()))
        await change(self.writer, lambda conn: work(conn, self._own(conn, caller, slug)), what="deletion")
        self.forget(map_id)

    def _read(self, body: bytes, boundary: bytes) -> list[NewMap]:
        form = read_form(body, boundary)
        read = [read_map(file, content, self.config.max_map_bytes) for file, content in form.files]
        return [
            NewMap(
                release=form.release,
                file=found.file,
                debug_id=found.debug_id,
                size_bytes=found.size_bytes,
                content=found.content,
                uploaded_secs=0,
                uploaded_by=None,
            )
            for found in read
        ]

    def _own(self, conn: Connection, caller: Caller, slug: str) -> Project:
        """Return a project, if it is still the caller's: the slug may be another's by now."""
        project = get_project(conn, slug)
        if caller.user is None:
            caller.require_project(project.no)
        else:
            self.as_of_now(conn, caller).require_owner(project.created_by)
        return project
