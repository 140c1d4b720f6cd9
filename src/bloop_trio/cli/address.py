"""Where this configuration's server is reached from this machine, and how."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.config.sections import ServerConfig

_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to translate, not to listen on


def server_url(server: ServerConfig) -> str:
    """Return the server's URL; one that listens on every address is reached by the loopback one."""
    host = _THIS_MACHINE.get(server.host, server.host)
    return f"{'http' if server.tls_cert is None else 'https'}://{host_and_port(host, server.port)}"


def host_and_port(host: str, port: int) -> str:
    """Return the two as one text, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def open_http(url: str, own_certificate: Path | None, timeout_secs: float) -> http.client.HTTPConnection:
    """Return a connection to the server at `url`, not yet made; `own_certificate` is that of our own server."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=timeout_secs)
    context = ssl.create_default_context(cafile=own_certificate)
    if own_certificate is not None:
        # Our own server is known by its certificate, which need not name this machine's loopback address, nor come
        # from an authority that this machine trusts.
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return http.client.HTTPSConnection(host, parts.port, timeout=timeout_secs, context=context)
