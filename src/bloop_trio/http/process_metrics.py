"""What the operating system says about this process, under the names that Prometheus clients agree on."""

from __future__ import annotations

import os
import platform
import resource
import time
from math import inf
from pathlib import Path
from typing import Final

from bloop_trio import __version__
from bloop_trio.clock import now_ms
from bloop_trio.db.sizes import SQLITE_VERSION
from bloop_trio.http.metrics import Family, Sample

_PROC: Final = Path("/proc/self")
_started_secs: Final = now_ms() / 1000


def process_families() -> list[Family]:
    """Return versions, start, processor time, memory, open files and threads of this process."""
    return [
        Family(
            "bloop_build_info",
            "gauge",
            "What runs, as labels.",
            (Sample(1, {"version": __version__, "python": platform.python_version(), "sqlite": SQLITE_VERSION}),),
        ),
        Family.single(
            "process_start_time_seconds", "gauge", "When the process started, in epoch seconds.", _started_secs
        ),
        Family.single(
            "process_cpu_seconds_total",
            "counter",
            "Processor time of all threads, user and system.",
            time.process_time(),
        ),
        Family.single("process_resident_memory_bytes", "gauge", "Memory that the process occupies.", _resident_bytes()),
        Family("process_open_fds", "gauge", "Open files and sockets.", _open_files()),
        Family.single("process_max_fds", "gauge", "Files and sockets that may be open.", _max_files()),
        Family("process_threads", "gauge", "Threads of the process.", _threads()),
    ]


def _resident_bytes() -> int:
    """Return the resident size; where /proc is missing, the largest that it ever was."""
    try:
        pages = int((_PROC / "statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()


def _open_files() -> tuple[Sample, ...]:
    try:
        return (Sample(len(os.listdir(_PROC / "fd"))),)  # noqa: PTH208 - a count needs no Path objects
    except OSError:
        return ()


def _max_files() -> float:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return inf if soft == resource.RLIM_INFINITY else soft


def _threads() -> tuple[Sample, ...]:
    try:
        return (Sample(len(os.listdir(_PROC / "task"))),)  # noqa: PTH208 - a count needs no Path objects
    except OSError:
        return ()
