from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from bloop_trio.lane.sockets import create_tls_context, open_listening_sockets

if TYPE_CHECKING:
    from pathlib import Path


def test_a_free_port_is_found_and_options_are_inherited() -> None:
    (listening,) = open_listening_sockets("127.0.0.1", 0)
    with listening:
        host, port = listening.getsockname()
        assert host == "127.0.0.1"
        assert port > 0
        assert not listening.getblocking()
        with socket.create_connection((host, port)) as theirs:
            listening.setblocking(True)
            ours, _ = listening.accept()
            with ours:
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
            assert theirs.recv(1) == b""


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine speaks no IPv6")
def test_a_name_of_several_addresses_listens_on_all_with_one_port() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 address")
    opened = open_listening_sockets("", 0)
    assert {each.family for each in opened} == {socket.AF_INET, socket.AF_INET6}
    assert len({each.getsockname()[1] for each in opened}) == 1
    for each in opened:
        each.close()


def test_a_port_in_use_is_refused_and_nothing_stays_open() -> None:
    (first,) = open_listening_sockets("127.0.0.1", 0)
    with first, pytest.raises(OSError, match="in use"):
        open_listening_sockets("127.0.0.1", first.getsockname()[1])


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(OSError, match=r"not known|No address|failure"):
        open_listening_sockets("no-such-host.invalid", 0)


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cert.pem"
    path.write_text("nonsense")
    with pytest.raises(ssl.SSLError):
        create_tls_context(path, path)
    with pytest.raises(FileNotFoundError):
        create_tls_context(tmp_path / "absent.pem", path)
