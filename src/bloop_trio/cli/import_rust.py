"""``bloop import-rust``: what the Rust server of the same name has stored becomes ours."""

from __future__ import annotations

import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.cli.context import add_command
from bloop_trio.cli.database import open_database
from bloop_trio.cli.output import printable, table
from bloop_trio.db.connection import StoreError, open_beside
from bloop_trio.db.foreign import open_foreign
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.lock import instance_lock, is_locked
from bloop_trio.exceptions import CommandError, DatabaseLockedError
from bloop_trio.importing.report import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.importing.report import Report
    from bloop_trio.importing.rust_database import RustDatabase

_SHOW_EVERY_SECS: Final = 0.1


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "import-rust",
        run,
        "Take over projects, tokens, errors with their events, source maps and alert rules of a database of the Rust server.",
    )
    parser.add_argument("path", metavar="PATH", help="database file of the Rust server; it is only read")
    parser.add_argument("--dry-run", action="store_true", help="say what there is to import, and change nothing")


def run(context: Context) -> int:
    """Import the database and show what became of its rows.

    Raises:
        BloopError: The source cannot be read, a server runs on our database, or it refused a write. What was imported
            until then stays, and another run goes on from there.
    """
    from bloop_trio.importing.run import import_database  # noqa: PLC0415 - the other commands do without its libraries
    from bloop_trio.importing.rust_database import read_rust_database  # noqa: PLC0415 - as above

    loaded = context.load()
    source_path, path = Path(context.arguments.path), loaded.config.database.path
    if source_path.exists() and path.exists() and source_path.samefile(path):
        raise CommandError(f"{source_path} is the database that would be imported into: set database.path to another")
    with open_foreign(source_path) as foreign:
        source = read_rust_database(foreign)
        if context.arguments.dry_run:
            report = _plan(source, path)
        else:
            if is_locked(path):  # before anything is created or upgraded
                raise _locked(path)
            with open_database(loaded) as conn, _alone(path):
                report = import_database(
                    conn,
                    source,
                    sample_reservoir_size=loaded.config.pipeline.sample_reservoir_size,
                    progress=_Show() if sys.stderr.isatty() else None,
                )
    context.output.result(_document(report), _text(report, source_path))
    return 0


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the instance lock: a running server remembers which issues there are, and would not see new ones."""
    try:
        with instance_lock(path):
            yield
    except DatabaseLockedError as error:
        raise _locked(path) from error


def _locked(path: Path) -> CommandError:
    return CommandError(f"a server is running on {path}: stop it, import, and start it again")


def _plan(source: RustDatabase, path: Path) -> Report:
    """Look at our database too, if there is one that this version has made."""
    from bloop_trio.importing.plan import plan_import  # noqa: PLC0415 - as above

    state = inspect_database(path)
    if not state.exists or state.pending:
        return plan_import(source, None)
    with closing(open_beside(path)) as conn:
        try:
            return plan_import(source, conn)
        except StoreError as error:
            raise CommandError(f"cannot read the database {path}: {error}") from error


class _Show:
    """Keeps one line up to date; it is gone when the work is done."""

    def __init__(self) -> None:
        self._shown_secs = 0.0

    def __call__(self, name: str, done: int, total: int) -> None:
        if done < total and time.monotonic() - self._shown_secs < _SHOW_EVERY_SECS:
            return
        self._shown_secs = time.monotonic()
        line = f"{name} {done / max(total, 1):4.0%}"
        print(f"\r{line:<40}" if done < total else f"\r{'':<40}\r", end="", file=sys.stderr, flush=True)


def _document(report: Report) -> dict[str, Any]:
    return {
        "state": report.state.value,
        "tables": {
            name: {
                "rows": found.rows,
                "imported": found.imported,
                "merged": found.merged,
                "skipped": found.skipped,
                "reasons": found.tally.reasons,
            }
            for name, found in report.tables.items()
        },
        "remarks": list(report.remarks),
        "not_imported": dict(report.left_behind),
    }


def _text(report: Report, path: Path) -> str:
    shown = printable(str(path))
    lines = {
        State.IMPORTED: f"Imported {shown}.",
        State.IMPORTED_BEFORE: f"{shown} was imported before: nothing was done. This is what was done then.",
        State.DRY_RUN: f"This is what there is to import from {shown}; nothing was changed.",
    }
    told = [lines[report.state], "", _table(report)]
    told += [
        f"{rows:,} rows of {name} were skipped: {reason}."
        for name, found in report.tables.items()
        for reason, rows in found.tally.reasons.items()
    ]
    told += [f"Note: {printable(remark)}." for remark in report.remarks]
    if report.left_behind:
        left = ", ".join(f"{printable(name)} ({rows:,} rows)" for name, rows in report.left_behind.items())
        told.append(f"Not taken over: {left}.")
    return "\n".join(told)


def _table(report: Report) -> str:
    if report.state is State.DRY_RUN:
        return table(("TABLE", "ROWS"), [(name, f"{found.rows:,}") for name, found in report.tables.items()])
    return table(
        ("TABLE", "ROWS", "IMPORTED", "MERGED", "SKIPPED"),
        [
            (name, *(f"{number:,}" for number in (found.rows, found.imported, found.merged, found.skipped)))
            for name, found in report.tables.items()
        ],
    )
