"""The live feed: what happens to the issues of a project, told to whoever listens to it.

Publishing never waits. A message is encoded once and kept in a ring of its project; each listener is a position in
that ring, so that a slow one costs nothing and, once it is overtaken, is told to read anew. A project that nobody has
listened to for a while has no ring at all.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.exceptions import NotFoundError, UnavailableError
from bloop_trio.issues.events.batch import Span
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.live.channel import Channel
from bloop_trio.issues.live.messages import (
    MAX_TEXT_CHARS,
    Counters,
    IssueActivity,
    NewIssue,
    RegressedIssue,
    StatusChanged,
    counters_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bloop_trio.issues.events.accounting import ProjectCounts
    from bloop_trio.issues.events.batch import AcceptedEvent, CombinedBatch, FingerprintKey
    from bloop_trio.issues.writing.upserts import IssueSeen

MAX_STREAMS_PER_PROJECT: Final = 200
"""Open at a time; one more is told 503."""
MAX_PROJECTS: Final = 1000
"""Whose messages are kept; more than there can be streams."""
KEPT_SECS: Final = 300
"""How long a project's messages are kept after its last listener has left."""
TICK_SECS: Final = 1.0
"""How often `changed` and `counters` are told, at most."""

RETRY_AFTER_SECS: Final = 10
_NO_ADDRESSES: Final[Mapping[FingerprintKey, str]] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class FeedStatistics:
    """How much the feed is used."""

    streams_open: int
    sent_total: int
    """Messages since the start, counted once for each stream that they were handed to."""
    resets_total: int
    """Times that a client was told to read anew."""


class Feed:
    """Publishes to listeners, project by project. `run` is to be running meanwhile; nothing here is thread-safe."""

    def __init__(
        self,
        counts_of: Callable[[int], ProjectCounts | None],
        *,
        max_streams_per_project: int = MAX_STREAMS_PER_PROJECT,
    ) -> None:
        self.sent_total = 0
        self.resets_total = 0
        self._counts_of = counts_of
        self._max_streams_per_project = max_streams_per_project
        self._channels: dict[int, Channel] = {}
        self._ended: set[int] = set()

    async def run(self) -> None:
        """Tell at intervals what is told at intervals; runs for ever."""
        while True:
            await trio.sleep(TICK_SECS)
            self.tick()

    def tick(self) -> None:
        """Tell what has been collected, and forget the projects that nobody has listened to for a while."""
        now = trio.current_time()
        for project_no, channel in list(self._channels.items()):
            if channel.open:
                channel.listened_at = now
            elif now - channel.listened_at >= KEPT_SECS:
                del self._channels[project_no]
                continue
            channel.tick(self.counters(project_no))

    def join(self, project_no: int) -> Channel:
        """Return the channel of a project, to which the caller adds itself before its next checkpoint.

        Raises:
            NotFoundError: the project was deleted.
            UnavailableError: too many are listening to the project.
        """
        if project_no in self._ended:
            raise NotFoundError("project not found")
        channel = self._channels.get(project_no)
        if channel is None:
            self._make_room()
            channel = self._channels[project_no] = Channel(self.counters(project_no))
        elif len(channel.open) >= self._max_streams_per_project:
            raise UnavailableError(
                "too many open streams of this project: close one or try again later",
                retry_after_secs=RETRY_AFTER_SECS,
            )
        return channel

    def end(self, project_no: int) -> None:
        """End all streams of a project that was deleted, and let nobody join them who is about to."""
        self._ended.add(project_no)
        channel = self._channels.pop(project_no, None)
        if channel is not None:
            for subscription in list(channel.open):
                subscription.close()

    def look_again(self) -> None:
        """Have the credentials of all streams looked at, each before anything else is sent to it."""
        for channel in self._channels.values():
            for subscription in channel.open:
                subscription.look_again()

    def _make_room(self) -> None:
        """Forget the project that was left first, if there are very many."""
        if len(self._channels) >= MAX_PROJECTS:
            left = [(channel.listened_at, no) for no, channel in self._channels.items() if not channel.open]
            if left:
                del self._channels[min(left)[1]]

    def publish_batch(
        self,
        combined: CombinedBatch,
        seen: Sequence[IssueSeen],
        addresses: Mapping[FingerprintKey, str] = _NO_ADDRESSES,
    ) -> None:
        """Tell what a committed batch did; while nobody listens this is one look at an empty mapping.

        Issues of several fingerprints are told of as a whole, under their `addresses`.
        """
        channels = self._channels
        if not channels:
            return
        spans = _by_address(combined.issues, addresses) if addresses else combined.issues
        told = set()
        for issue in seen:
            channel = channels.get(issue.project_no)
            if channel is not None:
                key = (issue.project_no, issue.fingerprint)
                address = (issue.project_no, addresses.get(key, issue.fingerprint))
                told.add(address)
                channel.tell(_describe(address[1], spans[address], combined.heads[key], regression=issue.regression))
        for key, span in spans.items():
            channel = channels.get(key[0])
            if channel is not None and key not in told:
                channel.add(key[1], span.count, span.last_ms)

    def publish_regrouping(self, project_no: int) -> None:
        """Tell that issues were merged or taken apart: more has changed than a message says, so lists are read again."""
        channel = self._channels.get(project_no)
        if channel is not None:
            channel.left_out += 1

    def publish_status(self, project_no: int, changes: Sequence[StatusChanged]) -> None:
        """Tell of changes of status that were committed; a `StatusHook`."""
        channel = self._channels.get(project_no)
        if channel is not None:
            for change in changes:
                channel.tell(change)

    def publish_activity(self, project_no: int, message: IssueActivity) -> None:
        """Tell of what somebody has done with an issue; an `ActivityHook`."""
        channel = self._channels.get(project_no)
        if channel is not None:
            channel.tell(message)

    def counters(self, project_no: int) -> Counters:
        """Return the counters of a project as they are now."""
        return counters_of(self._counts_of(project_no))

    def statistics(self) -> FeedStatistics:
        """Return how much the feed is used."""
        return FeedStatistics(
            streams_open=sum(len(channel.open) for channel in self._channels.values()),
            sent_total=self.sent_total,
            resets_total=self.resets_total,
        )


def _by_address(
    spans: Mapping[FingerprintKey, Span], addresses: Mapping[FingerprintKey, str]
) -> dict[FingerprintKey, Span]:
    """Return the spans of issues, where those of fingerprints of one issue are one."""
    found: dict[FingerprintKey, Span] = {}
    for key, span in spans.items():
        address = (key[0], addresses.get(key, key[1]))
        if address in found:
            found[address].include(span)
        else:
            found[address] = Span(span.count, span.first_ms, span.last_ms)
    return found


def _describe(fingerprint: str, span: Span, head: AcceptedEvent, *, regression: bool) -> NewIssue | RegressedIssue:
    event = head.event
    error_type, message = (event.error_type or "")[:MAX_TEXT_CHARS], (event.message or "")[:MAX_TEXT_CHARS]
    if regression:
        return RegressedIssue(
            fingerprint=fingerprint,
            error_type=error_type,
            message=message,
            status=Status.UNRESOLVED,
            events=span.count,
            last_seen=span.last_ms,
        )
    return NewIssue(
        fingerprint=fingerprint,
        error_type=error_type,
        message=message,
        status=Status.UNRESOLVED,
        events=span.count,
        first_seen=span.first_ms,
        last_seen=span.last_ms,
    )
