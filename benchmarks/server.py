"""A real server in a process of its own, and what the operating system says of it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self

import trustme

if TYPE_CHECKING:
    from types import TracebackType

TICKS_PER_SEC = os.sysconf("SC_CLK_TCK")
FLUSH_INTERVAL_SECS = 2.0
"""The default of pipeline.flush_interval_secs."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ServerProcess:
    """`bloop serve` on a free port with a database in `folder`; stopped on leaving."""

    def __init__(self, folder: Path, *, tls: bool = False, **settings: str) -> None:
        self.folder = folder
        self.database = folder / "bloop.db"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.scheme = "https" if tls else "http"
        self._environment = {
            **os.environ,
            "BLOOP__SERVER__HOST": "127.0.0.1",
            "BLOOP__SERVER__PORT": str(self.port),
            "BLOOP__DATABASE__PATH": str(self.database),
            "BLOOP__RATE_LIMIT__PER_SECOND": "0",
            "BLOOP__INGEST__MAX_NEW_ISSUES_PER_MINUTE": "0",
            "BLOOP__INGEST__FULL_OCCURRENCES_PER_MINUTE": "0",
            **{name.upper(): value for name, value in settings.items()},
        }
        if tls:
            self._environment |= self._certificate()
        self.start_secs = 0.0

    def __enter__(self) -> Self:
        started = time.perf_counter()
        self._log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bloop_trio", "serve"],
            cwd=self.folder,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - started > 30:
                    raise RuntimeError((self.folder / "server.log").read_text()) from None
                time.sleep(0.005)
        if self.scheme == "http":
            self.get("/health")
        self.start_secs = time.perf_counter() - started
        self.idle_rss_mb = self.rss_mb()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._log.close()

    def _certificate(self) -> dict[str, str]:
        issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
        certificate, key = self.folder / "cert.pem", self.folder / "key.pem"
        for pem in issued.cert_chain_pems:
            pem.write_to_path(certificate, append=certificate.exists())
        issued.private_key_pem.write_to_path(key)
        return {"BLOOP__SERVER__TLS_CERT": str(certificate), "BLOOP__SERVER__TLS_KEY": str(key)}

    def get(self, path: str, token: str | None = None) -> bytes:
        """Return the body of a GET."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def key(self) -> str:
        """Return the default project's key."""
        return str(self.query("SELECT api_key FROM projects WHERE slug = 'default'"))

    def run(self, *command: str) -> str:
        """Run a command of `bloop` on the same database, and return what it prints."""
        made = subprocess.run(
            [sys.executable, "-m", "bloop_trio", *command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return made.stdout

    def create_token(self, project: str = "default") -> str:
        """Return a token that may read a project."""
        made = self.run("token", "create", "--project", project, "--name", "bench", "--scope", "errors:read", "--json")
        return str(json.loads(made)["token"])

    def query(self, sql: str) -> object:
        """Return one value from the database."""
        conn = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return conn.execute(sql).fetchone()[0]
        finally:
            conn.close()

    def committed(self) -> int:
        """Return the committed events: the sum of all issues, read from the database."""
        return int(str(self.query("SELECT coalesce(sum(total_count), 0) FROM issues")))

    def wait_drained(self) -> float:
        """Wait until nothing more is committed; returns how long the last commit took to come.

        The rest of a load lies in the buffer for up to the flush interval: that wait is no work, and not counted.
        """
        started = time.perf_counter()
        before, since = self.committed(), time.perf_counter()
        while time.perf_counter() - since < 2.5:
            time.sleep(0.05)
            now = self.committed()
            if now != before:
                before, since = now, time.perf_counter()
        return max(0.0, since - started - FLUSH_INTERVAL_SECS)

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        page = self.get("/metrics").decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*?}})? (\S+)$", page, re.MULTILINE))

    def health(self) -> dict[str, object]:
        """Return /health."""
        return dict(json.loads(self.get("/health")))

    def cpu_secs(self) -> float:
        """Return the processor time of all its threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SEC

    def rss_mb(self) -> float:
        """Return the resident memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES / 1e6

    def peak_rss_mb(self) -> float:
        """Return the highest resident memory so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024 / 1e6
