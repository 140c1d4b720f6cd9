from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.db.connection import open_connection
from bloop_trio.exceptions import NotFoundError
from bloop_trio.issues import days
from bloop_trio.issues.payload import TRAINING_EVENTS, PayloadReader
from bloop_trio.issues.queries import export_events, export_tables
from bloop_trio.issues.queries.detail import Part, list_occurrences
from bloop_trio.issues.queries.export import Format, OccurrenceExport, ProjectExport
from bloop_trio.issues.queries.export_events import Span
from bloop_trio.issues.queries.export_lines import OccurrenceLine, SampleRecord
from bloop_trio.issues.queries.shapes import Occurrence, Sample
from bloop_trio.issues.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, an_event, insert_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.export import Export


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few rows, so that a handful of events crosses every boundary."""
    monkeypatch.setattr(export_events, "PART_BYTES", 1)
    monkeypatch.setattr(export_events, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(export_events, "WINDOW_IDS", 3)
    monkeypatch.setattr(export_tables, "_SLICE_ROWS", 2)
    monkeypatch.setattr(export_tables, "_SLICE_PARENTS", 2)
    for kind in (export_tables._COUNTS, export_tables._HOURLY_COUNTS, export_tables._STATUS_CHANGES):
        monkeypatch.setattr(export_tables, kind_name(kind), attrs.evolve(kind, slice_rows=2))


def kind_name(kind: export_tables._Kind) -> str:
    return f"_{kind.name.upper()}"


def parts(export: Export, conn: Connection) -> Iterator[bytes]:
    while (part := export.next_part(conn)) is not None:
        yield part


def occurrences(fingerprint: str, wanted: Format = Format.JSONL) -> OccurrenceExport:
    return OccurrenceExport(project_no=1, project_id="default", fingerprint=fingerprint, format=wanted)


def project(project_no: int = 1, **span: int) -> ProjectExport:
    return ProjectExport(project_no=project_no, span=Span(**span), exported_ms=NOW_MS)


def lines(export: Export, conn: Connection) -> list[Any]:
    return [json.loads(line) for line in b"".join(parts(export, conn)).split(b"\n")[:-1]]


def of_type(kind: str, exported: list[Any]) -> list[Any]:
    return [line for line in exported if line["type"] == kind]


def paged(conn: Connection, fingerprint: str) -> list[dict[str, Any]]:
    """All occurrences as the list gives them, page by page."""
    found: list[Occurrence] = []
    while True:
        page = list_occurrences(
            conn,
            PayloadReader(),
            project_no=1,
            project_id="default",
            fingerprint=fingerprint,
            part=Part(limit=3, offset=len(found)),
        )
        found += page
        if not page:
            return [vars(occurrence) for occurrence in found]


class TestOccurrences:
    def test_are_those_of_the_list_newest_first(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="cart", message=f"m{n}") for n in range(7)])
        exported = lines(occurrences("cart"), connection)
        assert exported == paged(connection, "cart")
        assert [line["message"] for line in exported] == [f"m{n}" for n in reversed(range(7))]

    def test_have_the_fields_of_the_list_in_its_order(self) -> None:
        assert OccurrenceLine.__struct_fields__ == tuple(field.name for field in attrs.fields(Occurrence))
        assert SampleRecord.__struct_fields__ == tuple(field.name for field in attrs.fields(Sample))

    @pytest.mark.usefixtures("small_parts")
    def test_go_from_day_to_day(self, connection: Connection, batches: BatchWriter) -> None:
        for day in (3, 1, 0):
            batches.write(
                connection,
                [
                    accepted(fingerprint=name, received_ms=NOW_MS - day * MS_PER_DAY, message=f"{day}-{n}")
                    for n in range(5)
                    for name in ("cart", "other")
                ],
            )
        assert lines(occurrences("cart"), connection) == paged(connection, "cart")

    @pytest.mark.usefixtures("small_parts")
    def test_of_an_issue_with_several_fingerprints_are_in_order(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        for day in (1, 0):
            received_ms = NOW_MS - day * MS_PER_DAY
            batches.write(
                connection,
                [accepted(fingerprint=f"f{n % 3}", received_ms=received_ms, message=f"{n}") for n in range(20)],
            )
        connection.execute("UPDATE issue_fingerprints SET issue_id = 1 WHERE fingerprint IN ('f0', 'f2')")
        connection.execute("UPDATE issue_fingerprints SET issue_id = 2 WHERE fingerprint = 'f1'")
        exported = lines(occurrences("f2"), connection)
        assert exported == paged(connection, "f2")
        assert len(exported) == 26

    @pytest.mark.usefixtures("small_parts")
    def test_a_clock_that_was_set_back_over_midnight_hides_none(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        for day in (0, 1, 0):
            received_ms = NOW_MS - day * MS_PER_DAY
            batches.write(connection, [accepted(fingerprint="cart", received_ms=received_ms) for _ in range(4)])
        assert lines(occurrences("cart"), connection) == paged(connection, "cart")
        assert len(of_type("occurrence", lines(project(), connection))) == 12

    @pytest.mark.usefixtures("small_parts")
    @pytest.mark.parametrize("whole_project", [False, True])
    def test_that_arrive_after_the_start_are_left_out(
        self, connection: Connection, batches: BatchWriter, whole_project: bool
    ) -> None:
        batches.write(connection, [accepted(fingerprint="cart") for _ in range(4)])
        going = parts(project() if whole_project else occurrences("cart"), connection)
        first = next(going)
        batches.write(connection, [accepted(fingerprint="cart") for _ in range(3)])
        exported = [json.loads(line) for line in b"".join([first, *going]).splitlines()]
        assert sorted(line["id"] for line in exported if "received_at" in line) == [1, 2, 3, 4]

    @pytest.mark.usefixtures("small_parts")
    def test_of_a_day_that_is_dropped_meanwhile_end_there(self, connection: Connection, batches: BatchWriter) -> None:
        for day in (2, 1, 0):
            received_ms = NOW_MS - day * MS_PER_DAY
            batches.write(connection, [accepted(fingerprint="cart", received_ms=received_ms) for _ in range(4)])
        going = parts(occurrences("cart"), connection)
        got = [next(going), next(going)]
        for day in (0, 1):
            connection.execute(f"DROP TABLE {days.event_table(days.day_of(NOW_MS - day * MS_PER_DAY))}")
        ids = [json.loads(line)["id"] for line in b"".join([*got, *going]).splitlines()]
        assert ids == [12, 11, 4, 3, 2, 1]

    def test_of_an_unknown_fingerprint_are_none(self, connection: Connection) -> None:
        assert list(parts(occurrences("nobody"), connection)) == [b""]
        assert b"".join(parts(occurrences("nobody", Format.CSV), connection)).startswith(b"id,timestamp,")

    def test_of_another_project_are_not_seen(self, connection: Connection, batches: BatchWriter) -> None:
        insert_project(connection, "other")
        batches.write(connection, [accepted(fingerprint="cart", project_no=2), accepted(fingerprint="mine")])
        assert lines(occurrences("cart"), connection) == []
        assert {line["fingerprint"] for line in lines(project(), connection) if "fingerprint" in line} == {"mine"}

    def test_compressed_and_plain_ones_come_in_their_order(self, connection: Connection, batches: BatchWriter) -> None:
        for start in range(0, TRAINING_EVENTS, 500):
            batches.write(
                connection, [accepted(fingerprint="cart", message=f"customer {n}") for n in range(start, start + 500)]
            )
        batches.train(connection)
        batches.write(connection, [accepted(fingerprint="cart", message=f"later {n}") for n in range(300)])
        exported = lines(occurrences("cart"), connection)
        assert [line["id"] for line in exported] == list(range(TRAINING_EVENTS + 300, 0, -1))
        assert exported[299]["message"] == "later 0"
        assert exported[300]["message"] == f"customer {TRAINING_EVENTS - 1}"

    def test_stay_on_one_line_each_however_the_client_has_written_them(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        sent = accepted(fingerprint="cart", metadata={"a": [1, {"b": "line\nbreak"}]})
        as_sent = json.dumps(an_event(metadata={"a": [1, {"b": "line\nbreak"}]}), indent=2)
        sent.payload = as_sent.encode()
        batches.write(connection, [sent, accepted(fingerprint="cart")])
        assert lines(occurrences("cart"), connection) == paged(connection, "cart")
        (line,) = of_type("sample", lines(project(), connection))[:1]
        assert line["metadata"] == {"a": [1, {"b": "line\nbreak"}]}


# What the intake lets through: no surrogates, since those have become U+FFFD there.
HOSTILE = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "\x00",
        'a"b,c\r\n',
        "=cmd|' /C calc'!A0",
        "\N{PILE OF POO}\U0010ffff",
        "\ufffd",
        "\u2028\x85\x0b\x1c",
        "'",
        "\ufeff",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.fixed_dictionaries(
    {"message": HOSTILE, "error_type": HOSTILE.filter(bool)},
    optional={
        "stack": HOSTILE,
        "request_id": HOSTILE,
        "screen": HOSTILE,
        "route_or_procedure": HOSTILE,
        "http_status": st.integers(0, 65535),
        "metadata": JSON,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=1, max_size=8), st.booleans())
@pytest.mark.usefixtures("small_parts")
def test_any_occurrences_come_out_as_the_list_gives_them(
    database: Path, events: list[dict[str, Any]], indented: bool
) -> None:
    conn = open_connection(database)
    try:
        for day in days.event_days(conn):
            conn.execute(f"DELETE FROM {days.event_table(day)}")
        batch = [accepted(fingerprint="cart", **event) for event in events]
        for sent, event in zip(batch, events, strict=True):
            if indented and event["message"]:
                sent.payload = json.dumps(an_event(**event), indent=1).encode()
        BatchWriter(conn, sample_reservoir_size=5).write(conn, batch)
        expected = paged(conn, "cart")
        assert lines(occurrences("cart"), conn) == expected
        exported = of_type("occurrence", lines(project(), conn))
        assert exported == [{"type": "occurrence", **occurrence} for occurrence in reversed(expected)]
        assert table(occurrences("cart", Format.CSV), conn) == [as_cells(occurrence) for occurrence in expected]
    finally:
        conn.close()


def table(export: Export, conn: Connection) -> list[dict[str, Any]]:
    """Rows as a program reads them; metadata as the value that its JSON stands for."""
    text = b"".join(parts(export, conn)).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    read = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]
    return [row | {"metadata": json.loads(row["metadata"]) if row["metadata"] else None} for row in read]


def as_cells(occurrence: dict[str, Any]) -> dict[str, Any]:
    cells = {name: "" if value is None else str(value) for name, value in occurrence.items()}
    return cells | {"metadata": occurrence["metadata"]}


class TestProject:
    def test_each_line_says_what_it_is_and_the_last_counts_the_others(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(
            connection, [accepted(fingerprint="cart", release="1"), accepted(fingerprint="cart", release="2")]
        )
        batches.write(connection, [accepted(fingerprint="pay")])
        exported = lines(project(), connection)
        kinds = [line["type"] for line in exported]
        assert list(dict.fromkeys(kinds)) == [
            "project",
            "issue",
            "count",
            "hourly_count",
            "sample",
            "occurrence",
            "end",
        ]
        assert exported[-1] == {
            "type": "end",
            "issues": 2,
            "counts": 3,
            "hourly_counts": 2,
            "status_changes": 0,
            "samples": 3,
            "occurrences": 3,
        }
        assert {f"{kind}s": kinds.count(kind) for kind in kinds if kind not in {"project", "end"}} == {
            kind: count for kind, count in exported[-1].items() if kind not in {"type", "status_changes"}
        }

    def test_the_first_line_is_about_the_project(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(), accepted()])
        assert lines(project(since_ms=5, until_ms=6), connection)[0] == {
            "type": "project",
            "format": 1,
            "project_id": "default",
            "slug": "default",
            "name": "Default",
            "exported_at": NOW_MS,
            "last_occurrence_id": 2,
            "since": 5,
            "until": 6,
        }

    def test_an_issue_is_whole_with_its_counts_and_history(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(
            connection,
            [accepted(fingerprint="cart", screen="Cart"), accepted(fingerprint="basket", received_ms=NOW_MS + 1)],
        )
        connection.execute("UPDATE issue_fingerprints SET issue_id = 2")
        connection.execute("UPDATE issues SET status = 'muted', regressed_ms = 9, total_count = 2 WHERE id = 2")
        connection.execute(
            "INSERT INTO status_changes (issue_id, old_status, new_status, changed_by, changed_ms, reason)"
            " VALUES (2, 'unresolved', 'muted', 'token:t', 8, 'noise')"
        )
        exported = lines(project(), connection)
        (issue,) = [line for line in of_type("issue", exported) if line["fingerprint"] == "cart"]
        assert issue == {
            "type": "issue",
            "fingerprint": "cart",
            "fingerprints": ["basket", "cart"],
            "status": "muted",
            "total_count": 2,
            "first_seen": NOW_MS,
            "last_seen": NOW_MS,
            "regressed_at": 9,
            "error_type": "TypeError",
            "message": "Cannot read property id of undefined",
            "source": "api",
            "route_or_procedure": "/api/users",
            "screen": "Cart",
        }
        assert of_type("count", exported) == [
            {
                "type": "count",
                "fingerprint": name,
                "release": "1.0.0",
                "environment": "prod",
                "total_count": 1,
                "first_seen": seen_ms,
                "last_seen": seen_ms,
            }
            for name, seen_ms in (("basket", NOW_MS + 1), ("cart", NOW_MS))
        ]
        assert of_type("hourly_count", exported)[0] == {
            "type": "hourly_count",
            "fingerprint": "basket",
            "hour_bucket": NOW_MS - NOW_MS % MS_PER_HOUR,
            "environment": "prod",
            "source": "api",
            "count": 1,
        }
        assert of_type("status_change", exported) == [
            {
                "type": "status_change",
                "id": 1,
                "fingerprint": "cart",
                "old_status": "unresolved",
                "new_status": "muted",
                "changed_by": "token:t",
                "changed_at": 8,
                "reason": "noise",
            }
        ]
        assert {line["fingerprint"] for line in of_type("sample", exported)} == {"cart"}

    @pytest.mark.usefixtures("small_parts")
    def test_slices_leave_nothing_out_and_repeat_nothing(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(
            connection,
            [
                accepted(fingerprint=f"f{n % 7}", release=f"{n % 5}", received_ms=NOW_MS + n % 4 * MS_PER_HOUR)
                for n in range(60)
            ],
        )
        connection.execute(
            "INSERT INTO status_changes (issue_id, old_status, new_status, changed_ms)"
            " SELECT i.id, 'resolved', 'muted', n.id % 3 FROM issues AS i CROSS JOIN issues AS n WHERE i.id % 3 = 0"
        )
        exported = lines(project(), connection)
        for kind, table_name in {
            "issue": "issues",
            "count": "issue_counts",
            "hourly_count": "event_counts_hourly",
            "status_change": "status_changes",
            "sample": "samples",
        }.items():
            found = [json.dumps(line) for line in of_type(kind, exported)]
            (expected,) = connection.execute(f"SELECT count(*) FROM {table_name}").fetchone()
            assert len(found) == len(set(found)) == expected, kind
        assert [line["id"] for line in of_type("occurrence", exported)] == list(range(1, 61))

    @pytest.mark.usefixtures("small_parts")
    def test_a_span_keeps_the_occurrences_that_arrived_in_it(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        for hour in range(0, 72, 6):
            batches.write(connection, [accepted(received_ms=NOW_MS + hour * MS_PER_HOUR)])
        hours = [6, 30, 36, 48]
        for first, last in zip(hours, reversed(hours), strict=True):
            exported = lines(
                project(since_ms=NOW_MS + first * MS_PER_HOUR, until_ms=NOW_MS + last * MS_PER_HOUR), connection
            )
            found = [(line["received_at"] - NOW_MS) // MS_PER_HOUR for line in of_type("occurrence", exported)]
            assert found == list(range(first, last + 1, 6))

    @pytest.mark.usefixtures("small_parts")
    def test_the_events_of_other_projects_are_passed_over_bit_by_bit(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        insert_project(connection, "other")
        batches.write(connection, [accepted(project_no=1 + (n not in {0, 25})) for n in range(50)])
        exported = list(parts(project(), connection))
        assert [line["id"] for line in of_type("occurrence", map(json.loads, b"".join(exported).splitlines()))] == [
            1,
            26,
        ]  # type: ignore[arg-type]
        assert exported.count(b"") > 5

    def test_a_project_that_is_not_there_is_refused(self, connection: Connection) -> None:
        with pytest.raises(NotFoundError):
            project(9).next_part(connection)


@pytest.mark.parametrize(
    "export", [project(), occurrences("cart"), occurrences("cart", Format.CSV)], ids=["project", "jsonl", "csv"]
)
def test_nothing_is_open_between_two_parts(connection: Connection, batches: BatchWriter, export: Export) -> None:
    batches.write(connection, [accepted(fingerprint="cart") for _ in range(3)])
    for _ in parts(export, connection):
        assert not connection.in_transaction
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_every_slice_is_read_off_an_index(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint=f"f{n}") for n in range(3)])
    connection.execute("UPDATE issue_fingerprints SET issue_id = 1 WHERE fingerprint = 'f2'")
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    for export in (project(), occurrences("f0"), occurrences("f1")):
        list(parts(export, connection))
    connection.set_trace_callback(None)
    for statement in statements:
        if statement.startswith("SELECT") and "sqlite_master" not in statement and "json_group_array" not in statement:
            plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            assert not any(re.match(r"SCAN (?!\(subquery|project)", step) for step in plan), (statement, plan)
            # Only the events of several fingerprints have to be sorted, a window of ids at a time.
            assert "IN (1, 3)" in statement or not any("TEMP B-TREE" in step for step in plan), (statement, plan)
