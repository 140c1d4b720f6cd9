"""Ingest that goes on while something else is measured, as fast as it is answered or at about a given rate."""

from __future__ import annotations

import multiprocessing
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from benchmarks.load import WRK, Target, send, wrk_command
from benchmarks.payloads import bodies, write_requests
from benchmarks.reading_client import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.server import ServerProcess

FINGERPRINTS: Final = 2_000
_FOREVER_SECS: Final = 36_000
_PAUSE_MS: Final = 10
_SETTLE_SECS: Final = 3.0
READERS: Final = 10


class Ingest:
    """Single events from now until the end of the block."""

    def __init__(self, server: ServerProcess, requests: Path, *, connections: int = 32, pause_ms: int = 0) -> None:
        target = Target(scheme="http", port=server.port, key=server.key())
        self._process: subprocess.Popen[bytes] | multiprocessing.Process
        if WRK is None:
            self._process = multiprocessing.Process(
                target=send,
                args=(target, requests),
                kwargs={"batch": False, "connections": connections, "seconds": _FOREVER_SECS, "pause_ms": pause_ms},
            )
            self._process.start()
        else:
            command = wrk_command(
                target, requests, batch=False, connections=connections, seconds=_FOREVER_SECS, pause_ms=pause_ms
            )
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(_SETTLE_SECS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        if isinstance(self._process, multiprocessing.Process):
            self._process.join()
        else:
            self._process.wait()


def write_load(server: ServerProcess) -> Path:
    """Write the events that the load consists of."""
    return write_requests(server.folder, "load", bodies(FINGERPRINTS * 5, FINGERPRINTS), server.key())


def committed_per_sec(server: ServerProcess, seconds: float) -> float:
    """Return the events committed a second, over a while from now."""
    started, before = time.perf_counter(), _committed(server)
    time.sleep(seconds)
    return (_committed(server) - before) / (time.perf_counter() - started)


def _committed(server: ServerProcess) -> int:
    return int(str(server.query("SELECT value FROM sequences WHERE name = 'event_id'")))


def paced(server: ServerProcess, requests: Path, rate: float) -> Ingest:
    """Start an ingest of about `rate` events a second."""
    # A connection sends, waits for its answer, and rests.
    connections = max(1, round(rate * (_PAUSE_MS + 1) / 1000))
    with Ingest(server, requests, connections=connections, pause_ms=_PAUSE_MS):
        reached = committed_per_sec(server, 2 * _SETTLE_SECS)
    return Ingest(server, requests, connections=max(1, round(connections * rate / reached)), pause_ms=_PAUSE_MS)


class Crowd:
    """Readers that each ask for a page of the list once a second, until the end of the block."""

    def __init__(self, server: ServerProcess, token: str, paths: list[str]) -> None:
        self._server = server
        self._token = token
        self._paths = paths
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(READERS)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()
        time.sleep(1)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        reader = Reader(self._server.port, self._token)
        self._ended.wait(number / READERS)
        turn = number
        while not self._ended.wait(1):
            reader.get(self._paths[turn % len(self._paths)])
            turn += READERS
        reader.close()
