"""Answers of the express lane as bytes. Pure but for a Date that somebody renews.

Nearly all answers of a busy server are the same few, so the last ones are kept ready made.
"""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from bloop_trio.http.headers import INGEST_HEADERS
from bloop_trio.issues.ingest.intake import IngestAnswer, error_answer

HEAD_TOO_LONG: Final = error_answer(431, "request head too large")
AMBIGUOUS_FRAMING: Final = error_answer(400, "Content-Length and Transfer-Encoding exclude each other")
TOO_MANY_CONNECTIONS: Final = error_answer(503, "too many connections", retry_after_secs=1)

_STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_FIXED_HEADERS: Final = b"".join(b"%b: %b\r\n" % pair for pair in INGEST_HEADERS)
_MAX_READY: Final = 64


class AnswerWriter:
    """Turns answers into bytes, each with the status, the headers of ingest, a Date and a Content-Length."""

    __slots__ = ("_date_line", "_ready")

    def __init__(self, now_secs: int) -> None:
        self._date_line = b""
        self._ready: dict[int, tuple[IngestAnswer, bytes]] = {}
        self.renew_date(now_secs)

    def renew_date(self, now_secs: int) -> None:
        """Give all answers from now on the Date `now_secs`."""
        date_line = f"date: {formatdate(now_secs, usegmt=True)}\r\n".encode()
        if date_line != self._date_line:
            self._date_line = date_line
            self._ready.clear()

    def encode(self, answer: IngestAnswer, *, close: bool = False) -> bytes:
        """Return the bytes of `answer`; with `close` they say that the connection ends."""
        if close:
            return self._build(answer, b"connection: close\r\n")
        # By identity: constants are found without hashing, and keeping the answer keeps its identity its own.
        ready = self._ready.get(id(answer))
        if ready is not None:
            return ready[1]
        built = self._build(answer, b"")
        if len(self._ready) >= _MAX_READY:
            self._ready.clear()
        self._ready[id(answer)] = (answer, built)
        return built

    def _build(self, answer: IngestAnswer, connection: bytes) -> bytes:
        retry_after = b"" if answer.retry_after_secs is None else b"retry-after: %d\r\n" % answer.retry_after_secs
        return b"%b%b%b%b%bcontent-length: %d\r\n\r\n%b" % (
            _STATUS_LINES[answer.status],
            self._date_line,
            _FIXED_HEADERS,
            retry_after,
            connection,
            len(answer.body),
            answer.body,
        )
