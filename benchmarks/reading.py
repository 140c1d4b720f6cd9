"""How fast a large database is read while events come in: ``python -m benchmarks --reading``."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from benchmarks.reading_client import Reader
from benchmarks.reading_load import Crowd, Ingest, committed_per_sec, paced, write_load
from benchmarks.reading_questions import (
    ORDERS,
    Values,
    combinations,
    deep_pages,
    others,
    pages,
    searches,
)
from benchmarks.reading_tables import Seen, print_growth, print_kinds, print_lists, print_rows
from benchmarks.server import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW_ISSUES: Final = 10_000
"""Where the growth begins."""
_ROUNDS: Final = 5
_ROUND_SECS: Final = 6.0


@attrs.frozen(kw_only=True)
class Reading:
    """What is to be measured."""

    issues: int
    events: int
    keep: Path | None
    """A folder for filled databases, which later runs use again."""
    rate: float | None
    """Events a second that come in meanwhile; None measures the knee and takes half of it."""
    times: int
    """Requests of each kind."""
    only: str
    """Measures only the rows whose name holds this text, and nothing else."""
    growth: bool


def run_reading(reading: Reading) -> None:
    """Print the tables."""
    before: Seen = {}
    if reading.growth:
        few = attrs.evolve(reading, issues=FEW_ISSUES, events=FEW_ISSUES * reading.events // reading.issues)
        before = _measure(few, {})
    _measure(reading, before)


def _measure(reading: Reading, before: Seen) -> Seen:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _provide(reading, folder / "bloop.db")
        values = Values(folder / "bloop.db")
        stack.callback(values.close)
        # What is in the database does not age out while it is measured, whenever it was filled.
        server = stack.enter_context(ServerProcess(folder, bloop__retention__raw_events_days="3650"))
        print(f"\n## {reading.issues:,} issues, {reading.events:,} events\n")
        return _measure_on(server, reading, values, before)


def _measure_on(server: ServerProcess, reading: Reading, values: Values, before: Seen) -> Seen:
    token, load = server.create_token(), write_load(server)
    rate = reading.rate
    if rate is None:
        with Ingest(server, load):
            knee = committed_per_sec(server, _ROUND_SECS)
        rate = knee / 2
        print(f"knee: {knee:,.0f} events/s", end="; ")
    seen: Seen = {}
    with paced(server, load, rate):
        print(f"meanwhile: {committed_per_sec(server, _ROUND_SECS):,.0f} events/s\n")
        with _reader(server, token) as reader:
            lists = [*pages(values), *combinations(values), *searches(values)]
            print_lists(reader, [row for row in lists if reading.only in row.name], reading.times, seen)
            rest = [*deep_pages(values), *others(values)]
            print_rows(reader, [row for row in rest if reading.only in row.name], reading.times, seen)
    print_kinds(before, seen)
    if before:
        print_growth(before, seen, FEW_ISSUES)
    if not reading.only:
        paths = [path for row in pages(values) for path in row.question(*ORDERS[0]).paths]
        with paced(server, load, rate):
            _print_ratio(server, token, paths, "half the knee")
        with Ingest(server, load):
            _print_ratio(server, token, paths, "saturation")
            _print_saturated(server, token, reading.times)
    return seen


def _provide(reading: Reading, path: Path) -> None:
    """Have a filled database at `path`, one that was kept if there is one."""
    if reading.keep is None:
        _fill(path, reading)
        return
    kept = reading.keep / f"issues-{reading.issues}-{reading.events}.db"
    if not kept.exists():
        _fill(kept, reading)
    shutil.copyfile(kept, path)


def _fill(path: Path, reading: Reading) -> None:
    sizes = (str(reading.issues), str(reading.events))
    subprocess.run([sys.executable, "-m", "benchmarks.fill_issues", str(path), *sizes], check=True)


@contextmanager
def _reader(server: ServerProcess, token: str) -> Iterator[Reader]:
    reader = Reader(server.port, token)
    try:
        yield reader
    finally:
        reader.close()


def _print_ratio(server: ServerProcess, token: str, paths: list[str], load: str) -> None:
    """Say what ten readers take away from ingest, turn and turn about in one run."""
    without, beside = [], []
    for _ in range(_ROUNDS):
        without.append(committed_per_sec(server, _ROUND_SECS))
        with Crowd(server, token, paths):
            beside.append(committed_per_sec(server, _ROUND_SECS))
    ratio = statistics.median(after / before for before, after in zip(without, beside, strict=True))
    print(
        f"\ningest at {load}: {statistics.median(without):,.0f} events/s without readers,"
        f" {statistics.median(beside):,.0f} with ten: x {ratio:.2f}",
        flush=True,
    )


def _print_saturated(server: ServerProcess, token: str, times: int) -> None:
    """Say how long others wait while the lane is saturated."""
    for path in ("/health", "/v1/stats", "/v1/errors"):
        with _reader(server, token) as reader:
            latency = reader.time([path], times * 3)
        print(f"\nat saturation, {path}: p50 {latency.p50_ms:.1f} ms, p95 {latency.p95_ms:.1f} ms", flush=True)
