"""What was counted in the last five minutes."""

from __future__ import annotations

import random
from collections import Counter

from bloop_trio.flow.recent import WINDOW_MS, RecentCounts
from tests.conftest import NOW_MS

SLOT_MS = 10_000


def test_what_was_just_counted_is_there_and_gone_five_minutes_later() -> None:
    counts: RecentCounts[str] = RecentCounts()
    counts.add("full", NOW_MS, 3)
    counts.add("lost", NOW_MS + 1)
    assert counts.totals(NOW_MS + 1) == Counter(full=3, lost=1)
    assert counts.totals(NOW_MS + WINDOW_MS - SLOT_MS) == Counter(full=3, lost=1)
    assert counts.totals(NOW_MS + WINDOW_MS + SLOT_MS) == Counter()


def test_counting_again_after_a_long_time_does_not_bring_back_what_was() -> None:
    counts: RecentCounts[str] = RecentCounts()
    counts.add("full", NOW_MS, 3)
    counts.add("full", NOW_MS + 100 * WINDOW_MS)
    assert counts.totals(NOW_MS + 100 * WINDOW_MS) == Counter(full=1)


def test_it_is_exact_but_for_one_slot_at_the_beginning() -> None:
    chance = random.Random(7)
    counts: RecentCounts[str] = RecentCounts()
    counted: list[int] = []
    now_ms = NOW_MS
    for _ in range(2_000):
        now_ms += chance.choice([0, 1, 700, 9_999, 40_000])
        counts.add("full", now_ms)
        counted.append(now_ms)
        most = sum(moment > now_ms - WINDOW_MS for moment in counted)
        least = sum(moment > now_ms - WINDOW_MS + SLOT_MS for moment in counted)
        assert least <= counts.totals(now_ms)["full"] <= most


def test_a_clock_that_was_set_back_hides_what_lies_ahead_and_breaks_nothing() -> None:
    counts: RecentCounts[str] = RecentCounts()
    counts.add("full", NOW_MS)
    counts.add("full", NOW_MS - 60 * WINDOW_MS)
    assert counts.totals(NOW_MS - 60 * WINDOW_MS) == Counter(full=1)
