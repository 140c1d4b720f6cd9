"""What becomes of everything that an issue has when it is merged into another one, and when it is taken out again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.issues.lifecycle.endings import Fix, get_snooze, read_fixes, set_fixes
from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms, snooze_issues
from bloop_trio.issues.merging import unmerging
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.queries.fingerprints import list_fingerprints
from bloop_trio.issues.queries.shapes import Assignee
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.triage.assignments import assign
from bloop_trio.issues.triage.comments import add_comment
from bloop_trio.issues.writing.search_index import index_slice
from tests.conftest import NOW_MS, accepted, insert_user, set_status
from tests.issues.histories import history, statuses, store
from tests.issues.mergers import put_together, take_apart, what_is_kept

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

LATER_MS = NOW_MS + 60_000


def rows(conn: Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return conn.execute(sql, values).fetchall()


@pytest.mark.usefixtures("_three_issues")
class TestStatus:
    @pytest.mark.parametrize("parent", ["unresolved", "resolved", "ignored", "muted"])
    @pytest.mark.parametrize("child", ["unresolved", "resolved", "ignored", "muted"])
    def test_that_of_the_parent_holds_and_the_child_gets_its_own_back(
        self, connection: Connection, batches: BatchWriter, parent: str, child: str
    ) -> None:
        set_status(connection, parent, "cart")
        set_status(connection, child, "pay")
        before = what_is_kept(connection)
        put_together(connection, batches, "cart", "pay", now_ms=LATER_MS)
        assert statuses(connection) == {"cart": parent, "ship": "unresolved"}
        assert rows(connection, "SELECT DISTINCT status FROM issue_counts WHERE issue_id = 1") == [(parent,)]
        take_apart(connection, batches, "cart", "pay", now_ms=LATER_MS)
        assert what_is_kept(connection) == before

    def test_merging_is_no_regression_and_the_next_event_is_one(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        set_status(connection, "resolved", "cart")
        put_together(connection, batches, "cart", "pay")
        assert statuses(connection)["cart"] == "resolved"
        done = batches.write(connection, [accepted(fingerprint="pay", received_ms=LATER_MS)])
        assert [(seen.issue_id, seen.regression) for seen in done.seen] == [(1, True)]
        assert statuses(connection)["cart"] == "unresolved"
        assert history(connection, "cart")[-1] == ("resolved", "unresolved", None, "regression")

    def test_what_was_resolved_and_has_had_events_since_comes_back_unresolved(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        set_status(connection, "resolved", "pay", "ship")
        with transaction(connection):
            set_fixes(connection, [2], Fix(release="9", is_next=False))
        put_together(connection, batches, "cart", "pay", "ship", now_ms=NOW_MS + 1)
        store(connection, batches, "pay", received_ms=LATER_MS)
        take_apart(connection, batches, "cart", now_ms=LATER_MS)
        assert statuses(connection) == {"cart": "unresolved", "pay": "unresolved", "ship": "resolved"}
        assert history(connection, "pay")[-1] == ("resolved", "unresolved", "token:t", unmerging.REASON_EVENTS)
        assert read_fixes(connection, [2]) == {}
        assert look_at_consistency(connection).totals_agree

    def test_a_snooze_a_fix_and_an_assignee_come_back(self, connection: Connection, batches: BatchWriter) -> None:
        set_status(connection, "muted", "cart")
        set_status(connection, "resolved", "pay")
        ada = insert_user(connection, "ada")
        with transaction(connection):
            snooze_issues(connection, 1, [1], SnoozeTerms(more_events=5, until_ms=LATER_MS))
            set_fixes(connection, [2], Fix(release="9", is_next=True))
            for issue_id in (1, 2):
                assign(connection, project_no=1, issue_id=issue_id, assignee=Assignee(ada, "ada"), at_ms=NOW_MS)
        before = what_is_kept(connection)
        put_together(connection, batches, "ship", "cart", "pay")
        assert [rows(connection, f"SELECT * FROM {table}") for table in ("issue_snoozes", "issue_fixes")] == [[], []]
        assert rows(connection, "SELECT * FROM issue_assignments") == []
        take_apart(connection, batches, "ship")
        assert what_is_kept(connection) == before

    def test_nothing_is_given_back_to_somebody_who_was_removed(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        ada = insert_user(connection, "ada")
        with transaction(connection):
            assign(connection, project_no=1, issue_id=2, assignee=Assignee(ada, "ada"), at_ms=NOW_MS)
        put_together(connection, batches, "cart", "pay")
        connection.execute("DELETE FROM users")
        take_apart(connection, batches, "cart")
        assert rows(connection, "SELECT * FROM issue_assignments") == []

    def test_the_events_of_the_others_do_not_end_the_snooze_of_the_parent(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, *["pay"] * 10)
        set_status(connection, "muted", "cart")
        with transaction(connection):
            snooze_issues(connection, 1, [1], SnoozeTerms(more_events=2))
        put_together(connection, batches, "cart", "pay")
        store(connection, batches, "pay")
        assert statuses(connection)["cart"] == "muted"
        take_apart(connection, batches, "cart")
        snooze = get_snooze(connection, 1)
        assert snooze is not None
        assert snooze.until_count == 2  # one event of its own, and one more that came while they were merged
        store(connection, batches, "cart")
        assert statuses(connection)["cart"] == "unresolved"


@pytest.mark.usefixtures("_three_issues")
class TestHistory:
    def test_it_moves_along_and_comes_back(self, connection: Connection, batches: BatchWriter) -> None:
        for status in ("resolved", "muted"):
            set_status(connection, status, "pay", "ship", changed_ms=NOW_MS)
        with transaction(connection):
            add_comment(connection, 2, author="u", text="Seen.", at_ms=NOW_MS)
        before = what_is_kept(connection)
        put_together(connection, batches, "pay", "ship")
        put_together(connection, batches, "cart", "pay")
        assert len(history(connection, "cart")) == 4
        set_status(connection, "ignored", "cart")
        found = rows(connection, "SELECT issue_id, origin_issue_id, kind, content FROM issue_activity ORDER BY id")
        assert found == [
            (1, 2, "comment", '{"text": "Seen."}'),
            (1, 2, "merged", '{"fingerprints": ["ship"]}'),
            (1, None, "merged", '{"fingerprints": ["pay"]}'),
        ]
        take_apart(connection, batches, "cart", "pay")
        assert [len(history(connection, name)) for name in ("cart", "pay", "ship")] == [1, 4, 0]
        take_apart(connection, batches, "pay")
        assert what_is_kept(connection)["status_changes"][:4] == before["status_changes"]
        assert rows(connection, "SELECT issue_id, origin_issue_id FROM issue_activity WHERE kind = 'comment'") == [
            (2, None)
        ]
        told = rows(connection, "SELECT issue_id, content FROM issue_activity WHERE kind = 'unmerged' ORDER BY id")
        assert told == [
            (2, '{"from": "cart"}'),
            (1, '{"fingerprints": ["pay"]}'),
            (3, '{"from": "pay"}'),
            (2, '{"fingerprints": ["ship"]}'),
        ]

    def test_who_did_it_stands_in_the_audit_log(self, connection: Connection, batches: BatchWriter) -> None:
        put_together(connection, batches, "cart", "pay", "ship")
        take_apart(connection, batches, "cart", "ship")
        assert rows(connection, "SELECT actor, action, target, project_id, details FROM audit_entries ORDER BY id") == [
            ("token:t", "error.merged", "cart", "default", '{"changed":2,"fingerprints":["pay","ship"]}'),
            ("token:t", "error.unmerged", "cart", "default", '{"changed":1,"fingerprints":["ship"]}'),
        ]


@pytest.mark.usefixtures("_three_issues")
class TestTrees:
    def test_what_was_merged_into_it_before_comes_back_with_it(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        put_together(connection, batches, "pay", "ship")
        before = what_is_kept(connection)
        put_together(connection, batches, "cart", "pay")
        take_apart(connection, batches, "cart", "pay")
        assert what_is_kept(connection) == before

    def test_an_inner_one_can_leave_alone(self, connection: Connection, batches: BatchWriter) -> None:
        before = what_is_kept(connection)
        put_together(connection, batches, "pay", "ship")
        put_together(connection, batches, "cart", "pay")
        done = take_apart(connection, batches, "cart", "ship")
        assert [step.moved for step in done] == [("ship",)]
        assert rows(connection, "SELECT fingerprint, total_count FROM issues ORDER BY id") == [("cart", 2), ("ship", 1)]
        take_apart(connection, batches, "cart", "pay")
        assert what_is_kept(connection) == before

    def test_an_issue_of_two_versions_keeps_both_its_fingerprints(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        second = accepted(fingerprint="cart-2")
        second.older_fingerprint = "cart"
        batches.write(connection, [second])
        assert rows(connection, "SELECT issue_id FROM issue_fingerprints WHERE fingerprint = 'cart-2'") == [(1,)]
        before = what_is_kept(connection)
        put_together(connection, batches, "pay", "cart-2")
        assert rows(connection, "SELECT fingerprint, total_count FROM issues WHERE id = 2") == [("pay", 3)]
        assert look_at_consistency(connection).miscounted == 0
        take_apart(connection, batches, "pay", "cart-2")
        assert what_is_kept(connection) == before


@pytest.mark.usefixtures("_three_issues")
class TestLists:
    def test_each_fingerprint_says_what_it_was_and_what_it_has_counted(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        set_status(connection, "ignored", "ship")
        put_together(connection, batches, "pay", "ship", now_ms=LATER_MS)
        put_together(connection, batches, "cart", "pay", now_ms=LATER_MS + 1)
        store(connection, batches, "ship", "ship", received_ms=LATER_MS)
        found = list_fingerprints(connection, project_no=1, project_id="default", fingerprint="ship")
        assert found is not None
        shown = [
            (f.fingerprint, f.total_count, f.first_seen, f.last_seen, f.status, f.source, f.merged_into, f.merged_at)
            for f in found
        ]
        assert shown == [
            ("cart", 1, NOW_MS, NOW_MS, "unresolved", "api", None, None),
            ("ship", 3, NOW_MS, LATER_MS, "ignored", "api", "pay", LATER_MS),
            ("pay", 1, NOW_MS, NOW_MS, "unresolved", "ios", "cart", LATER_MS + 1),
        ]
        assert [f.merged_by for f in found] == [None, "token:t", "token:t"]
        assert [f.home for f in found] == ["cart", "ship", "pay"]

    def test_an_issue_alone_has_one_fingerprint(self, connection: Connection) -> None:
        found = list_fingerprints(connection, project_no=1, project_id="default", fingerprint="cart")
        assert found is not None
        assert [(f.fingerprint, f.total_count, f.merged_into) for f in found] == [("cart", 1, None)]
        assert list_fingerprints(connection, project_no=1, project_id="default", fingerprint="no") is None

    @pytest.mark.parametrize("indexed_before", [True, False])
    def test_both_texts_find_the_parent_whenever_the_index_is_filled(
        self, connection: Connection, batches: BatchWriter, indexed_before: bool
    ) -> None:
        batches.write(
            connection, [accepted(fingerprint="zoo", message="zebra crossing", stack="at zebraStripes (z.js)")]
        )
        if indexed_before:
            index_slice(connection, PayloadReader())
        put_together(connection, batches, "cart", "zoo")
        index_slice(connection, PayloadReader())
        match = "SELECT rowid FROM issue_search WHERE issue_search MATCH ?"
        assert rows(connection, match, "zebra") == rows(connection, match, "stripes") == [(4,)]
        take_apart(connection, batches, "cart")
        assert index_slice(connection, PayloadReader()) == 0
        assert rows(connection, match, "zebra") == rows(connection, match, "stripes") == [(4,)]
        connection.execute("INSERT INTO issue_search (issue_search, rank) VALUES ('integrity-check', 1)")


@pytest.mark.usefixtures("_three_issues")
class TestCost:
    def test_no_table_is_read_as_a_whole(self, connection: Connection, batches: BatchWriter) -> None:
        set_status(connection, "muted", "pay", "cart")
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        put_together(connection, batches, "pay", "ship")
        put_together(connection, batches, "cart", "pay")
        list_fingerprints(connection, project_no=1, project_id="default", fingerprint="cart")
        take_apart(connection, batches, "cart", "ship")
        take_apart(connection, batches, "cart")
        connection.set_trace_callback(None)
        tables = "|".join(what_is_kept(connection))
        for statement in statements:
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
                assert not any(re.match(rf"SCAN ({tables}|f|c|m|i|s|t|h|u)\b", step) for step in plan), (
                    statement,
                    plan,
                )

    def test_issues_without_counts_are_merged_and_come_back(self, connection: Connection, batches: BatchWriter) -> None:
        connection.execute("DELETE FROM issue_counts")
        connection.execute("UPDATE issues SET total_count = 0")
        before = what_is_kept(connection)
        put_together(connection, batches, "cart", "pay", "ship")
        take_apart(connection, batches, "cart")
        assert what_is_kept(connection) == before
