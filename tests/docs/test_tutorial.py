"""The tutorial, done as it is written: its commands and its program, against a server of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
STEPS: Final = {
    step.split(".")[0]: re.findall(r"^```(?:bash|python)\n(.*?)^```$", step, re.MULTILINE | re.DOTALL)
    for step in re.split(r"^## ", PAGE, flags=re.MULTILINE)
    if step[0].isdigit()
}
PATIENCE_SECS: Final = 30

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("bash", "curl", "openssl")), reason="the tutorial needs bash, curl, openssl"
)


@attrs.define
class Reader:
    """Somebody who follows the page in a shell, and puts in what it leaves to be put in."""

    folder: Path
    port: int
    variables: dict[str, str] = attrs.field(factory=dict)

    def does(self, block: str) -> str:
        """Run a block and return its output; a line with an ellipsis is what `variables` stand for."""
        lines = [line for line in block.splitlines() if "…" not in line]
        # The names that a shell finds once the environment of the tutorial is active.
        names = 'bloop() { "$PYTHON" -m bloop_trio "$@"; }\npython() { "$PYTHON" "$@"; }\n'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", names + "\n".join(lines).replace(":5332", f":{self.port}")],
            cwd=self.folder,
            env={**os.environ, "PYTHON": sys.executable, "no_proxy": "*", **self.variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sees(self, block: str, count: int) -> list[dict[str, Any]]:
        """Repeat a block until its list has so many entries: what is buffered takes its time."""
        deadline = time.monotonic() + PATIENCE_SECS
        while True:
            listed: list[dict[str, Any]] = json.loads(self.does(block))
            if len(listed) >= count or time.monotonic() > deadline:
                return listed


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """Serve from `folder` on a free port, and stop with Ctrl-C as the page says."""
    settings = {"HOST": "127.0.0.1", "PORT": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "bloop_trio", "serve"],
        cwd=folder,
        env=os.environ | {f"BLOOP__SERVER__{name}": value for name, value in settings.items()},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            listening = next(line for line in server.stdout if '"listening"' in line)
            yield int(json.loads(listening)["fields"]["addresses"][0].rpartition(":")[2])
            server.send_signal(signal.SIGINT)
            output, _ = server.communicate(timeout=PATIENCE_SECS)
            assert server.returncode == 0
            assert json.loads(output.splitlines()[-1])["fields"] == {"message": "stopped", "lost": 0}
        finally:
            server.kill()


def test_it_works_as_written(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        reader = Reader(tmp_path, port)
        _, check = STEPS["1"][-1].splitlines()
        assert "running on this database" in reader.does(check)

        create, _ = STEPS["2"]
        reader.variables["API_KEY"] = re.findall(r"Key: (\S+)", reader.does(create))[0]

        assert reader.does(STEPS["3"][0]) == '{"status":"accepted"}'

        install, program, run = STEPS["4"]
        assert install == "pip install bloop-sdk\n"
        (tmp_path / "shop.py").write_text(program.replace(":5332", f":{port}"), encoding="utf-8")
        reader.does(run)

        token, listing, one, trend = STEPS["5"]
        reader.variables["TOKEN"] = re.findall(r"bloop_tk_[\w-]{43}", reader.does(token.splitlines()[0]))[0]
        errors = {error["error_type"]: error for error in reader.sees(listing, 2)}
        assert {kind: error["total_count"] for kind, error in errors.items()} == {"RuntimeError": 1, "KeyError": 2}
        reader.variables["FINGERPRINT"] = errors["KeyError"]["fingerprint"]
        assert "Traceback" in json.loads(reader.does(one))["samples"][0]["stack"]
        assert '"count":2' in reader.does(trend)

        assert 'bloop_events_stored_total{project="shop"} 3' in reader.does(STEPS["6"][0])
