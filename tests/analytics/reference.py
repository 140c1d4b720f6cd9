"""The insights once more, in plain Python: what the SQL is held against.

Works on the rows of the projection's tables, and shares nothing with the package but their order of columns.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from itertools import combinations
from typing import Any, Final

import attrs

HOUR_MS: Final = 3_600_000


@attrs.frozen(kw_only=True)
class Tables:
    """The rows of the projection."""

    hours: list[tuple[int, int, int, str, int]]
    issues: list[tuple[int, int, str, str, str, int, int]]
    issue_releases: list[tuple[int, int, str, str, int, int, int]]


@attrs.frozen(kw_only=True)
class Request:
    """What is asked for."""

    projects: tuple[int, ...]
    hours: int
    environment: str | None
    now_ms: int

    @property
    def running_ms(self) -> int:
        return self.now_ms - self.now_ms % HOUR_MS


def hourly(tables: Tables, asked: Request, hours: int) -> dict[int, dict[int, int]]:
    """Return the events of each issue by the hour, of the hours that began at most so many hours ago."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for issue_id, project_no, hour_ms, environment, count in tables.hours:
        is_asked = project_no in asked.projects and asked.environment in {None, environment}
        if is_asked and asked.now_ms - hours * HOUR_MS <= hour_ms <= asked.now_ms:
            found[issue_id][hour_ms] += count
    return {issue_id: dict(by_hour) for issue_id, by_hour in found.items()}


def fingerprints(tables: Tables) -> dict[int, str]:
    return {issue[0]: issue[2] for issue in tables.issues}


def first_seen(tables: Tables, asked: Request) -> dict[int, int]:
    """Return when each issue was first seen, in the environment if one is asked for."""
    if asked.environment is None:
        return {issue[0]: issue[5] for issue in tables.issues}
    found: dict[int, int] = {}
    for issue_id, _, _, environment, _, first_ms, _ in tables.issue_releases:
        if environment == asked.environment:
            found[issue_id] = min(first_ms, found.get(issue_id, first_ms))
    return found


def spikes(tables: Tables, asked: Request, threshold: float) -> dict[str, tuple[int, int, float, float, float, int]]:
    """Return (hour, count, mean, deviation, z-score, hours) of each error that has a spike."""
    names, seen = fingerprints(tables), first_seen(tables, asked)
    found = {}
    for issue_id, by_hour in hourly(tables, asked, asked.hours).items():
        begin = min(*by_hour, seen[issue_id] - seen[issue_id] % HOUR_MS)
        series = [
            by_hour.get(hour_ms, 0)
            for hour_ms in range(begin, asked.running_ms, HOUR_MS)
            if hour_ms >= asked.now_ms - asked.hours * HOUR_MS
        ]
        if len(series) < 2 or len(set(series)) == 1:
            continue
        mean, deviation = statistics.fmean(series), statistics.stdev(series)
        count, hour_ms = max((count, hour_ms) for hour_ms, count in by_hour.items())
        zscore = (count - mean) / deviation
        if zscore >= threshold:
            found[names[issue_id]] = (hour_ms, count, mean, deviation, zscore, len(series))
    return found


def movers(tables: Tables, asked: Request) -> dict[str, tuple[int, int, float, int | None]]:
    """Return (events, events before, per cent, when the move began) of each error with events in either window."""
    names = fingerprints(tables)
    found = {}
    first_ms = min(
        hour_ms
        for hour_ms in range(asked.running_ms - 800 * HOUR_MS, asked.running_ms + 1, HOUR_MS)
        if hour_ms >= asked.now_ms - asked.hours * HOUR_MS
    )
    for issue_id, by_hour in hourly(tables, asked, 2 * asked.hours).items():
        now = {hour_ms: count for hour_ms, count in by_hour.items() if hour_ms >= first_ms}
        before = {hour_ms: count for hour_ms, count in by_hour.items() if hour_ms < first_ms}
        events, previous = sum(now.values()), sum(before.values())
        moved_ms = None
        if events > previous:
            moved_ms = min((h for h, n in now.items() if n > max(before.values(), default=0)), default=None)
        elif events < previous:
            average = previous / asked.hours
            stayed = [h for h, n in now.items() if n >= average and h < asked.running_ms]
            moved_ms = max(stayed) + HOUR_MS if stayed else first_ms
            if moved_ms >= asked.running_ms:
                moved_ms = None
        per_cent = (events - previous) / previous * 100 if previous else (100.0 if events else 0.0)
        found[names[issue_id]] = (events, previous, per_cent, moved_ms)
    return found


