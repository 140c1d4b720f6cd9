"""Which rules what has happened is for, and whether it is enough. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import attrs

from bloop_trio.alerts.rules.http_status import has_http_status
from bloop_trio.alerts.rules.rule import Escalating, Mover, NewIssue, Regression, Rule, Spike, Threshold
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC
from bloop_trio.issues.events.batch import RECENT_BUCKET_MS
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.lifecycle.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.alerts.judging.windows import IssueWindow, Windows

RECENT_MS = 2 * MS_PER_HOUR
"""Up to here a window is exact to ten seconds; a longer one begins with a whole hour."""


def may_alert(status: str) -> bool:
    """Whether anybody wants to hear of an issue: somebody decided not to, of one that is ignored or muted."""
    return status not in {Status.IGNORED, Status.MUTED}


@attrs.frozen(kw_only=True)
class Sighting:
    """An issue that is new, or back."""

    project_no: int
    is_regression: bool
    status: str
    """As it is when it is judged."""
    environment: str
    """Of the event that made the issue, or brought it back; likewise what follows."""
    release: str
    source: str
    route: str | None
    http_status: int | None = None


def sighting_kind(rule: Rule, sighting: Sighting) -> Literal["new_issue", "regression"] | None:
    """Return what a rule finds in a sighting, None if it is not for it."""
    config = rule.config
    if isinstance(config, NewIssue):
        if sighting.is_regression and not config.regressions:
            return None
    elif not isinstance(config, Regression) or not sighting.is_regression:
        return None
    fits = (
        rule.project_no in {None, sighting.project_no}
        and config.environment in {None, sighting.environment}
        and rule.environment_filter in {None, sighting.environment}
        and rule.source_filter in {None, sighting.source}
        and rule.release_filter in {None, sighting.release}
        and rule.route_filter in {None, sighting.route}
        and has_http_status(rule.http_status_filter, sighting.http_status)
        and may_alert(sighting.status)
    )
    if not fits:
        return None
    return "regression" if sighting.is_regression else "new_issue"


def asks_for_http_status(rules: Iterable[Rule]) -> bool:
    """Whether the HTTP status of sightings has to be known, which only their events tell."""
    return any(rule.http_status_filter is not None for rule in rules)


def piece_ms_of(window_secs: int) -> int:
    """Return the length of the pieces that a window is counted in."""
    return RECENT_BUCKET_MS if window_secs * MS_PER_SEC <= RECENT_MS else MS_PER_HOUR


class RuleBook:
    """The rules, in the orders in which they are asked for."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.sightings = tuple(r for r in self.rules if isinstance(r.config, (NewIssue, Regression)))
        self.spikes = tuple(r for r in self.rules if isinstance(r.config, Spike))
        self.escalating = tuple(r for r in self.rules if isinstance(r.config, Escalating))
        self.movers = tuple(r for r in self.rules if isinstance(r.config, Mover))
        self.thresholds = [(r, r.config) for r in self.rules if isinstance(r.config, Threshold)]
        self.targets: dict[tuple[int, str], int] = {}
        """The issues that rules name by a fingerprint, as far as they exist; set by whoever can look them up."""
        self._of_project: dict[tuple[int | None, int], list[tuple[Rule, Threshold]]] = defaultdict(list)
        for rule, config in self.thresholds:
            if config.route is None:
                self._of_project[rule.project_no, piece_ms_of(config.window_secs)].append((rule, config))
        for found in self._of_project.values():
            found.sort(key=lambda pair: pair[1].threshold)

    @property
    def rates(self) -> tuple[Rule, ...]:
        """Return the rules that compare what is with what was."""
        return (*self.spikes, *self.escalating, *self.movers)

    def horizon_ms(self, piece_ms: int) -> int:
        """Return the longest window that is counted in such pieces; 0 if there is none."""
        spans = (c.window_secs * MS_PER_SEC for _, c in self.thresholds if piece_ms_of(c.window_secs) == piece_ms)
        return max(spans, default=0)

    def counts_project(self, project_no: int) -> bool:
        """Whether the events of a project have to be counted."""
        return any(rule.project_no in {None, project_no} for rule, _ in self.thresholds)

    def exceeded(self, window: IssueWindow, piece_ms: int, now_ms: int) -> list[tuple[Rule, Threshold, int]]:
        """Return the rules that watch an issue by itself and whose threshold it is over, each with its count.

        The rules are in the order of their thresholds, so an issue that had few events asks the first alone.
        """
        found: list[tuple[Rule, Threshold, int]] = []
        counts: dict[tuple[int, str | None, str | None], int] = {}
        for scope in (window.project_no, None):
            for rule, config in self._of_project.get((scope, piece_ms), ()):
                if window.total <= config.threshold:
                    break
                if config.fingerprint is not None and not self._is_about(config.fingerprint, window):
                    continue
                asked = (config.window_secs, rule.environment_filter, rule.source_filter)
                if asked not in counts:
                    first_ms = now_ms - config.window_secs * MS_PER_SEC
                    counts[asked] = window.between(first_ms, now_ms, rule.environment_filter, rule.source_filter)
                if counts[asked] > config.threshold:
                    found.append((rule, config, counts[asked]))
        return found

    def _is_about(self, fingerprint: str, window: IssueWindow) -> bool:
        target = self.targets.get((window.project_no, fingerprint))
        if target == window.issue_id:
            return True
        stored = own_fingerprint(fingerprint)  # of an issue that is newer than what is known of the rules
        return any(of[0] == stored for of in window.series)

    def route_rules(self, piece_ms: int) -> Sequence[tuple[Rule, Threshold]]:
        """Return the rules that watch a route, as far as they count in such pieces."""
        return [
            (rule, config)
            for rule, config in self.thresholds
            if config.route is not None and piece_ms_of(config.window_secs) == piece_ms
        ]


def needed_windows(book: RuleBook) -> dict[int, int]:
    """Return the horizon of each length of pieces that the rules need."""
    horizons = {piece_ms: book.horizon_ms(piece_ms) for piece_ms in (RECENT_BUCKET_MS, MS_PER_HOUR)}
    return {piece_ms: horizon_ms for piece_ms, horizon_ms in horizons.items() if horizon_ms}


def covers(held: dict[int, Windows], needed: dict[int, int]) -> bool:
    """Whether what is counted is enough for what is needed."""
    return all(piece_ms in held and held[piece_ms].horizon_ms >= horizon for piece_ms, horizon in needed.items())
