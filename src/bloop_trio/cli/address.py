"""Where this configuration's server is reached from this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bloop_trio.config.sections import ServerConfig

_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to translate, not to listen on


def server_url(server: ServerConfig) -> str:
    """Return the server's URL; one that listens on every address is reached by the loopback one."""
    host = _THIS_MACHINE.get(server.host, server.host)
    return f"{'http' if server.tls_cert is None else 'https'}://{host_and_port(host, server.port)}"


def host_and_port(host: str, port: int) -> str:
    """Return the two as one text, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
