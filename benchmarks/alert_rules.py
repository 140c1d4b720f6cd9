"""The alert rules of a server under load."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from bloop_trio.alerts.rules.rule import Config, Escalating, NewIssue, Regression, Rule, Spike, Threshold
from bloop_trio.alerts.rules.store import create_rule
from bloop_trio.db.connection import open_connection

if TYPE_CHECKING:
    from pathlib import Path

RULES: Final = 200
FIRING: Final = 4
"""Rules that are over their threshold all the time."""


def make_rules(database: Path) -> None:
    """Make rules of every kind; most never fire, and `FIRING` of them always have a reason to."""
    with closing(open_connection(database)) as conn:
        for number in range(RULES):
            rule = Rule(
                id=0,
                project_no=1 if number % 2 else None,
                name=f"rule {number}",
                config=_config(number),
                is_enabled=True,
                environment_filter=(None, "prod", "staging")[number % 3],
                source_filter="api" if number % 4 == 0 else None,
            )
            create_rule(conn, rule, created_by=None)


def _config(number: int) -> Config:
    if number < FIRING:
        return Threshold(route=f"/api/checkout/{number}", threshold=10, window_secs=60)
    kinds: dict[int, Config] = {
        0: NewIssue(environment="nowhere"),
        1: NewIssue(environment="nowhere"),
        2: Regression(),
        3: Spike(multiplier=1_000, baseline_window_secs=3_600 + number, compare_window_secs=300),
        4: Escalating(multiplier=1_000, window_secs=3_600, min_count=5),
        5: Threshold(route=f"/api/checkout/{number % 40}", threshold=10_000_000, window_secs=600),
    }
    per_issue = Threshold(threshold=500_000 + 1_000 * number, window_secs=(60, 300, 3_600)[number % 3])
    return kinds.get(number % 10, per_issue)
