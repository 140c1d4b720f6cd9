"""The statements that take a deleted project apart, one small step after another.

Nothing is added to the project meanwhile: the writer leaves its events out. Rows go before what they refer to, and the
numbers of fingerprints, which others may get as soon as they are free, only when nothing has them any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.stored import days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection

STEP_ROWS: Final = 100
"""Rows of one step, of tables with few indexes."""
WIDE_STEP_ROWS: Final = 20
"""Rows of one step where each stands in many indexes."""
_CHUNK: Final = 50
"""Fingerprints whose data is removed together."""
_WINDOW: Final = 200
"""Rows that are looked at in one step, where no index leads to those of a project."""
_DENSE: Final = 20
"""If at least one of so many events of a day is the project's, the whole day is looked through."""

_FIRST_FINGERPRINTS: Final = (
    f"SELECT id FROM issue_fingerprints WHERE project_no = ?1 ORDER BY fingerprint LIMIT {_CHUNK:d}"
)
_FIRST_ISSUES: Final = f"SELECT id FROM issues WHERE project_no = ?1 ORDER BY fingerprint LIMIT {WIDE_STEP_ROWS:d}"
OUT_OF_THE_INDEX: Final = (
    "INSERT INTO issue_search (issue_search, rowid, project, error_type, message, route, frames, parts)"
    " SELECT 'delete', id, project, error_type, message, route, frames, parts FROM issue_search_sources WHERE id IN ({})"
)
"""Takes entries out of the index of the search, by the texts that they were made of."""

_OF_FINGERPRINTS: Final = {
    "event_counts_hourly": ("fingerprint_id, hour_ms, environment, source", STEP_ROWS),
    "samples": ("fingerprint_id, slot", STEP_ROWS),
    "merged_counts": ("fingerprint_id, release, environment", STEP_ROWS),
    "fingerprint_users": ("fingerprint_id", STEP_ROWS),
    "issue_counts": ("id", WIDE_STEP_ROWS),
}
"""Tables that hang on fingerprints, the key of a row in each, and how many rows a step takes."""
_OF_ISSUES: Final = {
    "status_changes": "id",
    "issue_activity": "id",
    "issue_assignments": "issue_id",
    "issue_snoozes": "issue_id",
    "issue_fixes": "issue_id",
}
"""Tables that hang on issues, and the key of a row in each."""
_OF_PROJECTS: Final = {
    "project_counts_hourly": "project_no, hour_ms",
    "facet_counts": "project_no, facet, value",
    "event_day_counts": "day, project_no",
    "project_retention": "project_no",
    "project_grouping": "project_no",
    "releases": "project_no, release",
    "status_change_sets": "id",
    "byte_budgets": "project_no",
    "saved_views": "id",
    "alert_cooldowns": "rule_id, project_no, subject",
    "alert_rules": "id",
    "bearer_tokens": "id",
    "retired_keys": "api_key",
    "source_maps": "id",
    # Last, since searches look into it for whether there is more than one project in the index.
    "issue_totals": "project_no, status",
}
"""Tables that hang on the project itself, and the key of a row in each."""
_HEAVY: Final = frozenset({"source_maps"})
"""Of these, those of which a single row may take megabytes."""


def clear_away(conn: Connection, project_no: int) -> Iterator[None]:
    """Remove every row of a deleted project but its own, a step at each turn, within the transactions of the caller.

    After a transaction that was rolled back it has to begin anew.
    """
    yield from _clear_recent_counts(conn, project_no)
    yield from _clear_dense_days(conn, project_no)
    yield from _clear_fingerprints(conn, project_no)
    yield from _clear_issues(conn, project_no)
    yield from _clear_merged_issues(conn, project_no)
    yield from _clear_dead_letters(conn, project_no)
    yield from _clear_alerts(conn, project_no)
    for table, key in _OF_PROJECTS.items():
        rows = 1 if table in _HEAVY else STEP_ROWS
        yield from _emptied(conn, table, key, "project_no = ?1", project_no, rows)


def _clear_dense_days(conn: Connection, project_no: int) -> Iterator[None]:
    """Remove the events of days on which the project had many, in the order in which they lie on the disk.

    By their fingerprints, each event would be on another page, and all pages would be written again and again.
    """
    for day in days.event_days(conn):
        table, start_ms = days.event_table(day), days.day_start_ms(day)
        (own,) = conn.execute(
            "SELECT coalesce(sum(count), 0) FROM project_counts_hourly WHERE project_no = ? AND hour_ms BETWEEN ? AND ?",
            (project_no, start_ms, start_ms + MS_PER_DAY - 1),
        ).fetchone()
        if not _exists(conn, table):
            continue
        ids = days.event_ids_of(conn, day)
        if ids is None or own * _DENSE < ids[1] - ids[0] + 1:
            continue
        last_id, newest_id = ids[0] - 1, ids[1]
        while last_id < newest_id and _exists(conn, table):
            conn.execute(
                f"DELETE FROM {table} WHERE id > ? AND id <= ? AND project_no = ?",
                (last_id, last_id + _WINDOW, project_no),
            )
            last_id += _WINDOW
            yield


