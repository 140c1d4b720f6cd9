from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.connection import open_connection
from bloop_trio.issues.queries.detail_shapes import Sample
from bloop_trio.issues.queries.export import Format
from bloop_trio.issues.queries.export_lines import OccurrenceLine, SampleRecord
from bloop_trio.issues.queries.occurrence_shapes import Occurrence
from bloop_trio.issues.stored import days
from bloop_trio.issues.stored.payload import TRAINING_EVENTS
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, an_event, insert_project
from tests.issues.mergers import put_together
from tests.issues.queries.exports import as_cells, lines, occurrences, of_type, paged, parts, project, table

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection


class TestOccurrences:
    def test_are_those_of_the_list_newest_first(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="cart", message=f"m{n}") for n in range(7)])
        exported = lines(occurrences("cart"), connection)
        assert exported == paged(connection, "cart")
        assert [line["message"] for line in exported] == [f"m{n}" for n in reversed(range(7))]

    def test_have_the_fields_of_the_list_in_its_order(self) -> None:
        assert OccurrenceLine.__struct_fields__ == tuple(field.name for field in attrs.fields(Occurrence))
        # What is worked out for a reader, and left out where it is not, is not stored with a sample.
        stored = [field.name for field in attrs.fields(Sample) if field.default is not UNSET]
        assert SampleRecord.__struct_fields__ == tuple(stored)

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
        put_together(connection, batches, "f0", "f2")
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
