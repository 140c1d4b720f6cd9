"""``bloop check``: what ``serve`` would do, without doing any of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bloop_trio.cli.address import host_and_port, server_url
from bloop_trio.cli.context import add_command
from bloop_trio.cli.output import printable, size
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.lock import is_locked
from bloop_trio.exceptions import CommandError

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.config import Config, Loaded
    from bloop_trio.db.inspect import DatabaseState


def add_to(commands: Commands) -> None:
    """Add the command."""
    add_command(
        commands, "check", run, "Check configuration and database, and say what serve would do. Writes nothing."
    )


def run(context: Context) -> int:
    """Show what `serve` would do.

    Raises:
        ConfigError: The configuration cannot be used.
        DatabaseError: The database would be refused.
        CommandError: The database cannot be written to.
    """
    loaded = context.load()
    path = loaded.config.database.path
    state = inspect_database(path)
    _check_writable(path)
    document = _report(loaded, state, running=is_locked(path))
    context.output.result(document, _text(document))
    return 0


def _check_writable(path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise CommandError(f"cannot create the database {path}: there is no folder {folder}")
    # The folder too: SQLite keeps its log beside the file.
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise CommandError(f"cannot write to the database {path}: no permission to write to {place}")


def _report(loaded: Loaded, state: DatabaseState, *, running: bool) -> dict[str, Any]:
    config = loaded.config
    return {
        "config": None if loaded.path is None else str(loaded.path),
        "listen": host_and_port(config.server.host, config.server.port),
        "address": server_url(config.server),
        "dashboard": config.auth.rp_origin,
        "tls": config.server.tls_cert is not None,
        "database": {
            "path": str(config.database.path.absolute()),
            "exists": state.exists,
            "size_bytes": state.size_bytes,
            "schema": state.schema,
            "pending_migrations": list(state.pending),
            "server_running": running,
        },
        "ack": config.ingest.ack,
        "keyless_ingest": _keyless(config),
        "rate_limit_per_second": config.rate_limit.per_second,
        "raw_events_days": config.retention.raw_events_days,
        "warnings": list(loaded.warnings),
    }


def _keyless(config: Config) -> str:
    """How events that name no project can be signed."""
    ways = []
    if config.auth.hmac_secret:
        ways.append("secret")
    if config.auth.allow_keyless:
        ways.append("project key")
    return " or ".join(ways) or "off"


def _text(report: dict[str, Any]) -> str:
    database = report["database"]
    rate = report["rate_limit_per_second"]
    lines = [
        ("configuration", report["config"] or "defaults and environment"),
        ("address", f"{report['address']} (listening on {report['listen']})"),
        ("dashboard", f"{report['dashboard']}, where people sign in"),
        (
            "database",
            f"{database['path']} ({size(database['size_bytes'])})"
            if database["exists"]
            else f"{database['path']} (will be created)",
        ),
        ("schema", _schema(database)),
        ("server", "running on this database" if database["server_running"] else "not running"),
        ("acknowledgement", report["ack"]),
        (
            "events without a project key",
            f"signed with {report['keyless_ingest']}" if report["keyless_ingest"] != "off" else "refused",
        ),
        ("rate limit", f"{rate} requests a second and address" if rate else "off"),
        ("raw events kept", f"{report['raw_events_days']} days"),
    ]
    width = max(len(label) for label, _ in lines)
    shown = [f"{label:<{width}}  {printable(value)}" for label, value in lines]
    shown += [f"warning: {printable(warning)}" for warning in report["warnings"]]
    return "\n".join(shown)


def _schema(database: dict[str, Any]) -> str:
    migrations = ", ".join(database["pending_migrations"])
    if not database["exists"]:
        return "none yet"
    return (
        f"{database['schema']}, to be upgraded by {migrations}" if migrations else f"{database['schema']}, up to date"
    )
