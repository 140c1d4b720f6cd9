"""Asking a running server over HTTP: where it is, how it is trusted, and what it said."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bloop_trio.cli.address import open_http, server_url
from bloop_trio.cli.context import UsageError
from bloop_trio.config.key import is_http_url
from bloop_trio.exceptions import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bloop_trio.cli.context import Context
    from bloop_trio.config import Loaded

MAX_ANSWER_BYTES: Final = 16 * 1024


def add_url_option(parser: Any) -> None:
    """Add `--url` to a command that asks a server."""
    parser.add_argument("--url", metavar="URL", help="address of the server (default: the configured one)")


def asked_url(context: Context, loaded: Loaded) -> str:
    """Return the address of the server that is meant, without a slash at its end.

    Raises:
        UsageError: `--url` is no address, or it is missing and the configuration does not tell either.
    """
    given = context.arguments.url
    if given is not None:
        if not is_http_url(given):
            raise UsageError(f"--url {given}: expected an http:// or https:// URL")
        return str(given).rstrip("/")
    if loaded.config.server.port == 0:
        raise UsageError("server.port is 0, so the server's port is not known: give its address with --url")
    return server_url(loaded.config.server)


def own_certificate(context: Context, loaded: Loaded) -> Path | None:
    """Return the certificate by which the server of this configuration is known, None for any other server."""
    return None if context.arguments.url else loaded.config.server.tls_cert


def call(  # noqa: PLR0913 - a request has that many parts
    method: str,
    url: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str | bytes] | None = None,
    certificate: Path | None = None,
    timeout_secs: float,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
) -> tuple[int, Any]:
    """Return status and body of the answer, the body decoded where it is JSON.

    Raises:
        CommandError: No server answered.
        ValueError: A header cannot be sent.
    """
    connection = open_http(url, certificate, timeout_secs)
    try:
        connection.request(method, urlsplit(url).path + path, body, headers or {})
        response = connection.getresponse()
        answer = response.read(max_answer_bytes)
    except ConnectionRefusedError as error:
        raise CommandError(f"no server answers at {url}: start one with `bloop serve`") from error
    except (OSError, http.client.HTTPException) as error:
        raise CommandError(f"no answer from {url}: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()
    try:
        return response.status, json.loads(answer)
    except ValueError:
        return response.status, answer.decode("utf-8", "replace")
