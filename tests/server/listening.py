"""A client of the live feed, as plain as can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs
import trio

from tests.server.process import DEADLINE_SECS
from tests.server_sent import EventReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


@attrs.define
class Listener:
    """One open stream; as a context manager it connects, and has read the answer's head by then."""

    port: int
    token: str
    last_id: str = ""
    session: str = ""
    """The value of a session's cookie, sent in place of the token."""
    reader: EventReader = attrs.field(factory=EventReader)
    status: int = 0
    head: bytes = b""
    ended_well: bool = False
    """Whether the answer came to the end that its framing promises."""
    _stream: trio.SocketStream = attrs.field(init=False)
    _raw: bytes = b""

    async def __aenter__(self) -> Self:
        self._stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        resume = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        shown = f"Cookie: bloop_session={self.session}" if self.session else f"Authorization: Bearer {self.token}"
        head = f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n{shown}\r\n{resume}\r\n"
        await self._stream.send_all(head.encode())
        with trio.fail_after(DEADLINE_SECS):
            while b"\r\n\r\n" not in self._raw:
                chunk = await self._stream.receive_some()
                assert chunk, self._raw
                self._raw += chunk
        self.head, _, self._raw = self._raw.partition(b"\r\n\r\n")
        self.status = int(self.head[9:12])
        self._unwrap()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stream.aclose()

    async def until(self, condition: Callable[[EventReader], object]) -> None:
        """Read until something has come true; raises EOFError when the stream ends before."""
        with trio.fail_after(DEADLINE_SECS):
            while not condition(self.reader):
                if not await self._read():
                    raise EOFError

    async def until_end(self) -> None:
        """Read until the server has ended the stream."""
        with trio.fail_after(DEADLINE_SECS):
            while not self.ended_well and await self._read():
                pass

    async def _read(self) -> bool:
        try:
            chunk = await self._stream.receive_some()
        except trio.BrokenResourceError:
            return False
        self._raw += chunk
        self._unwrap()
        return bool(chunk)

    def _unwrap(self) -> None:
        """Take whole chunks out of what has come."""
        while not self.ended_well:
            size, end, rest = self._raw.partition(b"\r\n")
            length = int(size, 16) if end else 0
            if not end or len(rest) < length + 2:
                return
            self.reader.feed(rest[:length])
            self._raw = rest[length + 2 :]
            self.ended_well = length == 0
