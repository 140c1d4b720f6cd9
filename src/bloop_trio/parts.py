"""What a running server is made of, and how the parts are put together. Starts no task and knows no signal."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import attrs
import structlog

from bloop_trio.alerts.delivery.sending import Sending, build_sending
from bloop_trio.alerts.judging.engine import Engine
from bloop_trio.alerts.judging.firing import Fallbacks
from bloop_trio.alerts.judging.metrics import engine_families
from bloop_trio.analytics.engine import Engine as AnalyticsEngine
from bloop_trio.analytics.files import is_installed, projection_path
from bloop_trio.analytics.insights import Insights
from bloop_trio.analytics.metrics import projection_families
from bloop_trio.analytics.projection import Projection
from bloop_trio.app import create_app
from bloop_trio.auth.bearer import BearerTokens
from bloop_trio.auth.limiting import sign_in_families
from bloop_trio.auth.sessions import Sessions
from bloop_trio.clock import MS_PER_SEC, now_ms, now_secs
from bloop_trio.config import DirectSettings
from bloop_trio.db.readers import Readers, open_readers
from bloop_trio.db.writer import Writer, open_writer
from bloop_trio.exceptions import ConfigError
from bloop_trio.flow.periodic import Nudge
from bloop_trio.flow.pipeline import Pipeline
from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.http.pages import read_dashboard
from bloop_trio.http.ratelimit import TokenBuckets
from bloop_trio.http.streaming import Streams
from bloop_trio.http.vitals import Vitals
from bloop_trio.issues.events.accounting import Accounting, Loss
from bloop_trio.issues.events.event import EventLimits
from bloop_trio.issues.grouping.grouping import Groupings
from bloop_trio.issues.grouping.store import GENERATION, list_groupings
from bloop_trio.issues.ingest.intake import Intake, IntakeSettings
from bloop_trio.issues.live.feed import Feed
from bloop_trio.issues.metrics import accounting_families, feed_families, flow_families, limit_families
from bloop_trio.issues.triage.snoozing import Snoozes, tell_ended
from bloop_trio.issues.writing.flushing import Flusher
from bloop_trio.issues.writing.search_index import SearchIndexer
from bloop_trio.issues.writing.writer import BatchResult, BatchWriter
from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.listener import Lane
from bloop_trio.lane.metrics import lane_families
from bloop_trio.lane.sockets import create_tls_context
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.watch import Followed, KeyWatch
from bloop_trio.retention.metrics import retention_families
from bloop_trio.retention.purges import Purges
from bloop_trio.retention.removal import Removal
from bloop_trio.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from bloop_trio.config import Config
    from bloop_trio.http.metrics import Family
    from bloop_trio.issues.events.batch import AcceptedEvent, FingerprintKey
    from bloop_trio.lane.front import Asgi

_log = structlog.get_logger("bloop.pipeline")


MAX_BATCH_EVENTS: Final = 4096
"""Events in one transaction: more would not be faster, and would keep other writers waiting."""
BATCH_PACE_SECS: Final = 0.1
"""Between two batches in buffered mode while the buffer is less than half full."""
BYTES_PER_PLACE: Final = 4096
"""What the buffer holds in bytes for each event of its capacity: larger ones fill it sooner."""
LEAST_BUFFER_BYTES: Final = 4 * 1024 * 1024
"""A small buffer still holds some large events."""


@attrs.define(eq=False, kw_only=True)
class Parts:
    """What a running server is made of."""

    config: Config
    writer: Writer
    readers: Readers
    pipeline: Pipeline[AcceptedEvent]
    accounting: Accounting
    flusher: Flusher
    key_watch: KeyWatch
    bearer: BearerTokens
    sessions: Sessions
    intake: Intake
    search_indexer: SearchIndexer
    snoozes: Snoozes
    removal: Removal
    removal_nudge: Nudge = attrs.field(init=False, factory=Nudge)
    """Given when a project was deleted."""
    buckets: TokenBuckets | None
    """The rate limit of ingest; None if it is off."""
    sign_in_buckets: TokenBuckets | None
    """The rate limit of sign-ins; None if it is off."""
    purges: Purges
    engine: Engine
    """Judges the alert rules."""
    projection: Projection | None
    """What insights are calculated on; None if they are off."""
    sending: Sending
    forget_fingerprints: Callable[[Iterable[FingerprintKey]], None]
    """Has the writer of batches forget whose fingerprints are; called in the writer's turn."""
    lane: Lane = attrs.field(init=False)
    streams: Streams = attrs.field(init=False, factory=Streams)
    feed: Feed
    stopping: bool = False

    def vitals(self) -> Vitals:
        """Return what `/health` tells."""
        buffer = self.pipeline.statistics()
        counts, recent = self.accounting.snapshot(), self.accounting.recent.totals(now_ms())
        return Vitals(
            stopping=self.stopping,
            buffered=buffer.buffered,
            capacity=buffer.capacity,
            dropped_total=counts.dropped_total,
            lost_total=counts.lost_total,
            last_flush_ms=self.flusher.statistics.last_flush_ms,
            flush_error=self.flusher.trouble(now_ms()),
            oldest_received_ms=self.flusher.oldest_received_ms,
            weight_usage=min(1.0, buffer.weight / buffer.max_weight),
            budget_problem=self.purges.statistics.budget_problem,
            insights_problem=None if self.projection is None else self.projection.statistics.problem,
            insights_making=None if self.projection is None else self.projection.statistics.making,
            overfull_recently=recent[Loss.BUFFER_FULL],
            limited_recently=recent[Loss.RATE_LIMITED],
            lost_recently=recent[Loss.LOST],
        )

    def families(self) -> list[Family]:
        """Return what `/metrics` shows beside the process itself."""
        vitals = self.vitals()
        return [
            *accounting_families(self.accounting.snapshot()),
            *flow_families(
                self.pipeline.statistics(),
                self.flusher.statistics,
                oldest_age_secs=vitals.oldest_age_secs(now_ms()),
                failing=vitals.flush_error is not None,
            ),
            *limit_families(self.buckets),
            *sign_in_families(self.sign_in_buckets),
            *retention_families(self.purges.statistics),
            *lane_families(self.lane.stats, self.lane.bodies),
            *feed_families(self.feed.statistics()),
            *engine_families(self.engine.statistics, now_ms()),
            *self.sending.families(now_ms()),
            *self._projection_families(),
        ]

    def _projection_families(self) -> list[Family]:
        if self.projection is None:
            return []
        return projection_families(self.projection.statistics, self.projection.engine, now_ms())


