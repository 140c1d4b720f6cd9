"""``bloop export``: everything of a project, or all occurrences of an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.cli.context import add_command
from bloop_trio.projects.project import DEFAULT_SLUG

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "export", run, "Write a project, or all occurrences of one error, to standard output or to a file."
    )
    parser.add_argument("--project", metavar="SLUG", default=DEFAULT_SLUG, help="slug or id of the project")
    parser.add_argument("--fingerprint", metavar="FP", help="only the occurrences of the error with this fingerprint")
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        choices=["jsonl", "csv"],
        default="jsonl",
        help="jsonl, or csv for the occurrences of one error (default: jsonl)",
    )
    parser.add_argument("--output", metavar="FILE", help="file to write, which appears once it is whole")


def run(context: Context) -> int:
    """Export what the arguments ask for; raises what `bloop_trio.cli.exporting.run` does."""
    from bloop_trio.cli import exporting  # noqa: PLC0415 - the other commands do without what reads payloads

    return exporting.run(context)
