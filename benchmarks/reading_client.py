"""One reader on one kept-alive connection: it asks, waits for the whole answer, and asks again."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING, Final, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STATUS_AT: Final = slice(9, 12)


@attrs.frozen
class Latency:
    """How long answers took."""

    ordered_secs: tuple[float, ...]
    """The shortest first."""

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """Return what some measurements tell."""
        return cls(tuple(sorted(seconds)))

    def percentile_ms(self, part: float) -> float:
        """Return the time, in milliseconds, that so large a part of the answers did not exceed."""
        return self.ordered_secs[int(len(self.ordered_secs) * part)] * 1000

    @property
    def p50_ms(self) -> float:
        """The median."""
        return self.percentile_ms(0.5)

    @property
    def p95_ms(self) -> float:
        """What one answer of twenty exceeded."""
        return self.percentile_ms(0.95)


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
