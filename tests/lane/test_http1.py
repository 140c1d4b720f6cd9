from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.ingest.intake import Route
from bloop_trio.lane.http1 import HeadParser, Verdict
from bloop_trio.lane.limits import MAX_HEAD_BYTES


def head(*lines: str, first: str = "POST /v1/ingest HTTP/1.1") -> bytes:
    return "\r\n".join((first, *lines)).encode("latin-1") + b"\r\n\r\n"


PLAIN = ("Host: a", "Content-Length: 5")


def test_a_head_is_read_and_its_fields_are_what_was_sent() -> None:
    parser = HeadParser()
    data = head(
        "Host: a",
        "content-type: application/json",
        "X-SIGNATURE: abc \t",
        "X-Project-Key:bloop_1",
        "Idempotency-Key: k",
        "Content-Length: 5",
        first="POST /v1/ingest/batch HTTP/1.1",
    )

    assert parser.read(data + b"hello", 0) is Verdict.HEAD
    assert (parser.route, parser.body_start, parser.content_length, parser.close) == (Route.BATCH, len(data), 5, False)
    assert parser.forwarding() is None
    request = parser.request(b"hello", "1.2.3.4")
    assert (request.route, request.body, request.client) == (Route.BATCH, b"hello", "1.2.3.4")
    assert (request.signature, request.project_key, request.idempotency_key) == (b"abc", b"bloop_1", b"k")
    assert (request.content_type, request.too_large) == (b"application/json", False)
    assert parser.finish(b"hello")


def test_one_message_leaves_nothing_behind_for_the_next() -> None:
    parser = HeadParser()
    data = head(*PLAIN, "X-Signature: abc", "X-Real-IP: 1.2.3.4") + b"hello" + head("Host: a", "Content-Length: 0")

    assert parser.read(data, 0) is Verdict.HEAD
    assert parser.forwarding() == [None, b"1.2.3.4", None]
    end = parser.body_start + parser.content_length
    assert parser.finish(data[parser.body_start : end])
    assert parser.read(data, end) is Verdict.HEAD
    assert parser.content_length == 0
    assert parser.request(b"", None).signature is None
    assert parser.forwarding() is None
    assert parser.finish(b"")


def test_a_body_of_another_length_than_announced_is_noticed() -> None:
    parser = HeadParser()
    assert parser.read(head(*PLAIN), 0) is Verdict.HEAD
    assert not parser.finish(b"hell")


@pytest.mark.parametrize(("value", "close"), [("close", True), ("Close", True), ("keep-alive", False)])
def test_connection_options_that_are_understood(value: str, close: bool) -> None:
    parser = HeadParser()
    assert parser.read(head(*PLAIN, f"Connection: {value}"), 0) is Verdict.HEAD
    assert parser.close is close


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5",),
        ("Host:", "Content-Length: 5"),
        ("Host: a", "Host: a", "Content-Length: 5"),
        ("Host: a",),
        ("Host: a", "Content-Length:"),
        ("Host: a", "Content-Length: 1234567890"),
        ("Host: a", "Content-Length: -5"),
        ("Host: a", "Content-Length: 5, 5"),
        ("Host: a", "Content-Length: 5", "Content-Length: 5"),
        ("Host: a", "Transfer-Encoding: chunked"),
        (*PLAIN, "Expect: 100-continue"),
        (*PLAIN, "Upgrade: h2c", "Connection: Upgrade"),
        (*PLAIN, "Upgrade: h2c"),
        (*PLAIN, "HTTP2-Settings: x"),
        (*PLAIN, "TE: trailers"),
        (*PLAIN, "Trailer: a"),
        (*PLAIN, "Content-Encoding: gzip"),
        (*PLAIN, "Connection: close, te"),
        (*PLAIN, "Connection:"),
        (*PLAIN, "X-Signature: a", "X-Signature: a"),
        (*PLAIN, "X-Signature: a", "X-Bloop-Signature: a"),
        (*PLAIN, "X-Project-Key: a", "x-project-key: b"),
        (*PLAIN, "X-Forwarded-For: a", "X-Forwarded-For: b"),
        (*PLAIN, "Content-Type: a", "Content-Type: a"),
        (*PLAIN, "X-A: b\r\n folded"),
        (*PLAIN, "X-A: b\nX-B: c"),
        (*PLAIN, "X A: b"),
        (*PLAIN, "X-A : b"),
        (*PLAIN, "X-A: \0"),
        (*PLAIN, "nothing"),
    ],
)
def test_heads_that_are_left_to_the_ordinary_road(lines: tuple[str, ...]) -> None:
    assert HeadParser().read(head(*lines), 0) is Verdict.HAND_OVER


@pytest.mark.parametrize(
    "first",
    [
        "GET /v1/ingest HTTP/1.1",
        "POST /v1/ingest HTTP/1.0",
        "POST /v1/ingest HTTP/1.11",
        "POST /v1/ingest?a HTTP/1.1",
        "POST  /v1/ingest HTTP/1.1",
        "post /v1/ingest HTTP/1.1",
        "POST /v1/ingest/ HTTP/1.1",
        "POST http://a/v1/ingest HTTP/1.1",
        "PRI * HTTP/2.0",
        "",
    ],
)
def test_request_lines_that_are_not_exactly_ours(first: str) -> None:
    assert HeadParser().read(head(*PLAIN, first=first), 0) is Verdict.HAND_OVER


@pytest.mark.parametrize(
    "lines",
    [
        (*PLAIN, "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", *PLAIN),
        (*PLAIN, "transfer-encoding: gzip"),
        (*PLAIN, "Transfer-Encoding : chunked"),
        (*PLAIN, "Transfer-Encoding:\x0bchunked"),
    ],
)
def test_two_framings_are_ambiguous(lines: tuple[str, ...]) -> None:
    assert HeadParser().read(head(*lines), 0) is Verdict.AMBIGUOUS


@given(cut=st.integers(0, len(head(*PLAIN)) - 1))
def test_a_head_that_is_not_whole_is_waited_for(cut: int) -> None:
    assert HeadParser().read(head(*PLAIN)[:cut], 0) is Verdict.INCOMPLETE


def test_a_head_may_be_as_long_as_the_bound_and_no_longer() -> None:
    def of_length(length: int) -> bytes:
        rest = length - len(head(*PLAIN, "X-A: "))
        return head(*PLAIN, "X-A: " + "x" * rest)

    assert len(of_length(MAX_HEAD_BYTES)) == MAX_HEAD_BYTES
    assert HeadParser().read(of_length(MAX_HEAD_BYTES), 0) is Verdict.HEAD
    assert HeadParser().read(of_length(MAX_HEAD_BYTES + 1), 0) is Verdict.TOO_LONG
    assert HeadParser().read(of_length(MAX_HEAD_BYTES)[:-1], 0) is Verdict.INCOMPLETE
    assert HeadParser().read(of_length(MAX_HEAD_BYTES + 1)[:-1], 0) is Verdict.TOO_LONG


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_raise(data: bytes) -> None:
    for beginning in (b"", b"POST /v1/ingest HTTP/1.1\r\n", head(*PLAIN)[:-2]):
        HeadParser().read(beginning + data, 0)
