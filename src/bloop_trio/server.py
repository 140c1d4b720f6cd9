"""The life of the server, top to bottom: what is opened and started, in which order, and how it stops.

This is the only module that starts tasks which live as long as the process.
"""

from __future__ import annotations

import errno
import gc
import os
import resource
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
import trio

from bloop_trio import __version__
from bloop_trio.auth.session_store import remove_expired_sessions, touch_sessions
from bloop_trio.auth.store import touch_last_used
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC, now_ms, now_secs
from bloop_trio.db.connection import Connection, StoreError, open_connection
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import migrate
from bloop_trio.db.writer import BUSY_TIMEOUT_MS
from bloop_trio.exceptions import BloopError, CommandError, ConfigError, DatabaseError, QueryTimeoutError
from bloop_trio.flow.periodic import run_every
from bloop_trio.issues.writing.day_counts import count_old_days
from bloop_trio.lane.sockets import open_listening_sockets
from bloop_trio.logs import configure_logging
from bloop_trio.parts import Parts, open_parts
from bloop_trio.projects.store import ensure_default_project
from bloop_trio.resident import release_code
from bloop_trio.retention.purge import prepare_days

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bloop_trio.config import Config, Loaded
    from bloop_trio.issues.writing.flushing import Flusher

_log = structlog.get_logger("bloop.server")

KEY_WATCH_SECS: Final = 0.5
SEARCH_SECS: Final = 1.0
SNOOZE_SECS: Final = 2.0
TOUCH_SECS: Final = 60
REMOVAL_SECS: Final = 5.0
"""Between two looks for deleted projects that have to wait for what is in the buffer."""
BUDGET_SECS: Final = 15
"""Between two looks at whether the database has outgrown its budget; without one, a look reads a few settings."""
GC_THRESHOLDS: Final = (20_000, 20, 50)
"""Buffered events are many, short-lived and free of cycles: looking through them often finds nothing."""
ALERT_SECS: Final = 3.0
"""For alerts that are due when the server stops."""
_MAY_PASS: Final = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})
"""Why an address cannot be had: who has it may leave, or it comes up later, so that a supervisor should try again."""
_CLOSE_SECS: Final = 0.5
"""Part of the shutdown time that is kept for noting what was sent, and closing the store."""
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


async def serve(
    loaded: Loaded, *, task_status: trio.TaskStatus[list[tuple[str, int]]] = trio.TASK_STATUS_IGNORED
) -> int:
    """Open everything, serve until a signal of `_stop_signals`, stop in order; returns how many accepted events were lost.

    `task_status.started` gets the bound addresses once connections are accepted. A second signal, but for a hangup, ends
    the process at once. An exception in any task that is not meant to survive one ends the server with that exception.
    """
    config = loaded.config
    path = config.database.path
    with trio.open_signal_receiver(*_stop_signals()) as signals, instance_lock(path):
        _prepare_database(path, loaded)
        sockets = _listen(config)
        async with open_parts(config, loaded.direct) as parts, trio.open_nursery() as nursery:
            flushed = trio.Event()
            flushing = trio.CancelScope()
            nursery.start_soon(_flush, parts.flusher, flushing, flushed)
            nursery.start_soon(run_every, KEY_WATCH_SECS, _surviving("key watch", parts.key_watch.look))
            nursery.start_soon(parts.feed.run)
            nursery.start_soon(run_every, SEARCH_SECS, _surviving("search index", parts.search_indexer.catch_up))
            nursery.start_soon(run_every, SNOOZE_SECS, _surviving("snoozes", parts.snoozes.end_due))
            nursery.start_soon(run_every, TOUCH_SECS, _surviving("token use", partial(_note_token_use, parts)))
            nursery.start_soon(run_every, TOUCH_SECS, _surviving("session use", partial(_note_session_use, parts)))
            nursery.start_soon(
                run_every, MS_PER_HOUR / MS_PER_SEC, _surviving("sessions", partial(_remove_expired_sessions, parts))
            )
            nursery.start_soon(
                run_every, MS_PER_HOUR / MS_PER_SEC, _surviving("day tables", partial(_prepare_days, parts))
            )
            nursery.start_soon(
                run_every, config.retention.prune_interval_secs, _surviving("retention", parts.purges.run)
            )
            budgets = _surviving("budgets in bytes", parts.purges.keep_budgets)
            nursery.start_soon(run_every, BUDGET_SECS, budgets)
            removal = _surviving("removal of deleted projects", parts.removal.clear)
            nursery.start_soon(run_every, REMOVAL_SECS, removal, parts.removal_nudge)
            nursery.start_soon(parts.engine.run)
            nursery.start_soon(parts.sending.outbox.run)
            if parts.projection is not None:
                nursery.start_soon(parts.projection.run)
            addresses = await nursery.start(parts.lane.serve, sockets)
            gc.collect()
            gc.freeze()  # what exists by now lives as long as the process: later collections need not look at it
            gc.set_threshold(*GC_THRESHOLDS)
            release_code()
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


