"""Changing projects on behalf of callers, so that it is effective at once in this process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import structlog

from bloop_trio.audit.store import notes_by
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change
from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.projects.store import create_project, get_project, list_projects, rename_project, rotate_key
from bloop_trio.projects.tombstones import delete_project

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.projects.project import Project

_log = structlog.get_logger("bloop.projects")


@attrs.frozen(kw_only=True)
class ProjectDesk:
    """Reads and changes projects. A change is noted in the audit log, in the same transaction."""

    readers: Readers
    writer: Writer
    clock: Callable[[], int]
    """Epoch milliseconds."""
    refresh_keys: Callable[[], Awaitable[object]]
    """Makes the ring of keys follow the database."""
    as_of_now: Callable[[Connection, Caller], Caller]
    """Returns whoever is signed in with the role of now, right before they change something; raises if they are not."""
    on_deleted: Callable[[int], None]
    """Told of the number of a project that was deleted just now; neither waits nor raises."""

    async def list_all(self) -> list[Project]:
        """Return all projects, the oldest first."""
        return await self.readers.run(list_projects)

    async def get(self, id_or_slug: str) -> Project:
        """Return a project; raises NotFoundError if there is none."""

        def read(conn: Connection) -> Project:
            return get_project(conn, id_or_slug)

        return await self.readers.run(read)

    async def create(self, caller: Caller, *, name: str, slug: str) -> Project:
        """Create a project that belongs to who is signed in; raises as `store.create_project`."""
        now = self._now(caller)

        def create(conn: Connection) -> Project:
            user = self.as_of_now(conn, caller).signed_in()
            return create_project(conn, name=name, slug=slug, created_by=user.user_id, **now)

        return await self._change(create)

    async def rename(self, caller: Caller, id_or_slug: str, name: str) -> Project:
        """Give a project another name; raises as `store.rename_project`."""
        work = partial(rename_project, id_or_slug=id_or_slug, name=name, note=notes_by(caller, self.clock()))
        return await self._change(self._of_owner(caller, id_or_slug, work))

    async def rotate(self, caller: Caller, id_or_slug: str, grace_hours: int) -> Project:
        """Give a project a fresh key; raises as `store.rotate_key`."""
        work = partial(rotate_key, id_or_slug=id_or_slug, grace_hours=grace_hours, **self._now(caller))
        return await self._change(self._of_owner(caller, id_or_slug, work))

    async def delete(self, caller: Caller, id_or_slug: str) -> None:
        """Delete a project; its data goes later. Raises as `tombstones.delete_project`."""
        work = partial(delete_project, id_or_slug=id_or_slug, **self._now(caller))
        await self._change(self._of_owner(caller, id_or_slug, work), self.on_deleted)

    def _of_owner(
        self, caller: Caller, id_or_slug: str, work: Callable[[Connection], Project]
    ) -> Callable[[Connection], Project]:
        """Return `work` behind a look at whether the project is still the caller's: the slug may be another's by now.

        The writer does one thing after another, so nothing that this server does comes between the two.
        """

        def run(conn: Connection) -> Project:
            self.as_of_now(conn, caller).require_owner(get_project(conn, id_or_slug).created_by)
            return work(conn)

        return run

    def _now(self, caller: Caller) -> dict[str, Any]:
        now_ms = self.clock()
        return {"now_secs": now_ms // MS_PER_SEC, "note": notes_by(caller, now_ms)}

    async def _change(
        self, work: Callable[[Connection], Project], tell: Callable[[int], None] = lambda _: None
    ) -> Project:
        """Return the project as `work` leaves it; raises StoreUnavailableError if the store refuses."""
        project = await change(self.writer, work, what="change")
        tell(project.no)
        try:
            await self.refresh_keys()
        except (StoreError, QueryTimeoutError) as error:
            # What was changed is changed; the watch over the keys looks again by itself.
            _log.warning("keys not reloaded after a change of projects", error=str(error))
        return project
