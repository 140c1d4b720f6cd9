"""What is stored of the last days, as a dry run needs it. Reads alone; each function is one query of a reader."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.judging.judging import Sighting, asks_for_http_status, sighting_kind
from bloop_trio.alerts.judging.subjects import COLUMNS, Place, Subject, first_place, http_status_at
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.lifecycle.status import REASON_REGRESSION, Status
from bloop_trio.issues.stored import days
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from collections.abc import Collection

    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.db.connection import Connection

MAX_SIGHTINGS: Final = 5_000
"""New issues, and as many regressions, that a dry run looks at: the newest."""
MAX_ISSUES: Final = 500
"""Issues whose counts a dry run goes through: those with the most events."""
_HEARD: Final = "i.status NOT IN ('ignored', 'muted') AND p.deleted_secs IS NULL"


@attrs.frozen
class Seen:
    """A sighting that a rule would have fired for."""

    at_ms: int
    kind: str
    subject: Subject
    place: Place


def sightings_since(conn: Connection, rule: Rule, since_ms: int) -> tuple[list[Seen], bool]:
    """Return what a rule would have found among new issues and regressions, and whether that is all of it.

    When it happened the issue was unresolved, whatever it is now. The HTTP status is that of the nearest sample.
    """
    found: list[Seen] = []
    payloads = PayloadReader()
    scope, scoped = _scope(rule)
    new = conn.execute(
        f"SELECT i.first_seen_ms, {COLUMNS} FROM issues AS i JOIN projects AS p ON p.no = i.project_no"
        f" WHERE i.first_seen_ms >= ? AND p.deleted_secs IS NULL{scope} ORDER BY i.first_seen_ms DESC LIMIT ?",
        (since_ms, *scoped, MAX_SIGHTINGS),
    ).fetchall()
    back = conn.execute(
        f"SELECT s.changed_ms, {COLUMNS} FROM status_changes AS s JOIN issues AS i ON i.id = s.issue_id"
        " JOIN projects AS p ON p.no = i.project_no"
        f" WHERE s.reason = ? AND s.changed_ms >= ? AND p.deleted_secs IS NULL{scope} ORDER BY s.id DESC LIMIT ?",
        (REASON_REGRESSION, since_ms, *scoped, MAX_SIGHTINGS),
    ).fetchall()
    for rows, is_regression in ((new, False), (back, True)):
        for at_ms, *columns in rows:
            subject = Subject.from_row(tuple(columns))
            place = _place_of(conn, subject, at_ms) if is_regression else first_place(conn, subject.issue_id)
            http_status = None
            if asks_for_http_status([rule]):
                http_status = http_status_at(conn, payloads, subject.issue_id, at_ms)
            kind = sighting_kind(rule, _sighting(subject, place, http_status, is_regression=is_regression))
            if kind is not None:
                found.append(Seen(at_ms, kind, subject, place))
    found.sort(key=lambda seen: seen.at_ms)
    return found, len(new) < MAX_SIGHTINGS and len(back) < MAX_SIGHTINGS


def _sighting(subject: Subject, place: Place, http_status: int | None, *, is_regression: bool) -> Sighting:
    return Sighting(
        project_no=subject.project.no,
        is_regression=is_regression,
        status=Status.UNRESOLVED,
        environment=place.environment,
        release=place.release,
        source=subject.source,
        route=subject.route,
        http_status=http_status,
    )


def _place_of(conn: Connection, subject: Subject, at_ms: int) -> Place:
    """Return where the event occurred that brought an issue back, or where it was last seen by then."""
    day = days.day_of(at_ms)
    if day in days.event_days(conn):
        row = conn.execute(
            f"SELECT release, environment FROM {days.event_table(day)} WHERE received_ms = ? AND fingerprint_id IN"
            " (SELECT id FROM issue_fingerprints WHERE issue_id = ?) ORDER BY id LIMIT 1",
            (at_ms, subject.issue_id),
        ).fetchone()
        if row is not None:
            return Place(*row)
    row = conn.execute(
        "SELECT release, environment FROM issue_counts WHERE issue_id = ? AND first_seen_ms <= ?"
        " ORDER BY last_seen_ms DESC LIMIT 1",
        (subject.issue_id, at_ms),
    ).fetchone()
    return Place(*row) if row is not None else first_place(conn, subject.issue_id)


def busiest_issues(
    conn: Connection, rule: Rule, since_ms: int, *, more_than: int, fingerprint: str | None, route: str | None
) -> tuple[list[int], bool]:
    """Return the issues that had more events than so many since, and whether these are all."""
    scope, scoped = _scope(rule)
    if fingerprint is not None:
        scope += " AND i.id IN (SELECT issue_id FROM issue_fingerprints WHERE fingerprint = ?)"
        scoped.append(fingerprint)
    elif route is not None:
        scope += " AND i.route_or_procedure = ?"
        scoped.append(route)
    where, chosen = _filters(rule, "c")
    rows = conn.execute(
        "SELECT i.id FROM event_counts_hourly AS c CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id"
        " CROSS JOIN issues AS i ON i.id = f.issue_id CROSS JOIN projects AS p ON p.no = i.project_no"
        f" WHERE c.hour_ms >= ? AND {_HEARD}{where}{scope}"
        " GROUP BY i.id HAVING sum(c.count) > ? ORDER BY sum(c.count) DESC LIMIT ?",
        (
            since_ms // MS_PER_HOUR * MS_PER_HOUR,
            *chosen,
            *scoped,
            0 if route is not None else more_than,  # of a route, many an issue with few events counts too
            MAX_ISSUES + 1,
        ),
    ).fetchall()
    return [issue_id for (issue_id,) in rows[:MAX_ISSUES]], len(rows) <= MAX_ISSUES


def pieces_of_day(
    conn: Connection, rule: Rule, day: str, piece_ms: int, issue_ids: Collection[int] | None
) -> dict[int, Counter[int]]:
    """Return the stored events of a day in pieces: by issue if `issue_ids` says which, else by project number."""
    where, chosen = _filters(rule, "e")
    if rule.release_filter is not None:
        where += " AND e.release = ?"
        chosen.append(rule.release_filter)
    among = ""
    scope, scoped = _scope(rule)
    if issue_ids is not None:
        among = (
            " AND e.fingerprint_id IN"
            " (SELECT id FROM issue_fingerprints WHERE issue_id IN (SELECT value FROM json_each(?)))"
        )
        chosen.append(json.dumps(list(issue_ids)))
    rows = conn.execute(
        f"WITH counted AS MATERIALIZED (SELECT e.fingerprint_id, e.received_ms / {piece_ms:d} AS piece, count(*) AS events"
        f" FROM {days.event_table(day)} AS e WHERE TRUE{where}{among} GROUP BY 1, 2)"
        f" SELECT {'i.id' if issue_ids is not None else 'i.project_no'}, piece, sum(events) FROM counted"
        " CROSS JOIN issue_fingerprints AS f ON f.id = fingerprint_id CROSS JOIN issues AS i ON i.id = f.issue_id"
        f" CROSS JOIN projects AS p ON p.no = i.project_no WHERE {_HEARD}{scope} GROUP BY 1, 2",
        (*chosen, *scoped),
    )
    found: dict[int, Counter[int]] = {}
    for owner, piece, events in rows:
        found.setdefault(owner, Counter())[piece * piece_ms] += events
    return found


def hours_by_project(conn: Connection, rule: Rule, start_ms: int, end_ms: int) -> dict[int, Counter[int]]:
    """Return the events by the hour of each project, by its number, of hours that begin in a span."""
    where, chosen = _filters(rule, "c")
    scope, scoped = _scope(rule)
    rows = conn.execute(
        "SELECT i.project_no, c.hour_ms, sum(c.count) FROM event_counts_hourly AS c"
        " CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id CROSS JOIN issues AS i ON i.id = f.issue_id"
        " CROSS JOIN projects AS p ON p.no = i.project_no"
        f" WHERE c.hour_ms >= ? AND c.hour_ms < ? AND {_HEARD}{where}{scope} GROUP BY 1, 2",
        (start_ms, end_ms, *chosen, *scoped),
    )
    found: dict[int, Counter[int]] = {}
    for project_no, hour_ms, events in rows:
        found.setdefault(project_no, Counter())[hour_ms] += events
    return found


def was_thinned(conn: Connection, since_ms: int) -> bool:
    """Whether events were only counted, and not stored, since then."""
    row = conn.execute(
        "SELECT 1 FROM project_counts_hourly WHERE hour_ms >= ? AND thinned > 0 LIMIT 1", (since_ms - MS_PER_HOUR,)
    ).fetchone()
    return row is not None


def _scope(rule: Rule) -> tuple[str, list[str | int]]:
    """The condition for the issues ``i`` that a rule is about, whatever the event, and its values."""
    where = ""
    values: list[str | int] = []
    for column, value in (("project_no", rule.project_no), ("route_or_procedure", rule.route_filter)):
        if value is not None:
            where += f" AND i.{column} = ?"
            values.append(value)
    return where, values


def _filters(rule: Rule, table: str) -> tuple[str, list[str | int]]:
    """The condition for the rows of counts or events that a rule is about, and its values."""
    where = ""
    values: list[str | int] = []
    for column, value in (("environment", rule.environment_filter), ("source", rule.source_filter)):
        if value is not None:
            where += f" AND {table}.{column} = ?"
            values.append(value)
    return where, values
