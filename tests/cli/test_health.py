"""`bloop health`: the exit code of a probe, and one line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.process import ServerProcess, free_port, locked_database, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path, PIPELINE__FLUSH_INTERVAL_SECS="0.01") as running:
        yield running


def test_a_server_that_is_well_is_zero(bloop: Callable[..., Said], server: ServerProcess) -> None:
    said = bloop("health", BLOOP__SERVER__PORT=str(server.port))
    assert (said.code, said.out, said.err) == (0, f"http://127.0.0.1:{server.port}: ok\n", "")
    said = bloop("health", "--ready", "--url", f"http://127.0.0.1:{server.port}/")
    assert (said.code, said.out) == (0, f"http://127.0.0.1:{server.port}: ready\n")


def test_as_a_document(bloop: Callable[..., Said], server: ServerProcess) -> None:
    document = bloop("health", "--json", "--ready", BLOOP__SERVER__PORT=str(server.port)).document
    assert (document["status"], document["answer"]["ready"]) == (200, True)


def test_one_that_could_not_keep_events_is_one_and_says_why(bloop: Callable[..., Said], server: ServerProcess) -> None:
    with locked_database(server):
        url = f"http://127.0.0.1:{server.port}"
        assert bloop("send-test-event", "--url", url, "--key", server.key()).code == 0
        said = wait_until(
            lambda: (answer := bloop("health", "--ready", "--url", url)).code == 1 and answer, "it is not ready"
        )
        assert said.err == (f"bloop: the server at {url} answered 503: events cannot be stored: database is locked\n")
        assert bloop("health", "--url", url).code == 0
    wait_until(lambda: bloop("health", "--ready", "--url", url).code == 0, "it goes on")


def test_no_server_is_one(bloop: Callable[..., Said]) -> None:
    said = bloop("health", BLOOP__SERVER__PORT=str(free_port()))
    assert said.code == 1
    assert "no server answers at http://127.0.0.1:" in said.err


@pytest.mark.parametrize("arguments", [("--url", "localhost:5332"), ("--url", "")])
def test_an_address_that_is_none_is_a_wrong_command_line(bloop: Callable[..., Said], arguments: tuple[str]) -> None:
    assert bloop("health", *arguments).code == 2
