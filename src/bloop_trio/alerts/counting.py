"""How many events each issue had in a span of time, from the counts that the store keeps. Reads alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.judging import RECENT_MS
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.batch import RECENT_BUCKET_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bloop_trio.alerts.rule import Rule
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
            # Whole hours up to where the ten seconds are all there; they are kept for an hour longer than is promised.
            border_ms = min(max(start_ms, self._recent_from_ms // MS_PER_HOUR * MS_PER_HOUR), end_ms)
            rows = self._count("event_counts_hourly", "hour_ms", start_ms, border_ms)
            rows += self._count("event_counts_recent", "bucket_ms", border_ms, end_ms)
            self._read[asked] = rows
        return self._read[asked]

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

    def of_rule(self, rule: Rule, start_ms: int, end_ms: int) -> list[IssueCount]:
        """Return the events of a span that a rule is about.

        A release is one of the issue: with `release_filter`, all events of the issues count that have occurred in it.
        """
        found = [
            row
            for row in self.between(start_ms, end_ms)
            if rule.project_no in {None, row.project_no}
            and rule.environment_filter in {None, row.environment}
            and rule.source_filter in {None, row.source}
            and rule.route_filter in {None, row.route}
        ]
        if rule.release_filter is None:
            return found
        occurred = self._occurred_in(rule.release_filter, {row.issue_id for row in found})
        return [row for row in found if row.issue_id in occurred]

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
