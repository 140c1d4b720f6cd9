"""The stored events of an issue: pages of them, single ones, and what lies beside one.

All goes by the number of an event, which rises with time, and nothing is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.queries.detail import NO_ID, Part, described, find_issue
from bloop_trio.issues.queries.occurrence_shapes import Occurrence, OccurrenceDetail
from bloop_trio.issues.queries.occurrence_walk import OccurrenceFilters, Walk
from bloop_trio.issues.stored.days import event_days, event_ids_of, event_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.detail import FoundIssue
    from bloop_trio.issues.queries.occurrence_walk import Spot
    from bloop_trio.issues.queries.scope import OneProject
    from bloop_trio.issues.stored.payload import PayloadReader

_ALL: Final = OccurrenceFilters()
_ROW: Final = "id, received_ms, timestamp_ms, source, environment, release, payload"
_ENDS: Final = 4
"""Walks to what lies beside an event."""

_Row = tuple[Any, ...]


@attrs.frozen(kw_only=True)
class OccurrencePage:
    """One page of an issue's events."""

    rows: list[Occurrence]
    next_id: int | None
    """The event behind which the next page begins; None on the last one."""
    capped: bool
    """Whether it has fewer rows than it could, since so many events were looked at."""


def list_occurrences(
    conn: Connection,
    payloads: PayloadReader,
    *,
    project: OneProject,
    fingerprint: str,
    part: Part,
    filters: OccurrenceFilters = _ALL,
) -> OccurrencePage:
    """Return a page of an issue's stored events as they were received, newest first; empty if there is no such issue.

    Without filters, a page near the top costs the same however long the events are kept.
    """
    with snapshot(conn):
        issue = find_issue(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint)
        if issue is None:
            return OccurrencePage(rows=[], next_id=None, capped=False)
        walk = Walk(conn, payloads, issue, filters)
        # One more than asked for tells whether there is another page.
        found = walk.down(part.limit + 1, before_id=part.before_id, offset=part.offset)
        shown = found[: part.limit]
        is_full = len(found) > len(shown)
        return OccurrencePage(
            rows=[_occurrence(conn, payloads, issue, row) for row in _rows(conn, shown)],
            next_id=shown[-1].id if is_full else walk.ended_at,
            capped=not is_full and walk.ended_at is not None,
        )


def get_occurrence(
    conn: Connection,
    payloads: PayloadReader,
    *,
    project: OneProject,
    fingerprint: str,
    occurrence_id: int,
    filters: OccurrenceFilters = _ALL,
) -> OccurrenceDetail | None:
    """Return one event of an issue and what lies beside it; None if the issue has no such event any more.

    The event itself need not pass the filters. One that has aged out is found for as long as it is a sample.
    """
    with snapshot(conn):
        issue = find_issue(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint)
        row = None if issue is None else _find(conn, issue, occurrence_id)
        if issue is None or row is None:
            return None
        walks = [Walk(conn, payloads, issue, filters, _ENDS) for _ in range(_ENDS)]
        newer, older, newest, oldest = (
            found[0].id if found else None
            for found in (
                walks[0].up(1, after_id=occurrence_id),
                walks[1].down(1, before_id=occurrence_id),
                walks[2].down(1, before_id=NO_ID),
                walks[3].up(1, after_id=0),
            )
        )
        return OccurrenceDetail(
            **attrs.asdict(_occurrence(conn, payloads, issue, row), recurse=False),
            newer=newer,
            older=older,
            newest=newest,
            oldest=oldest,
            search_capped=any(walk.ended_at is not None for walk in walks),
        )


def _find(conn: Connection, issue: FoundIssue, occurrence_id: int) -> _Row | None:
    for day in event_days(conn):
        ids = event_ids_of(conn, day)
        if ids is None or not ids[0] <= occurrence_id <= ids[1]:
            continue
        row = conn.execute(
            f"SELECT {_ROW} FROM {event_table(day)} WHERE id = ? AND +fingerprint_id IN ({issue.placeholders})",
            (occurrence_id, *issue.fingerprint_ids),
        ).fetchone()
        if row is not None:
            return tuple(row)
    row = conn.execute(
        "SELECT event_id, received_ms, timestamp_ms, source, environment, release, payload FROM samples"
        f" WHERE fingerprint_id IN ({issue.placeholders}) AND event_id = ?",
        (*issue.fingerprint_ids, occurrence_id),
    ).fetchone()
    return None if row is None else tuple(row)


def _rows(conn: Connection, spots: Sequence[Spot]) -> list[_Row]:
    """Return the stored events at these spots, in their order."""
    ids: dict[str, list[int]] = {}
    for spot in spots:
        ids.setdefault(spot.table, []).append(spot.id)
    found: dict[int, _Row] = {}
    for table, of_table in ids.items():
        marks = ", ".join("?" * len(of_table))
        for row in conn.execute(f"SELECT {_ROW} FROM {table} WHERE id IN ({marks})", of_table):
            found[row[0]] = row
    return [found[spot.id] for spot in spots]


def _occurrence(conn: Connection, payloads: PayloadReader, issue: FoundIssue, row: _Row) -> Occurrence:
    event_id, received_ms, timestamp_ms, source, environment, release, blob = row
    return Occurrence(
        id=event_id,
        timestamp=timestamp_ms,
        source=source,
        environment=environment,
        release=release,
        received_at=received_ms,
        **described(issue, payloads.decode(conn, blob)),
    )
