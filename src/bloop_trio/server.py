"""The life of the server, top to bottom: what is opened and started, in which order, and how it stops.

This is the only module that knows every part, and the only one that starts tasks which live as long as the process.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import attrs
import structlog
import trio

from bloop_trio import __version__
from bloop_trio.app import Services, create_app
from bloop_trio.auth.bearer import BearerTokens
from bloop_trio.auth.store import touch_last_used
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC, now_ms, now_secs
from bloop_trio.db.connection import Connection, StoreError, open_connection
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import migrate
from bloop_trio.db.readers import Readers, open_readers
from bloop_trio.db.writer import BUSY_TIMEOUT_MS, Writer, open_writer
from bloop_trio.exceptions import BloopError, ConfigError, DatabaseError, QueryTimeoutError
from bloop_trio.flow.periodic import run_every
from bloop_trio.flow.pipeline import Pipeline
from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.http.health_routes import Vitals
from bloop_trio.http.ratelimit import TokenBuckets
from bloop_trio.issues.accounting import Accounting
from bloop_trio.issues.event import EventLimits
from bloop_trio.issues.flushing import Flusher
from bloop_trio.issues.intake import Intake, IntakeSettings
from bloop_trio.issues.metrics import accounting_families, flow_families
from bloop_trio.issues.writer import BatchWriter
from bloop_trio.lane.limits import LaneLimits
from bloop_trio.lane.listener import Lane
from bloop_trio.lane.metrics import lane_families
from bloop_trio.lane.sockets import create_tls_context, open_listening_sockets
from bloop_trio.logs import configure_logging
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.store import ensure_default_project
from bloop_trio.projects.watch import KeyWatch
from bloop_trio.retention.purge import prepare_days, purge

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bloop_trio.config import Config, Loaded
    from bloop_trio.http.metrics import Family
    from bloop_trio.issues.batch import AcceptedEvent
    from bloop_trio.issues.upserts import IssueSeen
    from bloop_trio.lane.front import Asgi

_log = structlog.get_logger("bloop.server")

KEY_WATCH_SECS: Final = 0.5
TOUCH_SECS: Final = 60
MAX_BATCH_EVENTS: Final = 4096
"""Events in one transaction: more would not be faster, and would keep other writers waiting."""
GC_THRESHOLDS: Final = (20_000, 20, 50)
"""Buffered events are many, short-lived and free of cycles: looking through them often finds nothing."""
BATCH_PACE_SECS: Final = 0.1
"""Between two batches in buffered mode while the buffer is less than half full."""
MAX_BUFFERED_BYTES: Final = 32 * 1024 * 1024
"""Of buffered events beside their number: the buffer holds 8,192 events of 4 KiB, or fewer larger ones."""
DURABLE_LINGER_SECS: Final = 0.002
"""In durable mode: how long the first event of a batch waits for company."""
_STOP_RESERVE: Final = 0.25
"""Part of the shutdown time that is kept for storing what is buffered."""


def run(loaded: Loaded) -> int:
    """Serve until a signal ends it; returns the exit code: 0 after an orderly stop, 1 after a crash or a loss.

    Raises:
        BloopError: the server cannot start; the message says why.
    """
    configure_logging(loaded.direct.log_filter, sys.stdout)
    for warning in loaded.warnings:
        _log.warning(warning)
    os.umask(0o077)
    _raise_file_limit()
    try:
        lost = trio.run(partial(serve, loaded), strict_exception_groups=True)
    except BloopError:
        raise
    except Exception:  # noqa: BLE001 - the last line of defence: say it in the log, then fail loudly
        _log.exception("the server crashed")
        return 1
    return 1 if lost else 0


def _raise_file_limit() -> None:
    """Allow as many open sockets as the system does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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
    intake: Intake
    lane: Lane = attrs.field(init=False)
    stopping: bool = False

    def vitals(self) -> Vitals:
        """Return what `/health` tells."""
        buffer = self.pipeline.statistics()
        counts = self.accounting.snapshot()
        return Vitals(
            stopping=self.stopping,
            buffered=buffer.buffered,
            capacity=buffer.capacity,
            dropped_total=counts.dropped_total,
            lost_total=counts.lost_total,
            last_flush_ms=self.flusher.statistics.last_flush_ms,
            flush_failing=self.flusher.statistics.last_error is not None,
        )

    def families(self) -> list[Family]:
        """Return what `/metrics` shows beside the process itself."""
        return [
            *accounting_families(self.accounting.snapshot()),
            *flow_families(self.pipeline.statistics(), self.flusher.statistics),
            *lane_families(self.lane.stats),
        ]


