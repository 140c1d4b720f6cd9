"""What another grouping would make of the newest events of a project. Nothing is written.

The events are read in small steps, each a query of its own with a pause after it, so that other queries and ingest get
their turn; and no longer than a few seconds. Then they are grouped again in the order in which they came, just as the writer would do it.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import attrs
import trio

from bloop_trio.db.snapshot import snapshot
from bloop_trio.db.statements import run_rows
from bloop_trio.issues.grouping.grouping import Grouper, Grouping
from bloop_trio.issues.grouping.why_grouped import stored_event
from bloop_trio.issues.regrouping.shapes import GroupingPreview, IssueAfter, IssueBefore, Regrouping
from bloop_trio.issues.stored.days import event_days, event_ids_of, event_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.stored.payload import PayloadReader

TIME_LIMIT_SECS: Final = 5.0
"""For reading, in total; what was read until then is previewed."""
STEP_EVENTS: Final = 200
"""Events that one step reads and groups at most."""
STEP_SECS: Final = 0.03
"""After which a step is given up behind the event that it is at: stacks and rules can be such that one costs as much as
hundreds do otherwise, and ingest waits for the interpreter meanwhile."""
STEP_IDS: Final = 20_000
"""Ids that one step looks through at most: other projects have most of them, maybe."""
MAX_CHANGES: Final = 100
MAX_SHARES: Final = 20
MAX_MESSAGE_CHARS: Final = 300

_Key = TypeVar("_Key")
_Target = tuple[str, int | str]
"""``("issue", id)``, or ``("new", fingerprint)``"""


@attrs.frozen
class Sighting:
    """An event that was read, and what another grouping makes of it."""

    received_ms: int
    issue_id: int
    fingerprint: str
    older: str | None
    rule: int | None
    error_type: str
    message: str


async def preview(
    readers: Readers, payloads: PayloadReader, *, project_no: int, proposed: Grouping, events: int
) -> GroupingPreview:
    """Return what `proposed` would make of the newest `events` stored events of a project."""
    reading, found = _Reading(payloads, project_no, proposed), list[Sighting]()
    deadline = trio.current_time() + TIME_LIMIT_SECS
    is_late = False
    for day in await readers.run(event_days):
        next_id = await readers.run(partial(_last_id, day=day))
        while next_id and len(found) < events and not is_late:
            limit, started = min(STEP_EVENTS, events - len(found)), trio.current_time()
            sightings, next_id = await readers.run(
                partial(reading.step, table=event_table(day), below=next_id, limit=limit)
            )
            found += sightings
            now = trio.current_time()
            is_late = now >= deadline
            await trio.sleep(min(now - started, STEP_SECS))
        if len(found) == events or is_late:
            break
    found.reverse()
    is_complete = len(found) == events or not is_late
    return await readers.run(partial(_compare, project_no, proposed, found, is_complete=is_complete))


def _last_id(conn: Connection, day: str) -> int:
    """Return an id above those of a day's events, 0 if there are none."""
    if day not in event_days(conn):
        return 0  # dropped meanwhile
    ids = event_ids_of(conn, day)
    return 0 if ids is None else ids[1] + 1


@attrs.frozen
class _Reading:
    """Reads the events of a project and groups them anew."""

    payloads: PayloadReader
    project_no: int
    proposed: Grouping
    grouper: Grouper = attrs.field(factory=Grouper)

    def step(self, conn: Connection, *, table: str, below: int, limit: int) -> tuple[list[Sighting], int]:
        """Return the newest events of a day below an id; and below which id to go on, 0 at the end of the day."""
        until = time.perf_counter() + STEP_SECS
        with snapshot(conn):
            if conn.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is None:
                return [], 0
            rows = conn.execute(
                "SELECT e.id, e.received_ms, f.issue_id, i.error_type, e.source, e.environment, e.release, e.payload"
                f" FROM {table} AS e CROSS JOIN issue_fingerprints AS f ON f.id = e.fingerprint_id"
                " CROSS JOIN issues AS i ON i.id = f.issue_id"
                " WHERE e.id < ? AND e.id >= ? AND e.project_no = ? ORDER BY e.id DESC LIMIT ?",
                (below, below - STEP_IDS, self.project_no, limit),
            ).fetchall()
            (lowest,) = conn.execute(f"SELECT min(id) FROM {table}").fetchone()
            sightings: list[Sighting] = []
            for row in rows:
                sightings.append(self._seen(conn, row[1:]))
                if time.perf_counter() >= until:
                    break
        may_have_more = len(sightings) < len(rows) or len(rows) == limit
        next_id = rows[len(sightings) - 1][0] if may_have_more else below - STEP_IDS
        return sightings, next_id if lowest is not None and next_id > lowest else 0

    def _seen(self, conn: Connection, row: tuple[Any, ...]) -> Sighting:
        received_ms, issue_id, error_type, source, environment, release, blob = row
        payload = {"error_type": error_type} | self.payloads.decode(conn, blob)
        event = stored_event(payload, source=source, environment=environment, release=release)
        grouped = self.grouper.group(self.proposed, event)
        return Sighting(
            received_ms,
            issue_id,
            grouped.fingerprint,
            grouped.older,
            grouped.rule,
            event.error_type or "",
            (event.message or "")[:MAX_MESSAGE_CHARS],
        )


