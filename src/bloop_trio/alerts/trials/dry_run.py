"""What a rule would have fired in the last days, had it been there."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.alerts.judging.counting import first_seen_ms, hours_of_issue
from bloop_trio.alerts.judging.judging import RECENT_MS
from bloop_trio.alerts.judging.series import Series
from bloop_trio.alerts.judging.subjects import (
    Story,
    about_issue,
    about_project,
    first_place,
    read_projects,
    read_subjects,
)
from bloop_trio.alerts.rules.rule import Escalating, Mover, Rule, Spike, Threshold
from bloop_trio.alerts.trials import history
from bloop_trio.alerts.trials.replay import (
    MINUTE_MS,
    Found,
    replay_escalating,
    replay_mover,
    replay_spike,
    replay_threshold,
)
from bloop_trio.alerts.trials.shapes import MAX_SHOWN, DryRun, shown
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, MS_PER_SEC
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.issues.events.batch import RECENT_BUCKET_MS
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.stored import days
from bloop_trio.retention.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import TypeVar

    from bloop_trio.alerts.content import AlertKind, Content
    from bloop_trio.alerts.judging.subjects import ProjectNames, Subject
    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.readers import Readers

    T = TypeVar("T")

DAYS: Final = 7
BUDGET_SECS: Final = 20.0
"""How long a dry run reads; what it has not come to by then it says."""


@attrs.define(eq=False, kw_only=True)
class _Run:
    """A dry run under way."""

    readers: Readers
    rule: Rule
    retention: RetentionConfig
    cooldown_ms: int
    now_ms: int
    since_ms: int
    reaches_back_to_ms: int
    notes: list[str] = attrs.field(factory=list)
    total: int = 0
    """Alerts that were found."""
    found: list[Content] = attrs.field(factory=list)
    """What the newest of them say, and some older ones."""

    def keep(self, found: Sequence[T], say: Callable[[T], Content]) -> None:
        """Count what was found, in the order of time, and keep of it what may be shown."""
        self.total += len(found)
        self.found += [say(one) for one in found[-MAX_SHOWN:]]

    async def sightings(self) -> None:
        seen, is_all = await self.readers.run(partial(history.sightings_since, rule=self.rule, since_ms=self.since_ms))
        if not is_all:
            self.notes.append(f"Only the newest {history.MAX_SIGHTINGS} errors were looked at.")
        last: dict[tuple[int, str], int] = {}
        kept = []
        for one in seen:
            key = (one.subject.project.no, one.subject.fingerprint)
            if one.at_ms >= last.get(key, -self.cooldown_ms) + self.cooldown_ms:
                last[key] = one.at_ms
                kept.append(one)
        self.keep(kept, self._say_seen)

    def _say_seen(self, one: history.Seen) -> Content:
        kind: AlertKind = "regression" if one.kind == "regression" else "new_issue"
        return about_issue(self.rule, kind, Story(one.subject, one.place), now_ms=one.at_ms)

    def _say_of_issue(self, kind: AlertKind, story: Story, one: Found) -> Content:
        return about_issue(self.rule, kind, story, now_ms=one.at_ms, figures=one.figures)

    async def threshold(self, config: Threshold) -> None:
        if config.window_secs * MS_PER_SEC > RECENT_MS:
            self.notes.append("When it is judged, a window over two hours begins with a whole hour.")
        fingerprint = None if config.fingerprint is None else own_fingerprint(config.fingerprint)
        issue_ids, is_all = await self.readers.run(
            partial(
                history.busiest_issues,
                rule=self.rule,
                since_ms=self.since_ms - config.window_secs * MS_PER_SEC,
                more_than=config.threshold,
                fingerprint=fingerprint,
                route=config.route,
            )
        )
        if not is_all:
            self.notes.append(f"Only the {history.MAX_ISSUES} errors with the most events were looked at.")
        if not issue_ids:
            return
        pieces = await self._pieces(RECENT_BUCKET_MS, config.window_secs * MS_PER_SEC, issue_ids)
        subjects = await self.readers.run(partial(read_subjects, issue_ids=issue_ids))
        if config.route is not None:
            by_project: dict[int, Counter[int]] = {}
            for issue_id, counts in pieces.items():
                by_project.setdefault(subjects[issue_id].project.no, Counter()).update(counts)
            await self._of_projects("threshold", {
                no: await self._replay_threshold(counts, config) for no, counts in by_project.items()
            }, route=config.route)  # fmt: skip
            return
        for issue_id, counts in pieces.items():
            place = await self.readers.run(partial(first_place, issue_id=issue_id))
            story = Story(subjects[issue_id], place)
            self.keep(await self._replay_threshold(counts, config), partial(self._say_of_issue, "threshold", story))

    async def _replay_threshold(self, counts: Counter[int], config: Threshold) -> list[Found]:
        series = Series(counts, RECENT_BUCKET_MS)
        replay = partial(replay_threshold, since_ms=self.since_ms, until_ms=self.now_ms, cooldown_ms=self.cooldown_ms)
        return await trio.to_thread.run_sync(replay, series, config)

    async def spike(self, config: Spike) -> None:
        self.notes.append("The rates were looked at minute by minute.")
        if config.fingerprint is not None:
            await self._spike_of_issue(config, config.fingerprint)
            return
        compare_ms = config.compare_window_secs * MS_PER_SEC
        span_ms = compare_ms + config.baseline_window_secs * MS_PER_SEC
        pieces = await self._pieces(MINUTE_MS, span_ms, None)
        stored_from_ms = self.reaches_back_to_ms
        start_ms = (self.since_ms - span_ms) // MS_PER_HOUR * MS_PER_HOUR
        if start_ms < stored_from_ms:  # what is compared with may lie before the events that are stored
            hours = await self.readers.run(
                partial(history.hours_by_project, rule=self.rule, start_ms=start_ms, end_ms=stored_from_ms)
            )
            for project_no, counts in hours.items():
                pieces.setdefault(project_no, Counter()).update(counts)
        found: dict[int, list[Found]] = {}
        known_from_ms = min(stored_from_ms, await self._kept_from_ms())
        for project_no, counts in pieces.items():
            replay = partial(
                replay_spike,
                since_ms=max(self.since_ms, stored_from_ms + compare_ms, known_from_ms + 2 * compare_ms),
                until_ms=self.now_ms,
                first_ms=max(known_from_ms, await self.readers.run(partial(first_seen_ms, project_no=project_no))),
                cooldown_ms=self.cooldown_ms,
            )
            found[project_no] = await trio.to_thread.run_sync(replay, Series(counts, MINUTE_MS), config)
        await self._of_projects("spike", found)

    async def _spike_of_issue(self, config: Spike, fingerprint: str) -> None:
        compare_ms = config.compare_window_secs * MS_PER_SEC
        span_ms = compare_ms + config.baseline_window_secs * MS_PER_SEC
        start_ms = (self.since_ms - span_ms) // MS_PER_HOUR * MS_PER_HOUR
        subjects = await self._busiest(start_ms, config.min_count - 1, fingerprint)
        pieces = await self._pieces(MINUTE_MS, span_ms, subjects)
        stored_from_ms = self.reaches_back_to_ms
        known_from_ms = min(stored_from_ms, await self._kept_from_ms())
        for issue_id, subject in subjects.items():
            counts = pieces.get(issue_id, Counter())
            if start_ms < stored_from_ms:
                counts.update(
                    await self.readers.run(
                        partial(
                            hours_of_issue,
                            rule=self.rule,
                            issue_id=issue_id,
                            start_ms=start_ms,
                            end_ms=stored_from_ms,
                        )
                    )
                )
            replay = partial(
                replay_spike,
                since_ms=max(self.since_ms, stored_from_ms + compare_ms, known_from_ms + 2 * compare_ms),
                until_ms=self.now_ms,
                first_ms=max(known_from_ms, subject.first_seen_ms),
                cooldown_ms=self.cooldown_ms,
            )
            found = await trio.to_thread.run_sync(replay, Series(counts, MINUTE_MS), config)
            place = await self.readers.run(partial(first_place, issue_id=issue_id))
            self.keep(found, partial(self._say_of_issue, "spike", Story(subject, place)))

    async def _busiest(self, since_ms: int, more_than: int, fingerprint: str | None) -> dict[int, Subject]:
        """Return the issues that had more events than so many since, by their ids; notes whether these are all."""
        issue_ids, is_all = await self.readers.run(
            partial(
                history.busiest_issues,
                rule=self.rule,
                since_ms=since_ms,
                more_than=more_than,
                fingerprint=None if fingerprint is None else own_fingerprint(fingerprint),
                route=None,
            )
        )
        if not is_all:
            self.notes.append(f"Only the {history.MAX_ISSUES} errors with the most events were looked at.")
        return await self.readers.run(partial(read_subjects, issue_ids=issue_ids))

    async def _kept_from_ms(self) -> int:
        """Return from when on there are counts by the hour."""
        kept_days = (await self.readers.run(partial(read_settings, config=self.retention))).hourly_counts_days
        return self.now_ms - kept_days * MS_PER_DAY

    async def _note_hours_kept(self) -> int:
        """Return the same, which is how far back a dry run of these counts reaches."""
        kept_from_ms = await self._kept_from_ms()
        self.reaches_back_to_ms = max(self.since_ms, kept_from_ms)
        return kept_from_ms

    async def mover(self, config: Mover) -> None:
        self.notes.append("The windows were looked at hour by hour.")
        from_ms = self.since_ms - 2 * config.window_secs * MS_PER_SEC
        subjects = await self._busiest(from_ms, config.min_change - 1, config.fingerprint)
        kept_from_ms = await self._note_hours_kept()
        for issue_id, subject in subjects.items():
            hours = await self.readers.run(
                partial(hours_of_issue, rule=self.rule, issue_id=issue_id, start_ms=from_ms, end_ms=self.now_ms)
            )
            replay = partial(
                replay_mover,
                since_ms=self.since_ms,
                until_ms=self.now_ms,
                known_from_ms=kept_from_ms,
                cooldown_ms=self.cooldown_ms,
            )
            place = await self.readers.run(partial(first_place, issue_id=issue_id))
            found = await trio.to_thread.run_sync(replay, hours, config)
            self.keep(found, partial(self._say_of_issue, "mover", Story(subject, place)))

    async def escalating(self, config: Escalating) -> None:
        self.notes.append("The rates were looked at hour by hour.")
        subjects = await self._busiest(self.since_ms, config.min_count - 1, config.fingerprint)
        kept_from_ms = await self._note_hours_kept()
        for issue_id, subject in subjects.items():
            from_ms = self.since_ms - DAYS * MS_PER_DAY - config.window_secs * MS_PER_SEC
            hours = await self.readers.run(
                partial(hours_of_issue, rule=self.rule, issue_id=issue_id, start_ms=from_ms, end_ms=self.now_ms)
            )
            replay = partial(
                replay_escalating,
                since_ms=self.since_ms,
                until_ms=self.now_ms,
                known_from_ms=max(kept_from_ms, subject.first_seen_ms),
                cooldown_ms=self.cooldown_ms,
            )
            place = await self.readers.run(partial(first_place, issue_id=issue_id))
            found = await trio.to_thread.run_sync(replay, hours, config)
            self.keep(found, partial(self._say_of_issue, "escalating", Story(subject, place)))

    async def _of_projects(self, kind: AlertKind, found: dict[int, list[Found]], *, route: str | None = None) -> None:
        projects = await self.readers.run(partial(read_projects, numbers=found))
        for project_no, names in projects.items():
            self.keep(found[project_no], partial(self._say_of_project, kind, names, route))

    def _say_of_project(self, kind: AlertKind, names: ProjectNames, route: str | None, one: Found) -> Content:
        return about_project(self.rule, kind, names, now_ms=one.at_ms, figures=one.figures, route=route)

    async def _pieces(
        self, piece_ms: int, before_ms: int, issue_ids: Collection[int] | None
    ) -> dict[int, Counter[int]]:
        """Return the stored events in pieces, the newest day first, as far as there is time; notes how far that was."""
        found: dict[int, Counter[int]] = {}
        first_day = days.day_of(self.since_ms - before_ms)
        stored = [day for day in await self.readers.run(days.event_days) if day >= first_day]
        last_day = days.day_of(self.now_ms)
        reached_ms = self.now_ms
        for day in stored:
            if day > last_day:
                continue
            try:
                of_day = await self.readers.run(
                    partial(history.pieces_of_day, rule=self.rule, day=day, piece_ms=piece_ms, issue_ids=issue_ids)
                )
            except QueryTimeoutError:
                self.notes.append("There are too many events to go through all of them.")
                break
            for owner, counts in of_day.items():
                found.setdefault(owner, Counter()).update(counts)
            reached_ms = days.day_start_ms(day)
        settings = await self.readers.run(partial(read_settings, config=self.retention))
        kept_days = min([settings.raw_events_days, *settings.by_project.values()])
        if self.rule.project_no is not None:
            kept_days = settings.events_days(self.rule.project_no)
        self.reaches_back_to_ms = max(self.since_ms, reached_ms, self.now_ms - kept_days * MS_PER_DAY)
        if await self.readers.run(partial(history.was_thinned, since_ms=self.since_ms)):
            self.notes.append("Some events were counted and not stored, and are not in here.")
        return found


async def dry_run(
    readers: Readers, rule: Rule, *, retention: RetentionConfig, cooldown_secs: int, now_ms: int, span_days: int = DAYS
) -> DryRun:
    """Return what `rule`, stored or not, would have fired in the last `span_days`, had each alert been delivered.

    New issues and regressions are taken as they were; thresholds and rates leave out what is ignored or muted today.
    """
    since_ms = now_ms - span_days * MS_PER_DAY
    run = _Run(
        readers=readers,
        rule=rule,
        retention=retention,
        cooldown_ms=cooldown_secs * MS_PER_SEC,
        now_ms=now_ms,
        since_ms=since_ms,
        reaches_back_to_ms=since_ms,
    )
    try:
        with trio.fail_after(BUDGET_SECS):
            await _judge(run)
    except (trio.TooSlowError, QueryTimeoutError):
        run.notes.append("It took too long: what was not come to is left out.")
    run.found.sort(key=lambda one: one.fired_ms, reverse=True)
    return DryRun(
        fired=[shown(content) for content in run.found[:MAX_SHOWN]],
        total=run.total,
        oldest_at=run.reaches_back_to_ms,
        is_exact=not run.notes,
        notes=run.notes,
    )


async def _judge(run: _Run) -> None:
    match run.rule.config:
        case Threshold() as threshold:
            await run.threshold(threshold)
        case Spike() as spike:
            await run.spike(spike)
        case Escalating() as escalating:
            await run.escalating(escalating)
        case Mover() as mover:
            await run.mover(mover)
        case _:
            await run.sightings()
