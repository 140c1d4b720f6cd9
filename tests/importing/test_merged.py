"""An import adds to errors that are merged as it does to others, and they can still be taken apart."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted
from tests.importing.importing import import_into
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from tests.importing.rust_server import RustServer


def counted(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "issues": conn.execute(
            "SELECT fingerprint, total_count, first_seen_ms, last_seen_ms FROM issues ORDER BY fingerprint"
        ).fetchall(),
        "counts": conn.execute(
            "SELECT f.fingerprint, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms"
            " FROM issue_counts AS c JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id ORDER BY 1, 2, 3"
        ).fetchall(),
        "parts": conn.execute("SELECT * FROM merged_counts").fetchall(),
    }


def test_what_is_merged_gets_the_counts_of_each_fingerprint(
    busy: RustServer, database: Path, tmp_path: Path, connection: Connection
) -> None:
    names = [
        name
        for (name,) in busy.rows(
            "SELECT DISTINCT fingerprint FROM error_aggregates WHERE project_id = 'default' ORDER BY 1"
        )
    ]
    batches = BatchWriter(connection, sample_reservoir_size=5)
    batches.write(connection, [accepted(fingerprint=name, received_ms=NOW_MS - 5) for name in names])
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    shutil.copy(database, tmp_path / "apart.db")
    apart = open_connection(tmp_path / "apart.db")
    try:
        import_into(apart, busy.path)
        put_together(connection, batches, *names[:3])
        import_into(connection, busy.path)
        assert look_at_consistency(connection).miscounted == 0
        take_apart(connection, batches, names[0])
        assert counted(connection) == counted(apart)
    finally:
        apart.close()
