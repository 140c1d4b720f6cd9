"""New issues, and issues that came back: read from the store, bit by bit, up to a mark that moves as they are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.judging.firing import MAX_AT_ONCE, Firing
from bloop_trio.alerts.judging.judging import Sighting, asks_for_http_status, may_alert, sighting_kind
from bloop_trio.alerts.judging.subjects import (
    COLUMNS,
    Subject,
    about_issue,
    first_place,
    http_status_at,
    place_at,
    read_story,
)
from bloop_trio.issues.lifecycle.status import REASON_REGRESSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader

PIECE: Final = 200
"""Issues, or changes of status, that are judged at a time; fewer, if many rules fire for them."""
ISSUES: Final = "issue_id"
STATUS_CHANGES: Final = "status_change_id"
MARKS: Final = (ISSUES, STATUS_CHANGES)
"""Names of the marks: up to which number of each the rules have been judged."""


@attrs.frozen(kw_only=True)
class Judged:
    """What became of a piece of what had happened."""

    mark: str
    old: int
    new: int
    """Up to which number it was looked at."""
    firings: tuple[Firing, ...] = ()
    count: int = 0
    """Issues that were new or back."""
    is_all: bool = True
    """Whether nothing is left behind it."""


def judge_piece(conn: Connection, mark: str, *, rules: Sequence[Rule], payloads: PayloadReader, now_ms: int) -> Judged:
    """Judge what follows a mark, at most `PIECE` of it. Reads alone; `move_mark` writes down how far that was."""
    (old,) = conn.execute("SELECT value FROM alert_marks WHERE name = ?", (mark,)).fetchone()
    found = _new_issues(conn, old) if mark == ISSUES else _regressions(conn, old)
    firings: list[Firing] = []
    new, count, looked_at = old, 0, 0
    for number, subject, back_ms in found:
        if len(firings) >= MAX_AT_ONCE:
            break
        new, looked_at = number, looked_at + 1
        if subject is not None:
            count += 1
            firings += _judge(conn, subject, back_ms, rules, payloads, now_ms)
    return Judged(
        mark=mark, old=old, new=new, firings=tuple(firings), count=count, is_all=looked_at == len(found) < PIECE
    )


def move_mark(conn: Connection, judged: Judged) -> bool:
    """Note in the caller's transaction that a piece was judged; returns whether nobody has done so before."""
    moved = conn.execute(
        "UPDATE alert_marks SET value = ? WHERE name = ? AND value = ?", (judged.new, judged.mark, judged.old)
    )
    return moved.rowcount == 1


_Found = list[tuple[int, Subject | None, int | None]]
"""(number, issue if it is one that is new or back, when it came back)"""


def _new_issues(conn: Connection, after: int) -> _Found:
    rows = conn.execute(
        f"SELECT p.deleted_secs, {COLUMNS} FROM issues AS i JOIN projects AS p ON p.no = i.project_no"
        " WHERE i.id > ? ORDER BY i.id LIMIT ?",
        (after, PIECE),
    ).fetchall()
    return [(row[1], None if row[0] is not None else Subject.from_row(row[1:]), None) for row in rows]


def _regressions(conn: Connection, after: int) -> _Found:
    rows = conn.execute(
        f"SELECT s.id, s.reason, s.changed_ms, p.deleted_secs, {COLUMNS} FROM status_changes AS s"
        " JOIN issues AS i ON i.id = s.issue_id JOIN projects AS p ON p.no = i.project_no"
        " WHERE s.id > ? ORDER BY s.id LIMIT ?",
        (after, PIECE),
    ).fetchall()
    found: _Found = []
    for number, reason, changed_ms, deleted_secs, *columns in rows:
        is_back = reason == REASON_REGRESSION and deleted_secs is None
        found.append((number, Subject.from_row(tuple(columns)) if is_back else None, changed_ms))
    return found


def _judge(
    conn: Connection,
    subject: Subject,
    back_ms: int | None,
    rules: Sequence[Rule],
    payloads: PayloadReader,
    now_ms: int,
) -> list[Firing]:
    if not may_alert(subject.status) or not any(r.project_no in {None, subject.project.no} for r in rules):
        return []
    at_ms = subject.first_seen_ms if back_ms is None else back_ms
    # Of a new issue the counts tell surely; a sample may be that of a later event.
    place = first_place(conn, subject.issue_id) if back_ms is None else place_at(conn, subject.issue_id, at_ms)
    sighting = Sighting(
        project_no=subject.project.no,
        is_regression=back_ms is not None,
        status=subject.status,
        environment=place.environment,
        release=place.release,
        source=subject.source,
        route=subject.route,
        http_status=http_status_at(conn, payloads, subject.issue_id, at_ms) if asks_for_http_status(rules) else None,
    )
    kinds = [(rule, sighting_kind(rule, sighting)) for rule in rules]
    if not any(kind for _, kind in kinds):
        return []
    story = read_story(conn, payloads, subject, place, at_ms)
    return [
        Firing(
            rule=rule,
            project_no=subject.project.no,
            subject=subject.fingerprint,
            kind=kind,
            content=about_issue(rule, kind, story, now_ms=now_ms),
        )
        for rule, kind in kinds
        if kind is not None
    ]