def correlations(tables: Tables, asked: Request) -> dict[tuple[str, str], tuple[float, int, float]]:
    """Return (coefficient, shared hours, overlap) of each pair of errors that has one."""
    names = fingerprints(tables)
    project_of = {issue[0]: issue[1] for issue in tables.issues}
    series = {}
    for issue_id, by_hour in hourly(tables, asked, asked.hours).items():
        complete = {hour_ms: count for hour_ms, count in by_hour.items() if hour_ms < asked.running_ms}
        if len(complete) >= 6 and len(set(complete.values())) > 1:
            series[issue_id] = complete
    found = {}
    for a, b in combinations(series, 2):
        shared = sorted(series[a].keys() & series[b].keys())
        of_a, of_b = [series[a][hour] for hour in shared], [series[b][hour] for hour in shared]
        if project_of[a] == project_of[b] and len(shared) >= 6 and len(set(of_a)) > 1 and len(set(of_b)) > 1:
            first, second = sorted((names[a], names[b]))
            overlap = len(shared) / len(series[a].keys() | series[b].keys())
            found[first, second] = (statistics.correlation(of_a, of_b), len(shared), overlap)
    return found


def releases(tables: Tables, asked: Request) -> list[tuple[Any, ...]]:
    """Return (project, release, first seen, events, errors, new errors, delta, score), the newest first."""
    rows = [row for row in tables.issue_releases if row[1] in asked.projects]
    first: dict[tuple[int, str], int] = {}
    for _, project_no, release, _, _, first_ms, _ in rows:
        first[project_no, release] = min(first_ms, first.get((project_no, release), first_ms))
    answer = []
    for project_no in asked.projects:
        count_before = None
        own = sorted((first_ms, release) for (no, release), first_ms in first.items() if no == project_no)
        for first_ms, release in own:
            here = [row for row in rows if row[1] == project_no and row[2] == release]
            issues = {row[0] for row in here}
            earlier = {row[0] for row in rows if row[1] == project_no and first[project_no, row[2]] < first_ms}
            count, new = sum(row[4] for row in here), len(issues - earlier)
            score = 10.0 * new
            if count_before:
                score += (count - count_before) / count_before * 100
            delta = count - (count_before or 0)
            answer.append((project_no, release, first_ms, count, len(issues), new, delta, score))
            count_before = count
    return sorted(answer, key=lambda row: (row[2], -row[0], row[1]), reverse=True)


def environments(tables: Tables, asked: Request) -> dict[tuple[int, str], tuple[int, int, int, float, float, float]]:
    """Return (events, errors, hours, percentiles 50, 90 and 99) of each environment with events."""
    counts: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for _, project_no, hour_ms, environment, count in tables.hours:
        is_asked = project_no in asked.projects and asked.environment in {None, environment}
        if is_asked and asked.now_ms - asked.hours * HOUR_MS <= hour_ms <= asked.now_ms:
            counts[project_no, environment][hour_ms] += count
    found = {}
    for (project_no, environment), by_hour in counts.items():
        errors = {row[0] for row in tables.issue_releases if row[1] == project_no and row[3] == environment}
        values = sorted(by_hour.values())
        p50, p90, p99 = (percentile(values, share) for share in (0.5, 0.9, 0.99))
        found[project_no, environment] = (sum(values), len(errors), len(values), p50, p90, p99)
    return found


def percentile(values: list[int], share: float) -> float:
    """Return what `share` of sorted values are at most, between two of them in proportion."""
    position = share * (len(values) - 1)
    low = int(position)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (position - low)
