"""What the state of an installation means, and what to do about it: from facts to sentences, without looking at any."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.clock import MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.analytics.files import Look
    from bloop_trio.cli.machine import Leftover, Machine, Running
    from bloop_trio.db.survey import Engine, Survey
    from bloop_trio.issues.queries.consistency import Consistency

_MIB: Final = 1 << 20
LARGE_LOG_BYTES: Final = 256 * _MIB
"""Four times what the log is cut back to: somebody holds it open."""
LITTLE_ROOM_BYTES: Final = 256 * _MIB
"""Less than this on the disk, and the next large write may fail."""
MANY_BACKUPS: Final = 3
CLOCK_TOLERANCE_MS: Final = 60 * MS_PER_SEC
SPARE_FILES: Final = 64
"""Files and sockets that a server opens besides those of its clients."""


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@attrs.frozen
class Finding:
    """One thing that was looked at."""

    topic: str
    level: Level
    text: str
    advice: str | None = None
    """What to do about it; None where there is nothing to do."""


def judge_survey(survey: Survey) -> Iterator[Finding]:
    """Yield what the state of the database means."""
    yield from _judge_integrity(survey)
    yield from _judge_schema(survey)
    log = f"the write-ahead log has {survey.log_bytes / _MIB:,.0f} MiB"
    if survey.log_bytes > LARGE_LOG_BYTES:
        yield Finding(
            "log",
            Level.WARN,
            f"{log}, so something keeps it from beginning anew",
            "Wait for backups and exports to end, and end other programs that read the database; it is then used again,"
            " and cut at the next stop of the server.",
        )
    else:
        yield Finding("log", Level.OK, log)


def _judge_integrity(survey: Survey) -> Iterator[Finding]:
    if survey.problems:
        yield Finding(
            "integrity",
            Level.FAIL,
            f"the database is damaged: {'; '.join(survey.problems)}",
            "Restore the newest backup with `bloop restore`; look at the disk and the memory of this machine.",
        )
    else:
        yield Finding("integrity", Level.OK, "the database is whole")
    if survey.dangling:
        yield Finding(
            "references",
            Level.FAIL,
            "there are rows that belong to rows that are not there",
            "Something else than bloop has written to the database: restore a backup from before.",
        )
    else:
        yield Finding("references", Level.OK, "every row's parent is there")


def _judge_schema(survey: Survey) -> Iterator[Finding]:
    difference = survey.difference
    if difference.missing:
        yield Finding(
            "schema",
            Level.FAIL,
            f"the schema lacks {', '.join(difference.missing)}",
            "Something else than bloop has changed the database: restore a backup from before.",
        )
    if difference.altered:
        yield Finding(
            "schema",
            Level.WARN,
            f"{', '.join(difference.altered)} is not as the migrations make it",
            "Undo what was changed by hand, or expect later upgrades to fail.",
        )
    if difference.extra:
        yield Finding(
            "schema",
            Level.WARN,
            f"there is more than bloop makes: {', '.join(difference.extra)}",
            "Remove it if you know where it is from: every write may have to serve it.",
        )
    if survey.pending:
        yield Finding(
            "migrations",
            Level.WARN,
            f"schema {survey.schema} is to be upgraded by {', '.join(survey.pending)}",
            "The next start of the server does it, after a backup that takes as much room as the database.",
        )
    elif not (difference.missing or difference.altered or difference.extra):
        yield Finding("schema", Level.OK, f"schema {survey.schema} is as this version makes it")


def judge_consistency(consistency: Consistency) -> Iterator[Finding]:
    """Yield what the counts mean."""
    if consistency.miscounted or not consistency.totals_agree:
        what = (
            f"{consistency.miscounted} of {consistency.checked} issues disagree with their counts"
            if consistency.miscounted
            else "the number of issues of each status is not what is kept of it"
        )
        yield Finding(
            "counts",
            Level.FAIL,
            what,
            "Something else than bloop has written to the database, or you found a bug: please report it.",
        )
    else:
        yield Finding("counts", Level.OK, f"the counts of {consistency.checked:,} issues agree")
    if consistency.dead_letters:
        yield Finding(
            "dead letters",
            Level.WARN,
            f"{consistency.dead_letters:,} events could not be stored and were put aside",
            "The table dead_letters says why of each; they leave with the events of their day.",
        )


def judge_clock(now_ms: int, migrated_secs: int, newest_event_ms: int | None) -> Finding:
    """Return what this machine's clock means beside what is stored."""
    latest_ms = max(migrated_secs * MS_PER_SEC, newest_event_ms or 0)
    behind_ms = latest_ms - now_ms
    if behind_ms > CLOCK_TOLERANCE_MS:
        return Finding(
            "clock",
            Level.WARN,
            f"the clock is {behind_ms // MS_PER_SEC:,} s behind what was stored last",
            "Set it, and keep it so (`timedatectl set-ntp true`): it decides on which day an event is kept.",
        )
    return Finding("clock", Level.OK, "the clock is not behind what is stored")


