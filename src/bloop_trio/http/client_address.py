"""Who sent a request, as the rate limiter sees it: the socket's peer, or what a trusted proxy says of it.

Pure: text in, text out. Forwarding headers of a peer that is not trusted are as good as not sent, since any client
can write them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_HOPS: Final = 32
"""Hops looked at, from the right. A longer chain of trusted proxies is no real one, and each hop costs time."""

MAX_HEADER_BYTES: Final = 1024
"""A forwarding header longer than this counts as unreadable: no honest chain comes near, and each byte costs time."""

_IPV6_GROUP_BITS: Final = 64
_QUOTED: Final = rb'"(?:[^"\\]++|\\.?)*+(?:"|\Z)'
# Possessive, and without a way to fail once begun (an open quotation runs to the end): so each byte is looked at once.
_FORWARDED_ELEMENT: Final = re.compile(rb'(?:[^,"]++|' + _QUOTED + rb")++", re.DOTALL)
_FORWARDED_PAIR: Final = re.compile(rb'(?:[^;"]++|' + _QUOTED + rb")++", re.DOTALL)


@attrs.frozen
class TrustedProxies:
    """The peers whose forwarding headers are believed."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> TrustedProxies:
        """Read addresses and CIDR ranges.

        Raises:
            ValueError: an entry is neither; the message names it.
        """
        return cls(tuple(ip_network(text.strip(), strict=False) for text in texts))

    def trusts(self, address: Address) -> bool:
        """Say whether `address` lies in one of the networks."""
        return any(address in network for network in self.networks)


def client_address(
    peer: str | None,
    trusted: TrustedProxies,
    x_forwarded_for: bytes | None = None,
    x_real_ip: bytes | None = None,
    forwarded: bytes | None = None,
) -> str | None:
    """Name the client to be rate-limited, or None for one that is not limited.

    The first header that is there decides: the rightmost hop of `X-Forwarded-For` that is not itself a trusted proxy
    (the leftmost one if all are), then `X-Real-IP`, then `for=` of `Forwarded` by the rule of the first. A header that
    is sent several times is to be joined with commas. What cannot be read, or is longer than `MAX_HEADER_BYTES`, falls
    back to the peer, so that garbage never frees anybody from the limit.

    IPv6 clients are named by their /64, the smallest block that one customer gets; IPv4 inside IPv6 is unwrapped.
    A loopback peer that forwards no address is a proxy on this host that keeps the client to itself, or an
    administrator: limiting it would limit everybody at once, so the answer is None. So it is for an unknown peer
    (`peer` is None, or no IP address).
    """
    if peer is None:
        return None
    peer_address = _read_address(peer.encode("ascii", "replace"))
    if peer_address is None:
        return None
    if (x_forwarded_for or x_real_ip or forwarded) and trusted.trusts(peer_address):
        hop = _client_hop(trusted, x_forwarded_for, x_real_ip, forwarded)
        return _limiter_name(peer_address if hop is None else hop)
    if peer_address.is_loopback:
        return None
    return _limiter_name(peer_address)


def whole_address(
    peer: str | None,
    trusted: TrustedProxies,
    x_forwarded_for: bytes | None = None,
    x_real_ip: bytes | None = None,
    forwarded: bytes | None = None,
) -> str | None:
    """Name the same client as `client_address` for people to read: by its whole address, also on this host.

    A `peer` that is no IP address is returned as it is.
    """
    peer_address = None if peer is None else _read_address(peer.encode("ascii", "replace"))
    if peer_address is None:
        return peer
    hop = None
    if (x_forwarded_for or x_real_ip or forwarded) and trusted.trusts(peer_address):
        hop = _client_hop(trusted, x_forwarded_for, x_real_ip, forwarded)
    return str(peer_address if hop is None else hop)


def _client_hop(
    trusted: TrustedProxies, x_forwarded_for: bytes | None, x_real_ip: bytes | None, forwarded: bytes | None
) -> Address | None:
    """Return what a trusted peer says of the client; None when it cannot be read."""
    if len(x_forwarded_for or x_real_ip or forwarded or b"") > MAX_HEADER_BYTES:
        return None
    if x_forwarded_for:
        return _rightmost_untrusted(x_forwarded_for.split(b","), trusted)
    if x_real_ip:
        return _read_address(x_real_ip)
    return _rightmost_untrusted(_forwarded_hops(forwarded or b""), trusted)


def _rightmost_untrusted(hops: list[bytes], trusted: TrustedProxies) -> Address | None:
    """Walk from the nearest hop outwards to the first that nobody vouches for; None when it cannot be read."""
    address = None
    for hop in hops[: -MAX_HOPS - 1 : -1]:
        address = _read_address(hop)
        if address is None or not trusted.trusts(address):
            return address
    return address


def _forwarded_hops(forwarded: bytes) -> list[bytes]:
    """Take the `for` parameter of each element, outermost first; an element without one counts as unreadable."""
    return [_for_parameter(element) for element in _FORWARDED_ELEMENT.findall(forwarded)]


def _for_parameter(element: bytes) -> bytes:
    """Return the value of the first `for`; one within a quoted value is no parameter."""
    for pair in _FORWARDED_PAIR.findall(element):
        name, _, value = pair.partition(b"=")
        if name.strip().lower() == b"for":
            return bytes(value.strip().strip(b'"'))
    return b""


@lru_cache(maxsize=4096)
def _read_address(hop: bytes) -> Address | None:
    """Read an address with or without port, brackets and zone; None if it is none."""
    text = hop.strip().decode("ascii", "replace")
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=4096)
def _limiter_name(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _IPV6_GROUP_BITS), strict=False))
