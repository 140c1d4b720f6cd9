"""What has changed in the database since it was copied, noted batch by batch as it is committed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.issues.writing.writer import BatchResult

MAX_HOURS: Final = 48
"""Hours that are copied by their names; an issue with events in more of them, as after a clock was mended, is copied
whole."""
CHUNK_ISSUES: Final = 4_000
"""Issues of which what has changed is copied in one transaction."""
CHUNK_WHOLE: Final = 100
"""Issues that are copied whole in one transaction, some of which have thousands of hours."""


@attrs.define(eq=False)
class Changes:
    """Which issues to copy again, and how much of each. More than has changed may stand here, and never less."""

    issue_ids: set[int] = attrs.field(factory=set)
    """Those with events: of their counts, those of `hours` and those of releases that were seen since `since_ms`."""
    hours: set[int] = attrs.field(factory=set)
    since_ms: int | None = None
    whole_ids: set[int] = attrs.field(factory=set)
    """Those of which everything is copied."""
    event_id: int = 0
    """Every event up to here is in the database."""

    def add_batch(self, result: BatchResult) -> None:
        """Note what a committed batch has changed."""
        self.event_id = max(self.event_id, result.last_event_id)
        if not result.refs:
            return
        self.issue_ids.update([ref.issue_id for ref in result.refs.values()])
        self.hours.update([hour_ms for _, hour_ms in result.combined.project_hours])
        self._seen(min(span.first_ms for span in result.combined.issues.values()))

    def add_events(self, issue_ids: set[int], hours: set[int], since_ms: int) -> None:
        """Note what events have changed that nobody has told of."""
        self.issue_ids |= issue_ids
        self.hours |= hours
        self._seen(since_ms)

    def add(self, other: Changes) -> None:
        """Note what another one has noted."""
        self.issue_ids |= other.issue_ids
        self.hours |= other.hours
        self.whole_ids |= other.whole_ids
        self.event_id = max(self.event_id, other.event_id)
        if other.since_ms is not None:
            self._seen(other.since_ms)

    def _seen(self, at_ms: int) -> None:
        self.since_ms = at_ms if self.since_ms is None else min(self.since_ms, at_ms)

    def chunks(self) -> Iterator[Changes]:
        """Yield all of it in pieces that are copied by one transaction each; nothing yields nothing."""
        partly, whole = self.issue_ids - self.whole_ids, set(self.whole_ids)
        if len(self.hours) > MAX_HOURS:
            partly, whole = set(), whole | partly
        ids = iter(sorted(partly))
        while chunk := set(islice(ids, CHUNK_ISSUES)):
            yield Changes(issue_ids=chunk, hours=self.hours, since_ms=self.since_ms)
        ids = iter(sorted(whole))
        while chunk := set(islice(ids, CHUNK_WHOLE)):
            yield Changes(whole_ids=chunk)
