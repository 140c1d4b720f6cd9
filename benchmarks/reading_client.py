"""One reader on one kept-alive connection: it asks, waits for the whole answer, and asks again."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING, Final, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STATUS_AT: Final = slice(9, 12)


@attrs.frozen(kw_only=True)
class Latency:
    """How long answers took, in milliseconds."""

    p50_ms: float
    p95_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Return the percentiles of some measurements."""
        ordered = sorted(seconds)
        return cls(p50_ms=ordered[len(ordered) // 2] * 1000, p95_ms=ordered[int(len(ordered) * 0.95)] * 1000)


class Reader:
    """A connection on which one request follows the other."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._socket = self._connected()
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def get(self, path: str) -> tuple[bytes, bytes]:
        """Return head and body of an answer, which has to be a 200."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\n{self._head}".encode())
        answer = b""
        while True:
            chunk = self._socket.recv(1 << 18)
            if not chunk:
                msg = f"{path}: the connection ended"
                raise RuntimeError(msg)
            answer += chunk
            head, end, body = answer.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if end and length and len(body) >= int(length[1]):
                break
        if b"\r\nconnection: close" in head.lower():  # after a thousand requests
            self._socket.close()
            self._socket = self._connected()
        if head[_STATUS_AT] != b"200":
            msg = f"{path}: {head.decode()} {body.decode()}"
            raise RuntimeError(msg)
        return head, body

    def time(self, paths: Sequence[str], times: int) -> Latency:
        """Return how long `times` requests took, which go round and round through `paths`."""
        self.get(paths[0])
        taken = []
        for turn in range(times):
            started = time.perf_counter()
            self.get(paths[turn % len(paths)])
            taken.append(time.perf_counter() - started)
        return Latency.of(taken)
