"""What the people of the demonstration did about their errors, told in the order in which it happened."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.db.connection import transaction
from bloop_trio.http.caller import Caller
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity
from bloop_trio.issues.lifecycle.endings import Fix, Snooze, set_fixes, set_snoozes
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.merging.merging import Asked, merge
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.triage.assignments import assign, find_assignee
from bloop_trio.issues.triage.comments import add_comment
from bloop_trio.issues.writing.writer import BatchWriter
from tests.browser.demo_errors import STOREFRONT, all_events
from tests.browser.demo_people import user_id

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

SLICE_MS: Final = MS_PER_HOUR
"""Events of so long are stored together, so that an error comes back with the first events of a release."""


@attrs.frozen(kw_only=True)
class Moment:
    """When somebody does something, and to which error."""

    conn: Connection
    who: str
    issue_id: int
    status: str
    fingerprint: str
    at_ms: int


Act = Callable[[Moment], None]


def _comment(text: str) -> Act:
    def act(now: Moment) -> None:
        with transaction(now.conn):
            add_comment(now.conn, now.issue_id, author=user_id(now.who), text=text, at_ms=now.at_ms)

    return act


def _assign(to: str) -> Act:
    def act(now: Moment) -> None:
        assignee = find_assignee(now.conn, user_id=user_id(to), username=None)
        content = {"user_id": assignee.user_id, "username": assignee.username}
        who = user_id(now.who)
        with transaction(now.conn):
            assign(now.conn, project_no=STOREFRONT, issue_id=now.issue_id, assignee=assignee, at_ms=now.at_ms)
            note_activity(now.conn, now.issue_id, ActivityKind.ASSIGNED, actor=who, at_ms=now.at_ms, content=content)

    return act


def _change(status: Status, *, ending: Snooze | Fix | None = None, reason: str | None = None) -> Act:
    def act(now: Moment) -> None:
        who = user_id(now.who)
        with transaction(now.conn):
            issues = [(now.issue_id, now.status)]
            change_status(now.conn, issues, status, changed_by=who, changed_ms=now.at_ms, reason=reason)
            if isinstance(ending, Fix):
                set_fixes(now.conn, [now.issue_id], ending)
            elif ending is not None:
                set_snoozes(now.conn, {now.issue_id: attrs.evolve(ending, until_ms=now.at_ms + (ending.until_ms or 0))})

    return act


def _merge(error_type: str) -> Act:
    def act(now: Moment) -> None:
        (project_id,) = now.conn.execute("SELECT id FROM projects WHERE no = ?", (STOREFRONT,)).fetchone()
        asked = Asked(
            project=OneProject(STOREFRONT, project_id),
            fingerprint=now.fingerprint,
            fingerprints=(_moment(now.conn, now.who, error_type, now.at_ms).fingerprint,),
            caller=Caller(actor=user_id(now.who), name=now.who),
        )
        merge(now.conn, asked=asked, clock=lambda: now.at_ms)

    return act


ACTS: Final[list[tuple[float, str, str, Act]]] = [
    (170, "ines", "IntegrityError", _assign("tomas")),
    (
        149,
        "tomas",
        "IntegrityError",
        _comment("Two workers take the same number. A lock around next_number ends it."),
    ),
    (144, "tomas", "IntegrityError", _change(Status.RESOLVED, ending=Fix(release="4.11.2", is_next=False))),
    (94, "ines", "TemplateError", _change(Status.RESOLVED)),
    (30, "ada", "TimeoutError", _assign("ada")),
    (
        29.6,
        "ada",
        "TimeoutError",
        _comment("The stock service was moved to the new network at that hour. Since then only north is slow."),
    ),
    (24, "ada", "TimeoutError", _merge("ReadTimeout")),
    (18.6, "ruben", "TypeError", _assign("ines")),
    (18.2, "ines", "TypeError", _comment("Offers that ended at midnight are still in old baskets. Fix is in review.")),
    (12, "ada", "IntegrityError", _comment("It is back: 4.12.0 runs the job twice.")),
    (
        0.5,
        "ines",
        "NetworkError",
        _change(Status.MUTED, ending=Snooze(until_ms=5 * MS_PER_DAY), reason="The provider is at it"),
    ),
]
"""How many hours ago who did what to which error."""


def play(conn: Connection, now_ms: int) -> None:
    """Store events and acts, each at its time."""
    writer = BatchWriter(conn, sample_reservoir_size=5)
    events, acts = deque(all_events(now_ms)), deque(sorted(ACTS, key=lambda act: -act[0]))
    # Before anybody did anything, there is no need for slices.
    at_ms = now_ms - int((acts[0][0] + 1) * MS_PER_HOUR)
    while events or acts:
        batch = []
        while events and events[0].received_ms <= at_ms:
            batch.append(events.popleft())
        if batch:
            writer.write(conn, batch)
        while acts and now_ms - int(acts[0][0] * MS_PER_HOUR) < at_ms:
            hours, who, error_type, act = acts.popleft()
            act(_moment(conn, who, error_type, now_ms - int(hours * MS_PER_HOUR)))
            writer.forget()
        at_ms += SLICE_MS


def _moment(conn: Connection, who: str, error_type: str, at_ms: int) -> Moment:
    row = conn.execute("SELECT id, status, fingerprint FROM issues WHERE error_type = ?", (error_type,)).fetchone()
    return Moment(conn=conn, who=who, issue_id=row[0], status=row[1], fingerprint=row[2], at_ms=at_ms)
