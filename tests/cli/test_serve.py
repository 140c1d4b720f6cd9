from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.cli.conftest import Said

ENVIRON = {
    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    "BLOOP__SERVER__HOST": "127.0.0.1",
    "BLOOP__SERVER__PORT": "0",
}


@attrs.define
class Served:
    """A server in a process of its own."""

    process: trio.Process
    lines: list[dict[str, Any]] = attrs.field(factory=list)

    async def read_until(self, message: str) -> dict[str, Any]:
        """Return the first log line with this message that has not been read yet."""
        assert self.process.stdout is not None
        rest = b""
        with trio.fail_after(30):
            while True:
                chunk = await self.process.stdout.receive_some()
                assert chunk, f"the server ended before saying {message!r}: {self.lines}"
                *complete, rest = (rest + chunk).split(b"\n")
                self.lines += [json.loads(line) for line in complete]
                for line in self.lines:
                    if line["fields"]["message"] == message:
                        return line


@asynccontextmanager
async def served(folder: Path, *arguments: str) -> AsyncIterator[Served]:
    async with trio.open_nursery() as nursery:
        process = await nursery.start(
            partial(
                trio.run_process,
                [sys.executable, "-m", "bloop_trio", *arguments],
                cwd=folder,
                env=ENVIRON,
                stdout=subprocess.PIPE,
                check=False,
            )
        )
        yield Served(process)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("arguments", [["serve"], [], ["--config", "config.toml"]], ids=" ".join)
async def test_it_serves_until_told_to_stop(folder: Path, bloop: Callable[..., Said], arguments: list[str]) -> None:
    (folder / "config.toml").write_text("[database]\npath = 'served.db'\n", encoding="utf-8")
    async with served(folder, *arguments) as server:
        line = await server.read_until("listening")
        url = f"http://{line['fields']['addresses'][0]}"
        said = await trio.to_thread.run_sync(partial(bloop, "send-test-event", "--url", url))
        assert (said.code, said.err) == (0, "")
        assert bloop("check", "--json").document["database"]["server_running"] is True
        server.process.send_signal(signal.SIGTERM)
        with trio.fail_after(30):
            assert await server.process.wait() == 0
    assert (folder / "served.db").exists()


async def test_what_keeps_it_from_starting_is_said_in_one_line(folder: Path) -> None:
    (folder / "bloop.db").write_bytes(b"no database" * 1000)
    done = await trio.run_process(
        [sys.executable, "-m", "bloop_trio"], cwd=folder, env=ENVIRON, capture_stdout=True, capture_stderr=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("bloop: ")
    assert "bloop.db" in line