@asynccontextmanager
async def open_parts(config: Config, direct: DirectSettings | None = None) -> AsyncIterator[Parts]:
    """Open the store and build every part upon it; on leaving, close the store.

    Raises:
        ConfigError: the certificate or its key cannot be used, or a URL of the environment.
    """
    path, durable = config.database.path, config.ingest.ack == "durable"
    async with (
        open_writer(path, synchronous="FULL" if durable else "NORMAL") as writer,
        open_readers(path, config.database.pool_size) as readers,
    ):
        accounting = Accounting()
        pipeline: Pipeline[AcceptedEvent] = Pipeline(
            capacity=config.ingest.channel_capacity,
            # In durable mode somebody waits for each event, and the commit before is all the waiting for company there is.
            batch_size=1 if durable else config.pipeline.flush_batch_size,
            linger_secs=0.0 if durable else config.pipeline.flush_interval_secs,
            max_batch_size=max(MAX_BATCH_EVENTS, config.pipeline.flush_batch_size),
            headroom=2 * config.ingest.max_batch_size,
            max_weight=max(config.ingest.channel_capacity * BYTES_PER_PLACE, LEAST_BUFFER_BYTES),
            pace_secs=0.0 if durable else BATCH_PACE_SECS,
        )
        batches = await writer.run(
            partial(
                BatchWriter,
                sample_reservoir_size=config.pipeline.sample_reservoir_size,
                max_new_issues_per_minute=config.ingest.max_new_issues_per_minute,
                full_occurrences_per_minute=config.ingest.full_occurrences_per_minute,
            )
        )
        feed = Feed(accounting.counts_of)
        sending = build_sending(config, direct or DirectSettings(), readers=readers, writer=writer, clock=now_ms)
        engine = Engine(
            readers=readers,
            writer=writer,
            fallbacks=Fallbacks(tuple(sending.fallbacks)),
            cooldown_secs=config.alerting.cooldown_secs,
            retention=config.retention,
            on_fired=sending.outbox.nudge,
        )
        projection = _build_projection(config, readers, writer)
        flusher = Flusher(pipeline, writer, batches, accounting, durable, partial(_tell, feed, engine, projection))
        ring = KeyRing()
        bearer, sessions = BearerTokens(readers, now_secs), Sessions(readers, now_secs)
        on_changed = {"tokens": bearer.clear, "sessions": sessions.clear, "alert_rules": engine.reload}
        groupings = Groupings()
        key_watch = KeyWatch(
            readers, ring, on_changed, followed=[Followed(GENERATION, list_groupings, groupings.replace)]
        )
        await key_watch.look()
        limit = config.rate_limit
        buckets = _build_buckets(limit.per_second, limit.burst_size)
        parts = Parts(
            config=config,
            writer=writer,
            readers=readers,
            pipeline=pipeline,
            accounting=accounting,
            flusher=flusher,
            key_watch=key_watch,
            bearer=bearer,
            sessions=sessions,
            search_indexer=SearchIndexer(writer),
            snoozes=Snoozes(writer=writer, clock=now_ms, on_changed=feed.publish_status),
            removal=Removal(writer=writer, is_expected=partial(_is_expected, ring, accounting), clock=now_ms),
            intake=Intake(
                settings=_intake_settings(config),
                keys=ring,
                hmac_secret=config.auth.hmac_secret,
                pipeline=pipeline,
                accounting=accounting,
                buckets=buckets,
                refresh_keys=key_watch.look,
                now_ms=now_ms,
                groupings=groupings,
            ),
            buckets=buckets,
            sign_in_buckets=_build_buckets(limit.auth_per_second, limit.auth_burst_size),
            feed=feed,
            purges=Purges(
                writer=writer,
                config=config.retention,
                map_days=config.source_maps.max_age_days,
                alert_days=config.alerting.log_days,
                forget=batches.forget,
            ),
            forget_fingerprints=batches.forget_fingerprints,
            engine=engine,
            projection=projection,
            sending=sending,
        )
        parts.lane = _build_lane(config, parts)
        yield parts


