"""Giving memory back that holds code which is not running, and which the system reads again when it is needed.

Starting the server, and opening a file of DuckDB, run through a lot of code that stays in memory although it is hardly
needed again. Where the system is not Linux, nothing happens.
"""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path
from typing import Final

_MAPS: Final = Path("/proc/self/maps")
_CODE: Final = "r-xp"
"""Pages that are run and never written to, so that the file has all that is in them."""


def release_code(library: str = "") -> int:
    """Let go of the pages of the libraries with `library` in their name, or all; returns how many bytes these span."""
    released = 0
    try:
        lines = _MAPS.read_text().splitlines()
    except OSError:
        return 0
    system = ctypes.CDLL(None)
    for line in lines:
        span, permissions, *_, name = line.split(maxsplit=5)
        if permissions == _CODE and name.startswith("/") and library in Path(name).name:
            start, end = (int(address, 16) for address in span.split("-"))
            length = end - start
            if system.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), mmap.MADV_DONTNEED) == 0:
                released += length
    return released
