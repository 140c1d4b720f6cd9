"""What alert rules cost ingest: ``python -m benchmarks.alerting [--seconds N] [--rounds N] [--issues N]``.

Two servers, one of them with 200 rules of every kind, take the same load by turns. Most of the rules never fire; some do
all the time, into a receiver on this machine.
"""

from __future__ import annotations

import argparse
import http.server
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import attrs

from benchmarks.alert_rules import make_rules
from benchmarks.load import Target, events_of, send
from benchmarks.payloads import BATCH_SIZE, bodies, write_requests
from benchmarks.server import ServerProcess

CONNECTIONS: Final = 32


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes whatever is posted."""

    received = 0

    def do_POST(self) -> None:
        """Answer that all is well."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Receiver.received += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@attrs.frozen
class Round:
    """One load on one server."""

    events_per_sec: float
    cpu_us: float
    """Processor time of the server for an event."""
    p99_ms: float


def main() -> None:
    """Print the rounds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--issues", type=int, default=1_000)
    arguments = parser.parse_args()
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    settings = {
        "BLOOP_WEBHOOK_URL": f"http://127.0.0.1:{receiver.server_port}/",
        "BLOOP__ALERTING__ALLOW_PRIVATE_WEBHOOKS": "true",
        "BLOOP__ALERTING__COOLDOWN_SECS": "1",
    }
    print("| load | without rules | with 200 | ratio | CPU µs/event | p99 ms |\n|---|---|---|---|---|---|", flush=True)
    for batch in (False, True):
        with ExitStack() as stack:
            servers = [stack.enter_context(_start(stack, settings)) for _ in range(2)]
            make_rules(servers[1].database)
            plain, ruled = _interleave(servers, arguments, batch=batch)
        _show("batches of 50" if batch else "single", plain, ruled)
    receiver.shutdown()
    print(f"\nmessages received: {Receiver.received}")


def _start(stack: ExitStack, settings: dict[str, str]) -> ServerProcess:
    return ServerProcess(Path(stack.enter_context(tempfile.TemporaryDirectory())), tls=False, **settings)


def _interleave(
    servers: list[ServerProcess], arguments: argparse.Namespace, *, batch: bool
) -> tuple[list[Round], list[Round]]:
    made = bodies(5_000 if not batch else 500, arguments.issues, BATCH_SIZE if batch else 1)
    requests = [write_requests(server.folder, "load", made, server.key()) for server in servers]
    rounds: tuple[list[Round], list[Round]] = ([], [])
    for number in range(arguments.rounds + 1):
        for index in (0, 1) if number % 2 else (1, 0):
            load = _load(servers[index], requests[index], arguments.seconds if number else 2, batch=batch)
            if number:  # the first is for warming up
                rounds[index].append(load)
    return rounds


def _load(server: ServerProcess, requests: Path, seconds: float, *, batch: bool) -> Round:
    target = Target(scheme="http", port=server.port, key=server.key())
    stored, cpu_secs = server.metric("bloop_events_stored_total"), server.cpu_secs()
    sent = send(target, requests, batch=batch, connections=CONNECTIONS, seconds=seconds)
    while server.metric("bloop_events_in_buffer"):
        time.sleep(0.1)
    events = server.metric("bloop_events_stored_total") - stored
    return Round(
        events_of(sent, batch=batch) / sent.seconds, (server.cpu_secs() - cpu_secs) / events * 1e6, sent.p99_ms
    )


def _show(load: str, plain: list[Round], ruled: list[Round]) -> None:
    def middle(rounds: list[Round], name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in rounds))

    rates = [middle(rounds, "events_per_sec") for rounds in (plain, ruled)]
    cpu = " / ".join(f"{middle(rounds, 'cpu_us'):.0f}" for rounds in (plain, ruled))
    p99 = " / ".join(f"{middle(rounds, 'p99_ms'):.1f}" for rounds in (plain, ruled))
    print(f"| {load} | {rates[0]:,.0f} | {rates[1]:,.0f} | {rates[1] / rates[0]:.3f} | {cpu} | {p99} |", flush=True)
    for one, other in zip(plain, ruled, strict=True):
        print(
            f"| | {one.events_per_sec:,.0f} | {other.events_per_sec:,.0f} | | {one.cpu_us:.0f} / {other.cpu_us:.0f} | |"
        )


if __name__ == "__main__":
    main()
