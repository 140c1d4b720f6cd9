"""Code that is given back is there again when it runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import _duckdb
import pytest

from bloop_trio.resident import release_code

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing happens")


def resident_kib() -> int:
    """Return what the code of DuckDB takes of the memory."""
    found, is_code = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            is_code = "r-xp" in line and "_duckdb" in line
        elif is_code and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


def test_what_is_given_back_is_gone_from_memory_and_works_again() -> None:
    cursor = _duckdb.connect()
    cursor.execute("SELECT 1")
    before = resident_kib()
    assert before > 10_000
    assert release_code("duckdb") > 10_000_000
    assert resident_kib() < before / 10
    assert cursor.execute("SELECT sum(range) FROM range(1000)").fetchall() == [(499500,)]
    cursor.close()


def test_of_what_is_not_loaded_nothing_is_given_back() -> None:
    assert release_code("no-such-library") == 0