def _compare(
    project_no: int, proposed: Grouping, found: Sequence[Sighting], conn: Connection, *, is_complete: bool
) -> GroupingPreview:
    with snapshot(conn):
        names = {name for sighting in found for name in (sighting.fingerprint, sighting.older) if name is not None}
        rows = run_rows(
            conn,
            "WITH wanted (project_no, fingerprint) AS (",
            [(project_no, name) for name in sorted(names)],
            ") SELECT f.fingerprint, f.issue_id FROM wanted CROSS JOIN issue_fingerprints AS f"
            " USING (project_no, fingerprint)",
        )
        targets = _targets(found, dict(rows))
        issue_ids = {sighting.issue_id for sighting in found} | {int(of) for kind, of in targets if kind == "issue"}
        addresses = dict(
            run_rows(
                conn,
                "WITH wanted (id) AS (",
                [(issue_id,) for issue_id in sorted(issue_ids)],
                ") SELECT i.id, i.fingerprint FROM wanted CROSS JOIN issues AS i USING (id)",
            )
        )
    changes = [_regrouping(part, addresses) for part in _changed_parts(found, targets)]
    changes.sort(key=lambda change: -change.events)
    matched = Counter(sighting.rule for sighting in found)
    return GroupingPreview(
        events=len(found),
        is_complete=is_complete,
        oldest_at=min((sighting.received_ms for sighting in found), default=None),
        errors_before=len({sighting.issue_id for sighting in found}),
        errors_after=len(set(targets)),
        regrouped=sum(change.events for change in changes),
        rule_events=[matched[index] for index in range(len(proposed.rules))],
        changes_total=len(changes),
        changes=changes[:MAX_CHANGES],
    )


def _targets(found: Sequence[Sighting], issue_ids: dict[str, int]) -> list[_Target]:
    """Return where each event would go, in their order, by what is there and by what the ones before it would make."""
    known: dict[str, _Target] = {fingerprint: ("issue", issue_id) for fingerprint, issue_id in issue_ids.items()}
    targets = []
    for sighting in found:
        target = known.get(sighting.fingerprint)
        if target is None and sighting.older is not None:
            target = known.get(sighting.older)
        known[sighting.fingerprint] = target = target or ("new", sighting.fingerprint)
        targets.append(target)
    return targets


def _changed_parts(found: Sequence[Sighting], targets: Sequence[_Target]) -> Iterable[list[tuple[Sighting, _Target]]]:
    """Return the events of errors that hang together and would not stay as they are, each set of them by itself."""
    root: dict[object, object] = {}

    def find(node: object) -> object:
        while root.setdefault(node, node) != node:
            root[node] = node = root[root[node]]  # halves the way for whoever comes next
        return node

    pairs = list(zip(found, targets, strict=True))
    for sighting, target in pairs:
        root[find(sighting.issue_id)] = find(target)
    parts: defaultdict[object, list[tuple[Sighting, _Target]]] = defaultdict(list)
    for sighting, target in pairs:
        parts[find(target)].append((sighting, target))
    return [part for part in parts.values() if any(target != ("issue", sighting.issue_id) for sighting, target in part)]


def _regrouping(part: list[tuple[Sighting, _Target]], addresses: dict[int, str]) -> Regrouping:
    before: defaultdict[int, list[Sighting]] = defaultdict(list)
    after: defaultdict[_Target, list[Sighting]] = defaultdict(list)
    for sighting, target in part:
        before[sighting.issue_id].append(sighting)
        after[target].append(sighting)
    kind: Literal["joined", "split", "moved", "mixed"] = "mixed"
    if len(after) == 1:
        kind = "joined" if len(before) > 1 else "moved"
    elif len(before) == 1:
        kind = "split"
    return Regrouping(
        kind=kind,
        events=len(part),
        before=[
            IssueBefore(
                fingerprint=addresses[issue_id],
                events=len(sightings),
                error_type=sightings[-1].error_type,
                message=sightings[-1].message,
            )
            for issue_id, sightings in _largest(before)
        ],
        after=[
            IssueAfter(
                fingerprint=str(of) if what == "new" else addresses[int(of)],
                is_new=what == "new",
                events=len(sightings),
                error_type=sightings[-1].error_type,
                message=sightings[-1].message,
                rule=sightings[-1].rule,
            )
            for (what, of), sightings in _largest(after)
        ],
    )


def _largest(shares: dict[_Key, list[Sighting]]) -> list[tuple[_Key, list[Sighting]]]:
    return sorted(shares.items(), key=lambda share: -len(share[1]))[:MAX_SHARES]
