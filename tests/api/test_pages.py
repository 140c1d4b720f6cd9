"""The pages of the dashboard: who gets them, who is led elsewhere, and what a browser may do with them."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from bloop_trio.app import create_app
from bloop_trio.http.pages import APP_RULES
from bloop_trio.http.static import StaticFile
from tests.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

APP, SIGN_IN = b"<!doctype html><title>app</title>", b"<!doctype html><title>sign in</title>"
SCRIPT = b"export const answer = 42;" * 9
FILES = {
    "index.html": StaticFile(content_type="text/html; charset=utf-8", body=APP),
    "login.html": StaticFile(content_type="text/html; charset=utf-8", body=SIGN_IN),
    "assets/index-1a2b3c.js": StaticFile(
        content_type="text/javascript; charset=utf-8", body=SCRIPT, copies={"gzip": gzip.compress(SCRIPT)}
    ),
    "favicon.svg": StaticFile(content_type="image/svg+xml", body=b"<svg/>"),
}
PATHS = [rule.replace("<path:rest>", "a/b") for rule in APP_RULES]

every_page = pytest.mark.parametrize("path", PATHS)


@pytest.fixture
def pages(client: Client) -> Client:
    """The app with a dashboard."""
    services = attrs.evolve(client.services, dashboard=FILES)
    return Client(create_app(services), services, client.token)


class TestTheApp:
    @every_page
    async def test_whoever_is_signed_in_gets_it(
        self, pages: Client, sign_in: Callable[..., dict[str, str]], path: str
    ) -> None:
        answer = await pages.request("GET", path, headers=sign_in("ada", is_admin=False))
        assert (answer.status, answer.body) == (200, APP)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"

    @every_page
    async def test_whoever_is_not_is_led_to_the_sign_in_page(self, pages: Client, path: str) -> None:
        answer = await pages.request("GET", path, headers={"cookie": "bloop_session=forged"})
        assert (answer.status, answer.body) == (303, b"")
        assert answer.headers["location"].partition("?")[0] == "/auth/login"
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        "target", ["/issues/a%2Fb%25?project=shop&q=%C3%A4+b", "/issues/%C3%A4", "/issues?next=//evil.example"]
    )
    async def test_and_from_there_back(self, pages: Client, target: str) -> None:
        location = (await pages.request("GET", target)).headers["location"]
        assert location.isascii()
        assert parse_qs(urlsplit(location).query) == {"next": [target]}

    async def test_a_bearer_token_opens_no_page(self, pages: Client) -> None:
        assert (await pages.get("/")).status == 303

    @every_page
    async def test_it_may_load_its_own_files_and_nothing_else(
        self, pages: Client, sign_in: Callable[..., dict[str, str]], path: str
    ) -> None:
        policy = (await pages.request("GET", path, headers=sign_in())).headers["content-security-policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert (rules["default-src"], rules["frame-ancestors"], rules["base-uri"]) == ("'none'", "'none'", "'none'")
        assert rules["script-src"] == "'self'"
        assert "unsafe" not in policy
        assert "http" not in policy

    async def test_a_browser_asks_each_time_whether_it_has_changed(
        self, pages: Client, sign_in: Callable[..., dict[str, str]]
    ) -> None:
        session = sign_in()
        first = await pages.request("GET", "/", headers=session)
        assert first.headers["cache-control"] == "no-cache"
        again = await pages.request("GET", "/", headers=session | {"if-none-match": first.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["content-security-policy"] == first.headers["content-security-policy"]

    async def test_it_cannot_be_posted_to(self, pages: Client) -> None:
        assert (await pages.request("POST", "/issues")).status == 405


class TestTheSignInPage:
    async def test_anybody_gets_it(self, pages: Client) -> None:
        answer = await pages.request("GET", "/auth/login", peer="203.0.113.9")
        assert (answer.status, answer.body) == (200, SIGN_IN)
        assert "script-src 'self'" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize(
        ("query", "target"),
        [
            ("", "/"),
            ("?next=/issues%3Fproject%3Dshop", "/issues?project=shop"),
            ("?next=//evil.example", "/"),
            ("?next=https://evil.example/", "/"),
            ("?next=/%5Cevil.example", "/"),
            ("?next=/a%0D%0Aset-cookie:b", "/"),
        ],
    )
    async def test_whoever_is_signed_in_goes_on_within_this_site(
        self, pages: Client, sign_in: Callable[..., dict[str, str]], query: str, target: str
    ) -> None:
        answer = await pages.request("GET", f"/auth/login{query}", headers=sign_in())
        assert (answer.status, answer.headers["location"]) == (303, target)

    async def test_an_invite_is_shown_to_whoever_is_signed_in(
        self, pages: Client, sign_in: Callable[..., dict[str, str]]
    ) -> None:
        assert (await pages.request("GET", "/auth/login?invite=abc", headers=sign_in())).status == 200

    @pytest.mark.parametrize("host", ["127.0.0.1:5332", "[::1]:5332"])
    async def test_an_address_leads_to_the_name_at_which_passkeys_work(self, pages: Client, host: str) -> None:
        answer = await pages.request("GET", "/auth/login?invite=a%20b", headers={"host": host})
        assert (answer.status, answer.headers["location"]) == (303, "http://localhost:5332/auth/login?invite=a%20b")


class TestFiles:
    async def test_they_are_kept_for_ever_since_their_names_change(self, pages: Client) -> None:
        answer = await pages.request("GET", "/assets/index-1a2b3c.js", peer="203.0.113.9")
        assert (answer.status, answer.body) == (200, SCRIPT)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_they_come_compressed_to_whoever_takes_that(self, pages: Client) -> None:
        answer = await pages.request("GET", "/assets/index-1a2b3c.js", headers={"accept-encoding": "gzip, br"})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding, Origin"
        assert gzip.decompress(answer.body) == SCRIPT

    @pytest.mark.parametrize(
        "path", ["/assets/other.js", "/assets/", "/assets/..%2Findex.html", "/assets/../index.html", "/index.html"]
    )
    async def test_nothing_else_is_there(self, pages: Client, path: str) -> None:
        answer = await pages.request("GET", path)
        assert (answer.status, answer.json) == (404, {"error": "not found"})

    async def test_the_icon_and_the_word_to_search_engines_are_there(self, pages: Client) -> None:
        assert (await pages.request("GET", "/favicon.svg")).headers["content-type"] == "image/svg+xml"
        assert (await pages.request("GET", "/robots.txt")).body == b"User-agent: *\nDisallow: /\n"


class TestWithoutADashboard:
    @pytest.mark.parametrize("path", ["/auth/login", "/"])
    async def test_the_page_says_how_to_build_it(
        self, client: Client, sign_in: Callable[..., dict[str, str]], path: str
    ) -> None:
        answer = await client.request("GET", path, headers=sign_in() if path == "/" else {})
        assert (answer.status, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert b"nox -s web" in answer.body
        assert answer.headers["cache-control"] == "no-store"
