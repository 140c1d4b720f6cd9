"""Changing how projects group their events on behalf of callers, so that it is effective at once in this process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio

from bloop_trio.audit.store import notes_by
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change
from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import QueryTimeoutError, UnavailableError
from bloop_trio.issues.grouping.grouping import Grouping, Version
from bloop_trio.issues.grouping.store import ProjectGrouping, get_grouping, set_grouping
from bloop_trio.issues.regrouping.preview import preview
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.projects.store import get_project

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.issues.grouping.rules import Rule
    from bloop_trio.issues.regrouping.shapes import GroupingPreview
    from bloop_trio.projects.project import Project

_log = structlog.get_logger("bloop.projects")

MAX_WAIT_SECS: Final = 10
"""How long a preview waits for others: two of the longest."""


@attrs.frozen(kw_only=True)
class GroupingDesk:
    """Reads, tries and changes how projects group their events."""

    readers: Readers
    writer: Writer
    clock: Callable[[], int]
    """Epoch milliseconds."""
    refresh: Callable[[], Awaitable[object]]
    """Makes what ingest goes by follow the database."""
    as_of_now: Callable[[Connection, Caller], Caller]
    """Returns whoever is signed in with the role of now, right before they change something; raises if they are not."""
    payloads: PayloadReader = attrs.field(factory=PayloadReader)
    _turn: trio.Lock = attrs.field(factory=trio.Lock, init=False)
    """Of the one preview that is being made: each keeps a processor busy for seconds."""

    async def get(self, id_or_slug: str) -> ProjectGrouping:
        """Return how a project groups its events; raises NotFoundError if there is none."""

        def read(conn: Connection) -> ProjectGrouping:
            return get_grouping(conn, get_project(conn, id_or_slug).no)

        return await self.readers.run(read)

    async def preview(self, id_or_slug: str, version: Version, rules: Sequence[Rule], events: int) -> GroupingPreview:
        """Return what a grouping would make of the newest events.

        Raises:
            NotFoundError: there is no such project.
            UnavailableError: others are being made, and it was not its turn in time.
        """

        def read(conn: Connection) -> tuple[int, bool]:
            project_no = get_project(conn, id_or_slug).no
            return project_no, get_grouping(conn, project_no).grouping.has_used_2

        with trio.move_on_after(MAX_WAIT_SECS) as waiting:
            await self._turn.acquire()
        if waiting.cancelled_caught:
            raise UnavailableError("too many previews are under way, try again later", retry_after_secs=MAX_WAIT_SECS)
        try:
            project_no, has_used_2 = await self.readers.run(read)
            proposed = Grouping(version=version, rules=tuple(rules), has_used_2=has_used_2 or version == 2)
            return await preview(self.readers, self.payloads, project_no=project_no, proposed=proposed, events=events)
        finally:
            self._turn.release()

    async def change(self, caller: Caller, id_or_slug: str, version: Version, rules: Sequence[Rule]) -> ProjectGrouping:
        """Have a project group its events by these from now on.

        Raises:
            NotFoundError: there is no such project.
            StoreUnavailableError: the store refused, and nothing was changed.
        """
        now_ms = self.clock()
        work = partial(
            set_grouping,
            project=partial(self._own, caller=caller, id_or_slug=id_or_slug),
            version=version,
            rules=rules,
            now_secs=now_ms // MS_PER_SEC,
            note=notes_by(caller, now_ms),
        )
        changed = await change(self.writer, work)
        try:
            await self.refresh()
        except (StoreError, QueryTimeoutError) as error:
            # What was changed is changed; the watch looks again by itself.
            _log.warning("grouping not reloaded after a change", error=str(error))
        return changed

    def _own(self, conn: Connection, *, caller: Caller, id_or_slug: str) -> Project:
        """Return a project, if it is still the caller's: the slug may be another's by now."""
        project = get_project(conn, id_or_slug)
        self.as_of_now(conn, caller).require_owner(project.created_by)
        return project
