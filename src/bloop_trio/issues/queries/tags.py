"""The tags of an issue, counted over its newest stored events when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.queries.detail import NO_ID, FoundIssue, find_issue
from bloop_trio.issues.queries.tag_counts import ErrorTags, TagCounter, TaggedEvent
from bloop_trio.issues.stored.days import event_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader

MAX_EVENTS: Final = 1_000
"""Events that are looked at."""
_AT_ONCE: Final = 100
"""Payloads that are unpacked together."""
_COLUMNS: Final = "release, environment, source, payload"

_Row = tuple[str, str, str, bytes]


class _Payload(msgspec.Struct):
    """What is read of a payload."""

    http_status: Any = None
    app_version: Any = None
    metadata: Any = None


_decode = msgspec.json.Decoder(_Payload).decode


def get_tags(
    conn: Connection,
    payloads: PayloadReader,
    *,
    project_no: int,
    fingerprint: str,
    key: str | None = None,
    max_events: int = MAX_EVENTS,
) -> ErrorTags | None:
    """Return the tags of an issue, or one of them; None if the project has no such issue."""
    with snapshot(conn):
        issue = find_issue(conn, project_no=project_no, project_id="", fingerprint=fingerprint)
        return None if issue is None else tags_of_issue(conn, payloads, issue, key=key, max_events=max_events)


def tags_of_issue(
    conn: Connection,
    payloads: PayloadReader,
    issue: FoundIssue,
    *,
    key: str | None = None,
    max_events: int = MAX_EVENTS,
) -> ErrorTags:
    """Return the same of an issue that was found, within the caller's snapshot."""
    (total_count,) = conn.execute("SELECT total_count FROM issues WHERE id = ?", (issue.id,)).fetchone()
    counter = TagCounter(key)
    for rows in _newest(conn, issue, max_events):
        for row, content in zip(rows, payloads.unpack(conn, [row[-1] for row in rows]), strict=True):
            counter.add(_tagged(row, content))
    return counter.result(total_count)


def _newest(conn: Connection, issue: FoundIssue, limit: int) -> Iterator[list[_Row]]:
    """Yield the newest stored events, newest day first, and then the samples of days that are gone."""
    of_issue = f"fingerprint_id IN ({issue.placeholders})"
    oldest_id = NO_ID
    for table in event_tables(conn):
        cursor = conn.execute(
            # Of several fingerprints, events have to be sorted: the index has their numbers without the payloads.
            f"SELECT {_COLUMNS}, id FROM (SELECT id FROM {table} WHERE {of_issue} ORDER BY id DESC LIMIT ?)"
            f" CROSS JOIN {table} USING (id)",
            (*issue.fingerprint_ids, limit),
        )
        while rows := cursor.fetchmany(_AT_ONCE):
            oldest_id, limit = min(oldest_id, *(row[-1] for row in rows)), limit - len(rows)
            yield [row[:-1] for row in rows]
        if not limit:
            return
    samples = conn.execute(
        f"SELECT {_COLUMNS} FROM samples WHERE {of_issue} AND event_id < ? ORDER BY event_id DESC LIMIT ?",
        (*issue.fingerprint_ids, oldest_id, limit),
    )
    yield samples.fetchall()


def _tagged(row: _Row, content: bytes) -> TaggedEvent:
    release, environment, source, _ = row
    payload = _decode(content)
    return TaggedEvent(
        fields={
            "release": release,
            "environment": environment,
            "source": source,
            "http_status": payload.http_status,
            "app_version": payload.app_version,
        },
        metadata=payload.metadata,
    )
