from __future__ import annotations

from typing import Any

import pytest

from bloop_trio.http.edge import Edge, readable_path
from bloop_trio.http.headers import BROWSER_HEADERS, NO_STORE, ONLY_HTTPS, SECURITY_HEADERS

ORIGIN = "https://bloop.example.com"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/v1/errors", "/v1/errors"),
        (b"//v1///errors", "/v1/errors"),
        (b"/v1/errors/", "/v1/errors/"),
        (b"/v1/errors?a=//b", "/v1/errors"),
        (b"", "/"),
        (b"//", "/"),
        (b"http://host:5332//v1/errors", "/v1/errors"),
        (b"http://host", "/"),
        (b"*", "*"),
        (b"/a%20b%2e", "/a b."),
        (b"/caf%C3%A9", "/café"),
        (b"/caf\xc3\xa9", "/café"),
        (b"/a%2Fb/c%2fd", "/a%2Fb/c%2fd"),
        (b"/100%25/50%", "/100%25/50%"),
        (b"/%252F", "/%252F"),
        (b"/%ff", "/\ufffd"),
    ],
)
def test_a_path_is_read_as_the_client_meant_it(raw: bytes, path: str) -> None:
    assert readable_path(raw) == path


async def test_a_query_of_any_bytes_is_one_of_ascii() -> None:
    recorder = Recorder()
    await recorder.call("GET", b"/v1/errors", query=b"q=caf\xc3\xa9&release=\xff%20")
    assert recorder.scope["query_string"] == b"q=caf%C3%A9&release=%FF%20"


class Recorder:
    """An app that notes what reaches it, and what it answers with as it comes out of the edge."""

    def __init__(self, headers: list[tuple[bytes, bytes]] | None = None, status: int = 200) -> None:
        self.headers = headers or []
        self.status = status
        self.scope: Any = None
        self.sent: list[Any] = []

    async def app(self, scope: Any, _receive: Any, send: Any) -> None:
        self.scope = scope
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
            await send({"type": "http.response.body", "body": b"ok"})

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def receive(self) -> Any:
        return {"type": "http.request"}

    async def call(
        self,
        method: str,
        path: bytes,
        *headers: tuple[bytes, bytes],
        kind: str = "http",
        query: bytes = b"",
        origin: str = ORIGIN,
    ) -> None:
        edge = Edge(self.app, origin, frozenset({"/v1/ingest"}))
        scope = {"type": kind, "method": method, "path": path.decode(), "raw_path": path, "headers": headers}
        scope["query_string"] = query
        await edge(scope, self.receive, self.send)

    @property
    def answer(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


class TestAnswers:
    async def test_every_answer_is_hardened_and_not_stored(self) -> None:
        recorder = Recorder()
        await recorder.call("GET", b"/anything")
        assert {*SECURITY_HEADERS, NO_STORE} <= set(recorder.answer.items())
        assert recorder.sent[1] == {"type": "http.response.body", "body": b"ok"}

    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    async def test_browsers_are_told_what_no_page_may_do_and_to_stay_with_https(self, method: str) -> None:
        for origin, headers in ((ORIGIN, {*BROWSER_HEADERS, ONLY_HTTPS}), ("http://localhost:5332", BROWSER_HEADERS)):
            recorder = Recorder()
            await recorder.call(method, b"/v1/errors", (b"access-control-request-method", b"GET"), origin=origin)
            assert set(headers) <= set(recorder.answer.items())
            assert (ONLY_HTTPS[0] in recorder.answer) is (origin == ORIGIN)

    @pytest.mark.parametrize("method", ["POST", "OPTIONS"])
    async def test_paths_that_pages_of_any_origin_call_say_nothing_of_that(self, method: str) -> None:
        recorder = Recorder()
        await recorder.call(method, b"/v1/ingest", (b"access-control-request-method", b"POST"))
        assert set(SECURITY_HEADERS) <= set(recorder.answer.items())
        assert not {name for name, _ in (*BROWSER_HEADERS, ONLY_HTTPS)} & recorder.answer.keys()

    async def test_an_answer_that_sets_a_header_itself_keeps_it(self) -> None:
        recorder = Recorder([(b"Cache-Control", b"max-age=60")])
        await recorder.call("GET", b"/style.css")
        assert recorder.answer[b"cache-control"] == b"max-age=60"
        assert len(recorder.sent[0]["headers"]) == len(recorder.answer)

    async def test_the_origin_of_the_dashboard_may_read_with_its_cookies(self) -> None:
        recorder = Recorder()
        await recorder.call("GET", b"/v1/errors", (b"Origin", ORIGIN.encode()))
        assert recorder.answer[b"access-control-allow-origin"] == ORIGIN.encode()
        assert recorder.answer[b"access-control-allow-credentials"] == b"true"
        assert recorder.answer[b"vary"] == b"Origin"

    @pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"https://bloop.example.com.evil.example"])
    async def test_other_origins_may_not(self, origin: bytes) -> None:
        recorder = Recorder()
        await recorder.call("GET", b"/v1/errors", (b"origin", origin))
        assert b"access-control-allow-origin" not in recorder.answer
        assert recorder.answer[b"vary"] == b"Origin"

    async def test_the_dashboard_may_read_the_headers_of_lists_files_and_refusals(self) -> None:
        recorder = Recorder()
        await recorder.call("GET", b"/v1/errors", (b"origin", ORIGIN.encode()))
        exposed = recorder.answer[b"access-control-expose-headers"].split(b", ")
        assert {b"link", b"x-total-count", b"etag", b"content-disposition", b"retry-after"} <= {*exposed}

    async def test_one_without_a_body_says_nothing_of_a_body(self) -> None:
        recorder = Recorder([(b"Content-Type", b"text/html"), (b"content-length", b"0"), (b"etag", b'"a"')], 304)
        await recorder.call("GET", b"/docs")
        assert {b"etag", b"x-content-type-options"} <= recorder.answer.keys()
        assert not {b"content-type", b"content-length"} & recorder.answer.keys()

    async def test_ingest_is_for_any_origin_without_cookies(self) -> None:
        recorder = Recorder()
        await recorder.call("POST", b"//v1/ingest", (b"origin", b"https://shop.example"))
        assert recorder.scope["path"] == "/v1/ingest"
        assert recorder.answer[b"access-control-allow-origin"] == b"*"
        assert b"access-control-allow-credentials" not in recorder.answer


