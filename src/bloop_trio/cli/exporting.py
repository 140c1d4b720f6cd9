"""What ``bloop export`` does: everything of a project, or all occurrences of an issue, read beside the server."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bloop_trio.cli.context import UsageError
from bloop_trio.cli.database import PATIENCE_SECS
from bloop_trio.cli.output import printable, size
from bloop_trio.cli.projects import unknown_project
from bloop_trio.clock import now_ms
from bloop_trio.db.connection import StoreError, open_beside
from bloop_trio.db.copying import COMPANIONS, appearing, beside
from bloop_trio.db.inspect import inspect_database
from bloop_trio.exceptions import CommandError
from bloop_trio.issues.queries.detail import find_issue
from bloop_trio.issues.queries.export import Format, OccurrenceExport, ProjectExport
from bloop_trio.issues.queries.export_events import Span
from bloop_trio.projects.store import find_project

if TYPE_CHECKING:
    import argparse
    from typing import BinaryIO

    from bloop_trio.cli.context import Context
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.export import Export


def run(context: Context) -> int:
    """Export what the arguments ask for.

    Raises:
        UsageError: the format does not go with what is asked for.
        DatabaseError: the database cannot be used.
        CommandError: there is no such project or error, or the output cannot be written.
    """
    arguments = context.arguments
    if arguments.format == Format.CSV and arguments.fingerprint is None:
        raise UsageError("--format csv needs --fingerprint: a whole project does not fit into one table")
    path = context.load().config.database.path
    target = None if arguments.output is None else Path(arguments.output)
    if target is not None:
        _check_target(path, target)
    _check_database(path)
    try:
        with closing(open_beside(path, busy_timeout_ms=int(PATIENCE_SECS * 1000))) as conn:
            export = _find(conn, arguments)
            if target is None:
                _write(export, conn, sys.stdout.buffer)
                return 0
            _write_file(export, conn, target)
    except StoreError as error:
        raise CommandError(f"cannot export from the database {path}: {error}") from error
    written_bytes = target.stat().st_size
    context.output.result(
        {"path": str(target.absolute()), "size_bytes": written_bytes},
        f"Exported {size(written_bytes)} to {printable(str(target))}.",
    )
    return 0


def _check_database(path: Path) -> None:
    state = inspect_database(path)
    if not state.exists:
        raise CommandError(f"there is no database {path}")
    if state.pending:
        raise CommandError(f"the database {path} has an older schema: start the server, which upgrades it")


def _check_target(path: Path, target: Path) -> None:
    """Refuse what must not be replaced."""
    own = {path.resolve(), *(beside(path, suffix).resolve() for suffix in COMPANIONS)}
    if target.resolve() in own:
        raise CommandError(f"{target} is the database itself or belongs to it: give another path")
    if target.exists() and not target.is_file():
        raise CommandError(f"{target} is not a file: give another path")


def _find(conn: Connection, arguments: argparse.Namespace) -> Export:
    project = find_project(conn, arguments.project)
    if project is None:
        raise unknown_project(arguments.project)
    if arguments.fingerprint is None:
        return ProjectExport(project_no=project.no, span=Span(), exported_ms=now_ms())
    fingerprint = arguments.fingerprint
    if find_issue(conn, project_no=project.no, project_id=project.id, fingerprint=fingerprint) is None:
        raise CommandError(f"no errors with fingerprint {fingerprint} in the project {project.slug}")
    return OccurrenceExport(
        project_no=project.no, project_id=project.id, fingerprint=fingerprint, format=Format(arguments.format)
    )


def _write_file(export: Export, conn: Connection, target: Path) -> None:
    try:
        with appearing(target) as partial, partial.open("wb") as out:
            _write(export, conn, out)
    except OSError as error:
        raise CommandError(f"cannot write {target}: {error.strerror}; nothing was left there") from error


def _write(export: Export, conn: Connection, out: BinaryIO) -> None:
    try:
        while (part := export.next_part(conn)) is not None:
            out.write(part)
        out.flush()
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except OSError as error:
        raise CommandError(f"cannot write the export: {error.strerror}") from error
