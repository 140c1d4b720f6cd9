"""``bloop send-test-event``: one signed event to a running server, as an application would send it."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any, Final

from bloop_trio import __version__
from bloop_trio.cli.calling import add_url_option, asked_url, call, own_certificate
from bloop_trio.cli.context import UsageError, add_command
from bloop_trio.cli.database import open_database
from bloop_trio.cli.output import printable
from bloop_trio.cli.projects import unknown_project
from bloop_trio.clock import now_ms
from bloop_trio.exceptions import CommandError
from bloop_trio.http.signature import Signer
from bloop_trio.projects.store import find_project

if TYPE_CHECKING:
    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.config import Loaded

TIMEOUT_SECS: Final = 10.0
_SHOWN_CHARS: Final = 500


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "send-test-event", run, "Send one event to the running server and say what came back."
    )
    parser.add_argument(
        "--project", default="default", metavar="SLUG", help="slug or id of the project (default: default)"
    )
    parser.add_argument(
        "--key", metavar="KEY", help="key of the project (default: looked up in the configured database)"
    )
    add_url_option(parser)


def run(context: Context) -> int:
    """Send the event and show the answer.

    Raises:
        CommandError: There is no server or no such project, or the server did not accept the event.
    """
    loaded = context.load()
    url = asked_url(context, loaded)
    key = context.arguments.key or _project_key(loaded, context.arguments.project)
    body = json.dumps(_event()).encode()
    try:
        status, answer = call(
            "POST",
            url,
            "/v1/ingest",
            body=body,
            headers=_headers(body, key),
            certificate=own_certificate(context, loaded),
            timeout_secs=TIMEOUT_SECS,
        )
    except ValueError as error:  # a key that cannot be a header
        raise UsageError(f"--key: {error}") from error
    if status != http.client.OK:
        reason = str(answer.get("error", answer) if isinstance(answer, dict) else answer)[:_SHOWN_CHARS]
        raise CommandError(f"the server at {url} answered {status}: {printable(reason)}")
    document = {"url": url, "status": status, "answer": answer}
    context.output.result(document, f"{url} accepted the event. It is listed as TestEvent within a few seconds.")
    return 0


def _project_key(loaded: Loaded, id_or_slug: str) -> str:
    path = loaded.config.database.path
    if not path.exists():
        raise CommandError(f"there is no database {path}: start the server first, or give a key with --key")
    with open_database(loaded) as conn:
        project = find_project(conn, id_or_slug)
    if project is None:
        raise unknown_project(id_or_slug)
    return project.api_key


def _event() -> dict[str, Any]:
    return {
        "timestamp": now_ms(),
        "source": "api",
        "environment": "test",
        "release": __version__,
        "error_type": "TestEvent",
        "message": "Test event sent by bloop send-test-event",
        "route_or_procedure": "bloop send-test-event",
    }


def _headers(body: bytes, key: str) -> dict[str, str | bytes]:
    return {
        "content-type": "application/json",
        "x-signature": Signer(key.encode()).digest(body).hex(),
        "x-project-key": key.encode(),
    }
