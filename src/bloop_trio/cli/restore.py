"""``bloop restore``: a backup becomes the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bloop_trio.analytics.files import discard, projection_path
from bloop_trio.cli.backup import contents_document, contents_text
from bloop_trio.cli.context import add_command
from bloop_trio.cli.database import PATIENCE_SECS
from bloop_trio.cli.output import printable
from bloop_trio.clock import now_secs
from bloop_trio.db.restore import restore

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "restore", run, "Put a backup in the place of the database, which is kept under another name."
    )
    parser.add_argument("backup", metavar="BACKUP", help="file that `bloop backup` or an upgrade has made")
    parser.add_argument("--force", action="store_true", help="go on although there is a database")


def run(context: Context) -> int:
    """Restore the backup and say where the replaced database is.

    Raises:
        DatabaseError: The backup cannot be used, or a server runs; nothing was changed.
    """
    path = context.load().config.database.path
    arguments = context.arguments
    restored = restore(Path(arguments.backup), path, now_secs(), replace=arguments.force, patience_secs=PATIENCE_SECS)
    with suppress(OSError):  # the next start sees that it was made from another database
        discard(projection_path(path))
    document = {
        "path": str(path.absolute()),
        "replaced": None if restored.kept is None else str(restored.kept.absolute()),
        **contents_document(restored.contents),
    }
    lines = [f"Restored {printable(str(path))}.", contents_text(restored.contents)]
    if restored.kept is not None:
        lines.append(f"The database that was there is now {printable(str(restored.kept))}: remove it once all is well.")
    context.output.result(document, "\n".join(lines))
    return 0
