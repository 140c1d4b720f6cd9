"""What a request shows of its sender, read from its head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
import trio
from quart import request
from quart_trio import QuartTrio

from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.http.credentials import read_credentials

if TYPE_CHECKING:
    from bloop_trio.http.guard import Credentials

TRUSTED = TrustedProxies.from_texts(["10.0.0.0/8"])


async def shown(*headers: tuple[str, str], peer: str = "203.0.113.9") -> Credentials:
    """Return what a POST with these headers, and no others, shows."""
    app = QuartTrio("test")
    found: list[Credentials] = []

    @app.post("/")
    async def note() -> str:
        found.append(read_credentials(request, TRUSTED))
        return ""

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": (peer, 40000),
        "extensions": {},
    }
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        return messages.pop() if messages else await trio.sleep_forever()

    async def send(_message: Any) -> None:
        pass

    await app(cast("Any", scope), receive, send)
    return found[0]


class TestSession:
    async def test_it_comes_as_a_cookie_of_either_name(self) -> None:
        for name in ("bloop_session", "session"):
            assert (await shown(("cookie", f"theme=dark; {name}=value"))).session == "value"

    async def test_our_own_name_counts_before_the_other(self) -> None:
        assert (await shown(("cookie", "session=other; bloop_session=own"))).session == "own"

    async def test_cookies_may_come_in_several_headers(self) -> None:
        assert (await shown(("cookie", "theme=dark"), ("cookie", "bloop_session=own"))).session == "own"

    @pytest.mark.parametrize("cookie", ["", "bloop_session=", "bloop_session", "bloop_sessions=x", "; ;=;"])
    async def test_no_value_is_no_session(self, cookie: str) -> None:
        assert (await shown(("cookie", cookie))).session is None

    async def test_it_is_not_shown_in_a_repr(self) -> None:
        assert "secret" not in repr(await shown(("cookie", "bloop_session=secret")))


class TestBodies:
    @pytest.mark.parametrize(
        "headers",
        [
            (("content-length", "1"),),
            (("transfer-encoding", "chunked"),),
            (("content-type", "text/plain"),),  # over HTTP/2 a body needs no length
        ],
    )
    async def test_there_may_be_one(self, headers: tuple[tuple[str, str], ...]) -> None:
        assert (await shown(*headers)).has_body

    @pytest.mark.parametrize(
        "headers", [(), (("content-length", "0"),), (("content-length", "0"), ("content-type", "text/plain"))]
    )
    async def test_there_is_none(self, headers: tuple[tuple[str, str], ...]) -> None:
        assert not (await shown(*headers)).has_body


async def test_origin_site_and_type_are_taken_as_they_are() -> None:
    found = await shown(
        ("origin", "null"), ("sec-fetch-site", "cross-site"), ("content-type", "Text/Plain"), ("content-length", "3")
    )
    assert (found.method, found.origin, found.sec_fetch_site, found.content_type) == (
        "POST",
        "null",
        "cross-site",
        "Text/Plain",
    )


class TestAddress:
    async def test_it_is_that_of_the_socket(self) -> None:
        found = await shown(("x-forwarded-for", "198.51.100.7"))
        assert (found.address, found.peer, found.is_forwarded) == ("203.0.113.9", "203.0.113.9", True)

    async def test_a_trusted_proxy_tells_that_of_its_client(self) -> None:
        found = await shown(("x-forwarded-for", "198.51.100.7"), peer="10.0.0.1")
        assert (found.address, found.peer, found.is_forwarded) == ("198.51.100.7", "10.0.0.1", True)
