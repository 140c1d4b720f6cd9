"""What people do with an issue beside its status: assign it, comment on it. Each act is one transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from bloop_trio.audit.entry import Action, by
from bloop_trio.audit.store import record
from bloop_trio.auth.users import as_of_now
from bloop_trio.db.changing import change as write
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import ForbiddenError, NotFoundError
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity
from bloop_trio.issues.live.messages import IssueActivity
from bloop_trio.issues.triage.assignments import assign, find_assignee
from bloop_trio.issues.triage.comments import add_comment, checked_text, delete_comment, edit_comment, get_comment
from bloop_trio.issues.triage.found import find_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller
    from bloop_trio.issues.live.hooks import ActivityHook
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.queries.shapes import Assignee
    from bloop_trio.issues.triage.comments import Comment
    from bloop_trio.issues.triage.found import FoundIssue


@attrs.frozen(kw_only=True)
class Asked:
    """On which issue something is to be done, and by whom."""

    project: OneProject
    fingerprint: str
    caller: Caller


@attrs.frozen
class Chosen:
    """Whom an issue is to be assigned to: nobody if neither is there."""

    user_id: str | None = None
    username: str | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether there is a user."""
        return self != Chosen()


@attrs.frozen
class Done:
    """What was done to an issue."""

    fingerprint: str
    """The issue's first one."""
    assignee: Assignee | None = None
    """Whom it is assigned to, where that was asked for."""
    comment_id: int | None = None
    """Of the comment that was written."""
    is_told: bool = True
    """Whether anything has changed."""


@attrs.frozen(kw_only=True)
class IssueDesk:
    """Does what callers ask for, and tells `on_activity` when it is committed.

    Each method raises NotFoundError if the project has no such issue, and StoreUnavailableError if the store refused.
    """

    writer: Writer
    readers: Readers
    clock: Callable[[], int]
    """Epoch milliseconds."""
    on_activity: ActivityHook

    async def assign(self, asked: Asked, chosen: Chosen) -> Done:
        """Assign an issue; who has it already keeps it, and nothing is noted.

        Raises:
            NotFoundError: there is no such user.
        """
        return await self._write(asked, ActivityKind.ASSIGNED, partial(_assign, chosen=chosen))

    async def comment(self, asked: Asked, text: str) -> Done:
        """Add a comment.

        Raises:
            BadRequestError: the text is empty or too long.
        """
        return await self._write(asked, ActivityKind.COMMENT, partial(_comment, text=checked_text(text)))

    async def edit(self, asked: Asked, comment_id: int, text: str) -> Done:
        """Give a comment another text.

        Raises:
            BadRequestError: the text is empty or too long.
            ForbiddenError: it is somebody else's.
        """
        work = partial(_edit, comment_id=comment_id, text=checked_text(text))
        return await self._write(asked, ActivityKind.COMMENT, work)

    async def delete(self, asked: Asked, comment_id: int) -> Done:
        """Remove a comment.

        Raises:
            ForbiddenError: it is somebody else's.
        """
        return await self._write(asked, ActivityKind.COMMENT, partial(_delete, comment_id=comment_id))

    async def _write(self, asked: Asked, kind: ActivityKind, work: Callable[..., Done]) -> Done:
        now_ms = self.clock()

        def run(conn: Connection) -> Done:
            with transaction(conn):
                issue = find_one(conn, asked.project.no, asked.fingerprint)
                if issue is None:
                    raise NotFoundError(f"no errors with fingerprint {asked.fingerprint}")
                return work(conn, asked, issue, now_ms)

        done = await write(self.writer, run)
        if done.is_told:
            caller = asked.caller
            message = IssueActivity(
                fingerprint=done.fingerprint,
                kind=kind,
                actor=caller.actor,
                actor_name=caller.name,
                at=now_ms,
            )
            self.on_activity(asked.project.no, message)
        return done


def _assign(conn: Connection, asked: Asked, issue: FoundIssue, now_ms: int, *, chosen: Chosen) -> Done:
    to = find_assignee(conn, user_id=chosen.user_id, username=chosen.username) if chosen.is_somebody else None
    project_no = asked.project.no
    if not assign(conn, project_no=project_no, issue_id=issue.id, assignee=to, at_ms=now_ms):
        return Done(issue.fingerprint, to, is_told=False)
    content = {"user_id": to.user_id if to else None, "username": to.username if to else None}
    note_activity(conn, issue.id, ActivityKind.ASSIGNED, actor=asked.caller.actor, at_ms=now_ms, content=content)
    _record(conn, asked, Action.ERROR_ASSIGNED, issue, now_ms, **content)
    return Done(issue.fingerprint, to)


def _comment(conn: Connection, asked: Asked, issue: FoundIssue, now_ms: int, *, text: str) -> Done:
    number = add_comment(conn, issue.id, author=asked.caller.actor, text=text, at_ms=now_ms)
    return Done(issue.fingerprint, comment_id=number)


def _edit(conn: Connection, asked: Asked, issue: FoundIssue, now_ms: int, *, comment_id: int, text: str) -> Done:
    comment = get_comment(conn, issue.id, comment_id)
    _check_author(conn, asked.caller, comment)
    edit_comment(conn, comment, text=text, at_ms=now_ms)
    return Done(issue.fingerprint, comment_id=comment.id)


def _delete(conn: Connection, asked: Asked, issue: FoundIssue, now_ms: int, *, comment_id: int) -> Done:
    comment = get_comment(conn, issue.id, comment_id)
    _check_author(conn, asked.caller, comment)
    delete_comment(conn, comment)
    _record(conn, asked, Action.COMMENT_DELETED, issue, now_ms, author=comment.author)
    return Done(issue.fingerprint, comment_id=comment.id)


def _check_author(conn: Connection, caller: Caller, comment: Comment) -> None:
    """Let the author of a comment pass, and administrators."""
    if caller.actor == comment.author:
        return
    if caller.user is None or not as_of_now(conn, caller).signed_in().is_admin:
        raise ForbiddenError("only its author or an administrator may change a comment")


def _record(
    conn: Connection, asked: Asked, action: Action, issue: FoundIssue, now_ms: int, **details: str | None
) -> None:
    entry = by(asked.caller, action, project_id=asked.project.id, target=issue.fingerprint, details=details)
    record(conn, entry, now_ms)