class TestPreflights:
    async def test_ingest_allows_its_headers_to_any_origin(self) -> None:
        recorder = Recorder()
        await recorder.call(
            "OPTIONS", b"/v1/ingest", (b"origin", b"https://shop.example"), (b"access-control-request-method", b"POST")
        )
        assert recorder.scope is None
        assert recorder.sent[0]["status"] == 200
        assert recorder.answer[b"access-control-allow-origin"] == b"*"
        assert recorder.answer[b"access-control-allow-methods"] == b"POST, OPTIONS"
        allowed = recorder.answer[b"access-control-allow-headers"].split(b", ")
        assert {b"content-type", b"x-signature", b"x-project-key", b"idempotency-key", b"authorization"} <= {*allowed}

    async def test_everything_else_allows_the_dashboard_alone(self) -> None:
        asked = (b"access-control-request-method", b"PUT")
        recorder = Recorder()
        await recorder.call("OPTIONS", b"/v1/errors", (b"origin", ORIGIN.encode()), asked)
        assert recorder.answer[b"access-control-allow-origin"] == ORIGIN.encode()
        assert recorder.answer[b"access-control-allow-credentials"] == b"true"
        stranger = Recorder()
        await stranger.call("OPTIONS", b"/v1/errors", (b"origin", b"https://evil.example"), asked)
        assert stranger.sent[0]["status"] == 200
        assert b"access-control-allow-origin" not in stranger.answer

    async def test_the_dashboard_may_poll_and_go_on_listening(self) -> None:
        recorder = Recorder()
        asked = (b"access-control-request-method", b"GET")
        await recorder.call("OPTIONS", b"/v1/stream", (b"origin", ORIGIN.encode()), asked)
        allowed = recorder.answer[b"access-control-allow-headers"].split(b", ")
        assert {b"authorization", b"if-none-match", b"last-event-id"} <= {*allowed}

    async def test_options_without_a_method_to_ask_for_is_no_preflight(self) -> None:
        recorder = Recorder()
        await recorder.call("OPTIONS", b"/v1/ingest")
        assert recorder.scope is not None


async def test_other_protocols_pass_through() -> None:
    for kind in ("lifespan", "websocket"):
        recorder = Recorder()
        await recorder.call("GET", b"/x", kind=kind)
        assert recorder.scope["type"] == kind
