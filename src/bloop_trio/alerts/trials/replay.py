"""What a rule would have found, moment by moment, in counts of the past. Pure."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import attrs

from bloop_trio.alerts.judging.rates import baseline_ms, compare_move, compare_spike, compare_week, spread
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bloop_trio.alerts.judging.series import Series
    from bloop_trio.alerts.rules.rule import Escalating, Mover, Spike, Threshold

MINUTE_MS = 60_000


@attrs.frozen
class Found:
    """A moment at which a rule would have fired."""

    at_ms: int
    figures: Mapping[str, float]


def cooled(found: Iterable[Found], cooldown_ms: int) -> list[Found]:
    """Leave out what would have been held back, were each alert delivered at once."""
    kept: list[Found] = []
    for one in found:
        if not kept or one.at_ms >= kept[-1].at_ms + cooldown_ms:
            kept.append(one)
    return kept


def replay_threshold(
    series: Series, config: Threshold, *, since_ms: int, until_ms: int, cooldown_ms: int
) -> list[Found]:
    """Return when the events of a window were over a threshold.

    That is looked at whenever there was one more, and when a cooldown was over.
    """
    window_ms = config.window_secs * MS_PER_SEC
    quiet_ms = max(cooldown_ms, series.piece_ms)
    found: list[Found] = []

    def is_found(at_ms: int) -> bool:
        count = series.between(at_ms - window_ms, at_ms)
        if count <= config.threshold:
            return False
        figures = {"count": count, "threshold": config.threshold, "window_secs": config.window_secs}
        found.append(Found(at_ms, figures))
        return True

    def find_until(end_ms: int) -> None:
        """Go on to `end_ms` as long as each cooldown ends over the threshold."""
        while found and found[-1].at_ms + quiet_ms < end_ms and is_found(found[-1].at_ms + quiet_ms):
            pass

    for start_ms in series.starts_ms[bisect_left(series.starts_ms, since_ms) :]:
        at_ms = start_ms + series.piece_ms
        find_until(at_ms)
        if not found or at_ms >= found[-1].at_ms + quiet_ms:
            is_found(at_ms)
    find_until(until_ms + 1)
    return found


def replay_spike(
    series: Series, config: Spike, *, since_ms: int, until_ms: int, first_ms: int, cooldown_ms: int
) -> list[Found]:
    """Return when a rate was out of the ordinary, looked at every minute."""
    compare_ms, baseline_window_ms = config.compare_window_secs * MS_PER_SEC, config.baseline_window_secs * MS_PER_SEC
    found: list[Found] = []
    quiet_until_ms = 0
    for now_ms in range(-(-since_ms // MINUTE_MS) * MINUTE_MS, until_ms + 1, MINUTE_MS):
        if now_ms < quiet_until_ms:
            continue
        middle_ms = now_ms - compare_ms
        count = series.between(middle_ms, now_ms)
        if count < config.min_count:
            continue
        span = (middle_ms - baseline_window_ms, middle_ms)
        length_ms = baseline_ms(span, first_ms=first_ms, compare_ms=compare_ms, unwatched=())
        if length_ms is None:
            continue
        comparison = compare_spike(config, round(count), round(series.between(*span)), length_ms)
        if comparison.is_over:
            found.append(Found(now_ms, comparison.figures))
            quiet_until_ms = now_ms + cooldown_ms
    return found


def replay_escalating(
    hours: Mapping[int, int],
    config: Escalating,
    *,
    since_ms: int,
    until_ms: int,
    known_from_ms: int,
    cooldown_ms: int,
) -> list[Found]:
    """Return when an issue's rate was out of the ordinary, looked at at the end of every hour that had events."""
    window_ms = config.window_secs * MS_PER_SEC
    found = []
    for start_ms in sorted(hours):
        now_ms = min(start_ms + MS_PER_HOUR, until_ms)
        if now_ms < since_ms:
            continue
        count = round(spread(hours, (now_ms - window_ms, now_ms)))
        if count < config.min_count:
            continue
        comparison = compare_week(config, count, hours, now_ms=now_ms, known_from_ms=known_from_ms, unwatched=())
        if comparison is not None and comparison.is_over:
            found.append(Found(now_ms, comparison.figures))
    return cooled(found, cooldown_ms)


def replay_mover(
    hours: Mapping[int, int], config: Mover, *, since_ms: int, until_ms: int, known_from_ms: int, cooldown_ms: int
) -> list[Found]:
    """Return when an issue had moved, looked at at the end of every hour, since one that falls has hours without events.

    Both windows have to lie behind `known_from_ms`.
    """
    window_ms = config.window_secs * MS_PER_SEC
    first_ms = max(since_ms, known_from_ms + 2 * window_ms)
    found = []
    for end_ms in range(-(-first_ms // MS_PER_HOUR) * MS_PER_HOUR, until_ms + MS_PER_HOUR, MS_PER_HOUR):
        now_ms = min(end_ms, until_ms)
        spans = ((now_ms - 2 * window_ms, now_ms - window_ms), (now_ms - window_ms, now_ms))
        previous, count = (round(spread(hours, span)) for span in spans)
        move = compare_move(config, count, previous, spans, ())
        if move is not None and move.is_over(config):
            found.append(Found(now_ms, move.figures))
    return cooled(found, cooldown_ms)