def _build_buckets(per_second: int, burst_size: int) -> TokenBuckets | None:
    return TokenBuckets(per_second, burst_size) if per_second else None


def _build_projection(config: Config, readers: Readers, writer: Writer) -> Projection | None:
    """Return what insights are calculated on; None if they are off, or this build has nothing to calculate with."""
    if not config.analytics.enabled or not is_installed():
        return None
    path = projection_path(config.database.path)
    return Projection(engine=AnalyticsEngine(path=path, config=config.analytics), readers=readers, writer=writer)


def _build_insights(config: Config, projection: Projection | None) -> Insights | None:
    if projection is None:
        return None
    analytics = config.analytics
    insights = Insights(
        projection.engine.query, ttl_secs=analytics.cache_ttl_secs, zscore_threshold=analytics.zscore_threshold
    )
    projection.on_made = insights.forget
    return insights


def _intake_settings(config: Config) -> IntakeSettings:
    ingest = config.ingest
    return IntakeSettings(
        limits=EventLimits(
            max_payload_bytes=ingest.max_payload_bytes,
            max_stack_bytes=ingest.max_stack_bytes,
            max_metadata_bytes=ingest.max_metadata_bytes,
            max_message_bytes=ingest.max_message_bytes,
        ),
        max_batch_size=ingest.max_batch_size,
        max_batch_payload_bytes=ingest.max_batch_payload_bytes,
        max_wait_secs=ingest.max_wait_ms / MS_PER_SEC,
        durable=ingest.ack == "durable",
        allow_keyless=config.auth.allow_keyless,
    )


def _build_lane(config: Config, parts: Parts) -> Lane:
    server = config.server
    services = Services(
        config=config,
        readers=parts.readers,
        writer=parts.writer,
        intake=parts.intake,
        bearer=parts.bearer,
        sessions=parts.sessions,
        vitals=parts.vitals,
        metric_sources=(parts.families,),
        streams=parts.streams,
        feed=parts.feed,
        purges=parts.purges,
        forget_fingerprints=parts.forget_fingerprints,
        refresh_keys=parts.key_watch.look,
        removal_nudge=parts.removal_nudge,
        insights=_build_insights(config, parts.projection),
        on_alerts_changed=parts.engine.reload,
        send_alert_test=parts.sending.trials.send_test,
        sign_in_buckets=parts.sign_in_buckets,
        dashboard=read_dashboard(),
    )
    tls = None
    if server.tls_cert is not None and server.tls_key is not None:
        try:
            tls = create_tls_context(server.tls_cert, server.tls_key)
        except OSError as error:
            msg = f"server.tls_cert, server.tls_key: cannot be used: {error}"
            raise ConfigError(msg) from error
    return Lane(
        intake=parts.intake,
        app=cast("Asgi", create_app(services)),  # Quart's own types of an ASGI message are narrower
        limits=LaneLimits(
            max_connections=server.max_connections,
            header_timeout_secs=server.header_timeout_secs,
            body_timeout_secs=server.body_timeout_secs,
            write_timeout_secs=server.write_timeout_secs,
            keep_alive_timeout_secs=server.keep_alive_timeout_secs,
        ),
        trusted_proxies=TrustedProxies.from_texts(server.trusted_proxies),
        tls_context=tls,
    )


def _is_expected(ring: KeyRing, accounting: Accounting, project_no: int) -> bool:
    """Whether events of a project can still come: from a sender, or out of the buffer."""
    counts = accounting.counts_of(project_no)
    return ring.by_no(project_no) is not None or (counts is not None and counts.in_buffer > 0)


def _tell(feed: Feed, engine: Engine, projection: Projection | None, result: BatchResult) -> None:
    """Tell all who care what a batch did."""
    if projection is not None:
        projection.on_batch(result)
    engine.on_batch(result)
    feed.publish_batch(result.combined, result.seen, result.addresses)
    tell_ended(feed.publish_status, result.ended)
    for issue in result.seen:
        _log.debug(
            "issue regressed" if issue.regression else "new issue",
            project_no=issue.project_no,
            fingerprint=issue.fingerprint,
        )
