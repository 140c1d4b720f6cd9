"""The accounting and the flushing as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.http.metrics import Family, Sample
from bloop_trio.issues.events.accounting import Drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.flow.pipeline import PipelineStatistics
    from bloop_trio.http.ratelimit import TokenBuckets
    from bloop_trio.issues.events.accounting import AccountingSnapshot, ProjectCounts
    from bloop_trio.issues.live.feed import FeedStatistics
    from bloop_trio.issues.writing.flushing import FlushStatistics


def accounting_families(snapshot: AccountingSnapshot) -> list[Family]:
    """Return where every event went, by project.

    In one scrape, for each project: received = accepted + dropped + rejected, and accepted = stored + duplicate +
    dead-lettered + lost + in buffer.
    """
    projects = snapshot.projects

    def by_project(name: str, help_text: str, count: Callable[[ProjectCounts], int]) -> Family:
        samples = tuple(Sample(count(p), {"project": p.project}) for p in projects)
        return Family(name, "gauge" if name == "bloop_events_in_buffer" else "counter", help_text, samples)

    return [
        by_project("bloop_events_received_total", "Events that clients sent, readable or not.", lambda p: p.received),
        by_project("bloop_events_accepted_total", "Events that were put into the buffer.", lambda p: p.accepted),
        Family(
            "bloop_events_dropped_total",
            "counter",
            "Acceptable events that were not kept, by reason.",
            # Both reasons are always there, so that a first drop shows as an increase.
            tuple(
                Sample(p.dropped.get(reason, 0), {"project": p.project, "reason": reason.value})
                for p in projects
                for reason in Drop
            ),
        ),
        Family(
            "bloop_events_rejected_total",
            "counter",
            "Events that were refused, by reason; an unreadable payload counts as one.",
            tuple(
                Sample(count, {"project": p.project, "reason": reason.value})
                for p in projects
                for reason, count in sorted(p.rejected.items())
            ),
        ),
        by_project("bloop_events_stored_total", "Events that were committed.", lambda p: p.stored),
        by_project(
            "bloop_events_duplicate_total", "Events left out because their id had been stored.", lambda p: p.duplicate
        ),
        by_project("bloop_events_dead_lettered_total", "Events put aside as unstorable.", lambda p: p.dead_lettered),
        by_project("bloop_events_lost_total", "Accepted events that could not be stored.", lambda p: p.lost),
        by_project(
            "bloop_events_overflowed_total",
            "Stored events of errors that were not made, as too many new ones came.",
            lambda p: p.overflowed,
        ),
        by_project(
            "bloop_events_thinned_total",
            "Stored events that were only counted, as their error floods.",
            lambda p: p.thinned,
        ),
        by_project("bloop_events_in_buffer", "Accepted events on their way to the store.", lambda p: p.in_buffer),
    ]


def limit_families(buckets: TokenBuckets | None) -> list[Family]:
    """Return what the rate limit has done; zeros where it is off."""
    refused = delayed = addresses = 0
    if buckets is not None:
        refused, delayed, addresses = buckets.refused_total, buckets.delayed_total, buckets.addresses
    return [
        Family.single(
            "bloop_rate_limited_requests_total", "counter", "Requests over the rate limit of their address.", refused
        ),
        Family.single(
            "bloop_rate_delayed_requests_total", "counter", "Requests that waited for the rate limit.", delayed
        ),
        Family.single(
            "bloop_rate_limit_addresses", "gauge", "Client addresses that the rate limit remembers.", addresses
        ),
    ]


def flow_families(
    buffer: PipelineStatistics, flush: FlushStatistics, *, oldest_age_secs: float | None = None, failing: bool = False
) -> list[Family]:
    """Return how full the buffer is and how its emptying goes; `failing` is whether the store refuses a batch."""
    last_flush = () if flush.last_flush_ms is None else (Sample(flush.last_flush_ms / 1000),)
    return [
        Family.single("bloop_buffer_events", "gauge", "Events in the buffer.", buffer.buffered),
        Family.single("bloop_buffer_capacity_events", "gauge", "Events that fit into the buffer.", buffer.capacity),
        Family.single("bloop_buffer_bytes", "gauge", "What the events in the buffer weigh.", buffer.weight),
        Family.single(
            "bloop_buffer_capacity_bytes", "gauge", "What the events in the buffer may weigh.", buffer.max_weight
        ),
        Family.single(
            "bloop_buffer_waits_total", "counter", "Requests that waited for room in the buffer.", buffer.waits_total
        ),
        Family.single("bloop_buffer_waiting", "gauge", "Requests that wait for room in the buffer.", buffer.waiting),
        Family.single(
            "bloop_buffer_oldest_age_seconds",
            "gauge",
            "For how long the oldest accepted event has waited to be stored; 0 without one.",
            oldest_age_secs or 0.0,
        ),
        Family.single("bloop_flushes_total", "counter", "Batches that were committed.", flush.batches),
        Family.single("bloop_flushed_events_total", "counter", "Events in committed batches.", flush.events),
        Family.single("bloop_flush_failures_total", "counter", "Attempts that the store refused.", flush.failures),
        Family.single("bloop_flush_failing", "gauge", "1 while the store refuses a batch, else 0.", int(failing)),
        Family("bloop_flush_duration_seconds", "histogram", "How long batches took.", flush.durations.samples()),
        Family.single(
            "bloop_last_flush_duration_seconds", "gauge", "How long the last batch took.", flush.last_duration_ms / 1000
        ),
        Family(
            "bloop_last_flush_timestamp_seconds",
            "gauge",
            "When the last batch was committed, in epoch seconds.",
            last_flush,
        ),
    ]


def feed_families(feed: FeedStatistics) -> list[Family]:
    """Return how much the live feed is used."""
    return [
        Family.single("bloop_streams_open", "gauge", "Clients that listen to the live feed.", feed.streams_open),
        Family.single(
            "bloop_stream_messages_total", "counter", "Messages of the live feed, for each client.", feed.sent_total
        ),
        Family.single(
            "bloop_stream_resets_total", "counter", "Times that a client was told to read anew.", feed.resets_total
        ),
    ]
