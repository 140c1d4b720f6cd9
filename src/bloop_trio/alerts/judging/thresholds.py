"""From counts that are over a threshold to alerts: what the store says of the issues decides. Reads alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.judging.firing import Firing, is_held_back
from bloop_trio.alerts.judging.judging import may_alert
from bloop_trio.alerts.judging.subjects import (
    about_issue,
    about_project,
    place_at,
    read_projects,
    read_story,
    read_subjects,
)
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bloop_trio.alerts.rules.rule import Rule, Threshold
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader


MAX_WALKED: Final = 50_000
"""Stored events that are looked at for one rule with a release: the newest."""


@attrs.frozen(kw_only=True)
class Excess:
    """More events than a rule allows, by the counts alone."""

    rule: Rule
    config: Threshold
    project_no: int
    counts: Mapping[int, int]
    """Events in the rule's window, by issue: of one, or of all with the rule's route."""


def judge_excesses(
    conn: Connection, excesses: Iterable[Excess], *, payloads: PayloadReader, cooldown_secs: int, now_ms: int
) -> list[Firing]:
    """Return what is to be fired: without the issues that nobody wants to hear of, and what cools down."""
    firings: list[Firing] = []
    for excess in excesses:
        firing = _judge(conn, excess, payloads, cooldown_secs, now_ms)
        if firing is not None:
            firings.append(firing)
    return firings


def _judge(conn: Connection, excess: Excess, payloads: PayloadReader, cooldown_secs: int, now_ms: int) -> Firing | None:
    rule, config = excess.rule, excess.config
    subjects = {
        issue_id: subject
        for issue_id, subject in read_subjects(conn, excess.counts).items()
        if may_alert(subject.status) and rule.route_filter in {None, subject.route}
    }
    count = sum(excess.counts[issue_id] for issue_id in subjects)
    if count <= config.threshold:
        return None
    one = None if config.route is not None else next(iter(subjects.values()))
    name = one.fingerprint if one is not None else config.route or ""
    if is_held_back(conn, rule.id, excess.project_no, name, cooldown_secs=cooldown_secs, now_ms=now_ms):
        return None
    if rule.release_filter is not None:
        count = count_in_release(conn, rule, subjects, now_ms - config.window_secs * MS_PER_SEC, now_ms)
        if count <= config.threshold:
            return None
    figures = {"count": count, "threshold": config.threshold, "window_secs": config.window_secs}
    if one is not None:
        place = place_at(conn, one.issue_id, one.last_seen_ms)
        story = read_story(conn, payloads, one, place, one.last_seen_ms)
        content = about_issue(rule, "threshold", story, now_ms=now_ms, figures=figures)
    else:
        project = read_projects(conn, [excess.project_no]).get(excess.project_no)
        if project is None:
            return None
        content = about_project(rule, "threshold", project, now_ms=now_ms, figures=figures, route=config.route)
    return Firing(rule=rule, project_no=excess.project_no, subject=name, kind="threshold", content=content)


def count_in_release(conn: Connection, rule: Rule, issue_ids: Iterable[int], first_ms: int, last_ms: int) -> int:
    """Return the stored events of issues that a rule with a release is about, received from `first_ms` to `last_ms`.

    There are no short-lived counts by release, so the events themselves are counted, newest first, at most `MAX_WALKED`.
    """
    fingerprints = conn.execute(
        "SELECT f.id FROM json_each(?) AS asked JOIN issue_fingerprints AS f ON f.issue_id = asked.value",
        (json.dumps(list(issue_ids)),),
    ).fetchall()
    count, left = 0, MAX_WALKED
    for day in days.event_days(conn):
        if days.day_start_ms(day) > last_ms:
            continue
        for (fingerprint_id,) in fingerprints:
            rows = conn.execute(
                f"SELECT received_ms, release, environment, source FROM {days.event_table(day)}"
                " WHERE fingerprint_id = ? ORDER BY id DESC LIMIT ?",
                (fingerprint_id, left),
            )
            for received_ms, release, environment, source in rows:
                left -= 1
                if received_ms < first_ms:
                    break
                count += (
                    received_ms <= last_ms
                    and release == rule.release_filter
                    and rule.environment_filter in {None, environment}
                    and rule.source_filter in {None, source}
                )
        if days.day_start_ms(day) <= first_ms:
            break
    return count
