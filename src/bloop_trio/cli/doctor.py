"""``bloop doctor``: looks at everything that can be wrong with an installation, and changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.analytics.files import look_at_projection
from bloop_trio.cli import findings
from bloop_trio.cli.context import add_command
from bloop_trio.cli.findings import Finding, Level
from bloop_trio.cli.machine import look_at_machine, look_at_server
from bloop_trio.cli.output import printable, size
from bloop_trio.clock import now_ms
from bloop_trio.db.connection import StoreError, open_beside
from bloop_trio.db.survey import survey_database, survey_engine
from bloop_trio.exceptions import DatabaseError
from bloop_trio.issues.queries.consistency import Consistency, create_days_like, look_at_consistency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.config import Loaded
    from bloop_trio.db.survey import Survey

_SHOWN_TABLES: Final = 10


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "doctor", run, "Look for what is wrong, and say what to do about it. Changes nothing."
    )
    parser.add_argument(
        "--quick", action="store_true", help="neither hold every index against its table nor measure the tables"
    )


def run(context: Context) -> int:
    """Show all findings; returns 1 if one of them is a failure.

    Raises:
        ConfigError: The configuration cannot be used.
    """
    loaded = context.load()
    found, sizes = examine(loaded, thorough=not context.arguments.quick)
    document = {
        "level": max((finding.level for finding in found), key=list(Level).index),
        "findings": [{"topic": f.topic, "level": f.level, "text": f.text, "advice": f.advice} for f in found],
        "sizes": sizes,
    }
    context.output.result(document, _text(found, sizes))
    return 1 if document["level"] is Level.FAIL else 0


def examine(loaded: Loaded, *, thorough: bool) -> tuple[list[Finding], dict[str, Any]]:
    """Return what was found, and the sizes of what there is."""
    config = loaded.config
    path = config.database.path
    found = [
        Finding("configuration", Level.WARN, warning, "Correct it in the configuration file or the environment.")
        for warning in loaded.warnings
    ] or [Finding("configuration", Level.OK, "the configuration can be used")]
    sizes: dict[str, Any] = {}
    if (obstacle := _obstacle(path)) is not None:
        return [*found, obstacle], sizes
    if path.exists():
        database_findings, sizes = _examine_database(path, thorough=thorough)
        found += database_findings
    else:
        found.append(Finding("database", Level.OK, f"there is no database {path} yet; the first start creates it"))
    found.append(findings.judge_engine(survey_engine()))
    found += findings.judge_machine(
        look_at_machine(path), sizes.get("database_bytes", 0), config.server.max_connections
    )
    found.append(findings.judge_insights(look_at_projection(path), is_enabled=config.analytics.enabled))
    found.append(findings.judge_server(look_at_server(config)))
    return found, sizes


def _obstacle(path: Path) -> Finding | None:
    """Return why nothing can be looked at: there can be no database at `path`, or not for whoever asks."""
    if not path.absolute().parent.is_dir():
        advice = "Create it, for the user alone that runs the server."
        return Finding("database", Level.FAIL, f"there is no folder for the database {path}", advice)
    try:
        is_folder = path.is_dir()
    except OSError as error:
        advice = "Run this as the user that runs the server, and look whether database.path is meant so."
        return Finding("database", Level.FAIL, f"the database {path} cannot be read: {error.strerror}", advice)
    if is_folder:
        advice = "Give database.path the name of a file in it."
        return Finding("database", Level.FAIL, f"the database {path} is a folder", advice)
    return None


def _examine_database(path: Path, *, thorough: bool) -> tuple[list[Finding], dict[str, Any]]:
    try:
        with closing(open_beside(path)) as conn:
            survey = survey_database(conn, path, thorough=thorough, extend=partial(create_days_like, conn))
            # The queries of this version know its own schema alone.
            usable = survey.schema and not (survey.pending or survey.problems or survey.difference.missing)
            consistency = look_at_consistency(conn) if usable else None
    except (DatabaseError, StoreError, OSError) as error:
        advice = "See what the message says; where the database is damaged, restore a backup with `bloop restore`."
        return [Finding("database", Level.FAIL, f"the database {path} cannot be read: {error}", advice)], {}
    return list(_judge(survey, consistency)), _sizes(survey, consistency)


def _judge(survey: Survey, consistency: Consistency | None) -> Iterator[Finding]:
    yield from findings.judge_survey(survey)
    if consistency is not None:
        yield from findings.judge_consistency(consistency)
    newest_ms = None if consistency is None else consistency.newest_event_ms
    yield findings.judge_clock(now_ms(), survey.migrated_secs, newest_ms)


def _sizes(survey: Survey, consistency: Consistency | None) -> dict[str, Any]:
    sizes: dict[str, Any] = {
        "database_bytes": survey.size_bytes,
        "log_bytes": survey.log_bytes,
        "free_bytes": survey.free_bytes,
        "tables": dict(sorted(survey.table_bytes.items(), key=lambda item: -item[1])),
    }
    if consistency is not None:
        sizes |= {"issues": consistency.issues, "events": consistency.events, "event_days": consistency.days}
    return sizes


def _text(found: list[Finding], sizes: dict[str, Any]) -> str:
    lines = []
    for finding in found:
        lines.append(f"{finding.level:<4}  {finding.topic:<13}  {printable(finding.text)}")
        if finding.advice is not None:
            lines.append(f"      {'':<13}  → {printable(finding.advice)}")
    if sizes:
        lines += ["", f"{size(sizes['database_bytes'])}, {size(sizes['free_bytes'])} of it free"]
        if "events" in sizes:
            lines[-1] += f"; {sizes['events']:,} events on {sizes['event_days']} days, {sizes['issues']:,} issues"
        lines += [f"{size(used):>10}  {printable(name)}" for name, used in _largest(sizes["tables"])]
    return "\n".join(lines)


def _largest(tables: dict[str, int]) -> list[tuple[str, int]]:
    """Return the largest tables with their sizes, those of days as one."""
    together: Counter[str] = Counter()
    for name, used in tables.items():
        together[re.sub(r"_\d{8}$", "_…", name)] += used
    return together.most_common(_SHOWN_TABLES)
