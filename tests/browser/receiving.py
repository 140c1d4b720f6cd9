"""A receiver of alerts in a process of its own: ``python -m tests.browser.receiving FOLDER``."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from tests.server.process import DEADLINE_SECS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = Path(__file__).parents[2]


@attrs.frozen
class Taken:
    """A request as it came."""

    headers: dict[str, str]
    """By their names in lower case."""
    body: str

    @property
    def json(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Whether its signature is that of the secret."""
        parts = dict(part.split("=", 1) for part in self.headers["x-bloop-signature"].split(","))
        mac = hmac.new(secret.encode(), f"{parts['t']}.{self.body}".encode(), hashlib.sha256)
        return hmac.compare_digest(mac.hexdigest(), parts["v1"])


@attrs.frozen
class Receiver:
    """A server that takes what comes to ``/taken``, and answers 404 to everything else."""

    folder: Path

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}"

    @property
    def last(self) -> Taken:
        """What it has taken last."""
        return Taken(**json.loads((self.folder / "taken").read_text().splitlines()[-1]))


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """Open a receiver on a free port, which notes in `folder` what it takes."""
    folder.mkdir()
    process = subprocess.Popen([sys.executable, "-m", "tests.browser.receiving", folder], cwd=_ROOT)
    try:
        wait_until((folder / "port").exists, "the receiver listens")
        yield Receiver(folder)
    finally:
        process.kill()
        process.wait(DEADLINE_SECS)


def main(folder: Path) -> None:
    """Take requests until somebody ends it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self.path == "/taken":
                headers = {name.lower(): value for name, value in self.headers.items()}
                with (folder / "taken").open("a") as taken:
                    taken.write(json.dumps({"headers": headers, "body": body}) + "\n")
            self.send_response(200 if self.path == "/taken" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_request(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        (folder / "half").write_text(str(server.server_port))
        (folder / "half").rename(folder / "port")
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
