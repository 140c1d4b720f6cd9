"""What a running server does not write into its log, whatever it is sent."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import h2.config
import h2.connection

from tests.server.process import DEADLINE_SECS, ServerProcess, wait_until

if TYPE_CHECKING:
    from pathlib import Path


def test_a_request_that_cannot_be_read_is_logged_without_what_it_holds(tmp_path: Path) -> None:
    speaker = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    speaker.initiate_connection()
    request: list[Any] = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", b"/v1/errors/\xff"),
    ]
    speaker.send_headers(1, [*request, ("authorization", "Bearer bloop_tk_secret")], end_stream=True)
    with ServerProcess(tmp_path) as server:
        with closing(socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECS)) as client:
            client.sendall(speaker.data_to_send())
            while client.recv(65_536):
                pass
        wait_until(lambda: "UnicodeDecodeError" in server.log(), "the failure is logged")
        assert "PRI * HTTP/2.0" not in server.log()
