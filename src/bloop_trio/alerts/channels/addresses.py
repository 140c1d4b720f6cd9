"""Which addresses alerts may be sent to. Pure.

A URL is judged when a channel is added, as far as its text tells; what counts is each address that its host has when
something is sent, since names can lead anywhere.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from bloop_trio.exceptions import BadRequestError

Address: TypeAlias = IPv4Address | IPv6Address

MAX_URL_CHARS: Final = 2_048

_UNICAST: Final = IPv6Network("2000::/3")
"""All that is handed out of IPv6 so far; the rest has special uses, or none."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
_FORMER_V4: Final = IPv6Network("::/96")
"""Addresses with an IPv4 address in them, in a form that was given up."""
_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")


def is_public(address: Address) -> bool:
    """Say whether the address is one of the internet, not of a host or a network of our own.

    An IPv6 address that stands for an IPv4 address is judged by that.
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    inner = _inner_v4(address)
    if inner is not None:
        return is_public(inner)
    return address in _UNICAST and address.is_global and address.scope_id is None


def _inner_v4(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64 or address in _FORMER_V4:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def literal_address(host: str) -> Address | None:
    """Return the address that a host is in itself, in any of the forms that systems take; None for a name."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return ip_address(bare)
    except ValueError:
        pass
    label = bare.rstrip(".").rpartition(".")[2]
    if not label[:1].isdigit():
        return None
    try:
        return IPv4Address(socket.inet_aton(bare.rstrip(".")))  # 2130706433, 0x7f.1, 0177.0.0.1
    except (OSError, ValueError):
        return None


def check_url(text: str, *, allow_private: bool) -> str:
    """Return the URL, if a channel may have it as far as can be told without asking anybody.

    Raises:
        BadRequestError: it cannot be used; the message says why.
    """
    parts = _split(text)
    host = _ascii_host(parts.hostname or "")
    if parts.username is not None or parts.password is not None:
        raise BadRequestError("invalid channel URL: it must not hold a user name or a password")
    if not allow_private:
        _check_host(host)
    return text


def _split(text: str) -> SplitResult:
    if len(text) > MAX_URL_CHARS:
        raise BadRequestError(f"invalid channel URL: it is longer than {MAX_URL_CHARS} characters")
    if not text.isprintable() or any(c.isspace() or c == "\\" for c in text):
        raise BadRequestError("invalid channel URL: it has characters that no URL has")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadRequestError("invalid channel URL: host or port cannot be read") from None
    if parts.scheme not in {"http", "https"}:
        raise BadRequestError("invalid channel URL: it must begin with https:// or http://")
    if not parts.hostname or port == 0:
        raise BadRequestError("invalid channel URL: host or port cannot be read")
    return parts


def _ascii_host(host: str) -> str:
    """The host as it is looked up: letters of other scripts, and look-alikes of digits and dots, become ASCII."""
    try:
        return host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadRequestError("invalid channel URL: host or port cannot be read") from None


def _check_host(host: str) -> None:
    name = host.rstrip(".")
    address = literal_address(host)
    is_local = name == "localhost" or name.endswith(_LOCAL_SUFFIXES)
    if is_local or (address is not None and not is_public(address)):
        raise BadRequestError("invalid channel URL: its host is not a public address")
