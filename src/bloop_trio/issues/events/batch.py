"""A batch of accepted events, combined before it is written: one row for each distinct key instead of one an event. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import attrs
import msgspec

from bloop_trio.clock import MS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.issues.events.event import Event
    from bloop_trio.issues.events.receipt import Receipt

_K = TypeVar("_K")

_REST_BYTES: Final = 500
"""The fields of an event that are neither message, stack nor metadata."""
RECENT_BUCKET_MS: Final = 10_000

FingerprintKey: TypeAlias = tuple[int, str]
"""(project number, fingerprint)"""
FacetKey: TypeAlias = tuple[int, str, str]
"""(project number, facet, value); the facets are release, environment, source and route"""

_FinestKey: TypeAlias = tuple[FingerprintKey, str, str, str, str, int]
"""(fingerprint, release, environment, source, route, 10-second bucket)"""


@attrs.define(eq=False)
class AcceptedEvent:
    """An event on its way to the store."""

    event: Event
    project_no: int
    fingerprint: str
    received_ms: int
    id_hash: int | None = None
    """64-bit hash of project and `event_id`, signed as SQLite's integers are; None without an `event_id`."""
    payload: bytes | None = None
    """The event as JSON if it can be stored just as it was sent; None if it has to be encoded."""
    receipt: Receipt | None = None
    """Whom to tell when the event is committed; None when nobody waits."""
    older_fingerprint: str | None = None
    """The fingerprint by the version that the project grouped by before; None if there is no other."""

    @property
    def weight_bytes(self) -> int:
        """Roughly what the event takes in memory beside a constant; what the buffer's bound in bytes counts."""
        if self.payload is not None:
            return len(self.payload)
        event = self.event
        metadata = event.metadata if isinstance(event.metadata, msgspec.Raw) else b""
        return len(event.message or "") + len(event.stack or "") + len(bytes(metadata)) + _REST_BYTES

    @property
    def key(self) -> FingerprintKey:
        """What the event's issue is found by."""
        return (self.project_no, self.fingerprint)


@attrs.define(eq=False)
class Span:
    """How many events, and when the first and the last was received."""

    count: int
    first_ms: int
    last_ms: int

    def include(self, other: Span) -> None:
        """Count the events of `other` too."""
        self.count += other.count
        self.first_ms = min(self.first_ms, other.first_ms)
        self.last_ms = max(self.last_ms, other.last_ms)


@attrs.frozen(kw_only=True)
class CombinedBatch:
    """What a batch adds to each table of counts; every mapping is in ascending order of its keys."""

    issues: dict[FingerprintKey, Span]
    heads: dict[FingerprintKey, AcceptedEvent]
    """The first event of each fingerprint, whose texts describe a new issue."""
    releases: dict[tuple[FingerprintKey, str, str], Span]
    """By (fingerprint, release, environment)."""
    hours: dict[tuple[FingerprintKey, int, str, str], int]
    """By (fingerprint, hour, environment, source)."""
    recent: dict[tuple[int, FingerprintKey, str, str], int]
    """By (10-second bucket, fingerprint, environment, source)."""
    project_hours: dict[tuple[int, int], int]
    """By (project number, hour)."""
    facets: dict[FacetKey, Span]
    """By (project number, facet, value); events without a route have no such facet."""
    projects: Counter[int]
    """Events by project number."""
    users: dict[FingerprintKey, set[str]]
    """The users of each fingerprint, as clients call them; in the order of the batch, without those of none."""


def combine(batch: Iterable[AcceptedEvent]) -> CombinedBatch:
    """Count a batch by every key that the store keeps counts of.

    Equal to adding the events one by one, in any order, except that `heads` follows the order of the batch.
    """
    # One pass over the events by the finest key; all coarser counts are sums over its few distinct values.
    finest: dict[_FinestKey, Span] = {}
    heads: dict[FingerprintKey, AcceptedEvent] = {}
    users: dict[FingerprintKey, set[str]] = {}
    for accepted in batch:
        event, received_ms = accepted.event, accepted.received_ms
        key = (
            (accepted.project_no, accepted.fingerprint),
            event.release or "",
            event.environment or "",
            event.source or "",
            event.route_or_procedure or "",
            received_ms // RECENT_BUCKET_MS,
        )
        span = finest.get(key)
        if span is None:
            finest[key] = Span(1, received_ms, received_ms)
            heads.setdefault(key[0], accepted)
        else:
            span.count += 1
            if received_ms > span.last_ms:
                span.last_ms = received_ms
            elif received_ms < span.first_ms:
                span.first_ms = received_ms
        if event.user_id_hash:
            users.setdefault(key[0], set()).add(event.user_id_hash)
    return _sum_up(finest, heads, users)


def _sum_up(
    finest: dict[_FinestKey, Span],
    heads: dict[FingerprintKey, AcceptedEvent],
    users: dict[FingerprintKey, set[str]],
) -> CombinedBatch:
    issues: dict[FingerprintKey, Span] = {}
    releases: dict[tuple[FingerprintKey, str, str], Span] = {}
    hours: Counter[tuple[FingerprintKey, int, str, str]] = Counter()
    recent: Counter[tuple[int, FingerprintKey, str, str]] = Counter()
    project_hours: Counter[tuple[int, int]] = Counter()
    facets: dict[FacetKey, Span] = {}
    projects: Counter[int] = Counter()
    for key, span in sorted(finest.items(), key=lambda item: item[0]):
        fingerprint, release, environment, source, route, bucket = key
        project_no = fingerprint[0]
        bucket_ms = bucket * RECENT_BUCKET_MS
        hour_ms = bucket_ms - bucket_ms % MS_PER_HOUR
        _include(issues, fingerprint, span)
        _include(releases, (fingerprint, release, environment), span)
        hours[fingerprint, hour_ms, environment, source] += span.count
        recent[bucket_ms, fingerprint, environment, source] += span.count
        project_hours[project_no, hour_ms] += span.count
        projects[project_no] += span.count
        _include(facets, (project_no, "release", release), span)
        _include(facets, (project_no, "environment", environment), span)
        _include(facets, (project_no, "source", source), span)
        if route:
            _include(facets, (project_no, "route", route), span)
    return CombinedBatch(
        issues=issues,
        heads=heads,
        releases=releases,
        hours=dict(sorted(hours.items())),
        recent=dict(sorted(recent.items())),
        project_hours=dict(sorted(project_hours.items())),
        facets=dict(sorted(facets.items(), key=lambda item: item[0])),
        projects=projects,
        users=users,
    )


def _include(spans: dict[_K, Span], key: _K, span: Span) -> None:
    known = spans.get(key)
    if known is None:
        spans[key] = Span(span.count, span.first_ms, span.last_ms)
    else:
        known.include(span)


def newest_by_fingerprint(batch: Sequence[AcceptedEvent], limit: int) -> dict[FingerprintKey, list[int]]:
    """Return, for each fingerprint, the positions in `batch` of its newest events, oldest first, at most `limit`."""
    newest: defaultdict[FingerprintKey, list[int]] = defaultdict(list)
    for position in range(len(batch) - 1, -1, -1):
        accepted = batch[position]
        kept = newest[accepted.project_no, accepted.fingerprint]
        if len(kept) < limit:
            kept.append(position)
    for kept in newest.values():
        kept.reverse()
    return dict(newest)
