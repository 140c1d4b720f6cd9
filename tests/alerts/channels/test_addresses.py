from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.channels.addresses import MAX_URL_CHARS, check_url, is_public
from bloop_trio.exceptions import BadRequestError

OWN_OR_SPECIAL = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.2.1", "198.18.0.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1",
    "100::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::",
)  # fmt: skip
OF_THE_INTERNET = (
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1",
    "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
)  # fmt: skip


class TestPublic:
    @pytest.mark.parametrize("text", OWN_OR_SPECIAL)
    def test_what_belongs_to_a_host_or_a_network_is_not(self, text: str) -> None:
        assert not is_public(ip_address(text))

    @pytest.mark.parametrize("text", OF_THE_INTERNET)
    def test_what_is_of_the_internet_is(self, text: str) -> None:
        assert is_public(ip_address(text))

    @given(st.ip_addresses(v=4))
    def test_an_address_is_judged_alike_in_all_its_forms(self, address: IPv4Address) -> None:
        number = int(address)
        forms = (f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}")
        judged = {is_public(IPv6Address(form)) for form in forms} | {
            is_public(IPv6Address((0x2002 << 112) | (number << 80)))
        }
        # 0.0.0.0 and 0.0.0.1 are `::` and `::1` in one of these forms: not public either way.
        assert judged == {is_public(address)}


EVIL = (
    "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[0:0:0:0:0:ffff:7f00:1]/", "http://[::127.0.0.1]/",
    "http://0.0.0.0/", "http://0/", "http://127.0.0.2/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.1./", "http://127.0.0.1:8080/",
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/", "http://LocalHost:5332/x",
    "http://printer.local/", "http://metadata.google.internal/", "http://100.64.0.1/", "http://169.254.169.254/latest/",
    "http://[fd00::1]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/",
    "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://10.0.0.1/", "http://192.168.0.1/",
    "http://①②⑦.0.0.1/", "http://\uff11\uff12\uff17\u30020\u30020\u30021/", "http://ⓛocalhost/",
)  # fmt: skip
NO_URL = (
    "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "http:///x",
    "http://", "http://:80/", "http://example.com:0/", "http://example.com:99999/", "http://example.com:x/", "http://[::1/",
    "http://exa mple.com/", "http://example.com/\n", "http://example.com\\@127.0.0.1/", "http://\x00example.com/",
    "http://user@example.com/", "http://user:pass@example.com/", "http://example.com:80@127.0.0.1/",
    "https://" + "a" * MAX_URL_CHARS,
)  # fmt: skip
GOOD = (
    "https://hooks.slack.com/services/T0/B0/x", "http://example.com", "https://example.com:8443/hook?a=1#b",
    "https://EXAMPLE.com/", "https://münchen.example/", "https://8.8.8.8/", "https://[2606:4700::1111]/",
    "https://10.0.0.1.nip.io/", "https://2130706433.example.com/",
)  # fmt: skip


class TestUrls:
    @pytest.mark.parametrize("url", EVIL)
    def test_what_leads_into_the_own_network_is_refused(self, url: str) -> None:
        with pytest.raises(BadRequestError, match=r"^invalid channel URL: its host is not a public address$"):
            check_url(url, allow_private=False)

    @pytest.mark.parametrize("url", [url for url in EVIL if url.isascii()])
    def test_unless_that_is_allowed(self, url: str) -> None:
        assert check_url(url, allow_private=True) == url

    @pytest.mark.parametrize("url", NO_URL)
    @pytest.mark.parametrize("allow_private", [False, True])
    def test_what_cannot_be_posted_to_is_refused_in_any_case(self, url: str, *, allow_private: bool) -> None:
        with pytest.raises(BadRequestError, match=r"^invalid channel URL: "):
            check_url(url, allow_private=allow_private)

    @pytest.mark.parametrize("url", GOOD)
    def test_others_stay_as_they_are(self, url: str) -> None:
        assert check_url(url, allow_private=False) == url

    @given(st.text())
    def test_any_text_is_a_url_or_a_sentence(self, text: str) -> None:
        with suppress(BadRequestError):
            assert check_url(text, allow_private=False) == text
