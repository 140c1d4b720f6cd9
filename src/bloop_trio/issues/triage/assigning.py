"""Assigning many issues at once, in one transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action, by
from bloop_trio.audit.store import record
from bloop_trio.db.changing import change as write
from bloop_trio.db.connection import transaction
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity
from bloop_trio.issues.live.messages import IssueActivity
from bloop_trio.issues.triage.assignments import assign, find_assignee, get_assignee
from bloop_trio.issues.triage.found import find_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.issues.live.hooks import ActivityHook
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.queries.shapes import Assignee
    from bloop_trio.issues.triage.desk import Chosen

MAX_AUDITED: Final = 20
"""Fingerprints that an entry of the audit log names."""


@attrs.frozen
class Reassigned:
    """An issue that is assigned to somebody else than before."""

    fingerprint: str
    """The issue's first one."""
    before: Assignee | None
    """Whom it was assigned to."""


@attrs.frozen(kw_only=True)
class Assigned:
    """What one transaction did."""

    assignee: Assignee | None
    matched: int
    """Issues that were meant."""
    changed: tuple[Reassigned, ...]
    unknown: tuple[str, ...]
    """Fingerprints that the project does not have, as they were given."""


@attrs.frozen(kw_only=True)
class Assigning:
    """Assigns issues on behalf of callers, and tells `on_activity` of each when it is committed."""

    writer: Writer
    readers: Readers
    clock: Callable[[], int]
    """Epoch milliseconds."""
    on_activity: ActivityHook

    async def assign(
        self, project: OneProject, caller: Caller, fingerprints: Sequence[str], chosen: Chosen
    ) -> Assigned:
        """Assign all issues that these fingerprints belong to; who has one already keeps it, and nothing is noted of it.

        Raises:
            NotFoundError: there is no such user.
            StoreUnavailableError: the store refused; nothing was changed.
        """
        now_ms = self.clock()
        work = partial(_assign, project=project, caller=caller, fingerprints=fingerprints, chosen=chosen, now_ms=now_ms)
        done = await write(self.writer, work)
        for issue in done.changed:
            message = IssueActivity(
                fingerprint=issue.fingerprint,
                kind=ActivityKind.ASSIGNED,
                actor=caller.actor,
                actor_name=caller.name,
                at=now_ms,
            )
            self.on_activity(project.no, message)
        return done


def _assign(
    conn: Connection,
    *,
    project: OneProject,
    caller: Caller,
    fingerprints: Sequence[str],
    chosen: Chosen,
    now_ms: int,
) -> Assigned:
    with transaction(conn):
        to = None
        if chosen.is_somebody:
            to = find_assignee(conn, user_id=chosen.user_id, username=chosen.username)
        found, unknown = find_listed(conn, project.no, fingerprints)
        content = {"user_id": to.user_id if to else None, "username": to.username if to else None}
        changed: list[Reassigned] = []
        for issue in found:
            before = get_assignee(conn, issue.id)
            if assign(conn, project_no=project.no, issue_id=issue.id, assignee=to, at_ms=now_ms):
                changed.append(Reassigned(issue.fingerprint, before))
                note_activity(conn, issue.id, ActivityKind.ASSIGNED, actor=caller.actor, at_ms=now_ms, content=content)
        if changed:
            names = [issue.fingerprint for issue in changed]
            entry = by(
                caller,
                Action.ERROR_ASSIGNED,
                project_id=project.id,
                target=names[0] if len(names) == 1 else None,
                details={**content, "changed": len(names), "fingerprints": names[:MAX_AUDITED]},
            )
            record(conn, entry, now_ms)
    return Assigned(assignee=to, matched=len(found), changed=tuple(changed), unknown=unknown)
