"""``python -m benchmarks [--seconds N] [--only TEXT] [--growth] [--large GB] [--soak SECS]``: print the table.

With ``--reading [--issues N] [--events M] [--rate R] [--keep FOLDER]``, print how fast a filled database is read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.cases import CASES, GROWTH, Case, Row, answered_events, fill, run_case, soak, start_with_large_database
from benchmarks.load import WRK
from benchmarks.reading import Reading, run_reading

BASELINE = "ordinary road, single"
HEADER = (
    "| case | committed/s | x ordinary | p50 ms | p99 ms | dropped | unaccounted | CPU µs/event | idle MB | peak MB |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Run what was asked for, and print each row as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="length of each load")
    parser.add_argument("--only", default="", help="run the cases whose name holds this text (and the baseline)")
    parser.add_argument("--growth", action="store_true", help="also from 1,000 to 1,000,000 distinct issues")
    parser.add_argument("--large", type=float, metavar="GB", help="also start with a database of this size")
    parser.add_argument("--soak", type=float, metavar="SECS", help="also watch the memory for so long")
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--reading", action="store_true", help="measure reading instead; --growth starts at 10,000 issues"
    )
    reading.add_argument("--issues", type=int, default=1_000_000, help="issues in the database")
    reading.add_argument("--events", type=int, default=5_000_000, help="events in the database")
    reading.add_argument("--rate", type=float, help="events a second meanwhile (default: half of what it can take)")
    reading.add_argument("--times", type=int, default=60, help="requests of each kind")
    reading.add_argument("--keep", type=Path, metavar="FOLDER", help="keep filled databases here, for the next run")
    options = parser.parse_args()
    if options.reading:
        run_reading(
            Reading(
                issues=options.issues,
                events=options.events,
                keep=options.keep,
                rate=options.rate,
                times=options.times,
                only=options.only,
                growth=options.growth,
            )
        )
        return
    print(f"generator: {'wrk' if WRK else 'Trio client'} on the same processors, {options.seconds:g} s a case\n")
    print(HEADER)
    wanted = [case for case in CASES if options.only in case.name or case.name == BASELINE]
    baseline = _run(wanted, options.seconds, None)
    if options.growth:
        _run(list(GROWTH), options.seconds, baseline)
    if options.large:
        seconds, size = start_with_large_database(options.large, fill)
        print(f"\nstart to healthy with a database of {size / 1e9:.2f} GB: {seconds:.2f} s")
    if options.soak:
        print("\nmemory over time (s: MB): " + ", ".join(f"{at:.0f}: {mb:.0f}" for at, mb in soak(options.soak)))


def _run(cases: list[Case], seconds: float, baseline: Row | None) -> Row | None:
    for case in cases:
        row = run_case(case, seconds)
        if case.name == BASELINE:
            baseline = row
        print(_line(row, baseline), flush=True)
    return baseline


def _line(row: Row, baseline: Row | None) -> str:
    ratio = f"{row.committed_per_sec / baseline.committed_per_sec:.1f}" if baseline else ""
    # What was in flight when the generator stopped was stored without its answer being counted: never less.
    unaccounted = answered_events(row) - row.committed - row.dropped if not row.sent.refused else 0
    name = row.case.name if row.query_p50_ms is None else f"{row.case.name} (list {row.query_p50_ms:.1f} ms)"
    refused = f", {row.sent.refused} refused" if row.sent.refused or row.sent.broken else ""
    return (
        f"| {name}{refused} | {row.committed_per_sec:,.0f} | {ratio} | {row.sent.p50_ms:.1f} | {row.sent.p99_ms:.1f}"
        f" | {row.dropped:,} | {max(0, unaccounted):,} | {row.cpu_us:.0f} | {row.idle_mb:.0f} | {row.peak_mb:.0f} |"
    )


if __name__ == "__main__":
    main()
