"""The tables that tell how fast a large database was read."""

from __future__ import annotations

import statistics
from itertools import chain
from typing import Final, TypeAlias

import attrs

from benchmarks.reading_client import Latency, Reader
from benchmarks.reading_questions import ORDERS, Kind, Listed, Question

MAX_GROWTH: Final = 3.0
NOISE_MS: Final = 2.0
"""What is faster than this is not compared: noise would be."""


@attrs.frozen
class Answered:
    """How long the answers to one question took."""

    kind: Kind
    latency: Latency


Seen: TypeAlias = dict[str, Answered]
"""By the question's name."""


def print_lists(reader: Reader, lists: list[Listed], times: int, seen: Seen) -> None:
    """Ask for each list in every order and grouping, and add what it took to `seen`."""
    orders = " | ".join(f"{group.value}, {sort.value}" for group, sort in ORDERS)
    print(f"| list (p50/p95 ms) | {orders} | worst p95 | target | |\n|---|{'---|' * (len(ORDERS) + 3)}")
    for listed in lists:
        worst, cells = 0.0, []
        for group, sort in ORDERS:
            question = listed.question(group, sort)
            latency = reader.time(question.paths, times)
            seen[question.name] = Answered(question.kind, latency)
            cells.append(f"{latency.p50_ms:.1f}/{latency.p95_ms:.1f}")
            worst = max(worst, latency.p95_ms)
        verdict = _verdict(worst, listed.kind.target_ms)
        print(
            f"| {listed.name} | {' | '.join(cells)} | {worst:.1f} | {listed.kind.target_ms:g} | {verdict} |", flush=True
        )


def print_rows(reader: Reader, questions: list[Question], times: int, seen: Seen) -> None:
    """Ask each question, and add what it took to `seen`."""
    print("\n| request | p50 ms | p95 ms | target | |\n|---|---|---|---|---|")
    for question in questions:
        latency = reader.time(question.paths, times)
        seen[question.name] = Answered(question.kind, latency)
        verdict = _verdict(latency.p95_ms, question.kind.target_ms)
        print(
            f"| {question.name} | {latency.p50_ms:.1f} | {latency.p95_ms:.1f} | {question.kind.target_ms:g} | {verdict} |",
            flush=True,
        )


def _verdict(p95_ms: float, target_ms: float) -> str:
    return "" if p95_ms <= target_ms else "**missed**"


def print_growth(before: Seen, after: Seen, few_issues: int) -> None:
    """Say which rows have grown, by their medians."""
    ratios = {
        name: after[name].latency.p50_ms / before[name].latency.p50_ms
        for name in after
        if name in before and after[name].latency.p50_ms > NOISE_MS
    }
    print(f"\ngrowth of the median from {few_issues:,} issues: {statistics.median(ratios.values()):.2f} at the median")
    print("\n| grown most | ratio | p50 before | p50 after | |\n|---|---|---|---|---|")
    for name, ratio in sorted(ratios.items(), key=lambda item: -item[1])[:25]:
        verdict = "" if ratio <= MAX_GROWTH else "**grown**"
        print(
            f"| {name} | {ratio:.1f} | {before[name].latency.p50_ms:.1f} | {after[name].latency.p50_ms:.1f} | {verdict} |"
        )


def print_kinds(before: Seen, after: Seen) -> None:
    """Say how fast all requests of a kind were together, and how that has grown."""
    earlier, now = _by_kind(before), _by_kind(after)
    print("\n| kind of request | answers | p50 ms | p95 ms | p99 ms | target of p95 | growth of p50 | of p95 | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, latency in now.items():
        growth = ["", ""]
        if kind in earlier:
            parts = (0.5, 0.95)
            growth = [f"x {latency.percentile_ms(p) / earlier[kind].percentile_ms(p):.1f}" for p in parts]
        print(
            f"| {kind.name} | {len(latency.ordered_secs)} | {latency.p50_ms:.1f} | {latency.p95_ms:.1f}"
            f" | {latency.percentile_ms(0.99):.1f} | {kind.target_ms:g} | {' | '.join(growth)}"
            f" | {_verdict(latency.p95_ms, kind.target_ms)} |"
        )


def _by_kind(seen: Seen) -> dict[Kind, Latency]:
    """Return how long the answers of each kind took, over all questions."""
    kinds = dict.fromkeys(answered.kind for answered in seen.values())
    return {
        kind: Latency.of(chain.from_iterable(a.latency.ordered_secs for a in seen.values() if a.kind == kind))
        for kind in kinds
    }
