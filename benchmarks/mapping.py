"""How long an error's detail takes whose stacks need a large source map: ``python -m benchmarks.mapping [--mb N]``."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.payloads import an_event
from benchmarks.server import ServerProcess
from bloop_trio.auth.store import create_token
from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.events.batch import AcceptedEvent
from bloop_trio.issues.events.event import Event
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import ensure_default_project

SAMPLES: Final = 5
FRAMES: Final = 30
LINES: Final = 350
COLUMNS: Final = (0, 9, 20, 30)
BYTES_PER_SOURCE: Final = 31_300
TIMES: Final = 50
MAPS: Final = "/v1/projects/default/sourcemaps"
_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def main() -> None:
    """Upload a map, look at the detail of an error again and again, and print how long each took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mapping", description=__doc__)
    parser.add_argument("--mb", type=float, default=20, help="size of the map")
    data, width = large_map(max(1, int(parser.parse_args().mb * 1e6 / BYTES_PER_SOURCE)))
    with tempfile.TemporaryDirectory() as folder:
        token = fill(Path(folder) / "bloop.db", width)
        with ServerProcess(Path(folder)) as server:
            plain = [look(server, token)[0] for _ in range(TIMES)]
            upload_ms = upload(server, token, data)
            before_mb = server.rss_mb()
            first_ms, mapped = look(server, token)
            again = sorted(look(server, token)[0] for _ in range(TIMES))
            print(
                "| map MB | upload ms | without a map ms | first ms | then p50/p99 ms | mapped | before MB | after MB |"
            )
            print("|---|---|---|---|---|---|---|---|")
            print(
                f"| {len(data) / 1e6:.1f} | {upload_ms:.0f} | {statistics.median(plain):.1f} | {first_ms:.0f}"
                f" | {statistics.median(again):.1f}/{again[int(TIMES * 0.99)]:.1f} | {mapped} of {SAMPLES * FRAMES}"
                f" | {before_mb:.0f} | {server.rss_mb():.0f} |"
            )


def large_map(sources: int) -> tuple[bytes, int]:
    """Return a map of a script on one line, and how long that line is."""
    chance = random.Random(1)
    content = "".join(f"function f{n}(a, b) {{ return a.value + b[{n}] }} // a line of source\n" for n in range(LINES))
    segments, before, width = [], (0, 0, 0), 0
    for source in range(sources):
        for line in range(LINES):
            for column in COLUMNS:
                step, place = chance.randint(3, 9), (source, line, column)
                moved = (step, *(now - then for now, then in zip(place, before, strict=True)))
                segments.append("".join(map(_vlq, moved)))
                before, width = place, width + step
    names = [f"src/f{source}.ts" for source in range(sources)]
    document = {"version": 3, "sources": names, "sourcesContent": [content] * sources, "names": []}
    return json.dumps({**document, "mappings": ",".join(segments)}).encode(), width


def _vlq(number: int) -> str:
    left = (-number << 1 | 1) if number < 0 else number << 1
    digits = ""
    while True:
        digit, left = left & 31, left >> 5
        digits += _DIGITS[digit | 32 if left else digit]
        if not left:
            return digits


def fill(path: Path, width: int) -> str:
    """Write an error with `SAMPLES` samples of `FRAMES` frames each, and return a token that may see it."""
    now_ms = int(time.time() * 1000)
    rng, decode = random.Random(7), msgspec.json.Decoder(Event).decode
    with closing(open_connection(path)) as conn:
        migrate(conn, path, now_ms // 1000)
        project_no = ensure_default_project(conn, now_ms // 1000).no
        batch = []
        for number in range(SAMPLES):
            columns = [rng.randint(10, width) for _ in range(FRAMES)]
            stack = "\n".join(f"    at f (https://shop.example/assets/app.js:1:{column})" for column in columns)
            event = {**an_event(number, 1, rng), "release": "1.0.0", "stack": stack}
            sent = json.dumps(event, separators=(",", ":")).encode()
            batch.append(AcceptedEvent(decode(sent), project_no, "large", now_ms, payload=sent))
        BatchWriter(conn, sample_reservoir_size=SAMPLES).write(conn, batch)
        scopes = ("errors:read", "sourcemaps:upload")
        issued = create_token(conn, name="b", project_no=project_no, scopes=scopes, now_secs=now_ms // 1000)
    return issued.plaintext


def upload(server: ServerProcess, token: str, data: bytes) -> float:
    """Upload a map and return how many milliseconds that took."""
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="release"\r\n\r\n1.0.0\r\n',
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="app.js.map"\r\n\r\n' + data + b"\r\n--x--\r\n",
    )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{MAPS}", b"".join(parts), headers)
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return (time.perf_counter() - started) * 1000


def look(server: ServerProcess, token: str) -> tuple[float, int]:
    """Return how many milliseconds the detail took, and how many of its frames were mapped."""
    url = f"http://127.0.0.1:{server.port}/v1/errors/large"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    taken_ms = (time.perf_counter() - started) * 1000
    samples = json.loads(body)["samples"]
    frames = [frame for sample in samples for frame in sample.get("deobfuscated_stack", ())]
    return taken_ms, sum(frame["original_file"] is not None for frame in frames)


if __name__ == "__main__":
    main()
