"""The other server's counts by release and environment, which are its errors too: it has no table of those."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.sequences import take_numbers
from bloop_trio.db.statements import run_rows
from bloop_trio.importing.keys import read_key
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import (
    MAX_TEXT_BYTES,
    as_count,
    as_field,
    as_required,
    as_source,
    as_text,
    as_time_ms,
    cut_text,
)
from bloop_trio.issues.lifecycle.releases import note_releases
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.stored.finding import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row
    from bloop_trio.issues.events.batch import FacetKey, FingerprintKey
    from bloop_trio.issues.stored.finding import IssueRef

AGGREGATES: Final = SourceTable(
    name="error_aggregates",
    columns=(
        "project_id",
        "fingerprint",
        "release",
        "environment",
        "total_count",
        "first_seen",
        "last_seen",
        "error_type",
        "message",
        "source",
        "route_or_procedure",
        "screen",
        "status",
    ),
    order=("project_id", "fingerprint", "release", "environment"),
    whole=2,
)
NEW: Final = "new errors"
KNOWN: Final = "errors that were there and have been added to"


@attrs.frozen(kw_only=True)
class Aggregate:
    """A row that can be used."""

    release: str
    environment: str
    count: int
    first_ms: int
    last_ms: int
    error_type: str
    message: str
    source: str
    route: str | None
    screen: str | None
    status: str


def read_aggregate(row: Row) -> Aggregate | Reason:
    """Return what a row says, or why it cannot be used."""
    count, first_ms, last_ms = as_count(row[4]), as_time_ms(row[5]), as_time_ms(row[6])
    if count is None:
        return Reason.COUNT
    if first_ms is None or last_ms is None:
        return Reason.TIME
    error_type = as_required("error_type", row[7])
    return Aggregate(
        release=as_required("release", row[2]),
        environment=as_required("environment", row[3]),
        count=count,
        first_ms=min(first_ms, last_ms),
        last_ms=max(first_ms, last_ms),
        error_type=error_type,
        message=cut_text(as_text(row[8]) or error_type, MAX_TEXT_BYTES),
        source=as_source(row[9]),
        route=as_field("route_or_procedure", row[10]),
        screen=as_field("screen", row[11]),
        status=as_text(row[12]) or "",
    )


def joint_status(aggregates: Iterable[Aggregate]) -> Status:
    """Return the one status of an error that has had one for each release and environment.

    What anybody still has to look at stays visible: unresolved if one of them is, else resolved if one of them is, else
    what the one last seen is. A status that nobody knows counts as unresolved.
    """
    newest_first = sorted(aggregates, key=lambda aggregate: aggregate.last_ms, reverse=True)
    known = [a.status if a.status in set(Status) else Status.UNRESOLVED.value for a in newest_first]
    for status in (Status.UNRESOLVED, Status.RESOLVED):
        if status.value in known:
            return status
    return Status(known[0])


@attrs.frozen
class AggregatesStep:
    """Makes errors of the rows of each fingerprint, with counts by release, environment, source and route."""

    _numbers: Mapping[str, int]
    table: SourceTable = AGGREGATES

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        errors: dict[FingerprintKey, list[Aggregate]] = {}
        for row in rows:
            key = read_key(row, self._numbers)
            if isinstance(key, Reason):
                tally.skipped(key)
                continue
            aggregate = read_aggregate(row)
            if isinstance(aggregate, Reason):
                tally.skipped(aggregate)
                continue
            errors.setdefault(key, []).append(aggregate)
        refs = find(conn, list(errors))
        known, new = list(refs), [key for key in errors if key not in refs]
        by_issue: dict[int, list[Aggregate]] = {}
        for key in known:  # several of which can belong to one
            by_issue.setdefault(refs[key].issue_id, []).extend(errors[key])
        _add_to_issues(conn, by_issue)
        refs |= _create_issues(conn, {key: errors[key] for key in new})
        for remark, keys in ((NEW, new), (KNOWN, known)):
            if keys:
                tally.remark(remark, len(keys))
        _add_counts(conn, errors, refs, tally)
        _add_facets(conn, errors)
        note_releases(
            conn,
            sorted(
                (key[0], found.release, found.first_ms) for key, aggregates in errors.items() for found in aggregates
            ),
        )
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""


def _add_to_issues(conn: Connection, known: dict[int, list[Aggregate]]) -> None:
    """Count on errors that are there; their texts and their status stay."""
    run_rows(
        conn,
        "WITH added (id, count, first_ms, last_ms) AS (",
        sorted((issue_id, *_span(aggregates)) for issue_id, aggregates in known.items()),
        ") UPDATE issues SET total_count = total_count + added.count, first_seen_ms = min(first_seen_ms, added.first_ms),"
        " last_seen_ms = max(last_seen_ms, added.last_ms) FROM added WHERE issues.id = added.id",
    )


def _span(aggregates: list[Aggregate]) -> tuple[int, int, int]:
    """Return the count, the first and the last sighting of all of them."""
    return sum(a.count for a in aggregates), min(a.first_ms for a in aggregates), max(a.last_ms for a in aggregates)


def _create_issues(conn: Connection, new: dict[FingerprintKey, list[Aggregate]]) -> dict[FingerprintKey, IssueRef]:
    """Insert errors, with the texts of the release and environment that had them first."""
    rows = []
    statuses: Counter[tuple[int, str]] = Counter()
    numbers = take_numbers(conn, "issue_id", len(new))
    for issue_id, (key, aggregates) in zip(numbers, new.items(), strict=True):
        count, first_ms, last_ms = _span(aggregates)
        first = min(aggregates, key=lambda aggregate: aggregate.first_ms)
        status = joint_status(aggregates).value
        statuses[key[0], status] += 1
        texts = (first.error_type, first.message, first.source, first.route, first.screen)
        rows.append((issue_id, *key, status, first_ms, last_ms, count, *texts))
    # What is taken over is no news to anybody: alert rules are not judged by it.
    conn.execute(
        "UPDATE alert_marks SET value = ? WHERE name = 'issue_id' AND value = ?", (numbers.stop - 1, numbers.start - 1)
    )
    created = run_rows(
        conn,
        "INSERT INTO issues (id, project_no, fingerprint, status, first_seen_ms, last_seen_ms, total_count,"
        " error_type, message, source, route_or_procedure, screen)",
        rows,
        "RETURNING project_no, fingerprint, id",
    )
    run_rows(conn, "INSERT INTO issue_fingerprints (project_no, fingerprint, issue_id)", sorted(created))
    run_rows(
        conn,
        "INSERT INTO issue_totals (project_no, status, count)",
        [(*key, count) for key, count in sorted(statuses.items())],
        "ON CONFLICT (project_no, status) DO UPDATE SET count = count + excluded.count",
    )
    return find(conn, list(new))


def _add_counts(
    conn: Connection, errors: dict[FingerprintKey, list[Aggregate]], refs: dict[FingerprintKey, IssueRef], tally: Tally
) -> None:
    """Add the rows to the counts by release and environment, and tally what was there and what was not."""
    sums: dict[tuple[int, str, str], list[Any]] = {}
    for key, aggregates in errors.items():
        for found in aggregates:
            place = (refs[key].fingerprint_id, found.release, found.environment)
            if place in sums:
                tally.merged()
                entry = sums[place]
                entry[1:] = [entry[1] + found.count, min(entry[2], found.first_ms), max(entry[3], found.last_ms)]
            else:
                sums[place] = [refs[key].issue_id, found.count, found.first_ms, found.last_ms]
    # Where errors are merged, the counts hang on one of their fingerprints, and those of each are kept as well.
    heads = {ref.fingerprint_id: ref.head.fingerprint_id for ref in refs.values() if ref.head is not None}
    counted = sorted(((heads.get(place[0], place[0]), *place[1:]), entry) for place, entry in sums.items())
    there = run_rows(
        conn,
        "WITH wanted (fingerprint_id, release, environment) AS (",
        [place for place, _ in counted],
        ") SELECT count(*) FROM wanted JOIN issue_counts USING (fingerprint_id, release, environment)",
    )
    merged = sum(count for (count,) in there)
    tally.merged(merged)
    tally.imported(len(sums) - merged)
    run_rows(
        conn,
        "WITH added (fingerprint_id, release, environment, issue_id, count, first_ms, last_ms) AS (",
        [(*place, *entry) for place, entry in counted],
        ") INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
        " route_or_procedure, total_count, first_seen_ms, last_seen_ms)"
        " SELECT fingerprint_id, i.id, release, environment, i.project_no, i.status, i.source, i.route_or_procedure,"
        " added.count, added.first_ms, added.last_ms"
        " FROM added CROSS JOIN issues AS i ON i.id = added.issue_id WHERE TRUE"
        " ON CONFLICT (fingerprint_id, release, environment) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, first_seen_ms = min(first_seen_ms, excluded.first_seen_ms),"
        " last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
    )
    run_rows(
        conn,
        "INSERT INTO merged_counts (fingerprint_id, release, environment, total_count, first_seen_ms, last_seen_ms)",
        [(*place, *entry[1:]) for place, entry in sorted(sums.items()) if place[0] in heads],
        "ON CONFLICT (fingerprint_id, release, environment) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, first_seen_ms = min(first_seen_ms, excluded.first_seen_ms),"
        " last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
    )


def _add_facets(conn: Connection, errors: dict[FingerprintKey, list[Aggregate]]) -> None:
    counts: Counter[FacetKey] = Counter()
    last: dict[FacetKey, int] = {}
    for (number, _), aggregates in errors.items():
        for found in aggregates:
            facets = [("release", found.release), ("environment", found.environment), ("source", found.source)]
            if found.route:
                facets.append(("route", found.route))
            for name, value in facets:
                facet = (number, name, value)
                counts[facet] += found.count
                last[facet] = max(last.get(facet, 0), found.last_ms)
    run_rows(
        conn,
        "INSERT INTO facet_counts (project_no, facet, value, total_count, last_seen_ms)",
        [(*facet, count, last[facet]) for facet, count in sorted(counts.items())],
        "ON CONFLICT (project_no, facet, value) DO UPDATE SET"
        " total_count = total_count + excluded.total_count, last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
    )
