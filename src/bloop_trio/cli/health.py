"""``bloop health``: whether the server runs, as an exit code, for where there is no curl."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.cli.calling import add_url_option, asked_url, call, own_certificate
from bloop_trio.cli.context import add_command
from bloop_trio.cli.output import printable
from bloop_trio.exceptions import CommandError

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context

TIMEOUT_SECS: Final = 5.0
"""More than the server gives its database to answer."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "health", run, "Ask the running server how it is; the exit code says whether well.")
    add_url_option(parser)
    parser.add_argument("--ready", action="store_true", help="ask whether events would be kept, with the reasons")


def run(context: Context) -> int:
    """Ask the server and show its answer.

    Raises:
        CommandError: There is no server, or it is not well.
    """
    loaded = context.load()
    url = asked_url(context, loaded)
    path = "/readyz" if context.arguments.ready else "/health"
    status, answer = call("GET", url, path, certificate=own_certificate(context, loaded), timeout_secs=TIMEOUT_SECS)
    said = answer if isinstance(answer, dict) else {}
    if status != http.client.OK:
        raise CommandError(f"the server at {url} answered {status}: {printable(_reason(said, answer))}")
    state = "ready" if context.arguments.ready else str(said.get("status"))
    context.output.result({"url": url, "status": status, "answer": answer}, f"{url}: {printable(state)}")
    return 0


def _reason(said: dict[str, Any], answer: Any) -> str:
    return "; ".join(map(str, said.get("reasons", ()))) or str(said.get("status", answer))
