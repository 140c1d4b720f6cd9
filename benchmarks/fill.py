"""Fill a database with events that hardly compress: ``python -m benchmarks.fill PATH GIGABYTES``."""

from __future__ import annotations

import base64
import os
import sys
import time
from pathlib import Path

from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.events.batch import AcceptedEvent
from bloop_trio.issues.events.event import Event
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import ensure_default_project


def main() -> None:
    """Write batches until the file has its size."""
    path, gigabytes = Path(sys.argv[1]), float(sys.argv[2])
    conn = open_connection(path)
    migrate(conn, path, int(time.time()))
    project = ensure_default_project(conn, int(time.time()))
    writer = BatchWriter(conn, sample_reservoir_size=5)
    now_ms = int(time.time() * 1000)
    number = 0
    while path.stat().st_size < gigabytes * 1e9:
        batch = []
        for _ in range(2000):
            number += 1
            event = Event(
                timestamp=now_ms,
                source="api",
                environment="prod",
                release=f"1.{number % 50}",
                error_type=f"Error{number % 5000}",
                message=f"Request {number} failed",
                stack=base64.b64encode(os.urandom(1500)).decode(),
            )
            batch.append(AcceptedEvent(event, project.no, f"{number % 5000:016x}", now_ms))
        writer.write(conn, batch)
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    conn.close()


if __name__ == "__main__":
    main()
