"""Running an import in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.db.foreign import open_foreign
from bloop_trio.importing.run import import_database
from bloop_trio.importing.rust_database import read_rust_database

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.report import Report


def import_into(conn: Connection, path: Path, **options: Any) -> Report:
    """Import the database at `path`; samples are kept as the tests' server keeps them."""
    with open_foreign(path) as foreign:
        return import_database(conn, read_rust_database(foreign), **{"sample_reservoir_size": 5, **options})


def outcomes(report: Report, table: str) -> tuple[int, int, dict[str, int]]:
    """Return what became of a table's rows: imported, merged, and skipped by reason; it adds up."""
    found = report.tables[table]
    assert found.is_complete
    assert found.rows == found.imported + found.merged + found.skipped
    return found.imported, found.merged, found.tally.reasons


def everything(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that an import has made, without the times at which it ran."""
    tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE name GLOB 'events_????????'")]
    queries = {
        "projects": "SELECT no, id, name, slug, api_key FROM projects ORDER BY no",
        "imports": "SELECT id, source, state, finished_ms IS NULL FROM imports",
    }
    for name in (
        "bearer_tokens",
        "issues",
        "issue_fingerprints",
        "issue_counts",
        "issue_totals",
        "facet_counts",
        "releases",
        "event_counts_hourly",
        "project_counts_hourly",
        "status_changes",
        "samples",
        "fingerprint_users",
        "source_maps",
        "alert_rules",
        "alert_channels",
        "alert_marks",
        "sequences",
        "import_rows",
        *tables,
    ):
        queries[name] = f"SELECT * FROM {name} ORDER BY 1, 2"
    return {name: sorted(conn.execute(sql).fetchall(), key=repr) for name, sql in queries.items()}