def judge_engine(engine: Engine) -> Finding:
    """Return what the SQLite at hand means."""
    if not engine.full_text_search:
        return Finding(
            "sqlite",
            Level.FAIL,
            f"SQLite {engine.version} has no full-text search (FTS5)",
            "Use a Python whose SQLite has it, as those of the large distributions and of python.org do.",
        )
    return Finding("sqlite", Level.OK, f"SQLite {engine.version} with full-text search")


def judge_machine(machine: Machine, database_bytes: int, max_connections: int) -> Iterator[Finding]:
    """Yield what disk, permissions, limits and leftover files mean for a database of this size."""
    yield _judge_room(machine.free_bytes, database_bytes)
    if machine.exposed:
        yield Finding(
            "permissions",
            Level.WARN,
            f"others on this machine can read or change {', '.join(machine.exposed)}",
            "Take it away from them, as with `chmod go= FILE`: the database holds the keys of projects.",
        )
    else:
        yield Finding("permissions", Level.OK, "database and folder are for their owner alone")
    if machine.file_limit < max_connections + SPARE_FILES:
        yield Finding(
            "open files",
            Level.WARN,
            f"at most {machine.file_limit:,} files can be open, and server.max_connections is {max_connections:,}",
            "Raise the hard limit (LimitNOFILE= in a systemd unit, ulimits in Docker), or lower the setting.",
        )
    else:
        yield Finding("open files", Level.OK, f"{machine.file_limit:,} files can be open")
    yield from _judge_leftovers(machine)


def _judge_room(free_bytes: int, database_bytes: int) -> Finding:
    text = f"{free_bytes / _MIB:,.0f} MiB are free for a database of {database_bytes / _MIB:,.0f} MiB"
    if free_bytes < LITTLE_ROOM_BYTES:
        return Finding("disk", Level.FAIL, text, "Make room now: a server on a full disk can store nothing.")
    if free_bytes < database_bytes:
        return Finding(
            "disk",
            Level.WARN,
            text,
            "Make room, or lower retention.raw_events_days: an upgrade copies the database beside it.",
        )
    return Finding("disk", Level.OK, text)


def _judge_leftovers(machine: Machine) -> Iterator[Finding]:
    if machine.partial:
        yield Finding(
            "unfinished",
            Level.WARN,
            f"there are copies that are being written or were cut off: {_listed(machine.partial)}",
            "Remove them if no backup, restore or upgrade is running.",
        )
    if machine.copies:
        many = len(machine.copies) > MANY_BACKUPS
        yield Finding(
            "copies",
            Level.WARN if many else Level.OK,
            f"upgrades and restores have left {_listed(machine.copies)}",
            "Remove those that you need no more." if many else None,
        )


def _listed(files: tuple[Leftover, ...]) -> str:
    return ", ".join(f"{file.name} ({file.size_bytes / _MIB:,.0f} MiB)" for file in files)


def judge_server(running: Running) -> Finding:
    """Return what a look at the server means."""
    if not running.locked:
        return Finding("server", Level.OK, "no server is running on this database")
    if running.status is None:
        return Finding(
            "server",
            Level.FAIL,
            f"a server is running on this database but does not answer: {running.trouble}",
            "Look at its log; if it has another address than this configuration says, give doctor that configuration.",
        )
    text = f"the server is running, and its health is {running.health or 'not told'} ({running.status})"
    if running.health == "ok":
        return Finding("server", Level.OK, text)
    level = Level.WARN if running.health == "degraded" else Level.FAIL
    return Finding("server", level, text, "Look at its log and its metrics: what stores nothing says why.")


def judge_insights(look: Look, *, is_enabled: bool) -> Finding:
    """Return what the file of the insights means; nothing about it keeps a server from storing events."""
    if not is_enabled:
        return Finding("insights", Level.OK, "insights are off, by analytics.enabled")
    if not look.is_installed:
        return Finding("insights", Level.OK, "insights are off, as there is no DuckDB")
    if look.set_aside:
        return Finding(
            "insights",
            Level.WARN,
            f"something that is none was in the place of their file, and is now {', '.join(look.set_aside)}",
            "Move it elsewhere, or remove it if you know that you do not need it.",
        )
    if look.size_bytes is None:
        return Finding("insights", Level.OK, "there is no file of the insights yet; the first event has it made")
    return Finding("insights", Level.OK, f"the file of the insights has {look.size_bytes / _MIB:,.0f} MiB")
