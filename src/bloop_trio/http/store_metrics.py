"""The database, its disk and its readers as metrics, and whether the server is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.http.metrics import Family, Sample
from bloop_trio.http.readiness import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.readers import ReaderStatistics
    from bloop_trio.db.sizes import StoreSizes
    from bloop_trio.http.readiness import Readiness


def ready_families(readiness: Readiness) -> list[Family]:
    """Return what `/readyz` says."""
    return [
        Family.single(
            "bloop_ready", "gauge", "1 if events that are sent now will be kept, else 0.", int(readiness.ready)
        ),
        Family(
            "bloop_ready_check",
            "gauge",
            "Each check of readiness: 1 if it does not fail, else 0.",
            tuple(Sample(int(check.state is not State.FAILING), {"check": check.name}) for check in readiness.checks),
        ),
    ]


def store_families(sizes: StoreSizes | None, readers: ReaderStatistics) -> list[Family]:
    """Return what the database takes, what its disk has left, and how busy its readers are."""

    def size(name: str, help_text: str, of: Callable[[StoreSizes], int]) -> Family:
        return Family(name, "gauge", help_text, () if sizes is None else (Sample(of(sizes)),))

    return [
        size("bloop_database_bytes", "Size of the database file.", lambda s: s.database_bytes),
        size("bloop_database_wal_bytes", "Size of the write-ahead log.", lambda s: s.wal_bytes),
        size("bloop_disk_free_bytes", "Free space on the disk of the database.", lambda s: s.free_bytes),
        size("bloop_disk_size_bytes", "Size of the disk of the database.", lambda s: s.disk_bytes),
        Family.single(
            "bloop_reader_connections", "gauge", "Queries that can run at the same time.", readers.connections
        ),
        Family.single("bloop_queries_running", "gauge", "Queries that run.", readers.running),
        Family.single("bloop_queries_waiting", "gauge", "Queries that wait for a connection.", readers.waiting),
        Family.single("bloop_queries_total", "counter", "Queries that were begun.", readers.queries_total),
        Family.single(
            "bloop_query_timeouts_total",
            "counter",
            "Queries that were interrupted at their time limit.",
            readers.timeouts_total,
        ),
    ]
