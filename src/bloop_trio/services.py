"""What the routes are given to work with. Starts nothing, and builds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from bloop_trio.alerts.rules.desk import send_nothing
from bloop_trio.clock import now_ms
from bloop_trio.flow.periodic import Nudge
from bloop_trio.http.streaming import Streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from bloop_trio.alerts.rules.outcome_shapes import ChannelOutcome
    from bloop_trio.analytics.insights import Insights
    from bloop_trio.auth.bearer import BearerTokens
    from bloop_trio.auth.sessions import Sessions
    from bloop_trio.config import Config
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.metrics import Family
    from bloop_trio.http.ratelimit import TokenBuckets
    from bloop_trio.http.static import StaticFile
    from bloop_trio.http.vitals import Vitals
    from bloop_trio.issues.events.batch import FingerprintKey
    from bloop_trio.issues.ingest.intake import Intake
    from bloop_trio.issues.live.feed import Feed
    from bloop_trio.retention.purges import Purges


def _forget_nothing(_keys: Iterable[FingerprintKey]) -> None:
    """Nobody has anything to forget."""


@attrs.frozen(kw_only=True)
class Services:
    """What the routes work with."""

    config: Config
    readers: Readers
    writer: Writer
    intake: Intake
    bearer: BearerTokens
    sessions: Sessions
    feed: Feed
    purges: Purges
    refresh_keys: Callable[[], Awaitable[object]]
    """Makes the ring of project keys follow the database at once."""
    vitals: Callable[[], Vitals]
    """How the server is at this moment, for `/health`."""
    removal_nudge: Nudge = attrs.field(factory=Nudge)
    """Given when a project was deleted, whose data is to be cleared away."""
    on_alerts_changed: Callable[[], None] = lambda: None
    """Told when alert rules or their channels have changed."""
    send_alert_test: Callable[[int], Awaitable[Sequence[ChannelOutcome]]] = send_nothing
    """Sends a test to the channels of the alert rule with this id."""
    metric_sources: tuple[Callable[[], Iterable[Family]], ...] = ()
    """What `/metrics` shows beside the process itself; asked at each scrape."""
    clock: Callable[[], int] = now_ms
    """Epoch milliseconds."""
    forget_fingerprints: Callable[[Iterable[FingerprintKey]], None] = _forget_nothing
    """Has the writer of batches, where there is one, forget whose fingerprints are; called in the writer's turn."""
    sign_in_buckets: TokenBuckets | None = None
    """The rate limit of sign-ins; None if it is off."""
    streams: Streams = attrs.field(factory=Streams)
    """The answers that last."""
    insights: Insights | None = None
    """What answers questions about many errors at once; None if that is off."""
    dashboard: Mapping[str, StaticFile] = attrs.field(factory=dict)
    """Its files by their path; none if it was not built."""
