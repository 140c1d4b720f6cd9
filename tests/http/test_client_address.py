from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bloop_trio.http.client_address import (
    _FORWARDED_ELEMENT,
    _FORWARDED_PAIR,
    MAX_HEADER_BYTES,
    MAX_HOPS,
    TrustedProxies,
    client_address,
    whole_address,
)

LOOPBACK = TrustedProxies.from_texts(["127.0.0.0/8", "::1/128"])
WITH_EDGE = TrustedProxies.from_texts(["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"])
NOBODY = TrustedProxies()


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", None),
        ("127.8.9.10", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("/run/bloop.sock", None),
        ("", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("trusted", [LOOPBACK, NOBODY])
def test_without_forwarding_headers_the_peer_counts_and_loopback_is_free(
    peer: str | None, expected: str | None, trusted: TrustedProxies
) -> None:
    assert client_address(peer, trusted) == expected


@pytest.mark.parametrize(
    ("x_forwarded_for", "expected"),
    [
        (b"198.51.100.1", "198.51.100.1"),
        (b" 198.51.100.1 ", "198.51.100.1"),
        (b"198.51.100.1:4711", "198.51.100.1"),
        (b"[2001:db8::1]:4711", "2001:db8::/64"),
        (b"2001:db8::1", "2001:db8::/64"),
        (b"::ffff:198.51.100.1", "198.51.100.1"),
        # What the client wrote itself stands to the left of what the proxy saw.
        (b"6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (b"6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        (b"10.9.9.9, 10.1.2.3", "10.9.9.9"),
        (b"garbage, 198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_rightmost_hop_that_is_no_trusted_proxy_is_the_client(x_forwarded_for: bytes, expected: str) -> None:
    assert client_address("10.0.0.1", WITH_EDGE, x_forwarded_for=x_forwarded_for) == expected


@pytest.mark.parametrize(
    "garbage", [b"unknown", b"198.51.100.1, nonsense", b",", b"\xff\xfe", b"1.2.3.4.5", b"[::1::2]"]
)
@pytest.mark.parametrize("header", ["x_forwarded_for", "x_real_ip"])
def test_a_header_that_cannot_be_read_leaves_the_peer_limited(garbage: bytes, header: str) -> None:
    assert client_address("10.0.0.1", WITH_EDGE, **{header: garbage}) == "10.0.0.1"
    assert client_address("127.0.0.1", LOOPBACK, **{header: garbage}) == "127.0.0.1"


def test_headers_of_an_untrusted_peer_change_nothing() -> None:
    forged = {"x_forwarded_for": b"8.8.8.8", "x_real_ip": b"8.8.4.4", "forwarded": b"for=1.1.1.1"}

    assert client_address("203.0.113.7", LOOPBACK, **forged) == "203.0.113.7"
    assert client_address("127.0.0.1", NOBODY, **forged) is None


def test_x_forwarded_for_comes_before_x_real_ip_and_forwarded() -> None:
    headers = {"x_forwarded_for": b"198.51.100.1", "x_real_ip": b"198.51.100.2", "forwarded": b"for=198.51.100.3"}

    assert client_address("127.0.0.1", LOOPBACK, **headers) == "198.51.100.1"
    del headers["x_forwarded_for"]
    assert client_address("127.0.0.1", LOOPBACK, **headers) == "198.51.100.2"
    del headers["x_real_ip"]
    assert client_address("127.0.0.1", LOOPBACK, **headers) == "198.51.100.3"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (b"for=198.51.100.1", "198.51.100.1"),
        (b"For=198.51.100.1;proto=https;by=203.0.113.43", "198.51.100.1"),
        (b"by=203.0.113.43; for=198.51.100.1", "198.51.100.1"),
        (b'for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::/64"),
        (b'for=6.6.6.6, for="198.51.100.1:80", for=127.0.0.1', "198.51.100.1"),
        (b'for=198.51.100.1;host="a,b;for=6.6.6.6"', "198.51.100.1"),
        (b'host="a;for=6.6.6.6";for=198.51.100.1', "198.51.100.1"),
        (b'host="\\";for=6.6.6.6";for=198.51.100.1', "198.51.100.1"),
        (b'for="198.51.100.1', "198.51.100.1"),
        (b'host="open, for=6.6.6.6;for=6.6.6.6', "127.0.0.1"),
        (b"for=unknown", "127.0.0.1"),
        (b"for=_hidden", "127.0.0.1"),
        (b"proto=https", "127.0.0.1"),
        (b"xfor=198.51.100.1", "127.0.0.1"),
        (b'"', "127.0.0.1"),
    ],
)
def test_forwarded_is_read_by_its_for_parameter(forwarded: bytes, expected: str) -> None:
    assert client_address("127.0.0.1", LOOPBACK, forwarded=forwarded) == expected


def test_an_endless_chain_of_proxies_is_cut() -> None:
    chain = b",".join([b"198.51.100.1", *[b"127.0.0.1"] * MAX_HOPS])
    assert len(chain) <= MAX_HEADER_BYTES

    assert client_address("127.0.0.1", LOOPBACK, x_forwarded_for=chain) == "127.0.0.1"
    short = b",".join([b"198.51.100.1", *[b"127.0.0.1"] * (MAX_HOPS - 1)])
    assert client_address("127.0.0.1", LOOPBACK, x_forwarded_for=short) == "198.51.100.1"


@pytest.mark.parametrize("header", ["x_forwarded_for", "x_real_ip", "forwarded"])
def test_a_header_of_over_a_kibibyte_is_not_read_at_all(header: str) -> None:
    value = b"for=198.51.100.1" if header == "forwarded" else b"198.51.100.1"

    fits = value.rjust(MAX_HEADER_BYTES)
    assert client_address("10.0.0.1", WITH_EDGE, **{header: fits}) == "198.51.100.1"
    assert client_address("10.0.0.1", WITH_EDGE, **{header: b" " + fits}) == "10.0.0.1"


class TestHostileQuotations:
    """Time that rises with the square of the length comes from reading the same bytes again after a failure."""

    @given(st.text('",;=\\a \n', max_size=40))
    @example('"' + '\\"' * 20)
    @example('"\\')
    def test_no_byte_is_read_twice_because_every_quotation_ends(self, text: str) -> None:
        for pattern, separator in ((_FORWARDED_ELEMENT, ","), (_FORWARDED_PAIR, ";")):
            found = pattern.findall(text.encode())
            # Whatever stands between two matches was a failed start: nothing but separators may.
            assert found == [part.encode() for part in _split_outside_quotations(text, separator) if part]

    @pytest.mark.parametrize(
        "value", [b'"' + b'\\"' * 500_000, b'"\\' * 400_000, b'"' * 1_000_001, b" " * 1_000_000, b'for="' * 200_000]
    )
    def test_a_megabyte_is_one_match(self, value: bytes) -> None:
        # With the square of the length this would take hours.
        assert _FORWARDED_ELEMENT.findall(value) == [value]
        assert _FORWARDED_PAIR.findall(value) == [value]


def _split_outside_quotations(text: str, separator: str) -> list[str]:
    parts, quoted, escaped = [""], False, False
    for char in text:
        if char == separator and not quoted:
            parts.append("")
            continue
        parts[-1] += char
        if escaped:
            escaped = False
        elif char == "\\" and quoted:
            escaped = True
        elif char == '"':
            quoted = not quoted
    return parts


@pytest.mark.parametrize(
    ("peer", "x_forwarded_for", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2:3:4:5:6"),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", b"2001:db8::7, 10.0.0.1", "2001:db8::7"),
        ("127.0.0.1", b"garbage", "127.0.0.1"),
        ("127.0.0.1", b" " * MAX_HEADER_BYTES + b"203.0.113.7", "127.0.0.1"),
        ("203.0.113.7", b"198.51.100.1", "203.0.113.7"),
        ("/run/bloop.sock", b"198.51.100.1", "/run/bloop.sock"),
        (None, None, None),
    ],
)
def test_people_are_told_the_whole_address(
    peer: str | None, x_forwarded_for: bytes | None, expected: str | None
) -> None:
    assert whole_address(peer, WITH_EDGE, x_forwarded_for) == expected


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/33", ""])
def test_a_proxy_that_is_no_address_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear to be"):
        TrustedProxies.from_texts([text])
