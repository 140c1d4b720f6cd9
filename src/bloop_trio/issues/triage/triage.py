"""Changing the status of issues: of one, of those that a list names, or of all that a filter means.

What one call changes at a time is one transaction: the statuses, the counts by status and the history change together
or not at all. A filter is walked in slices, each a transaction of its own with room for the writing of events before
the next: it may end half-way, and what was changed until then stays changed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action, by
from bloop_trio.audit.store import record
from bloop_trio.db.changing import change as write
from bloop_trio.db.connection import transaction
from bloop_trio.db.snapshot import snapshot
from bloop_trio.db.statements import run_rows
from bloop_trio.exceptions import UnavailableError
from bloop_trio.issues.lifecycle.endings import set_fixes
from bloop_trio.issues.lifecycle.fixes import fix_in
from bloop_trio.issues.lifecycle.snoozes import snooze_issues
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.live.messages import StatusChanged
from bloop_trio.issues.queries.selection import select_issues
from bloop_trio.issues.triage.change_sets import note_set
from bloop_trio.issues.triage.found import FoundIssue, find_listed, look_again

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.audit.entry import Entry
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms
    from bloop_trio.issues.lifecycle.status import Status
    from bloop_trio.issues.live.hooks import StatusHook
    from bloop_trio.issues.queries.filters import ErrorFilters
    from bloop_trio.issues.queries.scope import OneProject

SLICE_ISSUES: Final = 500
"""Issues of a filter that one transaction changes: some tens of milliseconds for which events wait."""
MAX_AUDITED: Final = 20
"""Fingerprints that an entry of the audit log names, of however many were changed."""


@attrs.frozen(kw_only=True)
class Change:
    """What is asked for."""

    project: OneProject
    status: Status
    caller: Caller
    """Who history and audit log name."""
    reason: str | None = None
    snooze: SnoozeTerms | None = None
    """What ends it, if it mutes; None leaves the end that muted issues have already."""
    in_release: str | None = None
    """Where it is fixed, if it resolves, as `fixes.fix_in` has it; None leaves that to resolved issues."""
    set_id: str | None = None
    """What the changes are to be undone by together."""


@attrs.frozen
class Changed:
    """What one transaction did."""

    change: Change
    changed_ms: int
    found: tuple[FoundIssue, ...]
    """What was asked for and is there."""
    updated: int
    """Releases and environments that have another status now."""
    unknown: tuple[str, ...] = ()
    """Fingerprints that the project does not have, as they were given."""
    number: int | None = None
    """Of the one change in the history, if one issue was to be changed and was."""

    @property
    def changed(self) -> tuple[FoundIssue, ...]:
        """Those that had another status before."""
        return tuple(issue for issue in self.found if issue.status != self.change.status)

    def as_told(self) -> list[StatusChanged]:
        """Return each change as the live feed tells it."""
        return [
            StatusChanged(
                fingerprint=issue.fingerprint,
                old_status=issue.status,
                new_status=self.change.status,
                changed_by=self.change.caller.actor,
                changed_by_name=self.change.caller.name,
                changed_at=self.changed_ms,
            )
            for issue in self.changed
        ]


@attrs.define
class Tally:
    """The sum of what several transactions did."""

    matched: int = 0
    changed: int = 0
    updated: int = 0
    unknown: tuple[str, ...] = ()

    def include(self, part: Changed) -> None:
        """Add what one transaction did."""
        self.matched += len(part.found)
        self.changed += len(part.changed)
        self.updated += part.updated
        self.unknown += part.unknown


@attrs.frozen(kw_only=True)
class Triage:
    """Changes statuses on behalf of callers, and tells `on_changed` of each transaction that was committed."""

    writer: Writer
    readers: Readers
    clock: Callable[[], int]
    """Epoch milliseconds."""
    on_changed: StatusHook
    """Called on the event loop, once for each transaction that changed something."""

    async def change_one(self, change: Change, fingerprint: str) -> Changed:
        """Change one issue; nothing is `found` if the project does not have it.

        Raises:
            StoreUnavailableError: the store refused; nothing was changed.
        """
        return await self._write(partial(change_one, change=change, fingerprint=fingerprint, clock=self.clock))

    async def change_listed(self, change: Change, fingerprints: Sequence[str]) -> Changed:
        """Change all issues that these fingerprints belong to, in one transaction; the others are `unknown`.

        Raises:
            StoreUnavailableError: the store refused; nothing was changed.
        """
        return await self._write(partial(change_listed, change=change, fingerprints=fingerprints, clock=self.clock))

    async def try_listed(self, change: Change, fingerprints: Sequence[str]) -> Changed:
        """Return what `change_listed` would do, and do nothing."""
        return await self.readers.run(partial(try_listed, change=change, fingerprints=fingerprints, clock=self.clock))

    async def change_filtered(self, change: Change, filters: ErrorFilters, *, dry_run: bool = False) -> Tally:
        """Change all issues that match, slice by slice; with `dry_run` only count them.

        An issue that was created after the call began is left alone, and none is changed twice.

        Raises:
            UnavailableError: the store refused, or looking for the next issues took too long. What was changed before
                stays; the message says how much that is.
        """
        tally, last_id = Tally(), 0
        newest_id = await self.readers.run(_newest_id)
        try:
            while True:
                selected = await self.readers.run(
                    partial(
                        select_issues,
                        project_no=change.project.no,
                        filters=filters,
                        after_id=last_id,
                        limit=SLICE_ISSUES,
                    )
                )
                ids = [issue_id for issue_id, _ in selected if issue_id <= newest_id]
                if ids:
                    tally.include(await self._change_slice(change, ids, filters.status, dry_run=dry_run))
                if len(ids) < SLICE_ISSUES:
                    return tally
                last_id = ids[-1]
        except UnavailableError as error:
            if dry_run or not tally.changed:
                raise
            hint = "ask again for the rest"
            hint += "" if change.set_id is None else f" or undo change {change.set_id}"
            raise UnavailableError(
                f"stopped after {tally.changed} errors, {hint}: {error.message}",
                retry_after_secs=error.retry_after_secs,
            ) from error

    async def _change_slice(self, change: Change, ids: list[int], only: str | None, *, dry_run: bool) -> Changed:
        if dry_run:
            return await self.readers.run(partial(try_slice, change=change, ids=ids, only=only, clock=self.clock))
        return await self._write(partial(change_slice, change=change, ids=ids, only=only, clock=self.clock))

    async def _write(self, work: Callable[[Connection], Changed]) -> Changed:
        """Run one transaction, and tell of it: between the commit and the telling nothing can be cancelled."""
        done = await write(self.writer, work)
        if done.changed:
            self.on_changed(done.change.project.no, done.as_told())
        return done


def change_one(conn: Connection, *, change: Change, fingerprint: str, clock: Callable[[], int]) -> Changed:
    """Change the issue of a fingerprint in one transaction."""
    with transaction(conn):
        found, unknown = find_listed(conn, change.project.no, (fingerprint,))
        done = _apply(conn, change, found, clock(), unknown)
        if not done.changed:
            return done
        (number,) = conn.execute(
            "SELECT max(id) FROM status_changes WHERE issue_id = ?", (done.changed[0].id,)
        ).fetchone()
        return attrs.evolve(done, number=number)


def change_listed(
    conn: Connection, *, change: Change, fingerprints: Sequence[str], clock: Callable[[], int]
) -> Changed:
    """Change the issues of `fingerprints` in one transaction."""
    with transaction(conn):
        found, unknown = find_listed(conn, change.project.no, fingerprints)
        return _apply(conn, change, found, clock(), unknown)


def change_slice(
    conn: Connection, *, change: Change, ids: Sequence[int], only: str | None, clock: Callable[[], int]
) -> Changed:
    """Change the issues with these ids in one transaction.

    They were selected before it began: those that are gone are left out, and with `only` those that have another
    status by now.
    """
    with transaction(conn):
        return _apply(conn, change, look_again(conn, change.project.no, ids, only), clock())


def try_listed(conn: Connection, *, change: Change, fingerprints: Sequence[str], clock: Callable[[], int]) -> Changed:
    """Return what `change_listed` would return."""
    with snapshot(conn):
        found, unknown = find_listed(conn, change.project.no, fingerprints)
        return _foresee(conn, change, found, clock(), unknown)


def try_slice(
    conn: Connection, *, change: Change, ids: Sequence[int], only: str | None, clock: Callable[[], int]
) -> Changed:
    """Return what `change_slice` would return."""
    with snapshot(conn):
        return _foresee(conn, change, look_again(conn, change.project.no, ids, only), clock())


def _apply(
    conn: Connection, change: Change, found: tuple[FoundIssue, ...], changed_ms: int, unknown: tuple[str, ...] = ()
) -> Changed:
    """Change those of `found` that have another status, and give all of them what may end it."""
    done = Changed(change, changed_ms, found, 0, unknown)
    actor, project_no = change.caller.actor, change.project.no
    if done.changed and change.set_id is not None:
        note_set(conn, change.set_id, project_no=project_no, changed_by=actor, changed_ms=changed_ms)
    updated = change_status(
        conn,
        [(issue.id, issue.status) for issue in found],
        change.status,
        changed_by=actor,
        changed_ms=changed_ms,
        reason=change.reason,
        set_id=change.set_id,
    )
    ids = [issue.id for issue in found]
    if ids and change.snooze is not None:
        snooze_issues(conn, project_no, ids, change.snooze)
    if ids and change.in_release is not None:
        set_fixes(conn, ids, fix_in(conn, project_no, change.in_release))
    done = attrs.evolve(done, updated=updated)
    if done.changed:
        record(conn, _audited(done), changed_ms)
    return done


def _audited(done: Changed) -> Entry:
    """Return what the audit log tells of a transaction."""
    fingerprints = [issue.fingerprint for issue in done.changed]
    return by(
        done.change.caller,
        Action.STATUS_CHANGED,
        project_id=done.change.project.id,
        target=fingerprints[0] if len(fingerprints) == 1 else None,
        details={
            "status": done.change.status.value,
            "changed": len(fingerprints),
            "fingerprints": fingerprints[:MAX_AUDITED],
        },
    )


def _foresee(
    conn: Connection, change: Change, found: tuple[FoundIssue, ...], changed_ms: int, unknown: tuple[str, ...] = ()
) -> Changed:
    """Return what `_apply` would return."""
    counts = run_rows(
        conn,
        "WITH changed (id) AS (",
        [(issue.id,) for issue in found if issue.status != change.status],
        ") SELECT count(*) FROM changed CROSS JOIN issue_counts AS c ON c.issue_id = changed.id",
    )
    return Changed(change, changed_ms, found, sum(count for (count,) in counts), unknown)


def _newest_id(conn: Connection) -> int:
    (newest_id,) = conn.execute("SELECT coalesce(max(id), 0) FROM issues").fetchone()
    return int(newest_id)
