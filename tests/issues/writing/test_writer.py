"""What a batch leaves in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.connection import StoreError, is_poison, open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.stored import days
from bloop_trio.issues.stored.payload import TRAINING_EVENTS, PayloadReader
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, insert_project, set_status
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent

TODAY = days.event_table(days.day_of(NOW_MS))


def rows(conn: Connection, sql: str) -> list[tuple[Any, ...]]:
    return conn.execute(sql).fetchall()


class TestIssues:
    def test_a_new_fingerprint_is_an_unresolved_issue_without_history(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        result = batches.write(connection, [accepted(screen="Cart")])
        assert rows(
            connection,
            "SELECT project_no, status, first_seen_ms, last_seen_ms, total_count, error_type, message, source,"
            " route_or_procedure, screen FROM issues",
        ) == [
            (1, "unresolved", NOW_MS, NOW_MS, 1, "TypeError", "Cannot read property id of undefined", "api",
             "/api/users", "Cart")
        ]  # fmt: skip
        assert rows(connection, "SELECT * FROM status_changes") == []
        assert [(s.project_no, s.regression) for s in result.seen] == [(1, False)]

    def test_a_further_event_counts_on_and_leaves_the_texts(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(message="after 10 ms")])
        result = batches.write(connection, [accepted(message="after 20 ms", received_ms=NOW_MS + n) for n in (5, 9, 7)])
        assert rows(connection, "SELECT total_count, first_seen_ms, last_seen_ms, message FROM issues") == [
            (4, NOW_MS, NOW_MS + 9, "after 10 ms")
        ]
        assert result.seen == ()

    def test_the_same_fingerprint_in_two_projects_is_two_issues(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        insert_project(connection, "other")
        batches.write(connection, [accepted(), accepted(project_no=2), accepted(project_no=2)])
        assert rows(connection, "SELECT project_no, total_count FROM issues ORDER BY 1") == [(1, 1), (2, 2)]

    def test_a_resolved_issue_comes_back_with_a_history_row(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted()])
        set_status(connection, "resolved")
        result = batches.write(connection, [accepted(release="1.1.0", received_ms=NOW_MS + 1000)])
        assert rows(connection, "SELECT status, regressed_ms, total_count FROM issues") == [
            ("unresolved", NOW_MS + 1000, 2)
        ]
        assert rows(
            connection,
            "SELECT old_status, new_status, changed_by, changed_ms, reason FROM status_changes WHERE changed_ms > 0",
        ) == [("resolved", "unresolved", None, NOW_MS + 1000, "regression")]
        assert [s.regression for s in result.seen] == [True]

    def test_an_event_that_was_received_before_its_issue_was_resolved_does_not_bring_it_back(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted()])
        set_status(connection, "resolved", changed_ms=NOW_MS + 1000)
        result = batches.write(connection, [accepted(received_ms=NOW_MS + 999), accepted(received_ms=NOW_MS + 1000)])
        assert rows(connection, "SELECT status, total_count FROM issues") == [("resolved", 3)]
        assert result.seen == ()
        (back,) = batches.write(connection, [accepted(received_ms=NOW_MS + 1001)]).seen
        assert back.regression

    def test_an_issue_that_was_resolved_before_the_clock_was_set_back_by_a_day_comes_back_all_the_same(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted()])
        set_status(connection, "resolved", changed_ms=NOW_MS + MS_PER_DAY)
        (back,) = batches.write(connection, [accepted(received_ms=NOW_MS + 1)]).seen
        assert back.regression

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    def test_an_ignored_or_muted_issue_stays_so_in_a_new_release(
        self, connection: Connection, batches: BatchWriter, status: str
    ) -> None:
        batches.write(connection, [accepted()])
        set_status(connection, status)
        result = batches.write(connection, [accepted(release="2.0.0", environment="test")])
        assert rows(connection, "SELECT status, total_count FROM issues") == [(status, 2)]
        assert rows(connection, "SELECT DISTINCT status FROM issue_counts") == [(status,)]
        assert rows(connection, "SELECT new_status FROM status_changes") == [(status,)]
        assert result.seen == ()

    def test_merged_fingerprints_count_on_one_issue(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="a"), accepted(fingerprint="b")])
        put_together(connection, batches, "a", "b")
        done = batches.write(connection, [accepted(fingerprint=f) for f in ("a", "b", "b", "c")])
        assert rows(connection, "SELECT fingerprint, total_count FROM issues") == [("a", 5), ("c", 1)]
        assert done.addresses == {(1, "a"): "a", (1, "b"): "a"}
        assert rows(connection, "SELECT fingerprint_id, total_count FROM issue_counts") == [(1, 5), (3, 1)]
        assert rows(connection, "SELECT fingerprint_id, total_count FROM merged_counts") == [(1, 2), (2, 3)]


class TestCounts:
    def test_counts_hang_on_release_environment_hour_and_route(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        hour = 3_600_000
        batches.write(
            connection,
            [
                accepted(),
                accepted(release="1.1.0"),
                accepted(release="1.1.0", received_ms=NOW_MS + hour),
                accepted(environment="test", source="ios"),
            ],
        )
        assert rows(connection, "SELECT release, environment, total_count FROM issue_counts ORDER BY 1, 2") == [
            ("1.0.0", "prod", 1),
            ("1.0.0", "test", 1),
            ("1.1.0", "prod", 2),
        ]
        assert rows(connection, "SELECT hour_ms, sum(count) FROM project_counts_hourly GROUP BY 1") == [
            (NOW_MS, 3),
            (NOW_MS + hour, 1),
        ]
        assert rows(connection, "SELECT sum(count) FROM event_counts_hourly") == [(4,)]
        assert rows(connection, "SELECT sum(count) FROM event_counts_recent") == [(4,)]
        assert rows(connection, "SELECT facet, value, total_count FROM facet_counts ORDER BY 1, 2") == [
            ("environment", "prod", 3),
            ("environment", "test", 1),
            ("release", "1.0.0", 2),
            ("release", "1.1.0", 2),
            ("route", "/api/users", 4),
            ("source", "api", 3),
            ("source", "ios", 1),
        ]

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.sampled_from("12"), st.sampled_from("pt"), st.integers(0, 10**7)),
            min_size=1,
            max_size=20,
        ),
        st.integers(1, 7),
    )
    def test_one_batch_leaves_the_same_as_many_small_ones(
        self, tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, str, str, int]], size: int
    ) -> None:
        def written_in(batch_size: int) -> list[list[tuple[Any, ...]]]:
            path = tmp_path_factory.mktemp("db") / "bloop.db"
            conn = open_connection(path)
            try:
                migrate(conn, path, 0)
                insert_project(conn, "default")
                writer = BatchWriter(conn, sample_reservoir_size=3)
                made = [
                    accepted(fingerprint=f, release=r, environment=e, received_ms=NOW_MS + offset)
                    for f, r, e, offset in sorted(sent, key=lambda s: s[3])
                ]
                for start in range(0, len(made), batch_size):
                    writer.write(conn, made[start : start + batch_size])
                return [
                    rows(conn, f"SELECT {what} ORDER BY 1, 2, 3")
                    for what in (
                        "fingerprint, total_count, first_seen_ms, last_seen_ms FROM issues",
                        "fingerprint, release, environment, total_count, c.first_seen_ms, last_seen_ms"
                        " FROM issue_counts AS c JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id",
                        "fingerprint, hour_ms, environment, count"
                        " FROM event_counts_hourly AS h JOIN issue_fingerprints AS f ON f.id = h.fingerprint_id",
                        "fingerprint, event_id, received_ms"
                        " FROM samples AS s JOIN issue_fingerprints AS f ON f.id = s.fingerprint_id",
                    )
                ]
            finally:
                conn.close()

        assert written_in(size) == written_in(1000)


class TestEvents:
    def test_a_raw_row_keeps_everything(self, connection: Connection, batches: BatchWriter) -> None:
        sent: dict[str, Any] = {
            "stack": "at a (b.js:1:2)",
            "metadata": {"k": [1, None]},
            "http_status": 500,
            "request_id": "req-1",
            "user_id_hash": "u",
            "device_id_hash": "d",
            "app_version": "1",
            "build_number": "2",
            "screen": "Cart",
        }
        batches.write(connection, [accepted(**sent, timestamp=NOW_MS // 1000 - 5)])
        ((event_id, timestamp_ms, payload),) = rows(connection, f"SELECT id, timestamp_ms, payload FROM {TODAY}")
        assert (event_id, timestamp_ms) == (1, NOW_MS - 5000)
        stored = PayloadReader().decode(connection, payload)
        assert sent.items() <= stored.items()
        assert stored["timestamp"] == NOW_MS // 1000 - 5

    def test_an_event_lies_in_the_table_of_the_day_it_was_received_on(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(received_ms=NOW_MS + n * MS_PER_DAY) for n in (0, 1, 1)])
        tables = days.event_tables(connection)
        assert tables == ["events_20260102", "events_20260101"]
        assert [rows(connection, f"SELECT id FROM {t}") for t in tables] == [[(2,), (3,)], [(1,)]]

    def test_ids_go_on_rising_after_a_restart_and_after_all_days_are_gone(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(), accepted()])
        connection.execute(f"DROP TABLE {TODAY}")
        again = BatchWriter(connection, sample_reservoir_size=5)
        again.write(connection, [accepted()])
        assert rows(connection, f"SELECT id FROM {TODAY}") == [(3,)]

    def test_payloads_are_readable_across_the_training_of_a_dictionary(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        def write(start: int, count: int) -> None:
            stack = "\n".join(f"at handler{n} (src/checkout/cart.ts:{n}:7)" for n in range(20))
            batches.write(
                connection,
                [accepted(message=f"Timeout of request {start + n}", stack=stack) for n in range(count)],
            )

        write(0, TRAINING_EVENTS)
        assert batches.wants_dictionary
        batches.train(connection)
        assert not batches.wants_dictionary
        write(TRAINING_EVENTS, 100)
        codecs = rows(
            connection, f"SELECT substr(payload, 1, 1), count(*), avg(length(payload)) FROM {TODAY} GROUP BY 1"
        )
        assert [(codec, count) for codec, count, _ in codecs] == [(b"\x00", TRAINING_EVENTS), (b"\x01", 100)]
        assert codecs[1][2] * 4 < codecs[0][2]
        reader = PayloadReader()
        messages = [
            reader.decode(connection, p)["message"] for (p,) in rows(connection, f"SELECT payload FROM {TODAY}")
        ]
        assert messages == [f"Timeout of request {n}" for n in range(TRAINING_EVENTS + 100)]


class TestSamples:
    def test_the_newest_are_kept_whatever_the_size_of_batches(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        for size in (3, 1, 7, 2):
            batches.write(connection, [accepted() for _ in range(size)])
        assert rows(connection, "SELECT event_id FROM samples ORDER BY 1") == [(9,), (10,), (11,), (12,), (13,)]

    def test_after_a_restart_the_oldest_sample_is_replaced_first(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted() for _ in range(7)])
        BatchWriter(connection, sample_reservoir_size=5).write(connection, [accepted()])
        assert rows(connection, "SELECT event_id FROM samples ORDER BY 1") == [(4,), (5,), (6,), (7,), (8,)]


class TestDuplicates:
    def test_an_event_id_counts_once_within_a_batch_and_across_batches(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        def with_id(id_hash: int | None, received_ms: int = NOW_MS) -> AcceptedEvent:
            event = accepted(received_ms=received_ms)
            event.id_hash = id_hash
            return event

        first = batches.write(connection, [with_id(7), with_id(7), with_id(-8), with_id(None), with_id(None)])
        assert (first.stored[1], first.duplicates[1]) == (4, 1)
        second = batches.write(connection, [with_id(7), with_id(-8)])
        assert (second.stored[1], second.duplicates[1]) == (0, 2)
        next_day = batches.write(connection, [with_id(7, NOW_MS + MS_PER_DAY), with_id(9, NOW_MS + MS_PER_DAY)])
        assert (next_day.stored[1], next_day.duplicates[1]) == (1, 1)
        set_back = batches.write(connection, [with_id(9, NOW_MS)])  # a clock that went back over midnight
        assert (set_back.stored[1], set_back.duplicates[1]) == (0, 1)
        after_two_days = batches.write(connection, [with_id(7, NOW_MS + 2 * MS_PER_DAY)])
        assert after_two_days.stored[1] == 1
        assert rows(connection, "SELECT sum(total_count) FROM issues") == [(6,)]


class TestFailure:
    def test_a_failing_batch_leaves_nothing_and_can_be_written_again(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted()])
        orphan = accepted(project_no=99, message="of a project that is gone")
        with pytest.raises(StoreError) as caught:
            batches.write(connection, [accepted(message="new"), orphan])
        assert is_poison(caught.value)
        assert rows(connection, "SELECT total_count FROM issues") == [(1,)]
        batches.write(connection, [accepted(message="new"), accepted()])
        assert rows(connection, "SELECT total_count FROM issues ORDER BY id") == [(2,), (1,)]
        assert rows(connection, f"SELECT id FROM {TODAY} ORDER BY id") == [(1,), (2,), (3,)]

    def test_a_failing_first_batch_does_not_remember_tables_that_were_rolled_back(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        with pytest.raises(StoreError):
            batches.write(connection, [accepted(project_no=99)])
        batches.write(connection, [accepted()])
        assert rows(connection, f"SELECT id FROM {TODAY}") == [(1,)]


def test_the_database_is_private_to_its_owner(database: Path) -> None:
    assert [p.stat().st_mode & 0o077 for p in database.parent.glob("bloop.db*")] == [0]
