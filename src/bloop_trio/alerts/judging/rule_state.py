"""The rules in use, and what tells that they, or the issues that they name, may be others by now. Reads alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bloop_trio.alerts.judging.judging import RuleBook
from bloop_trio.alerts.judging.threshold_counts import read_targets
from bloop_trio.alerts.rules.store import GENERATION, list_enabled
from bloop_trio.db.generations import read_generations
from bloop_trio.db.snapshot import snapshot

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True)
class RuleState:
    """What the judging of rules depends on beside events."""

    generation: int
    """Of the rules."""
    merges: tuple[int, int]
    """Changes with every merge of issues, and with every one that is taken back."""


def read_rule_state(conn: Connection) -> RuleState:
    """Return how things stand."""
    with snapshot(conn):
        generation = read_generations(conn).get(GENERATION, 0)
        merges = conn.execute("SELECT count(*), coalesce(max(merged_ms), 0) FROM merged_issues").fetchone()
    return RuleState(generation=generation, merges=merges)


def read_rules(conn: Connection) -> RuleBook:
    """Return the rules that are to be judged, with the issues that they name."""
    with snapshot(conn):
        book = RuleBook(list_enabled(conn))
        book.targets = read_targets(conn, book)
        return book
