"""``bloop serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.cli.context import add_command

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context


def add_to(commands: Commands) -> None:
    """Add the command."""
    add_command(
        commands,
        "serve",
        run,
        "Run the server until SIGTERM, SIGINT or SIGHUP; a second SIGTERM or SIGINT leaves at once.",
    )


def run(context: Context) -> int:
    """Serve until told to stop; returns the server's exit code."""
    loaded = context.load()
    from bloop_trio import server  # noqa: PLC0415 - the other commands do without the server's libraries

    return server.run(loaded)
