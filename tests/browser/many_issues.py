"""A project with very many issues, written straight into the database: sending their events would take too long."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import open_connection, transaction
from tests.browser.demo import furnish

if TYPE_CHECKING:
    from pathlib import Path

PROJECT: Final = "warehouse"
_PROJECT_NO: Final = 3
_APART_MS: Final = 7_000
"""From one issue to the next."""


def furnish_many(path: Path, issues: int) -> str:
    """Fill a new database; issue 1 was seen last. Returns the value of the cookie that signs ada in."""
    now = now_ms()
    cookie = furnish(path, now)
    with closing(open_connection(path)) as conn, transaction(conn):
        (before,) = conn.execute("SELECT max(id) FROM issues").fetchone()
        conn.execute(
            "INSERT INTO issues (id, project_no, fingerprint, status, first_seen_ms, last_seen_ms, total_count,"
            " error_type, message, source)"
            " WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < :issues)"
            " SELECT :before + n, :project_no, printf('%016x', n), 'unresolved', :now - 2 * :apart * n,"
            " :now - :apart * n, 1 + n % 50, 'Error' || n, 'the pallet ' || n || ' is not where it should be', 'api'"
            " FROM numbers",
            {"issues": issues, "before": before, "project_no": _PROJECT_NO, "now": now, "apart": _APART_MS},
        )
        added = (before, _PROJECT_NO)
        conn.execute(
            "INSERT INTO issue_fingerprints (id, project_no, fingerprint, issue_id)"
            " SELECT id, project_no, fingerprint, id FROM issues WHERE id > ? AND project_no = ?",
            added,
        )
        conn.execute(
            "INSERT INTO issue_counts (fingerprint_id, issue_id, release, environment, project_no, status, source,"
            " total_count, first_seen_ms, last_seen_ms)"
            " SELECT id, id, '1.0', 'prod', project_no, status, source, total_count, first_seen_ms, last_seen_ms"
            " FROM issues WHERE id > ? AND project_no = ?",
            added,
        )
        conn.execute("INSERT INTO issue_totals VALUES (?, 'unresolved', ?)", (_PROJECT_NO, issues))
        conn.execute("UPDATE sequences SET value = (SELECT max(id) FROM issues) WHERE name = 'issue_id'")
    return cookie
