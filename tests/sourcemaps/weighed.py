"""Decode a heavy map, and say what memory that takes and what is said to be taken; run as a process of its own."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from bloop_trio.sourcemaps.decoding import ParsedMap, parse_map
from bloop_trio.sourcemaps.frames import Place
from tests.sourcemaps.maps import HEAVY, a_map

COUNT = 4
"""Maps that are held at the same time: what only their decoding takes is then little beside them."""


def decoded(data: bytes) -> ParsedMap:
    parsed = parse_map(data)
    assert parsed.look_up(Place(file="a.js", line=1, column=1), "raw") is not None
    return parsed


def resident_bytes() -> int:
    gc.collect()
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (found,) = [line for line in lines if line.startswith("VmRSS")]
    return int(found.split()[1]) * 1024


def main() -> None:
    data = HEAVY[sys.argv[1]]
    decoded(a_map())
    before = resident_bytes()
    held = [decoded(data) for _ in range(COUNT)]
    sys.stdout.write(f"{(resident_bytes() - before) // COUNT} {held[0].weight_bytes}\n")


if __name__ == "__main__":
    main()
