"""What has happened to an issue, in one order: changes of its status, comments, assignments, merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.lifecycle.endings import get_snooze, read_fixes
from bloop_trio.issues.queries.detail_shapes import ActivityEntry

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.lifecycle.endings import Fix, Snooze
    from bloop_trio.issues.queries.detail import Part

STATUS: Final = "status"
"""The kind of entry that a change of status is; `ActivityKind` has the others."""
_COLUMNS: Final = (
    "SELECT t.*, coalesce((SELECT username FROM users WHERE id = t.actor),"
    " (SELECT name FROM bearer_tokens WHERE 'token:' || id = t.actor AND id = substr(t.actor, 7)))"
)
_NEXT: Final = (
    "status_changes AS n WHERE n.issue_id = s.issue_id AND n.id > s.id AND n.origin_issue_id IS s.origin_issue_id"
    " ORDER BY n.id LIMIT 1"
)
# Both tables take their numbers from one sequence. Each is asked for the rows of a page alone.
_ENTRIES: Final = (
    "SELECT * FROM (SELECT id, 'status' AS kind, changed_by AS actor, changed_ms AS at_ms, NULL AS edited_ms,"
    " json_object('old_status', old_status, 'new_status', new_status, 'reason', reason, 'in_release', in_release,"
    # What went with a status is noted with the change that took it away.
    f" 'ending', json((SELECT ended FROM {_NEXT})), 'is_last', origin_issue_id IS NULL"
    f" AND NOT EXISTS (SELECT 1 FROM {_NEXT}))"
    " AS content FROM status_changes AS s WHERE issue_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3)"
    " UNION ALL SELECT * FROM (SELECT id, kind, actor, at_ms, edited_ms, content"
    " FROM issue_activity WHERE issue_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3)"
)
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def list_activity(
    conn: Connection, *, project_no: int, project_id: str, fingerprint: str, part: Part
) -> list[ActivityEntry]:
    """Return what has happened to an issue, newest first; empty if there is no such issue.

    The order is that in which it was written; a clock that was set back does not change it.
    """
    with snapshot(conn):
        row = conn.execute(
            "SELECT i.id, i.fingerprint FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
            " WHERE f.project_no = ? AND f.fingerprint = ?",
            (project_no, own_fingerprint(fingerprint)),
        ).fetchone()
        if row is None:
            return []
        rows = conn.execute(
            f"{_COLUMNS} FROM ({_ENTRIES}) AS t ORDER BY t.id DESC LIMIT ?4 OFFSET ?5",
            (row[0], part.before_id, part.limit + part.offset, part.limit, part.offset),
        ).fetchall()
        now = _ending(conn, row[0])
    return [
        ActivityEntry(
            id=entry_id,
            project_id=project_id,
            fingerprint=row[1],
            kind=kind,
            actor=actor,
            actor_name=actor_name,
            at=at_ms,
            edited_at=edited_ms,
            content=_with_terms(_decode(content), now) if kind == STATUS else _decode(content),
        )
        for entry_id, kind, actor, at_ms, edited_ms, content, actor_name in rows
    ]


def _ending(conn: Connection, issue_id: int) -> Snooze | Fix | None:
    """Return what may end the status that an issue has now."""
    return read_fixes(conn, [issue_id]).get(issue_id) or get_snooze(conn, issue_id)


def _with_terms(content: dict[str, Any], now: Snooze | Fix | None) -> dict[str, Any]:
    """Return the content of a change of status with where the issue was fixed then, or what was to end its muting."""
    ending, is_last = content.pop("ending"), content.pop("is_last")
    if is_last:
        ending = None if now is None else attrs.asdict(now)
    fix = snooze = None
    if ending is not None and "release" in ending:
        fix = {"release": ending["release"], "is_next": bool(ending["is_next"])}
    elif ending is not None:
        snooze = {
            "until": ending["until_ms"],
            "more_events": ending["more_events"],
            "more_users": ending["more_users"],
            "after_release": ending["after_release"],
        }
    return content | {"fix": fix, "snooze": snooze}
