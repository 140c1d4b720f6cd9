"""Sending the load: wrk where it is installed, a small Trio client otherwise."""

from __future__ import annotations

import math
import re
import shutil
import ssl
import subprocess
import time
from typing import TYPE_CHECKING

import attrs
import trio

from benchmarks.payloads import BATCH_SIZE

if TYPE_CHECKING:
    from pathlib import Path

WRK = shutil.which("wrk")

_SCRIPT = """
local requests, turn = {{}}, 0
init = function()
  for line in io.lines("{requests}") do
    local signature, body = line:match("^(%x+) (.*)$")
    requests[#requests + 1] = wrk.format("POST", "{path}", {{
      ["Content-Type"] = "application/json", ["X-Project-Key"] = "{key}", ["X-Signature"] = signature{extra}
    }}, body)
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
{pause}
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@attrs.frozen(kw_only=True)
class Sent:
    """What the generator saw."""

    requests: int
    seconds: float
    refused: int
    """Answers other than 2xx."""
    broken: int
    """Connections that failed, reads that timed out."""
    p50_ms: float
    p99_ms: float


@attrs.frozen(kw_only=True)
class Target:
    """Where the load goes."""

    scheme: str
    port: int
    key: str


def send(
    target: Target,
    requests: Path,
    *,
    batch: bool,
    connections: int,
    seconds: float,
    ordinary_road: bool = False,
    pause_ms: int = 0,
) -> Sent:
    """Send requests as fast as they are answered; with `pause_ms`, each connection rests so long behind every answer.

    `ordinary_road` adds a header that the express lane hands over.
    """
    if WRK is None:
        wires = _wires(target, requests, batch=batch, ordinary_road=ordinary_road)
        return trio.run(_send_with_trio, target, wires, connections, seconds, pause_ms)
    command = wrk_command(
        target,
        requests,
        batch=batch,
        connections=connections,
        seconds=seconds,
        ordinary_road=ordinary_road,
        pause_ms=pause_ms,
    )
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", run.stdout)
    if found is None:
        msg = f"wrk said nothing of use: {run.stdout} {run.stderr}"
        raise RuntimeError(msg)
    total, micros, refused, broken, p50, p99 = map(int, found.groups())
    return Sent(
        requests=total,
        seconds=micros / 1e6,
        refused=refused,
        broken=broken,
        p50_ms=p50 / 1000,
        p99_ms=p99 / 1000,
    )


def wrk_command(
    target: Target,
    requests: Path,
    *,
    batch: bool,
    connections: int,
    seconds: float,
    ordinary_road: bool = False,
    pause_ms: int = 0,
) -> list[str]:
    """Return how wrk is started to do what `send` describes."""
    script = requests.with_suffix(".lua")
    script.write_text(
        _SCRIPT.format(
            requests=requests,
            path=path_of(batch=batch),
            key=target.key,
            extra=', ["TE"] = "trailers"' if ordinary_road else "",
            pause=f"delay = function() return {pause_ms} end" if pause_ms else "",
        )
    )
    options = ["-t1", f"-c{connections}", f"-d{math.ceil(seconds)}s", "--timeout", "15s", "-s", str(script)]
    return [str(WRK), *options, f"{target.scheme}://127.0.0.1:{target.port}"]


def path_of(*, batch: bool) -> str:
    """Return the path of a request."""
    return "/v1/ingest/batch" if batch else "/v1/ingest"


def events_of(sent: Sent, *, batch: bool) -> int:
    """Return how many events the generator saw answered."""
    return sent.requests * (BATCH_SIZE if batch else 1)


async def _read_answer(stream: trio.abc.Stream) -> bytes:
    """Return one whole answer; it may come in pieces."""
    answer = b""
    while True:
        chunk = await stream.receive_some(65536)
        if not chunk:
            return b""
        answer += chunk
        head, end, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if end and length and len(body) >= int(length[1]):
            return answer


def _wires(target: Target, requests: Path, *, batch: bool, ordinary_road: bool) -> list[bytes]:
    """Return the requests as they go over the wire."""
    extra = "TE: trailers\r\n" if ordinary_road else ""
    wires = []
    for line in requests.read_bytes().splitlines():
        signature, _, body = line.partition(b" ")
        head = (
            f"POST {path_of(batch=batch)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Project-Key: {target.key}\r\nX-Signature: {signature.decode()}\r\n{extra}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        wires.append(head.encode() + body)
    return wires


async def _send_with_trio(target: Target, wires: list[bytes], connections: int, seconds: float, pause_ms: int) -> Sent:
    latencies: list[float] = []
    refused = 0

    async def client(offset: int) -> None:
        nonlocal refused
        stream: trio.abc.Stream = await trio.open_tcp_stream("127.0.0.1", target.port)
        if target.scheme == "https":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = trio.SSLStream(stream, context, server_hostname="localhost", https_compatible=True)
        turn = offset
        while trio.current_time() < deadline:
            started = time.perf_counter()
            await stream.send_all(wires[turn % len(wires)])
            answer = await _read_answer(stream)
            latencies.append(time.perf_counter() - started)
            refused += not answer.startswith(b"HTTP/1.1 2")
            turn += connections
            await trio.sleep(pause_ms / 1000)
        await stream.aclose()

    deadline = trio.current_time() + seconds
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        for offset in range(connections):
            nursery.start_soon(client, offset)
    latencies.sort()
    return Sent(
        requests=len(latencies),
        seconds=trio.current_time() - started,
        refused=refused,
        broken=0,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
    )
