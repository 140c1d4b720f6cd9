"""Start a server in a folder of its own, with events, a token and a user, and let Schemathesis try its routes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import trio

from bloop_trio.auth.scopes import SCOPES
from tests.conftest import an_event
from tests.server.process import Sender, ServerProcess, wait_until
from tests.server.visitor import Visitor

HERE: Final = Path(__file__).parent
EVENTS: Final = [
    an_event(timestamp=1, fingerprint=f"issue-{number}", release=f"1.0.{number % 3}", stack="at cart.js:1")
    for number in range(20)
]


def main() -> int:
    """Run Schemathesis with the arguments of the command line added to its own; return its exit code."""
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder)) as server:
        scopes = [f"--scope={scope}" for scope in SCOPES]
        made = server.run("token", "create", "--project=default", "--name=conformance", *scopes)
        administrator = Visitor(server.port)
        administrator.register("/auth/register", username="conformance")
        trio.run(seed, server)
        wait_until(lambda: len(server.stored_fingerprints()) == len(EVENTS), "the events are stored")
        program = str(Path(sys.executable).with_name("schemathesis"))
        address = f"http://127.0.0.1:{server.port}/openapi.json"
        finished = subprocess.run(
            [program, "--config-file", str(HERE / "schemathesis.toml"), "run", address, *sys.argv[1:]],
            cwd=folder,
            env={
                **os.environ,
                "BLOOP_TOKEN": made["token"],
                "BLOOP_SESSION": administrator.session,
                "PROJECT_KEY": server.key(),
                "SCHEMATHESIS_HOOKS": "tests.conformance.hooks",
                "PYTHONPATH": str(HERE.parents[1]),
            },
            check=False,
        )
        assert server.stop() == 0, server.log()
        return finished.returncode


async def seed(server: ServerProcess) -> None:
    """Send the events in one batch."""
    sender = Sender(server.port, server.key())
    reply = await sender.batch(EVENTS)
    await sender.aclose()
    assert reply.json == {"accepted": len(EVENTS), "dropped": 0, "errors": []}


if __name__ == "__main__":
    sys.exit(main())
