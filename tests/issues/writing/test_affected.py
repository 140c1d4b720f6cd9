"""The users of issues, from the batches that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.connection import StoreError, transaction
from bloop_trio.issues.stored.user_set import MAX_EXACT, UserCount
from bloop_trio.issues.stored.users import users_of_issue, users_of_issues
from bloop_trio.issues.writing.affected import AffectedUsers
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.retention.leftovers import clear_away
from tests.conftest import accepted, insert_project
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent


def events(users: Iterable[str | None], **changes: Any) -> list[AcceptedEvent]:
    return [accepted(user_id_hash=user, **changes) for user in users]


def people(count: int, first: int = 0) -> list[str]:
    return [f"{number:032x}" for number in range(first, first + count)]


def issue_ids(conn: Connection) -> list[int]:
    return [number for (number,) in conn.execute("SELECT id FROM issues ORDER BY id")]


def written(conn: Connection) -> int:
    """Return how many rows this connection has changed."""
    return conn.total_changes


class TestCounting:
    def test_each_user_counts_once(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, events(["a", "b", "a", None, ""]))
        batches.write(connection, events(["b", "c"]))
        assert users_of_issue(connection, 1) == UserCount(3, is_exact=True)

    def test_nobody_comes_over_from_a_deleted_project_with_the_number_of_a_fingerprint(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        insert_project(connection, "shop")
        batches.write(connection, events(["a", "b"], project_no=2))
        (before,) = connection.execute("SELECT id FROM issue_fingerprints").fetchone()
        connection.execute("UPDATE projects SET deleted_secs = 1 WHERE no = 2")
        with transaction(connection):
            for _ in clear_away(connection, 2):
                pass
        batches.write(connection, events(["b"]))
        ((after, issue_id),) = connection.execute("SELECT id, issue_id FROM issue_fingerprints").fetchall()
        assert after == before
        assert users_of_issue(connection, issue_id) == UserCount(1, is_exact=True)

    def test_events_that_name_nobody_leave_nothing(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, events([None, ""]))
        assert users_of_issue(connection, 1) == UserCount(0, is_exact=True)
        assert connection.execute("SELECT count(*) FROM fingerprint_users").fetchone() == (0,)

    def test_every_issue_has_its_own(self, connection: Connection, batches: BatchWriter) -> None:
        insert_project(connection, "other")
        batches.write(
            connection,
            [
                *events(["a", "b"], fingerprint="one"),
                *events(["a"], fingerprint="two"),
                *events(["a", "b", "c"], fingerprint="one", project_no=2),
                *events([None], fingerprint="three"),
            ],
        )
        found = users_of_issues(connection, issue_ids(connection))
        assert sorted(users.count for users in found.values()) == [1, 2, 3]

    def test_beyond_a_thousand_the_count_is_an_estimate(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, events(people(MAX_EXACT)))
        assert users_of_issue(connection, 1) == UserCount(MAX_EXACT, is_exact=True)
        batches.write(connection, events(people(4 * MAX_EXACT)))
        found = users_of_issue(connection, 1)
        assert not found.is_exact
        assert found.count == pytest.approx(4 * MAX_EXACT, rel=0.07)
        assert connection.execute("SELECT length(users) FROM fingerprint_users").fetchone() == (3 * 1024,)

    @pytest.mark.parametrize("sizes", [(3, 4), (700, 700), (2_000, 300), (2_000, 2_000)])
    def test_several_fingerprints_of_an_issue_have_each_user_once(
        self, connection: Connection, batches: BatchWriter, sizes: tuple[int, int]
    ) -> None:
        both = people(sizes[0]), people(sizes[1], first=sizes[0] // 2)
        for fingerprint, users in zip(("one", "two"), both, strict=True):
            batches.write(connection, events(users, fingerprint=fingerprint))
        first, second = issue_ids(connection)
        put_together(connection, batches, "one", "two")
        batches.write(connection, events(set(both[0]) | set(both[1]), fingerprint="three"))
        merged, at_once = users_of_issue(connection, first), users_of_issue(connection, second + 1)
        assert merged == at_once

    def test_the_users_of_a_batch_count_within_its_transaction(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, events(["a"]))
        with transaction(connection):
            AffectedUsers().add(connection, {1: {"a", "b"}})
            assert users_of_issue(connection, 1) == UserCount(2, is_exact=True)

    @pytest.mark.parametrize("damaged", [(0, b"seven b"), (1, b""), (1, b"\xff" * 3072)])
    def test_damage_costs_a_count_and_no_event(
        self, connection: Connection, batches: BatchWriter, damaged: tuple[int, bytes]
    ) -> None:
        batches.write(connection, events(["a"], fingerprint="one"))
        batches.write(connection, events(["x"], fingerprint="other"))
        connection.execute("UPDATE fingerprint_users SET is_sketch = ?, users = ? WHERE fingerprint_id = 1", damaged)
        batches.forget()
        put_together(connection, batches, "one", "other")
        assert users_of_issue(connection, 1) == UserCount(1, is_exact=True)
        batches.write(connection, events(["b", "c"], fingerprint="one"))
        assert users_of_issue(connection, 1) == UserCount(3, is_exact=True)


class TestMemory:
    def test_users_that_are_known_are_not_written_again(self, connection: Connection, batches: BatchWriter) -> None:
        affected = AffectedUsers()
        batches.write(connection, events([None]))
        affected.note(affected.add(connection, {1: {"a", "b"}}))
        before = written(connection)
        affected.note(affected.add(connection, {1: {"b"}}))
        assert written(connection) == before
        affected.note(affected.add(connection, {1: {"c"}}))
        assert written(connection) == before + 1

    def test_what_was_rolled_back_is_not_remembered(self, connection: Connection, batches: BatchWriter) -> None:
        affected = AffectedUsers()
        batches.write(connection, events([None]))
        connection.execute("BEGIN")
        affected.add(connection, {1: {"a"}})
        connection.execute("ROLLBACK")
        affected.note(affected.add(connection, {1: {"a"}}))
        assert users_of_issue(connection, 1) == UserCount(1, is_exact=True)

    def test_a_small_memory_counts_the_same(self, connection: Connection, batches: BatchWriter) -> None:
        names = [f"f{number}" for number in range(6)]
        batches.write(connection, [event for name in names for event in events([None], fingerprint=name)])
        affected = AffectedUsers(max_bytes=1_000)
        for turn in range(4):
            for fingerprint_id in range(1, 7):
                affected.note(affected.add(connection, {fingerprint_id: {f"u{turn}", f"u{fingerprint_id}"}}))
                assert affected.weight_bytes <= 1_000
        found = users_of_issues(connection, issue_ids(connection))
        assert [users.count for _, users in sorted(found.items())] == [4, 4, 4, 5, 5, 5]

    def test_a_batch_that_the_store_refuses_leaves_nobody_remembered(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, events(["a"]))
        connection.execute("CREATE TRIGGER refusal BEFORE INSERT ON samples BEGIN SELECT RAISE(ABORT, 'no room'); END")
        for _ in range(2):
            with pytest.raises(StoreError, match="no room"):
                batches.write(connection, events(["b", "c"]))
            assert users_of_issue(connection, 1) == UserCount(1, is_exact=True)
        connection.execute("DROP TRIGGER refusal")
        batches.write(connection, events(["b", "c"]))
        assert users_of_issue(connection, 1) == UserCount(3, is_exact=True)

    def test_another_writer_goes_on_where_one_has_stopped(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, events(["a", "b"]))
        BatchWriter(connection, sample_reservoir_size=5).write(connection, events(["b", "c"]))
        assert users_of_issue(connection, 1) == UserCount(3, is_exact=True)