async def serve(
    loaded: Loaded, *, task_status: trio.TaskStatus[list[tuple[str, int]]] = trio.TASK_STATUS_IGNORED
) -> int:
    """Open everything, serve until SIGTERM or SIGINT, stop in order; returns how many accepted events were lost.

    `task_status.started` gets the bound addresses once connections are accepted. A second signal ends the process at
    once. An exception in any task that is not meant to survive one ends the server with that exception.
    """
    config = loaded.config
    path = config.database.path
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals, instance_lock(path):
        _prepare_database(path, loaded)
        sockets = _listen(config)
        async with _open_parts(config) as parts, trio.open_nursery() as nursery:
            flushed = trio.Event()
            flushing = trio.CancelScope()
            nursery.start_soon(_flush, parts.flusher, flushing, flushed)
            nursery.start_soon(run_every, KEY_WATCH_SECS, _surviving("key watch", parts.key_watch.look))
            nursery.start_soon(run_every, TOUCH_SECS, _surviving("token use", partial(_note_token_use, parts)))
            nursery.start_soon(
                run_every, MS_PER_HOUR / MS_PER_SEC, _surviving("day tables", partial(_prepare_days, parts))
            )
            nursery.start_soon(
                run_every, config.retention.prune_interval_secs, _surviving("retention", partial(_purge, parts))
            )
            addresses = await nursery.start(parts.lane.serve, sockets)
            gc.collect()
            gc.freeze()  # what exists by now lives as long as the process: later collections need not look at it
            gc.set_threshold(*GC_THRESHOLDS)
            _log.info(
                "listening", addresses=[f"{h}:{p}" for h, p in addresses], version=__version__, ack=config.ingest.ack
            )
            task_status.started(addresses)

            nursery.start_soon(_await_signals, signals, parts, stop := trio.Event())
            await stop.wait()
            deadline = trio.current_time() + config.server.shutdown_timeout_secs
            lost = await _stop(parts, flushing, flushed, deadline)
            nursery.cancel_scope.cancel()
        _log.info("stopped", lost=lost)
    return lost


async def _await_signals(signals: AsyncIterator[int], parts: Parts, stop: trio.Event) -> None:
    async for number in signals:
        _log.info("stopping", signal=signal.Signals(number).name)
        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, _leave_at_once)
        parts.stopping = True
        stop.set()


def _leave_at_once(number: int, _: object) -> None:
    """End the process without further ado: it was asked to twice."""
    os._exit(128 + number)


async def _stop(parts: Parts, flushing: trio.CancelScope, flushed: trio.Event, deadline: float) -> int:
    """Stop in the reverse order of starting: connections, then the buffer; returns how many events were lost."""
    reserve_secs = parts.config.server.shutdown_timeout_secs * _STOP_RESERVE
    await parts.lane.stop(deadline - reserve_secs)
    parts.pipeline.close()
    # An attempt under way at the end may take so much longer to give up.
    left_secs = deadline - trio.current_time()
    with trio.move_on_after(max(left_secs - BUSY_TIMEOUT_MS / MS_PER_SEC, left_secs / 2)):
        await flushed.wait()
    if not flushed.is_set():
        flushing.cancel()
        await flushed.wait()
    parts.flusher.lose_rest()
    # In durable mode a lost event was never acknowledged.
    return 0 if parts.config.ingest.ack == "durable" else parts.accounting.snapshot().lost_total


async def _flush(flusher: Flusher, scope: trio.CancelScope, flushed: trio.Event) -> None:
    with scope:
        await flusher.run()
    flushed.set()


