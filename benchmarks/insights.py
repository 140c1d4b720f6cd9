"""How long insights take: ``python -m benchmarks.insights [--rows N ...] [--errors N] [--times N] [--threads N]``.

The tables of a projection are filled directly, all in one project, and asked through the server's own engine with its
own bounds: first after the file was opened, then again without a kept answer, then with one. Between the first and the
last number of rows, the growth is told. At last a server is asked over HTTP for what it has kept.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import trio

from benchmarks.projecting import fill as fill_database
from benchmarks.server import ServerProcess
from bloop_trio.analytics.engine import Engine
from bloop_trio.analytics.insights import Insights
from bloop_trio.analytics.questions.asked import Asked
from bloop_trio.analytics.questions.correlations import CorrelationsQuestion
from bloop_trio.analytics.questions.environments import EnvironmentsQuestion
from bloop_trio.analytics.questions.movers import MoversQuestion
from bloop_trio.analytics.questions.releases import ReleasesQuestion
from bloop_trio.analytics.questions.spikes import SpikesQuestion
from bloop_trio.analytics.schema import TABLES
from bloop_trio.clock import MS_PER_HOUR, now_ms
from bloop_trio.config.sections import AnalyticsConfig
from bloop_trio.issues.queries.scope import OneProject

if TYPE_CHECKING:
    from typing import Any

    from bloop_trio.analytics.insights import Question

SPAN_HOURS: Final = 1_440
"""Twice the longest window: movers look at the window before as well."""
WINDOWS: Final = (24, 720)
RELEASES: Final = 20
ENVIRONMENTS: Final = 4
QUESTIONS: Final[dict[str, Question]] = {
    "spikes": SpikesQuestion(2.5),
    "movers": MoversQuestion(),
    "correlations": CorrelationsQuestion(),
    "releases": ReleasesQuestion(),
    "environments": EnvironmentsQuestion(),
}
_PROJECT: Final = OneProject(1, "default")
_RANDOM: Final = "setseed(0.5)"


@attrs.frozen
class Timing:
    """How long one question took."""

    first_ms: float
    """Right after the file was opened."""
    again_ms: float
    """Later, with nothing kept; the median."""
    kept_ms: float
    """With the answer kept; the median."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[500_000, 5_000_000], help="counts by the hour")
    parser.add_argument("--span", type=int, default=SPAN_HOURS // 2, help="hours that they are spread over")
    parser.add_argument("--errors", type=int, default=3_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--threads", type=int, default=AnalyticsConfig().threads)
    arguments = parser.parse_args()
    found = {}
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            found[rows] = trio.run(partial(_measure, Path(folder), rows, arguments))
    print("\n| | window | " + " | ".join(f"{rows:,} rows: first, then ms" for rows in found) + " | growth | kept ms |")
    print("|---" * (len(found) + 4) + "|")
    fewest, most = min(found), max(found)
    for key in found[most]:
        times = " | ".join(f"{of[key].first_ms:.0f}, {of[key].again_ms:.0f}" for of in found.values())
        growth = found[most][key].again_ms / found[fewest][key].again_ms
        print(f"| {key[0]} | {key[1]} h | {times} | {growth:.1f}x | {found[most][key].kept_ms:.2f} |")
    _ask_over_http(arguments.times)


async def _measure(folder: Path, rows: int, arguments: argparse.Namespace) -> dict[tuple[str, int], Timing]:
    found = {}
    engine = Engine(path=folder / "bloop.analytics.duckdb", config=AnalyticsConfig(threads=arguments.threads))
    await engine.open()
    await engine.feed(partial(_fill, rows=rows, errors=arguments.errors, span_hours=arguments.span))
    await engine.close()
    for name, question in QUESTIONS.items():
        for hours in WINDOWS:
            await engine.open()
            engine.is_ready = True
            insights = Insights(engine.query, ttl_secs=3_600, zscore_threshold=2.5)
            asked = Asked(projects=(_PROJECT,), hours=hours, limit=20)
            first_ms = await _time(insights, question, asked)
            again = []
            for _ in range(arguments.times):
                insights.forget()
                again.append(await _time(insights, question, asked))
            kept = [await _time(insights, question, asked) for _ in range(arguments.times)]
            found[name, hours] = Timing(first_ms, statistics.median(again), statistics.median(kept))
            await engine.close()
    return found


async def _time(insights: Insights, question: Question, asked: Asked) -> float:
    begun = time.perf_counter()
    await insights.answer(question, asked)
    return (time.perf_counter() - begun) * 1000


def _fill(cursor: Any, *, rows: int, errors: int, span_hours: int) -> None:
    """Fill the tables, the hours in the order in which they would have come."""
    newest_ms = now_ms() // MS_PER_HOUR * MS_PER_HOUR
    share = rows / (errors * span_hours * ENVIRONMENTS)
    if share > 1:
        msg = f"there are {errors * span_hours * ENVIRONMENTS:,} hours of errors at most"
        raise SystemExit(msg)
    cursor.execute(TABLES)
    cursor.execute(f"SELECT {_RANDOM}")
    cursor.execute(
        "INSERT INTO issues SELECT i, 1, 'f' || i, 'TypeError', 'message of the error ' || i, $2, $3"
        " FROM range($1) AS n (i)",
        [errors, newest_ms - span_hours * MS_PER_HOUR, newest_ms],
    )
    cursor.execute(
        "INSERT INTO hours SELECT i, 1, $1 - h * 3600000, 'env' || e, 1 + CAST(floor(random() * 20) AS BIGINT)"
        " FROM range($2 - 1, -1, -1) AS a (h), range($3) AS b (i), range($4) AS c (e) WHERE random() < $5",
        [newest_ms, span_hours, errors, ENVIRONMENTS, share],
    )
    cursor.execute(
        "INSERT INTO issue_releases SELECT i, 1, '1.' || r, 'env' || e, 10, $1 + r * 3600000, $2"
        " FROM range($3) AS b (i), range($4) AS c (r), range($5) AS d (e) WHERE random() < 0.5",
        [newest_ms - span_hours * MS_PER_HOUR, newest_ms, errors, RELEASES, ENVIRONMENTS],
    )
    (count,) = cursor.execute("SELECT count(*) FROM hours").fetchone()
    print(f"{count:,} rows of {errors:,} errors over {span_hours} hours", flush=True)


def _ask_over_http(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill_database(Path(folder) / "bloop.db", 100_000)
        with ServerProcess(Path(folder)) as server:
            while server.metric("bloop_analytics_progress_ratio") < 1:
                time.sleep(0.05)
            token = server.create_token()
            print("\nkept answers over HTTP, median ms: ", end="")
            for name in QUESTIONS:
                server.get(f"/v1/analytics/{name}", token)
                taken = []
                for _ in range(times * 3):
                    begun = time.perf_counter()
                    server.get(f"/v1/analytics/{name}", token)
                    taken.append((time.perf_counter() - begun) * 1000)
                print(f"{name} {statistics.median(taken):.1f}", end="; ")
            print()


if __name__ == "__main__":
    main()
