"""Which requests that a cookie speaks for were made by our own pages, or by no page at all."""

from __future__ import annotations

import pytest

from bloop_trio.exceptions import ForbiddenError
from bloop_trio.http.csrf import check_origin

OWN = "https://bloop.example.com"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE", "post", "MADE-UP")


def check(method: str = "POST", *, origin: str | None = None, site: str | None = None) -> None:
    check_origin(method, OWN, origin=origin, sec_fetch_site=site)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_may_come_from_anywhere(method: str) -> None:
    check(method, origin="https://evil.example", site="cross-site")


@pytest.mark.parametrize("method", UNSAFE)
def test_a_client_that_is_no_browser_says_neither(method: str) -> None:
    check(method)


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("site", ["same-origin", "none", "Same-Origin"])
def test_our_own_pages_and_what_people_type_pass(method: str, site: str) -> None:
    check(method, site=site, origin=OWN)
    check(method, site=site)


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense", "same-origin, cross-site"])
def test_other_sites_and_other_ports_of_this_host_do_not_whatever_their_origin(method: str, site: str) -> None:
    for origin in (None, OWN):
        with pytest.raises(ForbiddenError, match=r"^cross-site request refused$"):
            check(method, site=site, origin=origin)


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://bloop.example.com",
        "https://bloop.example.com:8443",
        "https://bloop.example.com.evil.example",
        "https://bloop.example.com@evil.example",
        "https://bloop.example.com/",
        "bloop.example.com",
        f"{OWN} https://evil.example",
    ],
)
def test_a_browser_that_only_says_its_origin_has_to_say_ours(method: str, origin: str) -> None:
    with pytest.raises(ForbiddenError, match=r"^cross-site request refused$"):
        check(method, origin=origin)


def test_an_origin_is_compared_without_case() -> None:
    check(origin="HTTPS://Bloop.Example.com")
