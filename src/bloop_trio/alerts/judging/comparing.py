"""The rules that compare rates, judged by what the store has counted. Reads alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from bloop_trio.alerts.judging.baselines import Baselines
from bloop_trio.alerts.judging.counting import Counts, first_seen_ms
from bloop_trio.alerts.judging.firing import WHOLE_PROJECT, Firing, is_held_back
from bloop_trio.alerts.judging.rates import baseline_ms, compare_move, compare_spike, compare_week, week_hours
from bloop_trio.alerts.judging.subjects import (
    about_issue,
    about_project,
    place_at,
    read_projects,
    read_story,
    read_subjects,
)
from bloop_trio.alerts.judging.threshold_counts import issues_named
from bloop_trio.alerts.judging.watching import read_unwatched
from bloop_trio.alerts.rules.rule import Escalating, Mover, Spike
from bloop_trio.clock import MS_PER_DAY, MS_PER_SEC
from bloop_trio.retention.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.alerts.content import AlertKind
    from bloop_trio.alerts.judging.judging import RuleBook
    from bloop_trio.alerts.judging.rates import Span
    from bloop_trio.alerts.judging.subjects import Subject
    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader

MAX_ISSUES: Final = 1_000
"""Of one rule, that are compared with their own past at a time: those with the most events, or that changed most."""


def judge_rates(
    conn: Connection,
    book: RuleBook,
    *,
    payloads: PayloadReader,
    cooldown_secs: int,
    retention: RetentionConfig,
    now_ms: int,
) -> list[Firing]:
    """Return what is to be fired by the rules that compare rates."""
    kept_ms = read_settings(conn, retention).hourly_counts_days * MS_PER_DAY
    rates = _Rates(conn, payloads, cooldown_secs, now_ms - kept_ms, now_ms)
    firings: list[Firing] = []
    for rule in book.spikes:
        if isinstance(rule.config, Spike):
            firings += rates.spikes(rule, rule.config)
    for rule in book.escalating:
        if isinstance(rule.config, Escalating):
            firings += rates.escalating(rule, rule.config)
    for rule in book.movers:
        if isinstance(rule.config, Mover):
            firings += rates.movers(rule, rule.config)
    return firings


class _Rates:
    """One evaluation: what several rules need is read once."""

    def __init__(
        self, conn: Connection, payloads: PayloadReader, cooldown_secs: int, kept_from_ms: int, now_ms: int
    ) -> None:
        self._conn = conn
        self._payloads = payloads
        self._cooldown_secs = cooldown_secs
        self._kept_from_ms = kept_from_ms
        self._now_ms = now_ms
        self._counts = Counts(conn, now_ms)
        self._baselines = Baselines(self._counts)
        self._subjects: dict[int, Subject] = {}
        # What is not kept was there, and is no more: of that, nothing can be said either.
        self._unwatched: list[Span] = [(0, kept_from_ms)]
        self._unwatched += [
            (max(start, kept_from_ms), end) for start, end in read_unwatched(conn) if end > kept_from_ms
        ]

    def _is_held_back(self, rule: Rule, project_no: int, subject: str) -> bool:
        return is_held_back(
            self._conn, rule.id, project_no, subject, cooldown_secs=self._cooldown_secs, now_ms=self._now_ms
        )

    def _read_subjects(self, issue_ids: list[int]) -> dict[int, Subject]:
        """Return issues by their ids, each read once."""
        unknown = [issue_id for issue_id in issue_ids if issue_id not in self._subjects]
        if unknown:
            self._subjects |= read_subjects(self._conn, unknown)
        return {issue_id: self._subjects[issue_id] for issue_id in issue_ids if issue_id in self._subjects}

    def spikes(self, rule: Rule, config: Spike) -> list[Firing]:
        compare_ms = config.compare_window_secs * MS_PER_SEC
        middle_ms = self._counts.snap(self._now_ms - compare_ms)
        if config.fingerprint is not None:
            return self._spikes_of_issue(rule, config, config.fingerprint, middle_ms)
        now = self._counts.by_project(rule, middle_ms, self._now_ms + 1)
        asked = {
            no for no, n in now.items() if n >= config.min_count and not self._is_held_back(rule, no, WHOLE_PROJECT)
        }
        if not asked:
            return []
        start_ms = self._counts.snap(middle_ms - config.baseline_window_secs * MS_PER_SEC)
        before = self._baselines.by_project(rule, start_ms, middle_ms)
        firings = []
        for project_no, names in read_projects(self._conn, asked).items():
            length_ms = baseline_ms(
                (start_ms, middle_ms),
                first_ms=first_seen_ms(self._conn, project_no),
                compare_ms=compare_ms,
                unwatched=self._unwatched,
            )
            if length_ms is None:
                continue
            comparison = compare_spike(config, now[project_no], before[project_no], length_ms)
            if comparison.is_over:
                content = about_project(rule, "spike", names, now_ms=self._now_ms, figures=comparison.figures)
                firings.append(
                    Firing(rule=rule, project_no=project_no, subject=WHOLE_PROJECT, kind="spike", content=content)
                )
        return firings

    def _spikes_of_issue(self, rule: Rule, config: Spike, fingerprint: str, middle_ms: int) -> list[Firing]:
        start_ms = self._counts.snap(middle_ms - config.baseline_window_secs * MS_PER_SEC)
        firings = []
        for subject in self._read_named(rule, fingerprint).values():
            now = self._counts.of_issue(rule, subject.issue_id, middle_ms, self._now_ms + 1)
            length_ms = baseline_ms(
                (start_ms, middle_ms),
                first_ms=subject.first_seen_ms,
                compare_ms=config.compare_window_secs * MS_PER_SEC,
                unwatched=self._unwatched,
            )
            if now < config.min_count or length_ms is None:
                continue
            before = self._counts.of_issue(rule, subject.issue_id, start_ms, middle_ms)
            comparison = compare_spike(config, now, before, length_ms)
            if comparison.is_over:
                firings += self._fire_about(rule, "spike", subject, comparison.figures)
        return firings

    def escalating(self, rule: Rule, config: Escalating) -> list[Firing]:
        start_ms = self._counts.snap(self._now_ms - config.window_secs * MS_PER_SEC)
        now = self._counts.by_issue(rule, start_ms, self._now_ms + 1)
        if config.fingerprint is not None:
            now = Counter({issue_id: now[issue_id] for issue_id in self._read_named(rule, config.fingerprint)})
        asked = [issue_id for issue_id, count in now.most_common(MAX_ISSUES) if count >= config.min_count]
        firings: list[Firing] = []
        week = [(hour_ms, self._counts.hour_by_issue(rule, hour_ms)) for hour_ms in week_hours(config, self._now_ms)]
        for issue_id, subject in self._read_subjects(asked).items():
            known_from_ms = max(subject.first_seen_ms, self._kept_from_ms)
            if known_from_ms >= self._now_ms - MS_PER_DAY:
                continue  # nothing to compare with, and with many new issues that is soon said
            hours = {hour_ms: counts[issue_id] for hour_ms, counts in week if issue_id in counts}
            comparison = compare_week(
                config,
                now[issue_id],
                hours,
                now_ms=self._now_ms,
                known_from_ms=known_from_ms,
                unwatched=self._unwatched,
            )
            if comparison is None or not comparison.is_over:
                continue
            firings += self._fire_about(rule, "escalating", subject, comparison.figures)
        return firings

    def movers(self, rule: Rule, config: Mover) -> list[Firing]:
        window_ms = config.window_secs * MS_PER_SEC
        middle_ms = self._counts.snap(self._now_ms - window_ms)
        start_ms = self._counts.snap(middle_ms - window_ms)
        spans = ((start_ms, middle_ms), (middle_ms, self._now_ms))
        now = self._counts.by_issue(rule, middle_ms, self._now_ms + 1)
        before = self._counts.by_issue(rule, start_ms, middle_ms)
        known = now.keys() | before.keys()
        if config.fingerprint is not None:
            known &= self._read_named(rule, config.fingerprint).keys()
        moves = {
            issue_id: move
            for issue_id in known
            if (move := compare_move(config, now[issue_id], before[issue_id], spans, self._unwatched)) is not None
            and move.is_over(config)
        }
        largest = sorted(moves, key=lambda issue_id: (-abs(moves[issue_id].change), issue_id))[:MAX_ISSUES]
        firings: list[Firing] = []
        for issue_id, subject in self._read_subjects(largest).items():
            firings += self._fire_about(rule, "mover", subject, moves[issue_id].figures)
        return firings

    def _read_named(self, rule: Rule, fingerprint: str) -> dict[int, Subject]:
        """Return the issues that a rule means by a fingerprint, by their ids: one of each project that has it."""
        named = issues_named(self._conn, fingerprint)
        return self._read_subjects([issue_id for no, issue_id in named.items() if rule.project_no in {None, no}])

    def _fire_about(self, rule: Rule, kind: AlertKind, subject: Subject, figures: Mapping[str, float]) -> list[Firing]:
        """Return the firing of a rule about an issue, unless it is held back."""
        if self._is_held_back(rule, subject.project.no, subject.fingerprint):
            return []
        place = place_at(self._conn, subject.issue_id, subject.last_seen_ms)
        story = read_story(self._conn, self._payloads, subject, place, subject.last_seen_ms)
        content = about_issue(rule, kind, story, now_ms=self._now_ms, figures=figures)
        return [
            Firing(rule=rule, project_no=subject.project.no, subject=subject.fingerprint, kind=kind, content=content)
        ]
