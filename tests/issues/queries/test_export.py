from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import NotFoundError
from bloop_trio.issues.queries.export import Format, OccurrenceExport
from bloop_trio.issues.triage.comments import add_comment
from bloop_trio.projects.tombstones import delete_project
from bloop_trio.retention.leftovers import clear_away
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.mergers import put_together
from tests.issues.queries.exports import lines, occurrences, of_type, parts, project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.export import Export
    from bloop_trio.issues.writing.writer import BatchWriter


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
            "activity": 0,
            "samples": 3,
            "occurrences": 3,
        }
        assert {f"{kind}s": kinds.count(kind) for kind in kinds if kind not in {"project", "end"}} == {
            kind: count for kind, count in exported[-1].items() if kind not in {"type", "activity", "status_changes"}
        }

    def test_what_people_have_said_of_an_issue_is_in_it(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="cart")])
        (issue_id,) = connection.execute("SELECT id FROM issues").fetchone()
        with transaction(connection):
            number = add_comment(connection, issue_id, author="ada", text="line 1\nline 2 \u2028 é", at_ms=NOW_MS)
        exported = lines(project(), connection)
        assert of_type("activity", exported) == [
            {
                "type": "activity",
                "id": number,
                "fingerprint": "cart",
                "kind": "comment",
                "actor": "ada",
                "at": NOW_MS,
                "edited_at": None,
                "content": {"text": "line 1\nline 2 \u2028 é"},
            }
        ]
        assert exported[-1]["activity"] == 1

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
        put_together(connection, batches, "cart", "basket")
        connection.execute("UPDATE issues SET status = 'muted', regressed_ms = 9 WHERE fingerprint = 'cart'")
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
            "last_seen": NOW_MS + 1,
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
    def test_counts_are_those_of_each_fingerprint_also_where_errors_are_merged(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint=f"f{n % 5}", release=f"{n % 4}") for n in range(40)])
        before = lines(project(), connection)
        put_together(connection, batches, "f3", "f0", "f1")
        after = lines(project(), connection)
        for kind in ("count", "hourly_count"):
            found = [sorted(map(json.dumps, of_type(kind, exported))) for exported in (before, after)]
            assert found[0] == found[1]
        assert [exported[-1]["counts"] for exported in (before, after)] == [20, 20]
        assert sorted(line["fingerprint"] for line in of_type("issue", after)) == ["f2", "f3", "f4"]

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
        assert [
            line["id"] for line in of_type("occurrence", [json.loads(text) for text in b"".join(exported).splitlines()])
        ] == [
            1,
            26,
        ]
        assert exported.count(b"") > 5

    def test_a_project_that_is_deleted_meanwhile_is_not_exported_as_if_that_were_all(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        shop = insert_project(connection, "shop")
        batches.write(connection, [accepted(project_no=shop.no, fingerprint="cart") for _ in range(3)])
        exports: tuple[Export, ...] = (
            project(shop.no),
            OccurrenceExport(project_no=shop.no, project_id=shop.id, fingerprint="cart", format=Format.CSV),
        )
        for export in exports:
            export.next_part(connection)
        delete_project(connection, "shop", now_secs=0)
        for _ in clear_away(connection, shop.no):
            pass
        for export in (*exports, project(shop.no)):
            with pytest.raises(NotFoundError):
                list(parts(export, connection))

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
    put_together(connection, batches, "f0", "f2")
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
