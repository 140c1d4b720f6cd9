"""What becomes of each row of the other database: exactly one outcome. Pure."""

from __future__ import annotations

import enum
from collections import Counter

import attrs


class Outcome(enum.StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    MERGED = "merged"
    SKIPPED = "skipped"


class Reason(enum.StrEnum):
    """Why a row was skipped."""

    PROJECT = "its project is not there"
    ERROR = "there is no error with its fingerprint"
    FINGERPRINT = "it has no fingerprint"
    COUNT = "its count is not a number above 0"
    TIME = "its time is not a time"
    STATUS = "its status is unknown"
    PROJECT_ID = "it has no id"
    TOKEN_HASH = "its hash is not a token's"  # noqa: S105 - says what is wrong with one
    TOKEN_SCOPES = "it has no scope that is known"  # noqa: S105 - as above
    MAP = "it is no source map that can be used"
    MAP_NAME = "its release or its name cannot be used"
    MAP_THERE = "there is a source map of its release and name"
    RULE = "there is no such kind of rule, or it contradicts itself"
    RULE_GONE = "its rule is not there"
    CHANNEL = "it leads nowhere"
    OLDER = "there are newer samples of its error"


@attrs.define(eq=False)
class Tally:
    """Rows of one table by what became of them."""

    outcomes: Counter[tuple[Outcome, str]] = attrs.field(factory=Counter)
    """By outcome and reason; the reason is empty unless the row was skipped."""
    remarks: Counter[str] = attrs.field(factory=Counter)
    """What else is worth knowing, and how many rows it is true of."""

    def imported(self, rows: int = 1) -> None:
        """Count rows that were not there before."""
        self.outcomes[Outcome.IMPORTED, ""] += rows

    def merged(self, rows: int = 1) -> None:
        """Count rows that were added to what was there."""
        self.outcomes[Outcome.MERGED, ""] += rows

    def skipped(self, reason: Reason, rows: int = 1) -> None:
        """Count rows that were left out."""
        self.outcomes[Outcome.SKIPPED, reason.value] += rows

    def remark(self, text: str, rows: int = 1) -> None:
        """Note something about rows that are counted as well."""
        self.remarks[text] += rows

    @property
    def rows(self) -> int:
        """Return how many rows have an outcome."""
        return self.outcomes.total()

    def of(self, outcome: Outcome) -> int:
        """Return how many rows have this one."""
        return sum(rows for (found, _), rows in self.outcomes.items() if found is outcome)

    @property
    def reasons(self) -> dict[str, int]:
        """Return why rows were skipped, and how many."""
        return {reason: rows for (outcome, reason), rows in sorted(self.outcomes.items()) if outcome is Outcome.SKIPPED}
