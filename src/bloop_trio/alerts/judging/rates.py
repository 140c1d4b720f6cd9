"""Whether a rate is out of the ordinary: against what was before, or, of an issue, against its own week.

Pure. Hours without events are nothing special: a rate is a number of events over a length of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.alerts.rules.rule import Escalating, Mover, Spike

WEEK_DAYS: Final = 7
_NEW_PERCENT: Final = 100.0
"""By which an error has moved that had no events before."""
_MS_PER_MINUTE: Final = 60 * MS_PER_SEC

Span: TypeAlias = tuple[int, int]
"""(first millisecond, first millisecond behind it)"""


@attrs.frozen(kw_only=True)
class Comparison:
    """A rate and what it is compared with, in events a minute."""

    count: int
    window_secs: int
    rate: float
    baseline_rate: float
    multiplier: float

    @property
    def is_over(self) -> bool:
        """Whether the rate is out of the ordinary. Where there was nothing before, anything is."""
        return self.rate > self.multiplier * self.baseline_rate

    @property
    def figures(self) -> dict[str, float]:
        """What an alert says of it."""
        return attrs.asdict(self)


@attrs.frozen(kw_only=True)
class Move:
    """The events of a window, and how many there would have been, had nothing changed."""

    count: int
    window_secs: int
    previous: float

    @property
    def change(self) -> float:
        """Return how many events there are more; fewer, where it is negative."""
        return self.count - self.previous

    @property
    def percent(self) -> float:
        """Return the same as a share of what was before, without its sign."""
        if self.previous:
            return 100 * abs(self.change) / self.previous
        return _NEW_PERCENT if self.count else 0.0

    def is_over(self, config: Mover) -> bool:
        """Whether a rule is to fire: it says how far, and which way."""
        is_wanted = self.change > 0 if config.direction == "up" else self.change < 0
        return (
            (is_wanted or config.direction == "both")
            and abs(self.change) >= config.min_change
            and self.percent >= config.percent
        )

    @property
    def figures(self) -> dict[str, float]:
        """What an alert says of it."""
        return {**attrs.asdict(self), "change": self.change, "percent": self.percent}


def compare_move(
    config: Mover, count: int, previous: int, spans: tuple[Span, Span], unwatched: Sequence[Span]
) -> Move | None:
    """Return how the last window of an issue compares with the one before it; `spans` says which these are, in order.

    Where more of the one was watched than of the other, what was before is taken in proportion. None if nobody watched
    at least half of each.
    """
    before_ms, now_ms = (watched_ms(span, unwatched) for span in spans)
    window_ms = config.window_secs * MS_PER_SEC
    if 2 * min(before_ms, now_ms) < window_ms:
        return None
    return Move(count=count, window_secs=config.window_secs, previous=previous * now_ms / before_ms)


def baseline_ms(span: Span, *, first_ms: int, compare_ms: int, unwatched: Sequence[Span]) -> int | None:
    """Return over how long the events of a span came, None if too little of it is known to compare with.

    What lies before the first event of all does not count, but for as much as the window that is judged; neither does
    what nobody watched.
    """
    start_ms, end_ms = span
    lived_ms = max(start_ms, min(first_ms, end_ms - compare_ms))
    known_ms = watched_ms((lived_ms, end_ms), unwatched)
    return known_ms if known_ms >= min(compare_ms, end_ms - start_ms) else None


def compare_spike(config: Spike, count: int, baseline_count: int, length_ms: int) -> Comparison:
    """Return how the last window of a project, or an issue, compares with the events of the `length_ms` before it."""
    return Comparison(
        count=count,
        window_secs=config.compare_window_secs,
        rate=_per_minute(count, config.compare_window_secs * MS_PER_SEC),
        baseline_rate=_per_minute(baseline_count, length_ms),
        multiplier=config.multiplier,
    )


def compare_week(
    config: Escalating,
    count: int,
    hours: Mapping[int, int],
    *,
    now_ms: int,
    known_from_ms: int,
    unwatched: Sequence[Span],
) -> Comparison | None:
    """Return how the last window of an issue compares with the same span of each of the 7 days before.

    `hours` has its events by the hour; those of an hour are taken as spread evenly over it. Days before `known_from_ms`,
    and those of which nobody watched at least half of the span, are left out; None if none remains.
    """
    window_ms = config.window_secs * MS_PER_SEC
    events, length_ms = 0.0, 0
    for day in range(1, WEEK_DAYS + 1):
        end_ms = now_ms - day * MS_PER_DAY
        span = (max(end_ms - window_ms, known_from_ms), end_ms)
        known_ms = watched_ms(span, unwatched) if span[0] < end_ms else 0
        if 2 * known_ms >= window_ms:
            events += spread(hours, span)
            length_ms += known_ms
    if not length_ms:
        return None
    return Comparison(
        count=count,
        window_secs=config.window_secs,
        rate=_per_minute(count, window_ms),
        baseline_rate=_per_minute(events, length_ms),
        multiplier=config.multiplier,
    )


def week_hours(config: Escalating, now_ms: int) -> list[int]:
    """Return the hours that `compare_week` looks at."""
    hours: set[int] = set()
    for day in range(1, WEEK_DAYS + 1):
        end_ms = now_ms - day * MS_PER_DAY
        start_ms = (end_ms - config.window_secs * MS_PER_SEC) // MS_PER_HOUR * MS_PER_HOUR
        hours.update(range(start_ms, end_ms, MS_PER_HOUR))
    return sorted(hours)


def watched_ms(span: Span, unwatched: Sequence[Span]) -> int:
    """Return how much of a span somebody watched."""
    start_ms, end_ms = span
    blind_ms = sum(max(0, min(end_ms, until_ms) - max(start_ms, from_ms)) for from_ms, until_ms in unwatched)
    return max(0, end_ms - start_ms - blind_ms)


def spread(hours: Mapping[int, int], span: Span) -> float:
    """Return the events of a span, from counts by the hour, each spread evenly over its hour."""
    start_ms, end_ms = span
    events = 0.0
    for hour_ms in range(start_ms // MS_PER_HOUR * MS_PER_HOUR, end_ms, MS_PER_HOUR):
        overlap_ms = min(end_ms, hour_ms + MS_PER_HOUR) - max(start_ms, hour_ms)
        events += hours.get(hour_ms, 0) * overlap_ms / MS_PER_HOUR
    return events


def _per_minute(events: float, length_ms: int) -> float:
    return events * _MS_PER_MINUTE / length_ms
