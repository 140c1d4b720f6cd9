"""Rows that no well-behaved server writes: each is taken as far as it makes sense, or skipped for a reason."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS
from tests.importing.importing import import_into, outcomes

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.importing.rust_server import RustServer

LOOSE = """
  PRAGMA writable_schema = ON;
  UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name IN
    ('error_aggregates', 'event_counts_hourly', 'sample_occurrences', 'status_changes', 'bearer_tokens', 'projects');
  PRAGMA writable_schema = RESET;
"""
AGGREGATE = {
    "project_id": "default",
    "release": "1",
    "environment": "prod",
    "total_count": 1,
    "first_seen": NOW_MS,
    "last_seen": NOW_MS,
    "error_type": "T",
    "message": "m",
    "source": "api",
}
EVENT = {
    "timestamp": NOW_MS,
    "received_at": NOW_MS,
    "source": "api",
    "environment": "prod",
    "release": "1",
    "error_type": "T",
    "message": "m",
    "fingerprint": "known",
}


def aggregate(rust: RustServer, fingerprint: Any, **changes: Any) -> None:
    rust.insert("error_aggregates", fingerprint=fingerprint, **(AGGREGATE | changes))


def stored_events(connection: Connection) -> list[dict[str, Any]]:
    """Return what is in the payloads of all stored events, in order."""
    reader = PayloadReader()
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'events_????????'")
    ]
    blobs = [row for name in tables for row in connection.execute(f"SELECT id, payload FROM {name}")]
    return [reader.decode(connection, blob) for _, blob in sorted(blobs)]


class TestAggregates:
    def test_every_row_has_one_outcome(self, rust: RustServer, connection: Connection) -> None:
        rust.conn.executescript(LOOSE)
        aggregate(rust, "good")
        aggregate(rust, "good", release="x" * 300)
        aggregate(rust, "good", release="x" * 400)
        cases: list[dict[str, Any]] = [
            {"project_id": "gone"},
            {"project_id": None},
            {"total_count": 0},
            {"total_count": -3},
            {"total_count": "many"},
            {"total_count": 2**62},
            {"first_seen": None},
            {"last_seen": 10**17},
            {"first_seen": b"\xff"},
        ]
        for number, changes in enumerate(cases):
            aggregate(rust, f"bad-{number}", **changes)
        aggregate(rust, None)
        report = import_into(connection, rust.path)
        assert outcomes(report, "error_aggregates") == (
            2,
            1,
            {
                "it has no fingerprint": 1,
                "its count is not a number above 0": 4,
                "its project is not there": 2,
                "its time is not a time": 3,
            },
        )
        assert connection.execute("SELECT fingerprint, total_count FROM issues").fetchall() == [("good", 3)]

    def test_texts_of_any_kind_are_taken(self, rust: RustServer, connection: Connection) -> None:
        rust.conn.executescript(LOOSE)
        aggregate(rust, "a", error_type="", message=None, source="Ä b", release="", environment=None)
        aggregate(rust, "b", message="nul \0 byte", source="IOS", route_or_procedure="r" * 600, status="lost")
        aggregate(rust, "c", message=sqlite3.Binary(b"\xff\xfe"), total_count="7", first_seen=float(NOW_MS))
        rust.conn.execute("UPDATE error_aggregates SET error_type = CAST(x'ff41' AS TEXT) WHERE fingerprint = 'c'")
        aggregate(rust, "d", message="x" * 3_000_000)
        report = import_into(connection, rust.path)
        assert outcomes(report, "error_aggregates") == (4, 0, {})
        rows = connection.execute(
            "SELECT error_type, message, source, coalesce(length(route_or_procedure), 0), status, total_count"
            " FROM issues ORDER BY fingerprint LIMIT 3"
        ).fetchall()
        assert rows == [
            ("unknown", "unknown", "unknown", 0, "unresolved", 1),
            ("T", "nul \0 byte", "ios", 500, "unresolved", 1),
            ("\ufffdA", "\ufffd\ufffd", "api", 0, "unresolved", 7),
        ]
        assert connection.execute("SELECT length(message) FROM issues WHERE fingerprint = 'd'").fetchone() == (262_144,)
        assert connection.execute("SELECT DISTINCT release FROM issue_counts ORDER BY 1").fetchall() == [
            ("1",),
            ("unknown",),
        ]


class TestEvents:
    def test_what_cannot_be_stored_is_skipped(self, rust: RustServer, connection: Connection) -> None:
        aggregate(rust, "known")
        for changes in ({}, {"project_id": "gone"}, {"fingerprint": "orphan"}, {"received_at": -1}):
            rust.insert("raw_events", **(EVENT | changes))
        report = import_into(connection, rust.path)
        assert outcomes(report, "raw_events") == (
            1,
            0,
            {
                "its project is not there": 1,
                "its time is not a time": 1,
                "there is no error with its fingerprint": 1,
            },
        )

    @pytest.mark.parametrize(
        ("stored", "read"),
        [
            ('{"a": [1, 2]}', {"a": [1, 2]}),
            ('{"a": NaN}', {"a": None}),
            ("{broken", "{broken"),
            ("", None),
            ('"text"', "text"),
            ("[" * 150 + "]" * 150, "[" * 150 + "]" * 150),
            ("[" * 50_000, "[" * 50_000),
            (json.dumps([[1]] * 120), [[1]] * 120),
            ('"' + "x" * 300_000 + '"', '"' + "x" * 262_143),
        ],
        ids=lambda value: repr(value)[:20],
    )
    def test_metadata(self, rust: RustServer, connection: Connection, stored: str, read: Any) -> None:
        aggregate(rust, "known")
        rust.insert("raw_events", **EVENT, metadata=stored)
        import_into(connection, rust.path)
        assert [event.get("metadata") for event in stored_events(connection)] == [read]

    def test_they_are_numbered_in_the_order_in_which_they_were_received(
        self, rust: RustServer, connection: Connection
    ) -> None:
        aggregate(rust, "known")
        for received_ms in (NOW_MS, NOW_MS - 86_400_000, NOW_MS - 5):
            rust.insert("raw_events", **(EVENT | {"received_at": received_ms, "timestamp": received_ms // 1000}))
        import_into(connection, rust.path)
        rows = connection.execute(
            "SELECT id, received_ms, timestamp_ms FROM events_20251231 UNION SELECT id, received_ms, timestamp_ms"
            " FROM events_20260101 ORDER BY 1"
        ).fetchall()
        assert rows == [
            (1, NOW_MS - 86_400_000, NOW_MS - 86_400_000),
            (2, NOW_MS - 5, (NOW_MS - 5) // 1000 * 1000),
            (3, NOW_MS, NOW_MS),
        ]
        assert connection.execute("SELECT value FROM sequences WHERE name = 'event_id'").fetchone() == (3,)

    def test_payloads_are_compressed_once_there_are_enough(self, rust: RustServer, connection: Connection) -> None:
        aggregate(rust, "known")
        rust.conn.execute("BEGIN")
        for number in range(4_500):
            rust.insert("raw_events", **EVENT, stack=f"at f{number * 7919} (file{number % 97}.ts:{number})\n" * 6)
        rust.conn.execute("COMMIT")
        import_into(connection, rust.path, slice_rows=1_000)
        assert connection.execute(
            "SELECT substr(payload, 1, 1) = x'01', count(*) FROM events_20260101 GROUP BY 1"
        ).fetchall() == [(0, 2_000), (1, 2_500)]
        assert len(stored_events(connection)) == 4_500


class TestTheRest:
    def test_every_row_has_one_outcome(self, rust: RustServer, connection: Connection) -> None:
        rust.conn.executescript(LOOSE)
        aggregate(rust, "known")
        hour = {"project_id": "default", "fingerprint": "known", "environment": "prod", "source": "api"}
        for start_ms, count in ((NOW_MS, 2), (NOW_MS + 1, 3), (NOW_MS + 2, None), (None, 1)):
            rust.insert("event_counts_hourly", **hour, hour_bucket=start_ms, count=count)
        rust.insert("event_counts_hourly", **(hour | {"fingerprint": "orphan"}), hour_bucket=NOW_MS, count=1)
        change = {"project_id": "default", "fingerprint": "known", "old_status": "", "changed_at": NOW_MS}
        for status, by in (("resolved", "nobody"), ("gone", None)):
            rust.insert("status_changes", **change, new_status=status, changed_by=by)
        rust.insert("status_changes", **(change | {"fingerprint": "orphan"}), new_status="muted")
        sample = {name: value for name, value in EVENT.items() if name not in ("timestamp", "received_at")}
        for number in range(8):
            rust.insert("sample_occurrences", **sample, captured_at=NOW_MS + number)
        rust.insert("sample_occurrences", **sample, captured_at="soon")
        report = import_into(connection, rust.path)
        assert outcomes(report, "event_counts_hourly") == (
            1,
            1,
            {
                "its count is not a number above 0": 1,
                "its time is not a time": 1,
                "there is no error with its fingerprint": 1,
            },
        )
        assert connection.execute("SELECT hour_ms, count FROM project_counts_hourly").fetchall() == [(NOW_MS, 5)]
        assert outcomes(report, "status_changes") == (
            1,
            0,
            {"its status is unknown": 1, "there is no error with its fingerprint": 1},
        )
        assert connection.execute("SELECT old_status, new_status, changed_by FROM status_changes").fetchall() == [
            ("unresolved", "resolved", None)
        ]
        assert outcomes(report, "sample_occurrences") == (
            5,
            0,
            {"its time is not a time": 1, "there are newer samples of its error": 3},
        )
        assert connection.execute("SELECT received_ms FROM samples ORDER BY event_id").fetchall() == [
            (NOW_MS + number,) for number in range(3, 8)
        ]


class TestSchemas:
    def test_a_server_from_before_there_were_projects(self, rust: RustServer, connection: Connection) -> None:
        rust.receive(screen="Cart")
        for table in (
            "projects",
            "bearer_tokens",
            "status_changes",
            "source_maps",
            "alert_rules",
            "alert_channels",
            "_migrations",
        ):
            rust.conn.execute(f"DROP TABLE {table}")
        rust.conn.execute("DROP INDEX raw_events_by_received")
        for table in ("raw_events", "sample_occurrences"):
            for column in ("project_id", "screen", "http_status"):
                rust.conn.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        report = import_into(connection, rust.path)
        assert [outcomes(report, name)[0] for name in report.tables] == [0, 0, 1, 1, 0, 1, 1, 0, 0, 0]
        assert connection.execute("SELECT project_no, total_count FROM issues").fetchall() == [(1, 1)]

    def test_tables_without_row_numbers(self, rust: RustServer, connection: Connection) -> None:
        rust.receive()
        for table in ("error_aggregates", "event_counts_hourly"):
            (sql,) = rust.rows("SELECT sql FROM sqlite_master WHERE name = ?", table)[0]
            rust.conn.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
            rust.conn.execute(f"{sql} WITHOUT ROWID")
            rust.conn.execute(f"INSERT INTO {table} SELECT * FROM old_{table}")
            rust.conn.execute(f"DROP TABLE old_{table}")
        report = import_into(connection, rust.path)
        assert [found.imported for found in report.tables.values()] == [0, 0, 1, 1, 0, 1, 1, 0, 0, 0]

    def test_an_empty_one(self, rust: RustServer, connection: Connection) -> None:
        report = import_into(connection, rust.path)
        assert [found.rows for found in report.tables.values()] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
