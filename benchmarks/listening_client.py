"""Holds streams open and reads them, in a process of its own: ``python -m benchmarks.listening_client PORT``.

Their tokens are the first line of its input, as JSON; it ends with its input.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys

READ_BYTES = 65_536


def main() -> None:
    """Read until the input ends."""
    port = int(sys.argv[1])
    ready = selectors.DefaultSelector()
    ready.register(sys.stdin, selectors.EVENT_READ)
    for token in json.loads(sys.stdin.readline()):
        stream = socket.create_connection(("127.0.0.1", port))
        head = f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        stream.sendall(head.encode())
        answer = stream.recv(READ_BYTES)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(answer.decode())
        ready.register(stream, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            if key.fileobj is sys.stdin or not isinstance(key.fileobj, socket.socket):
                return
            if not key.fileobj.recv(READ_BYTES):
                raise SystemExit("a stream has ended")


if __name__ == "__main__":
    main()
