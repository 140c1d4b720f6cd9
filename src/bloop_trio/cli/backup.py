"""``bloop backup``: a copy of the database, made beside the server that writes to it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bloop_trio.cli.context import add_command
from bloop_trio.cli.database import PATIENCE_SECS
from bloop_trio.cli.output import printable, size
from bloop_trio.clock import now_secs
from bloop_trio.db.backup import back_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.db.verify import Contents

_TABLES = {"issues": "issues", "samples": "samples", "projects": "projects", "bearer_tokens": "tokens"}
"""What is told of a database's contents, besides its events."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "backup", run, "Copy the database while the server runs, read the copy back, and say what is in it."
    )
    parser.add_argument("path", metavar="PATH", help="file to write, or a folder that gets one with a dated name")
    parser.add_argument("--force", action="store_true", help="replace a file that is there, once the new one is whole")


def run(context: Context) -> int:
    """Back the database up and show what is in the copy.

    Raises:
        DatabaseError: There is no backup; what was there before still is.
    """
    arguments = context.arguments
    target = Path(arguments.path)
    if target.is_dir():
        target /= f"bloop-{datetime.fromtimestamp(now_secs(), UTC):%Y%m%dT%H%M%SZ}.db"
    started_secs = time.monotonic()
    contents = back_up(
        context.load().config.database.path,
        target,
        replace=arguments.force,
        patience_secs=PATIENCE_SECS,
        progress=_show if sys.stderr.isatty() else None,
    )
    duration_secs = time.monotonic() - started_secs
    document = {
        "path": str(target.absolute()),
        "duration_secs": round(duration_secs, 3),
        **contents_document(contents),
    }
    text = f"Backed up to {printable(str(target))} in {duration_secs:.1f} s and read back.\n{contents_text(contents)}"
    context.output.result(document, text)
    return 0


def _show(part: float) -> None:
    """Keep one line up to date; it is gone when the work is done."""
    print(f"\r{part:4.0%} copied" if part < 1 else "\r            \r", end="", file=sys.stderr, flush=True)


def contents_document(contents: Contents) -> dict[str, Any]:
    """Return what is told of a backup, as JSON."""
    return {"size_bytes": contents.size_bytes, "schema": contents.schema, "rows": _main_rows(contents.rows)}


def contents_text(contents: Contents) -> str:
    """Return what is told of a backup, for people."""
    rows = ", ".join(f"{number:,} {name}" for name, number in _main_rows(contents.rows).items())
    return f"{size(contents.size_bytes)}, schema {contents.schema}: {rows}."


def _main_rows(rows: Mapping[str, int]) -> dict[str, int]:
    events = sum(number for table, number in rows.items() if table[:7] == "events_" and table[7:].isdigit())
    return {"events": events} | {name: rows.get(table, 0) for table, name in _TABLES.items()}