def _stop_signals() -> tuple[signal.Signals, ...]:
    """Return what stops the server: a closed terminal does too, unless `nohup` or the like has had that ignored."""
    asked = (signal.SIGTERM, signal.SIGINT)
    return asked if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*asked, signal.SIGHUP)


async def _await_signals(signals: AsyncIterator[int], parts: Parts, stop: trio.Event) -> None:
    async for number in signals:
        _log.info("stopping", signal=signal.Signals(number).name)
        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, _leave_at_once)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal says so twice, by itself and by its shell
        parts.stopping = True
        stop.set()


def _leave_at_once(number: int, _: object) -> None:
    """End the process without further ado: it was asked to twice."""
    os._exit(128 + number)


async def _stop(parts: Parts, flushing: trio.CancelScope, flushed: trio.Event, deadline: float) -> int:
    """Stop in the reverse order of starting: connections, then the buffer; returns how many events were lost."""
    parts.streams.end_all()
    reserve_secs = parts.config.server.shutdown_timeout_secs * _STOP_RESERVE
    async with trio.open_nursery() as nursery:
        nursery.start_soon(parts.streams.cut_late)
        if parts.projection is not None:
            nursery.start_soon(parts.projection.engine.stop_answering)
        await parts.lane.stop(deadline - reserve_secs)
        nursery.cancel_scope.cancel()
    parts.pipeline.close()
    # An attempt under way at the end may take so much longer to give up.
    left_secs = deadline - trio.current_time()
    with trio.move_on_after(max(left_secs - BUSY_TIMEOUT_MS / MS_PER_SEC, left_secs / 2)):
        await flushed.wait()
    if not flushed.is_set():
        flushing.cancel()
        await flushed.wait()
    parts.flusher.lose_rest()
    # What has just been stored may still be told; what cannot be sent by then is sent after the next start.
    with trio.move_on_at(min(deadline - _CLOSE_SECS, trio.current_time() + ALERT_SECS)):
        await _surviving("alert rules", parts.engine.look)()
        await parts.sending.outbox.drain()
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


async def _prepare_days(parts: Parts) -> None:
    await prepare_days(parts.writer, now_ms())


async def _note_token_use(parts: Parts) -> None:
    marks = parts.bearer.take_touched()
    if marks:

        def note(conn: Connection) -> None:
            touch_last_used(conn, marks)

        await parts.writer.run(note)


async def _note_session_use(parts: Parts) -> None:
    marks = parts.sessions.take_touched()
    if marks:

        def note(conn: Connection) -> None:
            touch_sessions(conn, marks)

        await parts.writer.run(note)


async def _remove_expired_sessions(parts: Parts) -> None:
    def remove(conn: Connection) -> int:
        return remove_expired_sessions(conn, now_secs())

    await parts.writer.run(remove)


def _prepare_database(path: Path, loaded: Loaded) -> None:
    """Bring the database to today's schema, and have the default project."""
    inspect_database(path)  # a foreign file is refused before anything opens it for writing
    conn = open_connection(path)
    try:
        upgrade = migrate(conn, path, now_secs())
        if upgrade.applied:
            backup = None if upgrade.backup is None else str(upgrade.backup)
            _log.info("database prepared", migrations=list(upgrade.applied), backup=backup)
        count_old_days(conn)
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
        raise (CommandError if error.errno in _MAY_PASS else ConfigError)(msg) from error
