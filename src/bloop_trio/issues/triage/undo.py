"""Undoing changes of status: of one issue, or of all that were changed together.

A change is undone where it is the last one of its issue. What somebody else, or an event, has changed since stays as it
is. Many are undone in slices, each a transaction, with room for the writing of events before the next.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action, by
from bloop_trio.audit.store import record
from bloop_trio.db.changing import change as write
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import ConflictError, NotFoundError, UnavailableError
from bloop_trio.issues.lifecycle.endings import put_back
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.live.messages import StatusChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.issues.live.hooks import StatusHook
    from bloop_trio.issues.queries.scope import OneProject, Scope

REASON_UNDO: Final = "undo"
"""The reason in the history of a change that undoes another one."""
SLICE_CHANGES: Final = 500
"""Changes that one transaction undoes."""
MAX_AUDITED: Final = 20
"""Fingerprints that an entry of the audit log names."""
_INT64_MAX: Final = 2**63 - 1

_COLUMNS: Final = (
    "SELECT s.id, s.issue_id, i.fingerprint, s.old_status, s.new_status, s.ended,"
    " i.status = s.new_status AND s.origin_issue_id IS NULL"
    f" AND s.old_status IN ({', '.join(repr(status.value) for status in Status)})"
    " AND s.id = (SELECT max(l.id) FROM status_changes AS l WHERE l.issue_id = s.issue_id"
    " AND l.origin_issue_id IS NULL)"
    " FROM status_changes AS s CROSS JOIN issues AS i ON i.id = s.issue_id"
)


@attrs.frozen
class Step:
    """A change that may be undone."""

    id: int
    issue_id: int
    fingerprint: str
    old_status: str
    new_status: str
    ended: str | None
    """What it put an end to, as `endings` has it."""
    is_last: bool
    """Whether the issue is as this change has left it."""


@attrs.frozen(kw_only=True)
class Undone:
    """What one transaction did, or the sum of several."""

    steps: tuple[Step, ...] = ()
    """Those that were undone."""
    put_back: int = 0
    left_alone: int = 0
    updated: int = 0
    """Releases and environments that have another status now."""
    changed_ms: int = 0
    last_id: int | None = None
    """The change that comes before the next slice; None if there is none."""

    def as_told(self, caller: Caller) -> list[StatusChanged]:
        """Return each change as the live feed tells it."""
        return [
            StatusChanged(
                fingerprint=step.fingerprint,
                old_status=step.new_status,
                new_status=step.old_status,
                changed_by=caller.actor,
                changed_by_name=caller.name,
                changed_at=self.changed_ms,
            )
            for step in self.steps
        ]


@attrs.frozen(kw_only=True)
class Undo:
    """Undoes changes on behalf of callers, and tells `on_changed` of each transaction that put something back."""

    writer: Writer
    readers: Readers
    clock: Callable[[], int]
    """Epoch milliseconds."""
    on_changed: StatusHook

    async def undo(self, scope: Scope, caller: Caller, change_id: str) -> Undone:
        """Undo the change of this id: the number of one in a history, or the id of a set.

        Raises:
            NotFoundError: what the caller sees has no such change.
            ConflictError: it was undone already, or its one issue was changed again since.
            UnavailableError: the store refused. What was undone before stays so; the message says how much that is.
        """
        number = int(change_id) if change_id.isascii() and change_id.isdigit() and len(change_id) < 20 else None
        project = await self.readers.run(partial(_project_of, scope=scope, change_id=change_id, number=number))
        if number is not None:
            return await self._write(partial(undo_one, number=number), project, caller)
        total, last_id = Undone(), 0
        while True:
            try:
                done = await self._write(partial(undo_slice, set_id=change_id, after_id=last_id), project, caller)
            except UnavailableError as error:
                if not total.put_back:
                    raise
                raise UnavailableError(
                    f"stopped after {total.put_back} errors, ask again for the rest: {error.message}",
                    retry_after_secs=error.retry_after_secs,
                ) from error
            total = Undone(
                put_back=total.put_back + done.put_back,
                left_alone=total.left_alone + done.left_alone,
                updated=total.updated + done.updated,
            )
            if done.last_id is None:
                return total
            last_id = done.last_id

    async def _write(self, work: Callable[..., Undone], project: OneProject, caller: Caller) -> Undone:
        done = await write(self.writer, partial(work, project=project, caller=caller, clock=self.clock))
        if done.steps:
            self.on_changed(project.no, done.as_told(caller))
        return done


def undo_one(conn: Connection, *, number: int, project: OneProject, caller: Caller, clock: Callable[[], int]) -> Undone:
    """Undo one change in one transaction."""
    with transaction(conn):
        _check_project(conn, project.no)
        row = conn.execute(f"{_COLUMNS} WHERE s.id = ? AND i.project_no = ?", (number, project.no)).fetchone()
        if row is None:
            raise NotFoundError(f"no change of status {number}")
        step = Step(*row)
        if not step.is_last:
            raise ConflictError("the status was changed again since")
        return _undo(conn, [step], project=project, caller=caller, changed_ms=clock())


def undo_slice(
    conn: Connection, *, set_id: str, after_id: int, project: OneProject, caller: Caller, clock: Callable[[], int]
) -> Undone:
    """Undo the changes of a set behind that with `after_id`, at most `SLICE_CHANGES`, in one transaction.

    The last slice has the set count as undone.
    """
    with transaction(conn):
        _check_project(conn, project.no)
        row = conn.execute("SELECT undone_ms FROM status_change_sets WHERE id = ?", (set_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"no change of status {set_id}")
        if row[0] is not None:
            raise ConflictError("the change was undone already")
        steps = [
            Step(*row)
            for row in conn.execute(
                f"{_COLUMNS} WHERE s.set_id = ? AND s.id > ? ORDER BY s.id LIMIT ?", (set_id, after_id, SLICE_CHANGES)
            )
        ]
        now_ms = clock()
        done = _undo(conn, steps, project=project, caller=caller, changed_ms=now_ms)
        if len(steps) == SLICE_CHANGES:
            return attrs.evolve(done, last_id=steps[-1].id)
        conn.execute("UPDATE status_change_sets SET undone_ms = ? WHERE id = ?", (now_ms, set_id))
        return done


def _project_of(conn: Connection, *, scope: Scope, change_id: str, number: int | None) -> OneProject:
    """Return the project of a change, which the caller sees."""
    sql, value = "SELECT project_no FROM status_change_sets WHERE id = ?", change_id if number is None else number
    if number is not None:
        sql = "SELECT i.project_no FROM status_changes AS s CROSS JOIN issues AS i ON i.id = s.issue_id WHERE s.id = ?"
        value = min(number, _INT64_MAX)
    row = conn.execute(sql, (value,)).fetchone()
    for project in scope.projects(conn):
        if row is not None and project.no == row[0]:
            return project
    raise NotFoundError(f"no change of status {change_id}")


def _check_project(conn: Connection, project_no: int) -> None:
    """Let a project pass that was not deleted since the request was let in."""
    if conn.execute("SELECT 1 FROM projects WHERE no = ? AND deleted_secs IS NULL", (project_no,)).fetchone() is None:
        raise NotFoundError("project not found")


def _undo(conn: Connection, steps: Sequence[Step], *, project: OneProject, caller: Caller, changed_ms: int) -> Undone:
    by_status: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.is_last:
            by_status[step.old_status].append(step)
    updated = 0
    for old_status, of_status in sorted(by_status.items()):
        updated += change_status(
            conn,
            [(step.issue_id, step.new_status) for step in of_status],
            Status(old_status),
            changed_by=caller.actor,
            changed_ms=changed_ms,
            reason=REASON_UNDO,
        )
        put_back(conn, {step.issue_id: step.ended for step in of_status if step.ended is not None})
    undone = tuple(step for step in steps if step.is_last)
    done = Undone(
        steps=undone,
        put_back=len(undone),
        left_alone=len(steps) - len(undone),
        updated=updated,
        changed_ms=changed_ms,
    )
    if undone:
        fingerprints = [step.fingerprint for step in undone]
        entry = by(
            caller,
            Action.STATUS_UNDONE,
            project_id=project.id,
            target=fingerprints[0] if len(undone) == 1 else None,
            details={"changed": len(undone), "fingerprints": fingerprints[:MAX_AUDITED]},
        )
        record(conn, entry, changed_ms)
    return done
