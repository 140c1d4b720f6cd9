"""What a slow receiver of alerts costs everybody else: ``python -m benchmarks.delivering [--seconds N] [--rounds N]``.

Two servers take the same load by turns. The outbox of one of them holds 10,000 deliveries to a receiver that takes a second
for each. Meanwhile new issues are sent to both, whose alerts go to a receiver that answers at once: how long these take,
from the event's answer to the alert's arrival, is what people would feel.
"""

from __future__ import annotations

import argparse
import http.server
import json
import statistics
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from benchmarks.load import Target, events_of, send
from benchmarks.payloads import bodies, sign, write_requests
from benchmarks.server import ServerProcess
from bloop_trio.alerts.content import Content, encode
from bloop_trio.alerts.rules.rule import NewIssue, Rule
from bloop_trio.alerts.rules.store import create_rule
from bloop_trio.db.connection import open_connection, transaction

BACKLOG: Final = 10_000
SLOW_SECS: Final = 1.0
PROBE_SECS: Final = 0.5
CONNECTIONS: Final = 32
SETTINGS: Final[dict[str, Any]] = {
    "BLOOP__ALERTING__ALLOW_PRIVATE_WEBHOOKS": "true",
    "BLOOP__ALERTING__MAX_PER_MINUTE": "100000",  # else the backlog would go out as a digest
}

arrivals: dict[str, float] = {}
slow_answers = [0]


class Fast(http.server.BaseHTTPRequestHandler):
    """Notes when an alert arrives."""

    def do_POST(self) -> None:
        """Answer at once."""
        got = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        arrivals.setdefault(got["error_message"], time.perf_counter())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Slow(http.server.BaseHTTPRequestHandler):
    """Takes its time."""

    def do_POST(self) -> None:
        """Answer after a while."""
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(SLOW_SECS)
        slow_answers[0] += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Print each round, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    fast, slow = _serve(Fast), _serve(Slow)
    rates: tuple[list[float], list[float]] = ([], [])
    delays: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as stack:
        servers = [_start(stack) for _ in range(2)]
        for server in servers:
            _make_rule(server.database, f"http://127.0.0.1:{fast}/")
        _fill_outbox(servers[1].database, f"http://127.0.0.1:{slow}/")
        made = bodies(5_000, 1_000)
        requests = [write_requests(server.folder, "load", made, server.key()) for server in servers]
        for number in range(arguments.rounds + 1):
            for index in (0, 1) if number % 2 else (1, 0):
                rate, found = _round(servers[index], requests[index], arguments.seconds if number else 2)
                if number:  # the first is for warming up
                    rates[index].append(rate)
                    delays[index].extend(found)
        left = servers[1].metric("bloop_alert_deliveries_pending")
    print("| outbox | events/s | alert ms p50 | alert ms max | alerts |\n|---|---|---|---|---|")
    for index, name in enumerate(("empty", "10,000 to a slow receiver")):
        found, rate = delays[index], statistics.median(rates[index])
        p50, most = statistics.median(found) * 1e3, max(found) * 1e3
        print(f"| {name} | {rate:,.0f} | {p50:,.0f} | {most:,.0f} | {len(found)} |")
    for one, other in zip(*rates, strict=True):
        print(f"| | {one:,.0f} / {other:,.0f} | | | |")
    print(f"\nthe slow receiver has answered {slow_answers[0]}, {left:,.0f} are pending")


def _serve(handler: type[http.server.BaseHTTPRequestHandler]) -> int:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def _start(stack: ExitStack) -> ServerProcess:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(ServerProcess(folder, **SETTINGS))


def _make_rule(database: Path, url: str) -> None:
    rule = Rule(id=0, project_no=None, name="new", config=NewIssue(environment="probe"), is_enabled=True)
    with closing(open_connection(database)) as conn:
        rule_id = create_rule(conn, rule, created_by=None).rule.id
        _insert_channel(conn, rule_id, url)


def _insert_channel(conn: Any, rule_id: int, url: str) -> int:
    config = json.dumps({"type": "webhook", "url": url})
    (channel_id,) = conn.execute(
        "INSERT INTO alert_channels (rule_id, channel_type, config, created_secs) VALUES (?, 'webhook', ?, 0) RETURNING id",
        (rule_id, config),
    ).fetchone()
    return int(channel_id)


def _fill_outbox(database: Path, url: str) -> None:
    rule = Rule(id=0, project_no=None, name="slow", config=NewIssue(environment="nowhere"), is_enabled=True)
    now_ms = time.time_ns() // 1_000_000
    with closing(open_connection(database)) as conn:
        rule_id = create_rule(conn, rule, created_by=None).rule.id
        channel_id = _insert_channel(conn, rule_id, url)
        with transaction(conn):
            for number in range(BACKLOG):
                content = Content(
                    kind="new_issue", rule_id=rule_id, rule_name="slow", fingerprint=f"{number}", fired_ms=now_ms
                )
                (alert_id,) = conn.execute(
                    "INSERT INTO alerts (rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
                    " VALUES (?, 'slow', 1, ?, 'new_issue', ?, ?) RETURNING id",
                    (rule_id, f"{number}", now_ms, encode(content)),
                ).fetchone()
                conn.execute(
                    "INSERT INTO alert_deliveries"
                    " (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms)"
                    " VALUES (?, ?, 'webhook', 'pending', 0, ?, ?)",
                    (alert_id, channel_id, now_ms, now_ms),
                )


def _round(server: ServerProcess, requests: Path, seconds: float) -> tuple[float, list[float]]:
    """Return the events a second, and how long each alert took meanwhile."""
    answered: dict[str, float] = {}
    over = threading.Event()
    probe = threading.Thread(target=_probe, args=(server, answered, over))
    probe.start()
    target = Target(scheme="http", port=server.port, key=server.key())
    sent = send(target, requests, batch=False, connections=CONNECTIONS, seconds=seconds)
    over.set()
    probe.join()
    deadline = time.perf_counter() + 15
    while not answered.keys() <= arrivals.keys() and time.perf_counter() < deadline:
        time.sleep(0.05)
    delays = [arrivals.get(name, deadline) - answered_at for name, answered_at in answered.items()]
    return events_of(sent, batch=False) / sent.seconds, delays


def _probe(server: ServerProcess, answered: dict[str, float], over: threading.Event) -> None:
    while not over.wait(PROBE_SECS):
        name = f"probe{_letters(time.perf_counter_ns())}"
        event = {
            "timestamp": time.time_ns() // 1_000_000,
            "source": "api",
            "environment": "probe",
            "release": "1",
            "error_type": "Probe",
            "message": name,
        }
        body = json.dumps(event).encode()
        headers = {
            "content-type": "application/json",
            "x-project-key": server.key(),
            "x-signature": sign(body, server.key()),
        }
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}/v1/ingest", body, headers)
        with urllib.request.urlopen(request) as answer:
            answer.read()
        answered[name] = time.perf_counter()


def _letters(number: int) -> str:
    """A number that no fingerprint takes for one."""
    return "".join(chr(ord("g") + int(digit)) for digit in str(number))


if __name__ == "__main__":
    main()
