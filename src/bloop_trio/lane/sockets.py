"""Listening sockets, and the TLS that is spoken on them."""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_BACKLOG: Final = 4096
"""The kernel cuts it to its own limit (net.core.somaxconn)."""


def open_listening_sockets(host: str, port: int, *, user_timeout_secs: float = 30.0) -> list[socket.socket]:
    """Listen on every address that `host` stands for, and return the sockets; port 0 takes one that is free.

    Accepted sockets inherit the options set here, which spares a system call each. An address family that this
    machine does not have is left out as long as another one works.

    Raises:
        OSError: the host is unknown, or an address cannot be bound.
    """
    sockets: list[socket.socket] = []
    missing_family: OSError | None = None
    flags = socket.AI_PASSIVE
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=flags)
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            try:
                listening = socket.socket(family, kind, protocol)
            except OSError as error:
                missing_family = error
                continue
            sockets.append(listening)
            # Port 0: all addresses of the host share the port that the first one was given.
            wanted = (address[0], sockets[0].getsockname()[1] or port, *address[2:])
            _listen(listening, wanted, user_timeout_secs)
    except BaseException:
        for opened in sockets:
            opened.close()
        raise
    if not sockets:
        raise missing_family or OSError(errno.EADDRNOTAVAIL, f"no address to listen on for host {host!r}")
    return sockets


def create_tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return a server context for TLS 1.2 and later that offers HTTP/2 and HTTP/1.1.

    Raises:
        OSError: a file cannot be read, or is no certificate or key (`ssl.SSLError`).
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def _listen(listening: socket.socket, address: tuple[object, ...], user_timeout_secs: float) -> None:
    listening.setblocking(False)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if listening.family is socket.AF_INET6:
        # "::" and "0.0.0.0" are two sockets: getaddrinfo names both where both are wanted.
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    with suppress(AttributeError, OSError):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(user_timeout_secs * 1000))
    listening.bind(address)
    listening.listen(_BACKLOG)
