"""Reading and changing for how long data is kept, and purging, on behalf of administrators."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.audit.store import notes_by
from bloop_trio.auth.users import check_still_signed_in
from bloop_trio.db.changing import change, refused_in_words
from bloop_trio.db.connection import transaction
from bloop_trio.db.snapshot import snapshot
from bloop_trio.retention.settings import change_settings, read_settings
from bloop_trio.retention.shapes import GlobalRetention, ProjectRetention, RetentionInfo
from bloop_trio.retention.storage import read_storage

if TYPE_CHECKING:
    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.http.caller import Caller
    from bloop_trio.retention.purge import Purged
    from bloop_trio.retention.purges import Purges
    from bloop_trio.retention.settings import RetentionChange


@attrs.frozen(kw_only=True)
class RetentionDesk:
    """Looks after retention. A change is noted in the audit log, in the same transaction."""

    readers: Readers
    purges: Purges

    async def get(self) -> RetentionInfo:
        """Return for how long data is kept, and how much there is; costs the same however much that is."""
        return await self.readers.run(partial(_read, config=self.purges.config))

    async def change(self, caller: Caller, given: RetentionChange) -> None:
        """Set what `given` says; the next purge goes by it. Raises as `settings.change_settings`."""

        def work(conn: Connection) -> None:
            with transaction(conn):
                check_still_signed_in(conn, caller.signed_in(), as_admin=True)
                change_settings(conn, given, notes_by(caller, self.purges.clock()))

        await change(self.purges.writer, work, what="change")

    async def purge(self, caller: Caller) -> Purged:
        """Purge now, and return what was removed once it is.

        Raises:
            StoreUnavailableError: the store refused; what was removed until then stays removed.
        """

        def note(conn: Connection) -> None:
            with transaction(conn):
                check_still_signed_in(conn, caller.signed_in(), as_admin=True)
                notes_by(caller, self.purges.clock())(conn, Action.STORAGE_PURGED)

        await change(self.purges.writer, note, what="purge")
        with refused_in_words("purge"):
            return await self.purges.run()


def _read(conn: Connection, config: RetentionConfig) -> RetentionInfo:
    with snapshot(conn):
        settings = read_settings(conn, config)
        of_projects = conn.execute(
            "SELECT p.id, p.name, coalesce(r.raw_events_days, 0), b.max_bytes FROM projects AS p"
            " LEFT JOIN project_retention AS r ON r.project_no = p.no"
            " LEFT JOIN byte_budgets AS b ON b.project_no = p.no"
            " WHERE p.deleted_secs IS NULL AND coalesce(r.raw_events_days, b.max_bytes) IS NOT NULL"
            " ORDER BY p.created_secs, p.no"
        ).fetchall()
        return RetentionInfo(
            global_=GlobalRetention(
                raw_events_days=settings.raw_events_days,
                hourly_counts_days=settings.hourly_counts_days,
                aggregates_days=settings.aggregates_days,
                max_bytes=settings.max_bytes,
            ),
            per_project=[
                ProjectRetention(project_id=project_id, project_name=name, raw_events_days=days, max_bytes=max_bytes)
                for project_id, name, days, max_bytes in of_projects
            ],
            storage=read_storage(conn, settings),
        )
