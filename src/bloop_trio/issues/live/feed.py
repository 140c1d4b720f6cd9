"""The live feed: what happens to the issues of a project, told to whoever listens to it.

Publishing never waits. A message is encoded once and kept in a ring of its project; each listener is a position in
that ring, so that a slow one costs nothing and, once it is overtaken, is told to read anew. A project that nobody has
listened to for a while has no ring at all.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.exceptions import NotFoundError, UnavailableError
from bloop_trio.issues.live.messages import (
    MAX_TEXT_CHARS,
    ChangedIssue,
    ChangedIssues,
    Counters,
    IssueActivity,
    Message,
    NewIssue,
    RegressedIssue,
    StatusChanged,
    counters_of,
    frame,
)
from bloop_trio.issues.triage.status import Status
from bloop_trio.issues.writing.batch import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.issues.ingest.accounting import ProjectCounts
    from bloop_trio.issues.live.subscription import Subscription
    from bloop_trio.issues.writing.batch import AcceptedEvent, CombinedBatch, FingerprintKey
    from bloop_trio.issues.writing.upserts import IssueSeen

MAX_STREAMS_PER_PROJECT: Final = 200
"""Open at a time; one more is told 503."""
MAX_PROJECTS: Final = 1000
"""Whose messages are kept; more than there can be streams."""
RING_MESSAGES: Final = 1000
RING_BYTES: Final = 512 * 1024
"""What a project keeps for clients that come back, whichever bound is met first."""
KEPT_SECS: Final = 300
"""How long a project's messages are kept after its last listener has left."""
TICK_SECS: Final = 1.0
"""How often `changed` and `counters` are told, at most."""
MAX_SINGLES_PER_TICK: Final = 200
"""Messages about one issue each, for each project; the issues of what would be more are counted with the changed ones."""
MAX_CHANGED: Final = 200
"""Issues in one message `changed`."""

RETRY_AFTER_SECS: Final = 10
_NO_ADDRESSES: Final[Mapping[FingerprintKey, str]] = MappingProxyType({})

StatusHook = Callable[[int, "Sequence[StatusChanged]"], None]
"""Told of a project's (its number) committed changes of status; neither waits nor raises."""
ActivityHook = Callable[[int, IssueActivity], None]
"""Told of what somebody has done with an issue of a project (its number); neither waits nor raises."""


@attrs.frozen(kw_only=True)
class FeedStatistics:
    """How much the feed is used."""

    streams_open: int
    sent_total: int
    """Messages since the start, counted once for each stream that they were handed to."""
    resets_total: int
    """Times that a client was told to read anew."""


class Ring:
    """The newest messages of a project, as they go over the wire, and whoever waits for more.

    A message is named by the ring and its number, so that an id tells whether it can be continued after. The name is a
    random one: a ring that was forgotten and made again, or made by another process, has other ids.
    """

    __slots__ = ("_bytes", "_frames", "_name", "next_no", "waiting")

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self.next_no = 1
        """The number of the message that will be published next."""
        self.waiting = trio.lowlevel.ParkingLot()

    @property
    def first_no(self) -> int:
        """The number of the oldest message that is still there; `next_no` when there is none."""
        return self.next_no - len(self._frames)

    @property
    def last_id(self) -> str:
        """The id of the newest message, or of the place before the first."""
        return f"{self._name}-{self.next_no - 1}"

    def append(self, message: Message) -> None:
        """Publish a message, and let go of the oldest ones beyond the bounds."""
        self.next_no += 1
        framed = frame(self.last_id, message)
        frames = self._frames
        frames.append(framed)
        self._bytes += len(framed)
        while len(frames) > RING_MESSAGES or (self._bytes > RING_BYTES and len(frames) > 1):
            self._bytes -= len(frames.popleft())
        self.waiting.unpark_all()

    def after(self, message_id: str) -> int | None:
        """Return the number of the message that follows `message_id`; None if that is not known any more."""
        name, _, number = message_id.partition("-")
        if name != self._name or not (number.isascii() and number.isdigit() and len(number) < 20):
            return None
        following = int(number) + 1
        return following if self.first_no <= following <= self.next_no else None

    def read(self, number: int, max_bytes: int) -> tuple[bytes, int]:
        """Return the messages from `number` on, at least one and then up to `max_bytes`, and how many they are."""
        taken: list[bytes] = []
        size = 0
        for framed in islice(self._frames, number - self.first_no, None):
            size += len(framed)
            if taken and size > max_bytes:
                break
            taken.append(framed)
        return b"".join(taken), len(taken)


class Channel:
    """What the feed knows of one project."""

    __slots__ = ("changed", "counters", "left_out", "listened_at", "open", "ring", "singles")

    def __init__(self, counters: Counters) -> None:
        self.ring = Ring()
        self.open: set[Subscription] = set()
        self.listened_at = trio.current_time()
        self.counters = counters
        """As last told."""
        self.changed: dict[str, ChangedIssue] = {}
        self.left_out = 0
        self.singles = 0
        """Messages about single issues since the last tick."""

    def tell(self, message: NewIssue | RegressedIssue | StatusChanged | IssueActivity) -> None:
        """Publish what happened to one issue, or count the issue when there is too much of that."""
        if self.singles < MAX_SINGLES_PER_TICK:
            self.singles += 1
            self.ring.append(message)
        else:
            self.left_out += 1

    def add(self, fingerprint: str, events: int, last_ms: int) -> None:
        """Note that an issue has more events."""
        known = self.changed.get(fingerprint)
        if known is not None:
            known.events += events
            known.last_seen = max(known.last_seen, last_ms)
        elif len(self.changed) < MAX_CHANGED:
            self.changed[fingerprint] = ChangedIssue(fingerprint=fingerprint, events=events, last_seen=last_ms)
        else:
            self.left_out += 1

    def tick(self, counters: Counters) -> None:
        """Tell what has been collected."""
        self.singles = 0
        if self.changed or self.left_out:
            self.ring.append(ChangedIssues(issues=list(self.changed.values()), left_out=self.left_out))
            self.changed = {}
            self.left_out = 0
        if counters != self.counters:
            self.counters = counters
            self.ring.append(counters)


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