def _surviving(name: str, job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    """Return `job` so that trouble with the store is logged, and left to its next turn."""

    async def survive() -> None:
        try:
            await job()
        except (StoreError, QueryTimeoutError) as error:
            _log.error("background work failed, will be tried again", work=name, error=str(error))

    return survive


async def _purge(parts: Parts) -> None:
    await purge(parts.writer, raw_events_days=parts.config.retention.raw_events_days, now_ms=now_ms())


async def _prepare_days(parts: Parts) -> None:
    await prepare_days(parts.writer, now_ms())


async def _note_token_use(parts: Parts) -> None:
    marks = parts.bearer.take_touched()
    if marks:

        def note(conn: Connection) -> None:
            touch_last_used(conn, marks)

        await parts.writer.run(note)


def _prepare_database(path: Path, loaded: Loaded) -> None:
    """Bring the database to today's schema, and have the default project."""
    inspect_database(path)  # a foreign file is refused before anything opens it for writing
    conn = open_connection(path)
    try:
        upgrade = migrate(conn, path, now_secs())
        if upgrade.applied:
            backup = None if upgrade.backup is None else str(upgrade.backup)
            _log.info("database prepared", migrations=list(upgrade.applied), backup=backup)
        ensure_default_project(conn, now_secs(), loaded.direct.default_api_key)
    except StoreError as error:
        msg = f"cannot prepare the database {path}: {error}"
        raise DatabaseError(msg) from error
    finally:
        conn.close()


def _listen(config: Config) -> list[socket.socket]:
    server = config.server
    try:
        return open_listening_sockets(server.host, server.port)
    except OSError as error:
        msg = f"cannot listen on {server.host} port {server.port}: {error.strerror}"
        raise ConfigError(msg) from error


@asynccontextmanager
async def _open_parts(config: Config) -> AsyncIterator[Parts]:
    """Build every part, and take the store apart again on leaving."""
    path, durable = config.database.path, config.ingest.ack == "durable"
    async with (
        open_writer(path, synchronous="FULL" if durable else "NORMAL") as writer,
        open_readers(path, config.database.pool_size) as readers,
    ):
        accounting = Accounting()
        pipeline: Pipeline[AcceptedEvent] = Pipeline(
            capacity=config.ingest.channel_capacity,
            batch_size=1 if durable else config.pipeline.flush_batch_size,
            linger_secs=DURABLE_LINGER_SECS if durable else config.pipeline.flush_interval_secs,
            max_batch_size=max(MAX_BATCH_EVENTS, config.pipeline.flush_batch_size),
            headroom=2 * config.ingest.max_batch_size,
            max_weight=MAX_BUFFERED_BYTES,
            pace_secs=0.0 if durable else BATCH_PACE_SECS,
        )
        batches = await writer.run(partial(BatchWriter, sample_reservoir_size=config.pipeline.sample_reservoir_size))
        flusher = Flusher(pipeline, writer, batches, accounting, durable, _log_seen)
        ring = KeyRing()
        bearer = BearerTokens(readers, now_secs)
        key_watch = KeyWatch(readers, ring, bearer.clear)
        await key_watch.look()
        parts = Parts(
            config=config,
            writer=writer,
            readers=readers,
            pipeline=pipeline,
            accounting=accounting,
            flusher=flusher,
            key_watch=key_watch,
            bearer=bearer,
            intake=_build_intake(config, ring, pipeline, accounting, key_watch),
        )
        parts.lane = _build_lane(config, parts)
        yield parts


def _build_intake(
    config: Config,
    ring: KeyRing,
    pipeline: Pipeline[AcceptedEvent],
    accounting: Accounting,
    key_watch: KeyWatch,
) -> Intake:
    ingest, limit = config.ingest, config.rate_limit
    return Intake(
        settings=IntakeSettings(
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
        ),
        keys=ring,
        hmac_secret=config.auth.hmac_secret,
        pipeline=pipeline,
        accounting=accounting,
        buckets=TokenBuckets(limit.per_second, limit.burst_size) if limit.per_second else None,
        refresh_keys=key_watch.look,
        now_ms=now_ms,
    )


def _build_lane(config: Config, parts: Parts) -> Lane:
    server = config.server
    services = Services(
        config=config,
        readers=parts.readers,
        intake=parts.intake,
        bearer=parts.bearer,
        vitals=parts.vitals,
        metric_sources=(parts.families,),
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


def _log_seen(seen: list[IssueSeen]) -> None:
    for issue in seen:
        _log.debug(
            "issue regressed" if issue.regression else "new issue",
            project_no=issue.project_no,
            fingerprint=issue.fingerprint,
        )
