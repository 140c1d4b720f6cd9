"""What an import has done or would do. Pure."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

from bloop_trio.importing.tally import Outcome, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(enum.StrEnum):
    """What a report speaks of."""

    IMPORTED = "imported"
    IMPORTED_BEFORE = "imported before"
    DRY_RUN = "dry run"


@attrs.frozen(kw_only=True)
class TableReport:
    """One table of the other database."""

    rows: int
    """Rows that it has."""
    tally: Tally
    """What became of them; empty if nothing was done."""

    @property
    def is_complete(self) -> bool:
        """Say whether each row has an outcome."""
        return self.rows == self.tally.rows

    @property
    def imported(self) -> int:
        """Return how many rows were not there before."""
        return self.tally.of(Outcome.IMPORTED)

    @property
    def merged(self) -> int:
        """Return how many rows were added to what was there."""
        return self.tally.of(Outcome.MERGED)

    @property
    def skipped(self) -> int:
        """Return how many rows were left out."""
        return self.tally.of(Outcome.SKIPPED)


@attrs.frozen(kw_only=True)
class Report:
    """An import as a whole."""

    state: State
    tables: Mapping[str, TableReport]
    """By name, in the order in which they were read."""
    remarks: tuple[str, ...]
    left_behind: Mapping[str, int]
    """Tables that are not taken over, and their rows."""
