"""What many spike rules compare with, read once for all of them. Reads alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from bloop_trio.alerts.judging.series import Series
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.events.batch import RECENT_BUCKET_MS

if TYPE_CHECKING:
    from bloop_trio.alerts.judging.counting import Counts
    from bloop_trio.alerts.rules.rule import Rule

_SILENCED: Final = (
    "SELECT f.id FROM projects AS p CROSS JOIN issues AS i ON i.project_no = p.no AND i.status IN ('ignored', 'muted')"
    " CROSS JOIN issue_fingerprints AS f ON f.issue_id = i.id"
)
"""The fingerprints of issues that nobody wants to hear of."""


class Baselines:
    """The events of projects over time, by ten seconds and by the hour, in each environment and from each source."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._read: dict[tuple[int, int], dict[tuple[int, str, str], Series]] = {}

    def by_project(self, rule: Rule, start_ms: int, end_ms: int) -> Counter[int]:
        """Return the events of a span that a rule is about, by project number; as `Counts.by_project` does."""
        if rule.route_filter is not None or rule.release_filter is not None:
            return self._counts.by_project(rule, start_ms, end_ms)
        border_ms = self._counts.border(start_ms, end_ms)
        found: Counter[int] = Counter()
        for piece_ms, from_ms, until_ms in (
            (MS_PER_HOUR, start_ms, border_ms),
            (RECENT_BUCKET_MS, border_ms, end_ms),
        ):
            if from_ms >= until_ms:
                continue
            for (project_no, environment, source), series in self._series(piece_ms, from_ms).items():
                if (
                    rule.project_no in {None, project_no}
                    and rule.environment_filter in {None, environment}
                    and rule.source_filter in {None, source}
                ):
                    found[project_no] += round(series.between(from_ms, until_ms))
        return found

    def _series(self, piece_ms: int, from_ms: int) -> dict[tuple[int, str, str], Series]:
        """Return the events since `from_ms` or longer, in pieces of one length."""
        for (of_ms, since_ms), series in self._read.items():
            if of_ms == piece_ms and since_ms <= from_ms:
                return series
        # As far back as the next rules will ask, or nearly: an hour of ten seconds is not read twice.
        since_ms = from_ms // MS_PER_HOUR * MS_PER_HOUR if piece_ms == RECENT_BUCKET_MS else from_ms
        counts: dict[tuple[int, str, str], Counter[int]] = {}
        for project_no, environment, source, start_ms, events in self._counts.pieces(piece_ms, since_ms, _SILENCED):
            counts.setdefault((project_no, environment, source), Counter())[start_ms] += events
        series = {place: Series(of_place, piece_ms) for place, of_place in counts.items()}
        self._read[piece_ms, since_ms] = series
        return series
