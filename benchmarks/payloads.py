"""What the load consists of: distinct signed requests, written to a file once and sent round and round."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BATCH_SIZE = 50


def an_event(number: int, fingerprints: int, rng: random.Random) -> dict[str, object]:
    """Return an event of about 800 bytes, one of `fingerprints` issues."""
    issue = rng.randrange(fingerprints)
    frames = "\n".join(f"    at handle{issue}_{k} (src/checkout/step{k}.ts:{40 + k}:{issue % 70})" for k in range(8))
    return {
        "timestamp": 1_700_000_000_000 + number,
        "source": "api",
        "environment": "prod" if number % 5 else "staging",
        "release": f"1.{issue % 3}.0",
        "error_type": f"CheckoutError{issue}",
        "message": f"Payment {number} of customer {number * 7} failed after {number % 900} ms",
        "route_or_procedure": f"/api/checkout/{issue % 40}",
        "stack": frames,
        "http_status": 500,
        "request_id": f"req-{number:08x}",
        "user_id_hash": hashlib.sha256(str(number % 500).encode()).hexdigest()[:16],
        "metadata": {"region": "eu-1", "attempt": number % 4},
    }


def bodies(count: int, fingerprints: int, batch_size: int = 1) -> list[bytes]:
    """Return the bodies of `count` requests; each holds `batch_size` events."""
    rng = random.Random(7)
    made = []
    for number in range(count):
        events = [an_event(number * batch_size + k, fingerprints, rng) for k in range(batch_size)]
        value: object = events[0] if batch_size == 1 else {"events": events}
        made.append(json.dumps(value, separators=(",", ":")).encode())
    return made


def sign(body: bytes, key: str) -> str:
    """Return the signature of `body`."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def write_requests(folder: Path, name: str, made: list[bytes], key: str) -> Path:
    """Write one line for each request, signature and body; JSON has no line feeds of its own."""
    path = folder / f"{name}.requests"
    path.write_bytes(b"".join(sign(body, key).encode() + b" " + body + b"\n" for body in made))
    return path
