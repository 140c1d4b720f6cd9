"""One connected socket under Trio, with no more between it and the kernel than a wait.

`trio.SocketStream` costs the lane a tenth of its speed, and short connections far more. This stream does what the
lane, `trio.SSLStream` and Hypercorn need of one, and adds two things: a write deadline that the reaper enforces, and
a close that works from any task.
"""

from __future__ import annotations

import socket as stdlib_socket
from contextlib import suppress
from math import inf
from typing import Any, Final

import trio

RECEIVE_BYTES: Final = 64 * 1024
"""What one read takes at most: two ordinary batches, and far more than a single event."""

Data = bytes | bytearray | memoryview


class RawStream(trio.abc.HalfCloseableStream):
    """A connected, non-blocking socket as a stream.

    Resource handling: `close` may be called from any task and at any time; whoever waits on the stream then gets
    `trio.ClosedResourceError`. `aclose` is the same, for those who await it.
    """

    __slots__ = ("_write_timeout_secs", "reading_ended", "socket", "write_deadline")

    reading_ended: bool
    """Whether `end_reading` was called."""
    socket: stdlib_socket.socket
    write_deadline: float
    """When the client has taken nothing for too long, in Trio's time; `inf` while nothing waits to be sent."""

    def __init__(self, socket: stdlib_socket.socket, write_timeout_secs: float) -> None:
        self.socket = socket
        self.write_deadline = inf
        self.reading_ended = False
        self._write_timeout_secs = write_timeout_secs

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what has come, or `b""` at the end.

        Raises:
            trio.BrokenResourceError: the connection was reset.
            trio.ClosedResourceError: the stream was closed on this side.
        """
        # Under load the next request has come by the time that everybody else had a turn, which spares a round through
        # epoll: a seventh of what a request costs without its work.
        await trio.lowlevel.checkpoint()
        while True:
            try:
                return self.socket.recv(max_bytes or RECEIVE_BYTES)
            except BlockingIOError:
                pass
            except OSError as error:
                raise self._translated(error) from error
            await trio.lowlevel.wait_readable(self.socket)

    def send_nowait(self, data: Data) -> int:
        """Send what the kernel takes at once, and return how many bytes that was.

        Raises:
            trio.BrokenResourceError: the connection was reset.
            trio.ClosedResourceError: the stream was closed on this side.
        """
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._translated(error) from error

    async def send_all(self, data: Data) -> None:
        """Send everything; no checkpoint if the kernel takes it at once.

        Raises:
            trio.BrokenResourceError: the connection was reset.
            trio.ClosedResourceError: the stream was closed, here or because the client took nothing for too long.
        """
        sent = self.send_nowait(data)
        if sent == len(data):
            return
        with memoryview(data) as rest:
            try:
                while sent < len(rest):
                    self.write_deadline = trio.current_time() + self._write_timeout_secs
                    await self.wait_send_all_might_not_block()
                    sent += self.send_nowait(rest[sent:])
            finally:
                self.write_deadline = inf

    async def wait_send_all_might_not_block(self) -> None:
        """Wait for room in the kernel's buffer.

        Raises:
            trio.ClosedResourceError: the stream was closed on this side.
        """
        try:
            await trio.lowlevel.wait_writable(self.socket)
        except (OSError, ValueError) as error:
            raise self._translated(error) from error

    async def send_eof(self) -> None:
        """Tell the client that nothing more will come; it may still send."""
        self.shutdown(stdlib_socket.SHUT_WR)
        await trio.lowlevel.checkpoint()

    def end_reading(self) -> None:
        """Make the stream end after what has already come; whoever waits for more learns it at once.

        Unlike a cancellation this cannot hit a task that has taken a request and not yet answered it.
        """
        self.reading_ended = True
        self.shutdown(stdlib_socket.SHUT_RD)

    def shutdown(self, how: int) -> None:
        """Shut one direction; quietly nothing if the connection is gone."""
        with suppress(OSError):
            self.socket.shutdown(how)

    async def aclose(self) -> None:
        """Close the socket."""
        self.close()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """Close the socket, and wake whoever waits on it."""
        if self.socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self.socket)
            self.socket.close()

    def _translated(self, error: OSError | ValueError) -> Exception:
        if self.socket.fileno() < 0:
            return trio.ClosedResourceError("this stream was closed")
        return trio.BrokenResourceError(f"the connection broke: {error}")


class ReadingEndedError(Exception):
    """Reading was ended on this side: no more requests, but answers still go out."""


class TlsTransport(RawStream):
    """A raw stream that carries TLS.

    There a bare end of the stream counts as an attack, after which nothing can be sent, not even a goodbye. So an end
    that we brought about ourselves is told by an exception, which passes through `trio.SSLStream` and leaves it whole.
    """

    __slots__ = ()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what has come, or `b""` at the end.

        Raises:
            ReadingEndedError: the end is our own.
            trio.BrokenResourceError: the connection was reset.
            trio.ClosedResourceError: the stream was closed on this side.
        """
        data = await super().receive_some(max_bytes)
        if not data and self.reading_ended:
            raise ReadingEndedError
        return data


class Replay:
    """A stream that gives bytes which were already read before it reads on; all else is the stream's own."""

    __slots__ = ("_pending", "_stream")

    def __init__(self, stream: trio.abc.Stream, pending: bytes) -> None:
        self._stream = stream
        self._pending = pending

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Return the bytes held back, at most `max_bytes` a call, then what the stream brings."""
        if not self._pending:
            return await self._stream.receive_some(max_bytes)
        await trio.lowlevel.checkpoint()
        size = max_bytes or len(self._pending)
        chunk, self._pending = self._pending[:size], self._pending[size:]
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
