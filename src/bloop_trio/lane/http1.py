"""Request heads that the express lane understands; everything else is left alone, byte for byte.

Sans-I/O. The lane serves a narrow subset of HTTP/1.1 and never guesses: an exact request line, one Host, one plain
Content-Length, no header that changes how the message is framed or answered, and none of the headers that we read
sent twice. llhttp and h11 are each laxer than the other somewhere, so it is the subset that makes the lane safe, and
not the parser.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from bloop_trio.issues.ingest.intake import IngestRequest, Route
from bloop_trio.lane.limits import MAX_HEAD_BYTES

_END_OF_HEAD: Final = b"\r\n\r\n"
_SINGLE_LINE: Final = b"POST /v1/ingest HTTP/1.1\r\n"
_BATCH_LINE: Final = b"POST /v1/ingest/batch HTTP/1.1\r\n"
_MAX_LENGTH_DIGITS: Final = 9
_BLANKS: Final = (b" ", b"\t")
_TRANSFER_ENCODING: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:", re.IGNORECASE)

# The headers that are read have small numbers, which index the list of their values.
_IGNORED: Final = -1
_FOREIGN: Final = -2
(
    _HOST,
    _CONTENT_LENGTH_NO,
    _CONNECTION,
    _SIGNATURE,
    _PROJECT_KEY,
    _IDEMPOTENCY_KEY,
    _CONTENT_TYPE,
    _X_FORWARDED_FOR,
    _X_REAL_IP,
    _FORWARDED,
) = range(10)
_READ: Final = {
    b"Host": _HOST,
    b"Content-Length": _CONTENT_LENGTH_NO,
    b"Connection": _CONNECTION,
    b"X-Signature": _SIGNATURE,
    b"X-Bloop-Signature": _SIGNATURE,
    b"X-Project-Key": _PROJECT_KEY,
    b"Idempotency-Key": _IDEMPOTENCY_KEY,
    b"Content-Type": _CONTENT_TYPE,
    b"X-Forwarded-For": _X_FORWARDED_FOR,
    b"X-Real-IP": _X_REAL_IP,
    b"Forwarded": _FORWARDED,
}
_NOT_SPOKEN_HERE: Final = (
    b"Transfer-Encoding",
    b"Content-Encoding",
    b"Expect",
    b"Upgrade",
    b"HTTP2-Settings",
    b"TE",
    b"Trailer",
)
# Frequent headers that mean nothing here are listed to spare the second look-up of an unknown spelling.
_FREQUENT: Final = (b"User-Agent", b"Accept", b"Accept-Encoding", b"Accept-Language", b"Origin", b"Referer")
_BY_NAME: Final = {
    **dict.fromkeys(_FREQUENT, _IGNORED),
    **dict.fromkeys(_NOT_SPOKEN_HERE, _FOREIGN),
    **_READ,
}
_BY_SPELLING: Final = _BY_NAME | {name.lower(): number for name, number in _BY_NAME.items()}
_NO_VALUES: Final[list[bytes | None]] = [None] * len(set(_READ.values()))


class Verdict(enum.Enum):
    """What is to be done with the bytes at hand."""

    INCOMPLETE = "read more: it may become a head that the lane serves"
    HEAD = "a whole head that the lane serves; its fields are set on the parser"
    HAND_OVER = "not for the lane: give the bytes from this message's start to the ordinary road"
    TOO_LONG = "refuse with 431: the head is longer than a head may be"
    AMBIGUOUS = "refuse with 400: two framings in one message, which is how requests are smuggled"


class HeadParser:
    """Reads the heads of one connection, one after the other.

    After `Verdict.HEAD` the fields describe the message until the next call; the caller cuts the body out by
    `body_start` and `content_length` and shows it to `finish`, so that llhttp's count of bytes is held against ours.
    """

    __slots__ = ("_complete", "_odd", "_parser", "_values", "body_start", "close", "content_length", "route")

    route: Route
    body_start: int
    """Where the body begins in the bytes that were read."""
    content_length: int
    close: bool
    """The client wants the connection closed after the answer."""

    def __init__(self) -> None:
        self._parser = HttpRequestParser(self)
        self._values = _NO_VALUES
        self._odd = False
        self._complete = False

    def request(self, body: bytes, client: str | None, *, too_large: bool = False) -> IngestRequest:
        """Return what the message asks of the intake."""
        values = self._values
        return IngestRequest(
            self.route,
            body,
            client,
            values[_SIGNATURE],
            values[_PROJECT_KEY],
            values[_IDEMPOTENCY_KEY],
            values[_CONTENT_TYPE],
            too_large,
        )

    def forwarding(self) -> list[bytes | None] | None:
        """Return the values of X-Forwarded-For, X-Real-IP and Forwarded; None if none of them was sent."""
        values = self._values
        if values[_X_FORWARDED_FOR] is None and values[_X_REAL_IP] is None and values[_FORWARDED] is None:
            return None
        return values[_X_FORWARDED_FOR:]

    def read(self, data: bytes, start: int) -> Verdict:
        """Judge the message that begins at `start`."""
        if data.startswith(_SINGLE_LINE, start):
            self.route = Route.SINGLE
        elif data.startswith(_BATCH_LINE, start):
            self.route = Route.BATCH
        else:
            return _judge_beginning(data, start)
        # The request line's own line end may be the first half of the head's end.
        end = data.find(_END_OF_HEAD, start, start + MAX_HEAD_BYTES)
        if end < 0:
            if _has_bare_line_feed(data[start : start + MAX_HEAD_BYTES]):
                return Verdict.HAND_OVER
            return Verdict.TOO_LONG if len(data) - start >= MAX_HEAD_BYTES else Verdict.INCOMPLETE
        end += len(_END_OF_HEAD)
        self.body_start = end
        return self._read_head(data[start:end])

    def finish(self, body: bytes) -> bool:
        """Show the body to the parser; returns whether it ends the message for the parser as it does for us."""
        if body:
            try:
                self._parser.feed_data(body)
            except HttpParserError:
                return False
        return self._complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; called by the parser."""
        number = _BY_SPELLING.get(name)
        if number is None:
            number = _BY_SPELLING.get(name.lower(), _IGNORED)
        if number >= 0:
            if self._values[number] is not None:
                self._odd = True
            # llhttp leaves blanks behind a value in place; they are no part of it.
            self._values[number] = value.rstrip(b" \t") if value[-1:] in _BLANKS else value
        elif number == _FOREIGN:
            self._odd = True

    def on_message_complete(self) -> None:
        """Note the end of a message; called by the parser."""
        self._complete = True

    def _read_head(self, head: bytes) -> Verdict:
        self._values = values = _NO_VALUES.copy()
        self._odd = self._complete = False
        try:
            self._parser.feed_data(head)
        except (HttpParserError, HttpParserUpgrade):
            self._odd = True
        if self._odd:
            if not _has_bare_line_feed(head) and _TRANSFER_ENCODING.search(head) and _CONTENT_LENGTH.search(head):
                return Verdict.AMBIGUOUS
            return Verdict.HAND_OVER
        length = values[_CONTENT_LENGTH_NO]
        if not values[_HOST] or length is None or not length.isdigit() or len(length) > _MAX_LENGTH_DIGITS:
            return Verdict.HAND_OVER
        connection = values[_CONNECTION]
        if connection is None:
            self.close = False
        else:
            option = connection.lower()
            if option not in {b"close", b"keep-alive"}:
                return Verdict.HAND_OVER
            self.close = option == b"close"
        self.content_length = int(length)
        return Verdict.HEAD


def _has_bare_line_feed(head: bytes) -> bool:
    """Say whether a lenient parser may see an end of the head where we see none."""
    return head.count(b"\n") != head.count(b"\r\n")


def _judge_beginning(data: bytes, start: int) -> Verdict:
    """Say whether too few bytes can still become a request line of ours."""
    given = data[start : start + len(_BATCH_LINE)]
    if _SINGLE_LINE.startswith(given) or _BATCH_LINE.startswith(given):
        return Verdict.INCOMPLETE
    return Verdict.HAND_OVER
