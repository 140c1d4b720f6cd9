"""How many events each issue had in a span of time, from the counts that the store keeps. Reads alone."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.judging.judging import RECENT_MS
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.events.batch import RECENT_BUCKET_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.db.connection import Connection

_HEARD: Final = "i.status NOT IN ('ignored', 'muted')"
"""Issues that anybody wants to hear of."""


@attrs.frozen
class IssueCount:
    """Events of an issue, in one environment and from one source."""

    project_no: int
    issue_id: int
    route: str | None
    environment: str
    source: str
    count: int


class Counts:
    """Counts of one moment, each read at most once.

    Ten seconds are told apart in the last two hours, whole hours before.
    """

    def __init__(self, conn: Connection, now_ms: int) -> None:
        self._conn = conn
        self.now_ms = now_ms
        self._recent_from_ms = now_ms - RECENT_MS
        self._read: dict[tuple[int, int], list[IssueCount]] = {}
        self._in_release: dict[tuple[str, int], bool] = {}
        self._sums: dict[tuple[object, ...], tuple[Counter[int], Counter[int]]] = {}
        """By issue and by project number, of what a rule is about and of when."""

    def snap(self, start_ms: int) -> int:
        """Return the first moment, not before `start_ms`, from which events can be counted."""
        step_ms = RECENT_BUCKET_MS if start_ms >= self._recent_from_ms else MS_PER_HOUR
        return -(-start_ms // step_ms) * step_ms

    def between(self, start_ms: int, end_ms: int) -> list[IssueCount]:
        """Return the events from `start_ms` to before `end_ms`, both of which were snapped (or `end_ms` is now).

        Leaves out the issues that are ignored or muted.
        """
        asked = (start_ms, end_ms)
        if asked not in self._read:
            border_ms = self.border(start_ms, end_ms)
            rows = self._count("event_counts_hourly", "hour_ms", start_ms, border_ms)
            rows += self._count("event_counts_recent", "bucket_ms", border_ms, end_ms)
            self._read[asked] = rows
        return self._read[asked]

    def border(self, start_ms: int, end_ms: int) -> int:
        """Return up to where a span is counted by whole hours; behind that, ten seconds are told apart."""
        if start_ms >= self._recent_from_ms:
            return start_ms
        # Ten seconds are kept for an hour longer than is promised, so that the two meet at a full hour.
        return min(max(start_ms, self._recent_from_ms // MS_PER_HOUR * MS_PER_HOUR), end_ms)

    def pieces(self, piece_ms: int, since_ms: int, silenced: str) -> list[tuple[int, str, str, int, int]]:
        """Return (project number, environment, source, begin of the piece, events) without the fingerprints of a query."""
        if piece_ms == RECENT_BUCKET_MS:
            sql = (
                "SELECT project_no, environment, source, bucket_ms, sum(count) FROM event_counts_recent"
                f" WHERE bucket_ms >= ? AND fingerprint_id NOT IN ({silenced}) GROUP BY bucket_ms, 1, 2, 3"
            )
        else:
            sql = (
                "SELECT f.project_no, c.environment, c.source, c.hour_ms, sum(c.count) FROM event_counts_hourly AS c"
                " CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id"
                f" WHERE c.hour_ms >= ? AND c.fingerprint_id NOT IN ({silenced}) GROUP BY c.hour_ms, 1, 2, 3"
            )
        return self._conn.execute(sql, (since_ms,)).fetchall()

    def _count(self, table: str, column: str, start_ms: int, end_ms: int) -> list[IssueCount]:
        if start_ms >= end_ms:
            return []
        rows = self._conn.execute(
            "WITH counted AS MATERIALIZED (SELECT fingerprint_id, environment, source, sum(count) AS events"
            f" FROM {table} WHERE {column} >= ? AND {column} < ? GROUP BY fingerprint_id, environment, source)"
            " SELECT i.project_no, i.id, i.route_or_procedure, c.environment, c.source, sum(c.events) FROM counted AS c"
            " CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id"
            f" CROSS JOIN issues AS i ON i.id = f.issue_id AND {_HEARD}"
            " CROSS JOIN projects AS p ON p.no = i.project_no AND p.deleted_secs IS NULL"
            " GROUP BY i.id, c.environment, c.source",
            (start_ms, end_ms),
        )
        return [IssueCount(*row) for row in rows]

    def by_issue(self, rule: Rule, start_ms: int, end_ms: int) -> Counter[int]:
        """Return the events of a span that a rule is about, by issue.

        A release is one of the issue: with `release_filter`, all events of the issues count that have occurred in it.
        """
        return self._sum(rule, start_ms, end_ms)[0]

    def by_project(self, rule: Rule, start_ms: int, end_ms: int) -> Counter[int]:
        """Return the same by project number."""
        return self._sum(rule, start_ms, end_ms)[1]

    def of_issue(self, rule: Rule, issue_id: int, start_ms: int, end_ms: int) -> int:
        """Return the events of a span of one issue that a rule is about; those of long ago are not read of all issues."""
        border_ms = self.border(start_ms, end_ms)
        count = self.by_issue(rule, border_ms, end_ms)[issue_id] if border_ms < end_ms else 0
        if start_ms < border_ms and self._is_about(rule, issue_id):
            hours = hours_of_issue(self._conn, rule, issue_id, start_ms, border_ms)
            count += sum(events for hour_ms, events in hours.items() if hour_ms >= start_ms)
        return count

    def _is_about(self, rule: Rule, issue_id: int) -> bool:
        if rule.release_filter is not None and not self._occurred_in(rule.release_filter, {issue_id}):
            return False
        row = self._conn.execute(
            f"SELECT i.route_or_procedure FROM issues AS i WHERE i.id = ? AND {_HEARD}", (issue_id,)
        ).fetchone()
        return row is not None and rule.route_filter in {None, row[0]}

    def hour_by_issue(self, rule: Rule, hour_ms: int) -> Counter[int]:
        """Return the events of an hour that is over that a rule is about, by issue."""
        key = (_chosen(rule), hour_ms)
        if key not in self._sums:
            rows = self._count("event_counts_hourly", "hour_ms", hour_ms, hour_ms + MS_PER_HOUR)
            self._sums[key] = self._sum_up(rule, rows)
        return self._sums[key][0]

    def _sum(self, rule: Rule, start_ms: int, end_ms: int) -> tuple[Counter[int], Counter[int]]:
        key = (_chosen(rule), start_ms, end_ms)
        if key not in self._sums:
            self._sums[key] = self._sum_up(rule, self.between(start_ms, end_ms))
        return self._sums[key]

    def _sum_up(self, rule: Rule, rows: list[IssueCount]) -> tuple[Counter[int], Counter[int]]:
        found = [
            row
            for row in rows
            if rule.project_no in {None, row.project_no}
            and rule.environment_filter in {None, row.environment}
            and rule.source_filter in {None, row.source}
            and rule.route_filter in {None, row.route}
        ]
        if rule.release_filter is not None:
            occurred = self._occurred_in(rule.release_filter, {row.issue_id for row in found})
            found = [row for row in found if row.issue_id in occurred]
        issues: Counter[int] = Counter()
        projects: Counter[int] = Counter()
        for row in found:
            issues[row.issue_id] += row.count
            projects[row.project_no] += row.count
        return issues, projects

    def _occurred_in(self, release: str, issue_ids: set[int]) -> set[int]:
        unknown = [issue_id for issue_id in issue_ids if (release, issue_id) not in self._in_release]
        rows = self._conn.execute(
            "SELECT asked.value FROM json_each(?) AS asked"
            " WHERE EXISTS (SELECT 1 FROM issue_counts AS c WHERE c.issue_id = asked.value AND c.release = ?)",
            (json.dumps(unknown), release),
        )
        found = {issue_id for (issue_id,) in rows}
        self._in_release.update(((release, issue_id), issue_id in found) for issue_id in unknown)
        return {issue_id for issue_id in issue_ids if self._in_release[release, issue_id]}


def _chosen(rule: Rule) -> tuple[object, ...]:
    """Return what makes a difference to which events a rule is about."""
    return (rule.project_no, rule.environment_filter, rule.source_filter, rule.route_filter, rule.release_filter)


def hours_of_issue(conn: Connection, rule: Rule, issue_id: int, start_ms: int, end_ms: int) -> dict[int, int]:
    """Return the events of an issue that a rule is about, by the hour; hours without any are not in it."""
    rows = conn.execute(
        "SELECT c.hour_ms, c.environment, c.source, c.count FROM issue_fingerprints AS f"
        " CROSS JOIN event_counts_hourly AS c ON c.fingerprint_id = f.id"
        " WHERE f.issue_id = ? AND c.hour_ms >= ? AND c.hour_ms < ?",
        (issue_id, start_ms // MS_PER_HOUR * MS_PER_HOUR, end_ms),
    )
    hours: dict[int, int] = {}
    for hour_ms, environment, source, count in rows:
        if rule.environment_filter in {None, environment} and rule.source_filter in {None, source}:
            hours[hour_ms] = hours.get(hour_ms, 0) + count
    return hours


def first_seen_ms(conn: Connection, project_no: int) -> int:
    """Return when the first of a project's issues was seen; it has one."""
    statuses: Iterable[str] = ("unresolved", "resolved", "ignored", "muted")
    # One look at an end of an index for each; over all statuses at once it would read all of it.
    sql = " UNION ALL ".join(
        f"SELECT min(first_seen_ms) AS first_ms FROM issues WHERE project_no = ?1 AND status = '{status}'"
        for status in statuses
    )
    (first_ms,) = conn.execute(f"SELECT min(first_ms) FROM ({sql})", (project_no,)).fetchone()
    return int(first_ms or 0)