def _clear_fingerprints(conn: Connection, project_no: int) -> Iterator[None]:
    where = f"fingerprint_id IN ({_FIRST_FINGERPRINTS})"
    while conn.execute("SELECT 1 FROM issue_fingerprints WHERE project_no = ? LIMIT 1", (project_no,)).fetchone():
        for table in days.event_tables(conn):
            yield from _emptied(conn, table, "id", where, project_no, STEP_ROWS)
        for table, (key, rows) in _OF_FINGERPRINTS.items():
            yield from _emptied(conn, table, key, where, project_no, rows)
        conn.execute(f"DELETE FROM issue_fingerprints WHERE id IN ({_FIRST_FINGERPRINTS})", (project_no,))
        yield


def _clear_issues(conn: Connection, project_no: int) -> Iterator[None]:
    of_issues = f"issue_id IN ({_FIRST_ISSUES})"
    while conn.execute("SELECT 1 FROM issues WHERE project_no = ? LIMIT 1", (project_no,)).fetchone():
        for table, key in _OF_ISSUES.items():
            yield from _emptied(conn, table, key, of_issues, project_no, STEP_ROWS)
        conn.execute(OUT_OF_THE_INDEX.format(_FIRST_ISSUES), (project_no,))
        conn.execute(f"DELETE FROM issue_search_texts WHERE {of_issues}", (project_no,))
        conn.execute(f"DELETE FROM issues WHERE id IN ({_FIRST_ISSUES})", (project_no,))
        yield


def _clear_merged_issues(conn: Connection, project_no: int) -> Iterator[None]:
    first = f"SELECT id FROM merged_issues WHERE project_no = ?1 ORDER BY fingerprint LIMIT {WIDE_STEP_ROWS:d}"
    while conn.execute("SELECT 1 FROM merged_issues WHERE project_no = ? LIMIT 1", (project_no,)).fetchone():
        conn.execute(OUT_OF_THE_INDEX.format(first), (project_no,))
        conn.execute(f"DELETE FROM merged_issues WHERE id IN ({first})", (project_no,))
        yield


def _clear_recent_counts(conn: Connection, project_no: int) -> Iterator[None]:
    bucket_ms = -1
    while True:
        (bucket_ms,) = conn.execute(
            "SELECT min(bucket_ms) FROM event_counts_recent WHERE bucket_ms > ?", (bucket_ms,)
        ).fetchone()
        if bucket_ms is None:
            return
        conn.execute("DELETE FROM event_counts_recent WHERE bucket_ms = ? AND project_no = ?", (bucket_ms, project_no))
        yield


def _clear_dead_letters(conn: Connection, project_no: int) -> Iterator[None]:
    last_id = 0
    while True:
        first_id, (last_id,) = (
            last_id,
            conn.execute(
                f"SELECT max(id) FROM (SELECT id FROM dead_letters WHERE id > ? ORDER BY id LIMIT {_WINDOW:d})",
                (last_id,),
            ).fetchone(),
        )
        if last_id is None:
            return
        yield from _emptied(
            conn,
            "dead_letters",
            "id",
            f"id > {first_id:d} AND id <= {last_id:d} AND project_no = ?1",
            project_no,
            STEP_ROWS,
        )


def _clear_alerts(conn: Connection, project_no: int) -> Iterator[None]:
    """Remove what was alerted, also by rules for all projects, and where the project's own rules send theirs."""
    of_alerts = "alert_id IN (SELECT id FROM alerts WHERE project_no = ?1)"
    yield from _emptied(conn, "alert_deliveries", "id", of_alerts, project_no, STEP_ROWS)
    yield from _emptied(conn, "alerts", "id", "project_no = ?1", project_no, STEP_ROWS)
    of_rules = "rule_id IN (SELECT id FROM alert_rules WHERE project_no = ?1)"
    yield from _emptied(conn, "alert_channels", "id", of_rules, project_no, STEP_ROWS)


def _emptied(conn: Connection, table: str, key: str, where: str, project_no: int, rows: int) -> Iterator[None]:
    """Delete the rows of a table that `where` finds; `key` names one."""
    delete = f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {where} LIMIT {rows:d})"
    while _exists(conn, table):
        deleted = conn.execute(delete, (project_no,)).rowcount
        yield
        if deleted < rows:
            return


def _exists(conn: Connection, table: str) -> bool:
    """Whether a table is there: between two steps the purge may drop that of a day."""
    return conn.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None
