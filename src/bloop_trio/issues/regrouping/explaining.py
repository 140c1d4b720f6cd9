"""Why events belong to an issue, by its newest samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.grouping.fingerprint import OVERFLOW_FINGERPRINT, own_fingerprint
from bloop_trio.issues.grouping.grouping import Grouper
from bloop_trio.issues.grouping.store import get_grouping
from bloop_trio.issues.grouping.why_grouped import explain, stored_event
from bloop_trio.issues.queries.detail import find_issue
from bloop_trio.issues.regrouping.shapes import ErrorGrouping, FingerprintOrigin

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.event import Event
    from bloop_trio.issues.grouping.grouping import Grouping
    from bloop_trio.issues.queries.detail import FoundIssue
    from bloop_trio.issues.stored.payload import PayloadReader

MAX_FINGERPRINTS: Final = 200

_Origin: TypeAlias = Literal["own", "rule", "version_1", "version_2", "overflow", "unknown"]


def get_error_grouping(
    conn: Connection, payloads: PayloadReader, *, project_no: int, project_id: str, fingerprint: str
) -> ErrorGrouping | None:
    """Return why events belong to the issue that a fingerprint belongs to, None if the project does not have it."""
    with snapshot(conn):
        issue = find_issue(conn, project_no=project_no, project_id=project_id, fingerprint=fingerprint)
        if issue is None:
            return None
        grouping, grouper = get_grouping(conn, project_no).grouping, Grouper()
        rows = conn.execute(
            "SELECT id, fingerprint, home_issue_id IS NOT NULL FROM issue_fingerprints WHERE issue_id = ?"
            " ORDER BY id LIMIT ?",
            (issue.id, MAX_FINGERPRINTS),
        ).fetchall()
        newest = _newest_sample(conn, payloads, issue, issue.fingerprint_ids)
        explained = None if newest is None else explain(newest, grouping, grouper)
        fingerprints = []
        for fingerprint_id, name, is_merged in rows:
            event = _newest_sample(conn, payloads, issue, (fingerprint_id,))
            origin, rule = _origin(name, event, grouping, grouper)
            fingerprints.append(
                FingerprintOrigin(fingerprint=name, origin=origin, rule=rule, is_merged=bool(is_merged))
            )
    names = {known.fingerprint for known in fingerprints}
    return ErrorGrouping(
        project_id=issue.project_id,
        fingerprint=issue.fingerprint,
        newest=explained,
        is_current=explained is not None and not names.isdisjoint({explained.fingerprint, explained.older_fingerprint}),
        fingerprints=fingerprints,
    )


def _newest_sample(
    conn: Connection, payloads: PayloadReader, issue: FoundIssue, fingerprint_ids: tuple[int, ...]
) -> Event | None:
    row = conn.execute(
        "SELECT source, environment, release, payload FROM samples"
        f" WHERE fingerprint_id IN ({', '.join('?' * len(fingerprint_ids))}) ORDER BY event_id DESC LIMIT 1",
        fingerprint_ids,
    ).fetchone()
    if row is None:
        return None
    source, environment, release, blob = row
    payload = {"error_type": issue.error_type, "message": issue.message} | payloads.decode(conn, blob)
    return stored_event(payload, source=source, environment=environment, release=release)


def _origin(fingerprint: str, event: Event | None, grouping: Grouping, grouper: Grouper) -> tuple[_Origin, int | None]:
    """Return what made a fingerprint, by an event that has it; and the index of the rule, if it was one."""
    if fingerprint == OVERFLOW_FINGERPRINT:
        return "overflow", None
    if event is None:
        return "unknown", None
    if event.fingerprint:
        return ("own" if own_fingerprint(event.fingerprint) == fingerprint else "unknown"), None
    grouped = grouper.group(grouping, event)
    if grouped.rule is not None and fingerprint in {grouped.fingerprint, grouped.older}:
        return "rule", grouped.rule
    if grouper.default(1, event) == fingerprint:
        return "version_1", None
    return ("version_2" if grouper.default(2, event) == fingerprint else "unknown"), None
