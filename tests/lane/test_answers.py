from __future__ import annotations

from bloop_trio.http.headers import INGEST_HEADERS
from bloop_trio.issues.ingest.intake import ACCEPTED, IngestAnswer
from bloop_trio.lane.answers import TOO_MANY_CONNECTIONS, AnswerWriter


def lines(answer: bytes) -> list[bytes]:
    return answer.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_an_answer_has_status_date_headers_length_and_body() -> None:
    built = AnswerWriter(784_111_777).encode(ACCEPTED)

    assert lines(built) == [
        b"HTTP/1.1 200 OK",
        b"date: Sun, 06 Nov 1994 08:49:37 GMT",
        *(name + b": " + value for name, value in INGEST_HEADERS),
        b"content-length: 21",
    ]
    assert built.endswith(b'\r\n\r\n{"status":"accepted"}')


def test_the_last_answer_says_so_and_a_busy_server_when_to_return() -> None:
    built = AnswerWriter(0).encode(TOO_MANY_CONNECTIONS, close=True)

    assert lines(built)[0] == b"HTTP/1.1 503 Service Unavailable"
    assert {b"connection: close", b"retry-after: 1"} <= set(lines(built))


def test_a_constant_answer_is_built_once_a_second() -> None:
    writer = AnswerWriter(0)
    first = writer.encode(ACCEPTED)

    assert writer.encode(ACCEPTED) is first
    writer.renew_date(0)
    assert writer.encode(ACCEPTED) is first
    writer.renew_date(1)
    assert writer.encode(ACCEPTED) != first


def test_answers_that_come_and_go_are_never_mixed_up_and_never_pile_up() -> None:
    writer = AnswerWriter(0)
    for number in range(1_000):
        body = b"%d" % number
        assert writer.encode(IngestAnswer(200, body)).endswith(b"\r\n\r\n" + body)
    assert len(writer._ready) <= 64
