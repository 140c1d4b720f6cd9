"""What listeners cost: ``python -m benchmarks.listening [--streams N] [--seconds N] [--rounds N]``.

One server takes the same load by turns without and with streams of its live feed open, which one process reads. They
belong to several projects, and the load to one of these; each hears of its project about twice a second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from benchmarks.load import Target, events_of, send
from benchmarks.payloads import BATCH_SIZE, bodies, write_requests
from benchmarks.server import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECTIONS: Final = 32
OF_A_PROJECT: Final = 200
"""Streams that a project may have."""
MOST_MB: Final = 100
LEAST_RATIO: Final = 0.95


@attrs.frozen
class Round:
    """One load."""

    events_per_sec: float
    cpu_us: float
    """Processor time of the server for an event, what it does for the streams included."""
    p99_ms: float
    told_per_sec: float
    """Messages that were handed to streams."""


def main() -> None:
    """Print what streams take of the memory, and the rounds with and without them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--issues", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder)) as server:
        tokens = _tokens(server, arguments.streams)
        _measure_memory(server, tokens)  # while the server has done nothing else
        print("\n| load | without | with streams | ratio | CPU µs/event | p99 ms | messages/s |", flush=True)
        print("|---|---|---|---|---|---|---|", flush=True)
        for batch in (False, True):
            made = bodies(500 if batch else 5_000, arguments.issues, BATCH_SIZE if batch else 1)
            requests = write_requests(server.folder, "batches" if batch else "single", made, server.key())
            load = partial(_load, server, requests, batch=batch)
            _show("batches of 50" if batch else "single", *_interleave(server, tokens, load, arguments))


def _tokens(server: ServerProcess, streams: int) -> list[str]:
    """Return a token for each stream; that many share a project as may."""
    of_projects = [server.create_token()]
    for number in range(1, -(-streams // OF_A_PROJECT)):
        server.run("project", "create", f"Project {number}", "--slug", f"p{number}")
        of_projects.append(server.create_token(f"p{number}"))
    return [of_projects[number // OF_A_PROJECT] for number in range(streams)]


@contextmanager
def _listening(server: ServerProcess, tokens: list[str]) -> Iterator[None]:
    """Hold a stream open for each token, and see all of them close in the end."""
    command = [sys.executable, "-m", "benchmarks.listening_client", str(server.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        client.stdin.write(json.dumps(tokens) + "\n")
        client.stdin.flush()
        _wait(lambda: server.metric("bloop_streams_open") == len(tokens))
        yield
        client.stdin.close()
    _wait(lambda: server.metric("bloop_streams_open") == 0)


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


def _interleave(
    server: ServerProcess, tokens: list[str], load: Callable[[float], Round], arguments: argparse.Namespace
) -> tuple[list[Round], list[Round]]:
    rounds: tuple[list[Round], list[Round]] = ([], [])
    load(2)  # for warming up
    for number in range(arguments.rounds):
        for is_heard in (False, True) if number % 2 else (True, False):
            if is_heard:
                with _listening(server, tokens):
                    rounds[1].append(load(arguments.seconds))
            else:
                rounds[0].append(load(arguments.seconds))
    return rounds


def _load(server: ServerProcess, requests: Path, seconds: float, *, batch: bool) -> Round:
    target = Target(scheme="http", port=server.port, key=server.key())
    names = ("bloop_events_stored_total", "bloop_stream_messages_total")
    before, cpu_secs = [server.metric(name) for name in names], server.cpu_secs()
    sent = send(target, requests, batch=batch, connections=CONNECTIONS, seconds=seconds)
    while server.metric("bloop_events_in_buffer"):
        time.sleep(0.1)
    stored, told = (server.metric(name) - was for name, was in zip(names, before, strict=True))
    return Round(
        events_of(sent, batch=batch) / sent.seconds,
        (server.cpu_secs() - cpu_secs) / stored * 1e6,
        sent.p99_ms,
        told / sent.seconds,
    )


def _show(load: str, alone: list[Round], heard: list[Round]) -> None:
    def middle(rounds: list[Round], name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in rounds))

    rates = [middle(rounds, "events_per_sec") for rounds in (alone, heard)]
    cpu = " / ".join(f"{middle(rounds, 'cpu_us'):.0f}" for rounds in (alone, heard))
    p99 = " / ".join(f"{middle(rounds, 'p99_ms'):.1f}" for rounds in (alone, heard))
    ratio = rates[1] / rates[0]
    verdict = "" if ratio >= LEAST_RATIO else f" (below {LEAST_RATIO})"
    told = middle(heard, "told_per_sec")
    print(
        f"| {load} | {rates[0]:,.0f} | {rates[1]:,.0f} | {ratio:.3f}{verdict} | {cpu} | {p99} | {told:,.0f} |",
        flush=True,
    )
    for one, other in zip(alone, heard, strict=True):
        print(
            f"| | {one.events_per_sec:,.0f} | {other.events_per_sec:,.0f} | | {one.cpu_us:.0f} / {other.cpu_us:.0f} |"
        )


def _measure_memory(server: ServerProcess, tokens: list[str]) -> None:
    """Print the memory before, with, and after the streams: twice, as what the first ones took is used by the second."""
    print(f"| resident memory, MB | before | with {len(tokens)} streams | more | after |\n|---|---|---|---|---|")
    for turn in ("first time", "second time"):
        before_mb = server.rss_mb()
        with _listening(server, tokens):
            time.sleep(3)  # each has been looked at some times
            with_mb = server.rss_mb()
        more_mb = with_mb - before_mb
        verdict = "" if more_mb <= MOST_MB else f" (over {MOST_MB})"
        print(
            f"| {turn} | {before_mb:.0f} | {with_mb:.0f} | {more_mb:.0f}{verdict} | {server.rss_mb():.0f} |", flush=True
        )


if __name__ == "__main__":
    main()
