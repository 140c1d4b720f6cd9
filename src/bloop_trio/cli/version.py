"""``bloop version``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio import __version__
from bloop_trio.cli.context import add_command

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context


def add_to(commands: Commands) -> None:
    """Add the command."""
    add_command(commands, "version", run, "Print the version.")


def run(context: Context) -> int:
    """Print the version of this program."""
    context.output.result({"version": __version__}, f"bloop {__version__}")
    return 0
