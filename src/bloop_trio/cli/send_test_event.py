"""``bloop send-test-event``: one signed event to a running server, as an application would send it."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bloop_trio import __version__
from bloop_trio.cli.address import open_http, server_url
from bloop_trio.cli.context import UsageError, add_command
from bloop_trio.cli.database import open_database
from bloop_trio.cli.output import printable
from bloop_trio.cli.projects import unknown_project
from bloop_trio.clock import now_ms
from bloop_trio.config.key import is_http_url
from bloop_trio.exceptions import CommandError
from bloop_trio.http.signature import Signer
from bloop_trio.projects.store import find_project

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.cli.context import Commands, Context
    from bloop_trio.config import Loaded

TIMEOUT_SECS: Final = 10.0
_SHOWN_BYTES: Final = 500


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
    parser.add_argument("--url", metavar="URL", help="address of the server (default: the configured one)")


def run(context: Context) -> int:
    """Send the event and show the answer.

    Raises:
        CommandError: There is no server or no such project, or the server did not accept the event.
    """
    loaded = context.load()
    url = _url(context, loaded)
    key = context.arguments.key or _project_key(loaded, context.arguments.project)
    body = json.dumps(_event()).encode()
    own_certificate = None if context.arguments.url else loaded.config.server.tls_cert
    status, answer = _post(url, body, key, own_certificate)
    if status != http.client.OK:
        reason = answer.get("error", answer) if isinstance(answer, dict) else answer
        raise CommandError(f"the server at {url} answered {status}: {printable(str(reason))}")
    document = {"url": url, "status": status, "answer": answer}
    context.output.result(document, f"{url} accepted the event. It is listed as TestEvent within a few seconds.")
    return 0


def _url(context: Context, loaded: Loaded) -> str:
    given = context.arguments.url
    if given is not None:
        if not is_http_url(given):
            raise UsageError(f"--url {given}: expected an http:// or https:// URL")
        return str(given).rstrip("/")
    if loaded.config.server.port == 0:
        raise UsageError("server.port is 0, so the server's port is not known: give its address with --url")
    return server_url(loaded.config.server)


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


def _post(url: str, body: bytes, key: str, own_certificate: Path | None) -> tuple[int, Any]:
    """Return status and body of the answer, the body decoded where it is JSON."""
    connection = open_http(url, own_certificate, TIMEOUT_SECS)
    headers: dict[str, str | bytes] = {
        "content-type": "application/json",
        "x-signature": Signer(key.encode()).digest(body).hex(),
        "x-project-key": key.encode(),
    }
    try:
        connection.request("POST", urlsplit(url).path + "/v1/ingest", body, headers)
        response = connection.getresponse()
        answer = response.read(_SHOWN_BYTES)
    except ConnectionRefusedError as error:
        raise CommandError(f"no server answers at {url}: start one with `bloop serve`") from error
    except (OSError, http.client.HTTPException) as error:
        raise CommandError(f"no answer from {url}: {str(error) or type(error).__name__}") from error
    except ValueError as error:  # a key that cannot be a header
        raise UsageError(f"--key: {error}") from error
    finally:
        connection.close()
    try:
        return response.status, json.loads(answer)
    except ValueError:
        return response.status, answer.decode("utf-8", "replace")
